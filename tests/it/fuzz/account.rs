//! An account under test: sends requests to the API, and compares each answer, and what is stored then, with the reading.

use profiles_api::Request;
use profiles_tests::api::request;
use profiles_tests::{Api, Reply, World};
use std::collections::BTreeSet;
use std::time::Duration;

use super::comparison::{self, Difference};
use super::generator::{Body, Dice, Kind, Sent};
use super::json::Json;
use super::reading::Fault;
use super::reading::batches::Batch;
use super::reading::fields::{self, Membership};
use super::reading::profiles::{Place, State};
use super::reading::times::Millis;
use super::reading::{forms, identifiers, records};
use super::spelling;

type Fields = Vec<(String, Json)>;

/// The account, and what it should hold.
pub(super) struct Account<'a> {
    world: &'a World,
    api: Api,
    pub(super) state: State,
    /// The ids of profiles in the order in which they were answered first.
    ids: Vec<String>,
    deliveries: Vec<String>,
    checks: usize,
}

impl<'a> Account<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, api: world.api(), state: State::default(), ids: Vec::new(), deliveries: Vec::new(), checks: 0 }
    }

    /// Puts ids in place of the texts that stand for them.
    pub(super) fn resolved(&self, sent: &Sent) -> Sent {
        let companies: Vec<_> = self.state.companies.iter().filter_map(|company| company.id.clone()).collect();
        spelling::with_ids(sent, &|kind, number| {
            let known = match kind {
                "profile" => &self.ids,
                "company" => &companies,
                _ => &self.deliveries,
            };
            // An id that nothing has, as long as nothing has one.
            if known.is_empty() { "00000000aaaaaaaaaaaaaaaa".to_owned() } else { known[number % known.len()].clone() }
        })
    }

    /// Sends a request whose ids are resolved, and compares.
    pub(super) async fn send(&mut self, sent: &Sent) -> Result<(), Difference> {
        self.world.wait(Duration::from_millis(sent.pause.into()));
        let now = self.world.now().unix_millis();
        let reply = self.reply(sent).await;
        if reply.status >= 500 {
            return Err(format!("{} {}", reply.status, reply.text));
        }
        let Some(query) = forms::nested(&sent.query) else { return refused(&reply, &[fault(422)]) };
        let body = match &sent.body {
            Body::Nothing => Vec::new(),
            Body::Json(fields) => fields.clone(),
            Body::Form(pairs) => match forms::nested(pairs) {
                Some(fields) => fields,
                None => return refused(&reply, &[fault(422)]),
            },
        };
        match sent.kind {
            Kind::Upsert => self.upsert(&reply, &query, &body, now).await,
            Kind::Batch => self.batch(&reply, &body, now).await,
            Kind::Retrieve => self.retrieve(&reply, &in_path(&sent.path), &query, &body),
            Kind::Event => self.event(&reply, &body, now).await,
            Kind::Webhook => self.webhook(&reply, &body, now).await,
            Kind::Deliver => self.deliver(&reply, &body).await,
            Kind::Cancel => {
                let id = sent.path.rsplit('/').next().unwrap_or_default();
                match self.state.cancel(id) {
                    Ok(()) => is_200(&reply),
                    Err(faults) => refused(&reply, &faults),
                }
            }
            Kind::Clear => self.clear(&reply, &in_path(&sent.path), &query, now).await,
            Kind::Forget => self.forget(&reply, &in_path(&sent.path), &query, now).await,
        }
    }

    async fn upsert(&mut self, reply: &Reply, query: &[(String, Json)], body: &[(String, Json)], now: Millis) -> Result<(), Difference> {
        let before = self.state.clone();
        let upsert = match fields::upsert(query, body, now) {
            Ok(upsert) => upsert,
            Err(faults) => return refused(reply, &faults),
        };
        let done = match self.state.upsert(&upsert, now) {
            Ok(done) => done,
            Err(faults) => {
                refused(reply, &faults)?;
                // Nothing was changed.
                self.state = before;
                return match upsert
                    .who
                    .id
                    .and_then(|id| self.state.by_id(&id))
                    .or_else(|| upsert.who.uid.and_then(|uid| self.state.by_uid(&uid)))
                {
                    Some(place) => self.check(place).await,
                    None => Ok(()),
                };
            }
        };
        is_200(reply)?;
        let body = parsed(reply);
        self.learn(done.place, body.get("profile").and_then(|profile| profile.get("id")))?;
        comparison::warnings(&upsert.warnings, &body)?;
        self.check(done.place).await
    }

    async fn batch(&mut self, reply: &Reply, body: &[(String, Json)], now: Millis) -> Result<(), Difference> {
        let items = body.iter().find(|(name, _)| name == "profiles").map_or(&[][..], |(_, items)| items.items());
        let ignore = body.iter().any(|(name, value)| name == "on_model_missing" && *value == Json::text("ignore"));
        let batch = Batch::read(items, ignore, now);
        if reply.status != 202 {
            return Err(format!("expected 202, got {} {}", reply.status, reply.text));
        }
        errors_at_once(&batch, &parsed(reply))?;
        for event in profiles_tests::stream::events(self.world).await {
            let failures = self.api.work(&event, None).await.to_string();
            if failures != r#"{"batchItemFailures":[]}"# {
                return Err(format!("a chunk failed: {failures}"));
            }
        }
        let status = self.api.get(&format!("/v3/observe/hooks/profiles/batch/{}?limit=500", reply.batch_id())).await;
        let status = parsed(&status);
        let mut first = None;
        for applied in batch.applied(&self.state) {
            let compared = match comparison::batch(&batch, &applied.outcomes, &status) {
                Ok(()) => {
                    let before = std::mem::replace(&mut self.state, applied.state);
                    let compared = self.check_all().await;
                    if compared.is_ok() {
                        return Ok(());
                    }
                    self.state = before;
                    compared.map_err(|difference| format!("after {:?}: {difference}", applied.outcomes))
                }
                different => different,
            };
            first = first.or(compared.err());
        }
        Err(first.unwrap_or_default())
    }

    fn retrieve(
        &mut self,
        reply: &Reply,
        path: &[(String, Json)],
        query: &[(String, Json)],
        body: &[(String, Json)],
    ) -> Result<(), Difference> {
        match records::lookup(&[query, body, path]) {
            Err(faults) => refused(reply, &faults),
            Ok(who) => match self.state.find(&who) {
                None => refused(reply, &[fault(404)]),
                Some(place) => {
                    is_200(reply)?;
                    self.learn(place, parsed(reply).get("profile").and_then(|profile| profile.get("id")))
                }
            },
        }
    }

    async fn event(&mut self, reply: &Reply, body: &[(String, Json)], now: Millis) -> Result<(), Difference> {
        let event = match records::event(body, now) {
            Ok(event) => event,
            Err(faults) => return refused(reply, &faults),
        };
        match self.state.event(&event, now) {
            Err(faults) => refused(reply, &faults),
            Ok(place) => {
                is_200(reply)?;
                comparison::warnings(&event.warnings, &parsed(reply))?;
                self.check(place).await
            }
        }
    }

    async fn webhook(&mut self, reply: &Reply, body: &[(String, Json)], now: Millis) -> Result<(), Difference> {
        let body = Json::Object(body.to_vec());
        let id = body.get("id").and_then(Json::as_text).unwrap_or_default();
        let Some(Json::Object(profile)) = body.get("data").and_then(|data| data.get("profile")) else { return Err("no user".into()) };
        match self.state.webhook(id, profile, now) {
            Err(faults) => refused(reply, &faults),
            Ok(place) => {
                is_200(reply)?;
                match place {
                    Some(place) => self.check(place).await,
                    None => Ok(()),
                }
            }
        }
    }

    async fn deliver(&mut self, reply: &Reply, body: &[(String, Json)]) -> Result<(), Difference> {
        let named: Fields =
            body.iter().map(|(name, value)| (if name == "profile_id" { "id" } else { name }.to_owned(), value.clone())).collect();
        let place = match records::lookup(&[&named]).and_then(|who| self.state.user_of_delivery(&who)) {
            Ok(place) => place,
            Err(faults) => return refused(reply, &faults),
        };
        if reply.status != 201 {
            return Err(format!("expected 201, got {} {}", reply.status, reply.text));
        }
        let body = parsed(reply);
        let id = body.get("delivery").and_then(|delivery| delivery.get("id")).and_then(Json::as_text).ok_or("no id")?.to_owned();
        self.deliveries.push(id.clone());
        self.state.profile(place).deliveries.push(id);
        self.check(place).await
    }

    async fn clear(&mut self, reply: &Reply, path: &[(String, Json)], query: &[(String, Json)], now: Millis) -> Result<(), Difference> {
        match records::lookup(&[query, path]).and_then(|who| self.state.clear(&who, now)) {
            Err(faults) => refused(reply, &faults),
            Ok(place) => {
                is_200(reply)?;
                self.check(place).await
            }
        }
    }

    async fn forget(&mut self, reply: &Reply, path: &[(String, Json)], query: &[(String, Json)], now: Millis) -> Result<(), Difference> {
        let who = match records::lookup(&[query, path]) {
            Ok(who) => who,
            Err(faults) => return refused(reply, &faults),
        };
        match self.state.forget(&who, now) {
            Err(faults) => refused(reply, &faults),
            Ok(id) => {
                is_200(reply)?;
                if parsed(reply).get("profile").and_then(|profile| profile.get("id")) != Some(&Json::text(&id)) {
                    return Err(format!("expected {id} to be forgotten, got {}", reply.text));
                }
                let again = self.shown(&who_by("id", Json::text(id))).await;
                if again.status == 404 { Ok(()) } else { Err(format!("a forgotten user is still shown: {}", again.text)) }
            }
        }
    }

    /// Compares a profile, found by one of its identifiers in turn.
    pub(super) async fn check(&mut self, place: Place) -> Result<(), Difference> {
        let names = self.names_of(place);
        self.checks += 1;
        match names.get(self.checks % names.len().max(1)) {
            Some(name) => self.check_by(place, name).await,
            None => Ok(()),
        }
    }

    /// Compares all profiles by each of their identifiers, and looks for those that should not be there.
    pub(super) async fn check_all(&mut self) -> Result<(), Difference> {
        let places: Vec<_> = self.state.there().map(|(place, _)| place).collect();
        for place in places {
            for name in self.names_of(place) {
                self.check_by(place, &name).await?;
            }
        }
        let names = self.state.forgotten.keys().chain(self.state.there().flat_map(|(_, profile)| &profile.former_addresses));
        for name in names.cloned().collect::<BTreeSet<_>>() {
            let field = if identifiers::is_id(&name) {
                "id"
            } else if name.contains('@') {
                "email"
            } else {
                "uid"
            };
            let named = who_by(field, Json::text(&name));
            let is_there = records::lookup(&[&named]).is_ok_and(|who| self.state.find(&who).is_some());
            let reply = self.shown(&named).await;
            if !is_there && reply.status != 404 {
                return Err(format!("{field} {name:?} is nobody's, got {} {}", reply.status, reply.text));
            }
        }
        Ok(())
    }

    fn names_of(&self, place: Place) -> Vec<(&'static str, String)> {
        let Some(profile) = self.state.profiles[place].as_ref() else { return Vec::new() };
        let own = [("uid", &profile.uid), ("email", &profile.email), ("id", &profile.id)];
        let own = own.into_iter().filter_map(|(field, name)| Some((field, name.clone()?)));
        let aliases = self.state.aliases.iter().filter(|(_, target)| **target == place).map(|(id, _)| ("id", id.clone()));
        own.chain(aliases).collect()
    }

    async fn check_by(&mut self, place: Place, (field, name): &(&'static str, String)) -> Result<(), Difference> {
        let reply = self.shown(&who_by(field, Json::text(name))).await;
        let difference = |difference| format!("the profile with the {field} {name:?}: {difference}");
        is_200(&reply).map_err(difference)?;
        let body = parsed(&reply);
        let shown = body.get("profile").ok_or("no profile")?;
        let expected = self.state.profiles[place].as_ref().ok_or("no profile is expected")?;
        comparison::profile(&self.state, expected, shown).map_err(difference)?;
        self.learn(place, shown.get("id"))?;
        self.state.profile(place).percent = shown.get("percent").cloned();
        if let (Some(company), Some(id)) = (self.state.profile(place).company, shown.get("company_id").and_then(Json::as_text)) {
            self.state.companies[company].id = Some(id.to_owned());
        }
        Ok(())
    }

    /// Retrieves a profile with its company.
    async fn shown(&self, named: &[(String, Json)]) -> Reply {
        let expand = Json::Object(vec![("company".into(), Json::text("all"))]);
        let fields: Fields = named.iter().cloned().chain([("expand".to_owned(), expand)]).collect();
        self.api.post("/v3/analyze/profile", &Json::Object(fields).to_string()).await
    }

    /// Takes the id of a profile from an answer, or compares it with the known one.
    fn learn(&mut self, place: Place, id: Option<&Json>) -> Result<(), Difference> {
        let id = id.and_then(Json::as_text).ok_or("no id")?;
        let profile = self.state.profile(place);
        match &profile.id {
            Some(known) if known == id => Ok(()),
            Some(known) => Err(format!("expected the profile {known}, got {id}")),
            None => {
                profile.id = Some(id.to_owned());
                self.ids.push(id.to_owned());
                Ok(())
            }
        }
    }

    async fn reply(&self, sent: &Sent) -> Reply {
        let dice = &mut Dice::new(sent.spelling);
        let (query, body) = (spelling::form(&sent.query, dice), spelling::body(&sent.body, dice));
        let mut request: Request = self.api.with_secret(request(sent.method, &format!("{}?{query}", sent.path), body.as_bytes()));
        if matches!(sent.body, Body::Form(_)) {
            request.headers.insert("content-type", http::HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        self.api.send(request).await
    }
}

fn who_by(field: &str, name: Json) -> Fields {
    vec![(field.to_owned(), name)]
}

/// The id in a path of a profile.
fn in_path(path: &str) -> Fields {
    let id = path.split('/').find(|part| identifiers::is_id(part));
    id.map(|id| who_by("id", Json::text(id))).unwrap_or_default()
}

fn fault(status: u16) -> Fault {
    Fault { status, names: Vec::new() }
}

fn parsed(reply: &Reply) -> Json {
    Json::parse(&reply.text).unwrap_or(Json::Null)
}

fn is_200(reply: &Reply) -> Result<(), Difference> {
    if reply.status == 200 { Ok(()) } else { Err(format!("expected 200, got {} {}", reply.status, reply.text)) }
}

fn refused(reply: &Reply, faults: &[Fault]) -> Result<(), Difference> {
    let body = parsed(reply);
    let is_an_error = body.get("code") == Some(&Json::Number(reply.status.to_string())) && body.get("messages").is_some();
    comparison::refusal(faults, reply.status, &reply.text)?;
    if is_an_error { Ok(()) } else { Err(format!("not the form of an error: {}", reply.text)) }
}

/// Compares the errors in the answer to a batch.
fn errors_at_once(batch: &Batch, body: &Json) -> Result<(), Difference> {
    let answered = comparison::errors(body);
    for (index, item) in batch.items.iter().enumerate() {
        match (item, answered.get(&index)) {
            (Err(faults), Some(code)) if faults.iter().any(|fault| fault.status == *code) => {}
            (Ok(_), None) => {}
            // That its names of a company do not fit together may turn out at once, or later.
            (Ok(upsert), Some(422)) if matches!(&upsert.membership, Membership::In(names, _) if names.len() > 1) => {}
            (Err(faults), answer) => return Err(format!("item {index}: expected one of {faults:?} at once, got {answer:?}")),
            (Ok(_), Some(code)) => return Err(format!("item {index} should be accepted, got {code}: {body}")),
        }
    }
    Ok(())
}
