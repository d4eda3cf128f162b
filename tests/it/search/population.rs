//! A generated account. Some of its users are made by requests. From what those stored, the others are made: with the properties of one, what
//! another did, and the company of a third, under identifiers of their own.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use profiles_domain::Slot;
use profiles_tests::activities::is_head;
use profiles_tests::invariants::{Item, claim_key, text};
use profiles_tests::{Api, World};
use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use tokio::task::JoinSet;

use super::vocabulary::{COMPANIES, EVENTS, PROPERTIES, SURVEYS, TOURS};

/// Users that are made by requests, whatever the size.
const MADE: usize = 60;
/// Beyond those, one of so many is.
const ONE_IN: usize = 20;

/// Makes an account of about this number of profiles.
pub(super) async fn populate(world: &World, size: usize, rng: &mut StdRng) {
    let api = world.api();
    let made = (MADE + size / ONE_IN).min(size);
    for number in 0..made {
        make(world, &api, number, rng).await;
    }
    copy(world, size - made, rng).await;
}

/// Returns one of these.
pub(super) fn pick<T: Clone>(rng: &mut impl Rng, of: &[T]) -> T {
    of[rng.random_range(0..of.len())].clone()
}

/// Returns the members of a JSON object that sets random properties.
pub(super) fn properties(rng: &mut impl Rng) -> String {
    let mut members = String::new();
    for (name, values) in PROPERTIES {
        if rng.random_ratio(3, 5) {
            write!(members, r#","{name}":{}"#, pick(rng, values)).unwrap();
        }
    }
    members
}

/// Returns a company, as a member of a JSON object. The first ones have the most members.
pub(super) fn company(rng: &mut impl Rng) -> String {
    let number = rng.random_range(0..COMPANIES).min(rng.random_range(0..COMPANIES));
    let of = |values: [&'static str; 3]| values[number % 3];
    format!(
        r#","company":{{"uid":"c{number}","name":"Acme {number} Inc.","plan":{},"Seats":{},"traits":{{"tier":{}}},"founded_at":"20{:02}-01-01"}}"#,
        of([r#""gold""#, r#""silver""#, "500"]),
        of(["10", r#""12.50""#, "null"]),
        number % 4,
        10 + number
    )
}

/// Lets a user do something. Returns the answer's status.
pub(super) async fn act(api: &Api, user: &str, unique: u64, rng: &mut StdRng) -> u16 {
    let (tour, survey) = (pick(rng, &TOURS), pick(rng, &SURVEYS));
    let id = format!("w{unique}");
    let reply = match rng.random_range(0..12) {
        0..5 => api.track(&format!(r#"{{{user},"name":"{}"}}"#, pick(rng, &EVENTS))).await,
        5..8 => {
            let state = pick(rng, &["started", "completed", "exited", "snoozed"]);
            api.experience(&id, &format!("tour.{state}"), user, &format!(r#""tour":{{"id":"{tour}"}}"#)).await
        }
        8 => api.experience(&id, "survey.started", user, &format!(r#""survey":{{"id":"{survey}"}}"#)).await,
        9..11 => {
            let button = match rng.random_range(0..8) {
                0 => String::new(),
                _ => format!(r#","button_order":{}"#, rng.random_range(0..11)),
            };
            let data = format!(r#""survey":{{"id":"{survey}"}},"response":{{"input_text":"x"{button}}}"#);
            api.experience(&id, "response.finished", user, &data).await
        }
        _ => {
            let until = if rng.random_ratio(1, 2) { r#","until":"+1d""# } else { "" };
            api.deliver(&format!(r#"{{{user},"model_kind":"tour","model_id":"{tour}"{until}}}"#)).await
        }
    };
    reply.status
}

/// Makes one user by requests.
async fn make(world: &World, api: &Api, number: usize, rng: &mut StdRng) {
    let (uid, email) = (format!(r#""uid":"u{number}""#), format!(r#""email":"Made{number}@Example.co""#));
    let user = match rng.random_range(0..8) {
        0 => email.clone(),
        1 => format!(r#""uid":{number}"#),
        _ => uid.clone(),
    };
    let with_email = if user == uid && rng.random_ratio(1, 2) { format!(",{email}") } else { String::new() };
    let company = if rng.random_ratio(1, 2) { company(rng) } else { String::new() };
    api.upsert(&format!("{{{user}{with_email}{}{company}}}", properties(rng))).await.id();
    // Distinct times, some of one second and some hours apart.
    let pass = |rng: &mut StdRng| world.wait(Duration::from_millis(if rng.random() { 1 } else { rng.random_range(1..20_000_000) }));
    for action in 0..rng.random_range(0..6) {
        pass(rng);
        let unique = number * 100 + action;
        let status = act(api, &user, u64::try_from(unique).unwrap(), rng).await;
        assert!(matches!(status, 200 | 201 | 422), "{status}");
    }
    pass(rng);
    match rng.random_range(0..30) {
        0 if user == uid => {
            // One that has only an address is merged.
            let other = format!(r#""email":"merged{number}@example.co""#);
            api.upsert(&format!("{{{other}{}}}", properties(rng))).await.id();
            act(api, &other, u64::try_from(number * 100 + 50).unwrap(), rng).await;
            pass(rng);
            api.upsert(&format!("{{{uid},{other}}}")).await;
        }
        1 => _ = api.clear(&query(&user)).await.profile(),
        2 => assert_eq!(api.forget(&query(&user)).await.status, 200),
        3 => {
            // Forgotten, and back.
            assert_eq!(api.forget(&query(&user)).await.status, 200);
            pass(rng);
            api.upsert(&format!("{{{user}{}}}", properties(rng))).await.id();
            act(api, &user, u64::try_from(number * 100 + 60).unwrap(), rng).await;
        }
        _ => {}
    }
    pass(rng);
}

/// Returns the query that names a user who is named by a member of a JSON object.
pub(super) fn query(user: &str) -> String {
    user.replace('"', "").replacen(':', "=", 1).replace('@', "%40")
}

/// What is copied of users.
#[derive(Default)]
struct Originals {
    profiles: Vec<Item>,
    /// The head and the records of those who did something.
    activities: Vec<(Item, Vec<Item>)>,
    companies: Vec<Option<AttributeValue>>,
    claim: Item,
}

impl Originals {
    async fn read(world: &World) -> Self {
        let mut originals = Self::default();
        let mut heads: HashMap<String, Item> = HashMap::new();
        let mut records: HashMap<String, Vec<Item>> = HashMap::new();
        for item in world.items(&world.tables.activities).await {
            let owner = text(&item, "PK").unwrap().split_once('#').unwrap().1.to_owned();
            if is_head(&item) {
                let (slot, seconds) = text(&item, "SK").unwrap().split_once('#').unwrap();
                heads.insert(format!("{seconds}{slot}"), item);
            } else if owner.len() == 24 {
                records.entry(owner).or_default().push(item);
            }
        }
        for item in world.items(&world.tables.profiles).await {
            let Some(id) = text(&item, "id").map(str::to_owned) else { continue };
            originals.companies.push(item.get("company_id").cloned());
            // What was merged or cleared leads to other records.
            let is_plain = !["ALIASES", "INHERITED", "GENERATION"].iter().any(|name| item.contains_key(*name));
            if let Some(head) = heads.remove(&id).filter(|_| is_plain) {
                originals.activities.push((head, records.remove(&id).unwrap_or_default()));
            }
            originals.profiles.push(item);
        }
        let claims = world.items(&world.tables.identities).await;
        originals.claim = claims.into_iter().find(|claim| claim.contains_key("id")).unwrap();
        originals
    }
}

/// Writes this number of further users.
async fn copy(world: &World, number: usize, rng: &mut StdRng) {
    let originals = Originals::read(world).await;
    let (account, now) = (world.account, world.now().unix_millis());
    let string = |text: String| AttributeValue::S(text);
    let mut writes: Vec<(String, Item)> = Vec::new();
    for copy in 0..number {
        let uid = (!rng.random_ratio(1, 8)).then(|| format!("{}{copy}", pick(rng, &["x", "X-", "18", "user "])));
        let email = (uid.is_none() || rng.random_ratio(1, 2)).then(|| format!("copy{copy}@{}", pick(rng, &["acme.co", "gmail.com"])));
        let slot = uid.as_ref().map_or_else(|| Slot::from_random(rng.random()), |uid| Slot::of_uid(account, uid));
        // Many were created in the same second.
        let seconds = if rng.random() { i64::try_from(number / 4 + 1).unwrap() } else { 2_000_000 };
        let created = now - rng.random_range(0..seconds) * 1_000 - rng.random_range(0..1_000);
        let at = |millis| AttributeValue::S(crate::fuzz::reading::times::written(millis));
        let id = format!("{:08x}{slot}", created / 1_000);
        let key = |kind: &str| format!("{account}#{kind}{}", &slot.to_string()[..1]);
        let mut profile: Item = pick(rng, &originals.profiles);
        profile.retain(|name, _| name == "REV" || !name.starts_with(|first: char| first.is_ascii_uppercase()));
        for name in ["uid", "email", "company_id"] {
            profile.remove(name);
        }
        profile.extend(uid.map(|uid| ("uid".to_owned(), string(uid))));
        profile.extend(email.clone().map(|email| ("email".to_owned(), string(email))));
        profile.extend(pick(rng, &originals.companies).map(|id| ("company_id".to_owned(), id)));
        profile.insert("PK".to_owned(), string(key("")));
        profile.insert("SK".to_owned(), string(slot.to_string()));
        profile.insert("id".to_owned(), string(id.clone()));
        profile.insert("created_at".to_owned(), at(created));
        profile.insert("updated_at".to_owned(), at(created + rng.random_range(0..1_000_000)));
        profile.insert("percent".to_owned(), AttributeValue::N(format!("{}", f64::from(rng.random_range(0..100_000)) / 1_000.0)));
        writes.push((world.tables.profiles.clone(), profile));
        if let Some(email) = email {
            let mut claim = originals.claim.clone();
            claim.insert("PK".to_owned(), string(claim_key(account, &email)));
            claim.insert("id".to_owned(), string(id.clone()));
            writes.push((world.tables.identities.clone(), claim));
        }
        if rng.random_ratio(3, 5) {
            let (mut head, records) = pick(rng, &originals.activities);
            head.insert("PK".to_owned(), string(key("head#")));
            head.insert("SK".to_owned(), string(format!("{slot}#{}", &id[..8])));
            writes.push((world.tables.activities.clone(), head));
            for mut record in records {
                record.insert("PK".to_owned(), string(format!("{account}#{id}")));
                writes.push((world.tables.activities.clone(), record));
            }
        }
    }
    write(world, writes).await;
}

pub(super) async fn write(world: &World, writes: Vec<(String, Item)>) {
    let mut all = JoinSet::new();
    for some in writes.chunks(25) {
        let mut requests: HashMap<String, Vec<WriteRequest>> = HashMap::new();
        for (table, item) in some {
            let put = PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
            requests.entry(table.clone()).or_default().push(WriteRequest::builder().put_request(put).build());
        }
        let request = world.bare.batch_write_item().set_request_items(Some(requests));
        all.spawn(async move { assert!(request.send().await.unwrap().unprocessed_items.unwrap_or_default().is_empty()) });
        if all.len() > 8 {
            all.join_next().await.unwrap().unwrap();
        }
    }
    all.join_all().await;
}
