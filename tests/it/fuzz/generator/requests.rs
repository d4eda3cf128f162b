//! The requests of a session: what is sent for one account, one after the other.

use super::{Body, Dice, Kind, Sent, forms, names, users, values};
use crate::fuzz::json::Json;

type Fields = Vec<(String, Json)>;

/// Makes the requests of a session.
pub(crate) fn session(seed: u64, count: usize) -> Vec<Sent> {
    let dice = &mut Dice::new(seed);
    (0..count).map(|_| request(dice)).collect()
}

fn request(dice: &mut Dice) -> Sent {
    let sent = match dice.below(100) {
        0..52 => upsert(dice),
        52..60 => batch(dice),
        60..72 => lookup(dice, Kind::Retrieve, "POST", "/v3/analyze/profile", ["/v3/analyze/profiles/", ""]),
        72..80 => sent(Kind::Event, "POST", "/v3/observe/hooks/events", Body::Json(event(dice))),
        80..85 => sent(Kind::Webhook, "POST", "/v3/observe/hooks/experiences", Body::Json(webhook(dice))),
        85..91 => sent(Kind::Deliver, "POST", "/v3/edit/deliveries", Body::Json(delivery(dice))),
        91..93 => sent(Kind::Cancel, "DELETE", &format!("/v3/edit/deliveries/{{delivery {}}}", dice.below(20)), Body::Nothing),
        93..96 => lookup(dice, Kind::Clear, "DELETE", "/v3/edit/profiles", ["/v3/edit/profiles/", ""]),
        _ => lookup(dice, Kind::Forget, "DELETE", "/v3/edit/profiles/forget", ["/v3/edit/profiles/", "/forget"]),
    };
    // For two minutes, batches ignore users who were forgotten.
    let pause = match dice.below(12) {
        0 => 180_000,
        1 => 1_000,
        _ => 7,
    };
    Sent { pause, spelling: dice.seed(), ..sent }
}

fn sent(kind: Kind, method: &'static str, path: &str, body: Body) -> Sent {
    Sent { kind, method, path: path.into(), query: Vec::new(), body, pause: 0, spelling: 0 }
}

fn upsert(dice: &mut Dice) -> Sent {
    let fields = profile(dice);
    let path = "/v3/observe/hooks/profiles";
    match dice.below(20) {
        0..3 => sent(Kind::Upsert, "POST", path, Body::Form(forms::of(dice, &fields))),
        3..6 => {
            let middle = dice.below(fields.len() + 1);
            let query = forms::of(dice, &fields[..middle]);
            Sent { query, ..sent(Kind::Upsert, "POST", path, Body::Json(fields[middle..].to_vec())) }
        }
        6 => {
            let others = profile(dice);
            let query = forms::of(dice, &others);
            Sent { query, ..sent(Kind::Upsert, "POST", path, Body::Json(fields)) }
        }
        _ => sent(Kind::Upsert, "POST", path, Body::Json(fields)),
    }
}

/// The fields of an upsert, in any order.
fn profile(dice: &mut Dice) -> Fields {
    let mut fields = Fields::new();
    let mut add = |name: &str, value: Json| fields.push((name.to_owned(), value));
    match dice.below(20) {
        0..8 => add(dice.pick(&["uid", "uid", "uid", "UID", "Uid"]), users::any_uid(dice)),
        8..12 => add(dice.pick(&["email", "email", "Email"]), users::any_email(dice)),
        12..17 => {
            add("uid", users::any_uid(dice));
            add("email", users::any_email(dice));
        }
        17 => add("id", users::any_id(dice)),
        18 => {
            add("id", users::any_id(dice));
            add("email", users::any_email(dice));
        }
        _ => {
            add("id", users::any_id(dice));
            add("uid", users::any_uid(dice));
            if dice.one_in(2) {
                add("email", users::any_email(dice));
            }
        }
    }
    if dice.one_in(20) {
        add(dice.pick(&["uid", "UID"]), users::uid(dice));
    }
    if dice.one_in(20) {
        add(dice.pick(&["email", "EMAIL"]), users::email(dice));
    }
    if dice.one_in(40) {
        let half = Json::Half("x".into());
        add("half", dice.pick(&[half.clone(), Json::Array(vec![half.clone()]), Json::Object(vec![("a".into(), half)])]));
    }
    if dice.one_in(4) {
        fields.extend(company(dice));
    }
    for _ in 0..dice.below(4) {
        let field = if dice.one_in(5) { values::typed(dice) } else { (names::any(dice), values::any(dice)) };
        fields.push(field);
    }
    for last in (1..fields.len()).rev() {
        fields.swap(last, dice.below(last + 1));
    }
    fields
}

fn company(dice: &mut Dice) -> Fields {
    let mut fields = Fields::new();
    if dice.one_in(2) {
        fields.push((dice.pick(&["company_uid", "companyUid"]).into(), users::any_company(dice)));
    }
    if dice.one_in(4) {
        fields.push((dice.pick(&["company_id", "companyId"]).into(), users::any_company(dice)));
    }
    match dice.below(10) {
        0 => fields.push(("company".into(), dice.pick(&[Json::Null, Json::text("Acme"), Json::Number("5".into()), Json::Array(vec![])]))),
        1..6 => {
            let mut members: Fields = (0..dice.below(3)).map(|_| (names::any(dice), values::any(dice))).collect();
            // Our own id of a company has its own tests.
            members.retain(|(name, _)| !matches!(name.as_str(), "ID" | "Id" | "iD" | "_id"));
            if !dice.one_in(5) {
                members.push((dice.pick(&["uid", "uid", "id", "UID"]).into(), users::any_company(dice)));
            }
            fields.push(("company".into(), Json::Object(members)));
        }
        _ => {}
    }
    fields
}

fn batch(dice: &mut Dice) -> Sent {
    let mut items: Vec<Json> = (0..=dice.below(10))
        .map(|_| match dice.below(30) {
            0 => values::any(dice),
            1 => Json::Array(vec![]),
            _ => Json::Object(profile(dice)),
        })
        .filter(|item| !matches!(item, Json::Object(members) if members.is_empty()))
        .collect();
    if dice.one_in(4) {
        // An address is handed from one user to another.
        let (from, to) = (users::uid(dice), users::uid(dice));
        let (old, new) = (users::email(dice), users::email(dice));
        let item = |uid: &Json, email: &Json| Json::Object(vec![("uid".into(), uid.clone()), ("email".into(), email.clone())]);
        items.extend([item(&to, &old), item(&from, &new)]);
    }
    let mut fields = vec![("profiles".to_owned(), Json::Array(items))];
    if dice.one_in(3) {
        fields.push(("on_model_missing".into(), Json::text(dice.pick(&["ignore", "ignore", "create"]))));
    }
    sent(Kind::Batch, "POST", "/v3/observe/hooks/profiles/batch", Body::Json(fields))
}

/// Names a user by one identifier, mostly.
fn who(dice: &mut Dice) -> Fields {
    let mut fields = Fields::new();
    match dice.below(12) {
        0..5 => fields.push(("uid".into(), users::any_uid(dice))),
        5..9 => fields.push(("email".into(), users::any_email(dice))),
        9..11 => fields.push(("id".into(), users::any_id(dice))),
        _ => {
            fields.push(("uid".into(), users::any_uid(dice)));
            fields.push(("email".into(), users::any_email(dice)));
        }
    }
    fields
}

fn lookup(dice: &mut Dice, kind: Kind, method: &'static str, path: &str, around_id: [&str; 2]) -> Sent {
    if dice.one_in(4) {
        let path = format!("{}{{profile {}}}{}", around_id[0], dice.below(40), around_id[1]);
        return sent(kind, if method == "POST" { "GET" } else { method }, &path, Body::Nothing);
    }
    let who = who(dice);
    if method == "POST" && dice.one_in(2) {
        return sent(kind, method, path, Body::Json(who));
    }
    let query = who.into_iter().filter_map(|(name, value)| Some((name, value.as_text()?.to_owned()))).collect();
    Sent { query, ..sent(kind, if method == "POST" { "GET" } else { method }, path, Body::Nothing) }
}

/// One identifier, which may be unusable.
fn one(dice: &mut Dice) -> (String, Json) {
    match dice.below(10) {
        0..5 => ("uid".into(), users::any_uid(dice)),
        5..8 => ("email".into(), users::any_email(dice)),
        _ => ("id".into(), users::any_id(dice)),
    }
}

fn event(dice: &mut Dice) -> Fields {
    let name = match dice.below(12) {
        0 => dice.pick(&[Json::Null, Json::text("!!!"), Json::Number("5".into()), Json::Array(vec![])]),
        _ => Json::text(dice.pick(&["Imported Leads", "imported_leads", "เสื่อ", "signedUp", "paid"])),
    };
    let mut fields = vec![one(dice), ("name".to_owned(), name)];
    for index in 0..dice.below(3) {
        fields.push((format!("p{index}"), values::any(dice)));
    }
    fields
}

fn webhook(dice: &mut Dice) -> Fields {
    let kind = dice.pick(&["tour.started", "tour.completed", "survey.started", "tour.exited", "tour.snoozed"]);
    let model = Json::Object(vec![("id".into(), Json::text(dice.pick(&["t1", "t2"])))]);
    let user = match dice.below(10) {
        0 => vec![("uid".to_owned(), users::uid(dice)), ("email".to_owned(), users::email(dice))],
        1..5 => vec![("email".to_owned(), users::email(dice))],
        5 => vec![("id".to_owned(), users::id(dice))],
        _ => vec![("uid".to_owned(), users::uid(dice))],
    };
    let of = kind.split('.').next().unwrap_or_default().to_owned();
    let data = Json::Object(vec![("profile".into(), Json::Object(user)), (of, model)]);
    let id = format!("w{}", dice.below(300));
    vec![("id".into(), Json::text(id)), ("kind".into(), Json::text(kind)), ("data".into(), data)]
}

fn delivery(dice: &mut Dice) -> Fields {
    let user = match dice.below(8) {
        0..4 => ("uid".to_owned(), users::uid(dice)),
        4..7 => ("email".to_owned(), users::email(dice)),
        _ => ("profile_id".to_owned(), users::id(dice)),
    };
    vec![user, ("model_kind".into(), Json::text(dice.pick(&["tour", "survey"]))), ("model_id".into(), Json::text("m"))]
}
