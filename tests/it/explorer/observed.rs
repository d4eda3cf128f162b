//! The stored state of each account, as far as clients can observe it.

use std::collections::{BTreeMap, BTreeSet};

use profiles_tests::World;
use profiles_tests::activities::is_head;
use profiles_tests::invariants::{Item, text};

use serde_json::{Value, json};

use super::linearizability::BoundState;
use super::operations::{Properties, properties};

/// The observable state of one account.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    profiles: BTreeMap<String, Profile>,
    /// Ids that lead to profiles of other ids.
    aliases: BTreeMap<String, String>,
    /// Companies by their ids: uid and properties.
    companies: BTreeMap<String, (String, Properties)>,
    /// Whether a marker of a deleted company is left.
    has_marker: bool,
    /// The counts of completed batches, by their ids.
    pub(super) batches: BTreeMap<String, [u64; 5]>,
}

#[derive(Clone, Debug, Default)]
struct Profile {
    uid: Option<String>,
    email: Option<String>,
    properties: Properties,
    company: Option<String>,
    deliveries: Vec<String>,
    is_cleared: bool,
    generations: Vec<String>,
    events: Vec<String>,
    /// The states that the interaction with the only tour reached.
    reached: BTreeSet<String>,
}

impl Observed {
    /// Reads the state of every account. Returns it for each account's id.
    pub(super) async fn read_all(world: &World) -> BTreeMap<String, Self> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        let tables = &world.tables;
        let account_of = |item: &Item| text(item, "PK").unwrap().split('#').next().unwrap().to_owned();
        for item in world.items(&tables.profiles).await {
            let of_account = all.entry(account_of(&item)).or_default();
            if let Some(id) = text(&item, "id") {
                of_account.profiles.insert(id.to_owned(), profile(&item));
            } else if let Some((id, target)) = text(&item, "ALIAS_ID").zip(text(&item, "ALIAS_OF")) {
                of_account.aliases.insert(id.to_owned(), target.to_owned());
            }
        }
        for item in world.items(&tables.companies).await {
            let of_account = all.entry(account_of(&item)).or_default();
            of_account.has_marker |= text(&item, "PK").unwrap().ends_with("#deleting");
            // Otherwise it is a tombstone.
            let Some((id, uid)) = text(&item, "id").zip(text(&item, "uid")) else { continue };
            let plan = text(&item, "plan").map(|plan| ("plan".to_owned(), plan.to_owned()));
            of_account.companies.insert(id.to_owned(), (uid.to_owned(), plan.into_iter().collect()));
        }
        for item in world.items(&tables.activities).await {
            if matches!(text(&item, "SK"), Some("key" | "pointer")) || is_head(&item) {
                continue;
            }
            let (_, at) = text(&item, "PK").unwrap().split_once('#').unwrap();
            let (generation, kind) = text(&item, "SK").unwrap().split_once('#').unwrap();
            let generation = format!("{at}#{generation}");
            let of_account = all.entry(account_of(&item)).or_default();
            let Some(profile) = of_account.profiles.values_mut().find(|profile| profile.generations.contains(&generation)) else {
                continue;
            };
            match kind.split('#').next().unwrap() {
                "event" => profile.events.push(text(&item, "id").unwrap().to_owned()),
                "interaction" => profile.reached.extend(reached(&item)),
                _ => {}
            }
        }
        for item in world.items(&tables.batches).await {
            let (_, batch) = text(&item, "PK").unwrap().split_once('#').unwrap();
            if text(&item, "SK") == Some("header") && number(&item, "pending") == Some(0) {
                let counts = ["created", "updated", "unchanged", "ignored", "failed"]
                    .map(|name| number(&item, &format!("{name}_count")).unwrap_or_default());
                all.entry(account_of(&item)).or_default().batches.insert(batch.to_owned(), counts);
            }
        }
        all
    }

    /// Returns the profiles with their ids, in the order of their uids and addresses, in the form of the model of identities.
    pub(super) fn summary(&self) -> Vec<(String, Value)> {
        let mut all: Vec<_> = self.profiles.iter().collect();
        all.sort_by_key(|(_, profile)| (profile.uid.clone().unwrap_or_default(), profile.email.clone().unwrap_or_default()));
        let summary_of = |profile: &Profile| {
            let names: Vec<_> = profile.properties.keys().filter(|name| name.starts_with("p_")).collect();
            let email = profile.email.as_ref().and_then(|email| email.split('@').next());
            let events = vec!["opened"; profile.events.len()];
            let company = profile.company.as_ref().and_then(|id| self.companies.get(id)).map(|(uid, _)| uid);
            json!({
                "uid": profile.uid, "email": email, "props": names, "events": events, "cleared": profile.is_cleared, "company": company,
            })
        };
        all.into_iter().map(|(id, profile)| (id.clone(), summary_of(profile))).collect()
    }

    /// Returns whether this is the specified state, for some assignment of ids that extends the known one.
    pub(super) fn equals(&self, specified: &BoundState) -> bool {
        let BoundState { state, mut ids } = specified.clone();
        if self.has_marker || state.profiles.len() != self.profiles.len() || state.companies.len() != self.companies.len() {
            return false;
        }
        for (token, (uid, properties)) in &state.companies {
            let found = self.companies.iter().find(|(_, (stored, _))| stored == uid);
            if !found.is_some_and(|(id, (_, stored))| ids.found(*token, id) && stored == properties) {
                return false;
            }
        }
        for (token, specified) in &state.profiles {
            // No two profiles share a uid or an address: that is checked with the invariants.
            let found = self.profiles.iter().find(|(_, stored)| stored.uid == specified.uid && stored.email == specified.email);
            let Some((id, stored)) = found else { return false };
            let company = stored.company.as_ref().map(|id| self.companies.get(id).map(|(uid, _)| uid.clone()).unwrap_or_default());
            let is_same = ids.found(*token, id)
                && stored.properties == specified.properties
                && company == state.shown_company(specified)
                && stored.is_cleared == specified.is_cleared
                && stored.deliveries.len() == specified.deliveries.len()
                && specified.deliveries.iter().zip(&stored.deliveries).all(|(token, id)| ids.found(*token, id))
                && stored.events.len() == specified.events.len()
                && specified.events.iter().all(|event| ids.get(*event).is_none_or(|id| stored.events.iter().any(|stored| stored == id)))
                && stored.reached == specified.reached;
            if !is_same {
                return false;
            }
        }
        let leads_right = |id: &str, token| {
            let leads_to = self.aliases.get(id).map_or(id, String::as_str);
            let target = Some(leads_to).filter(|id| self.profiles.contains_key(*id));
            target == state.resolve(token).and_then(|target| ids.get(target))
        };
        let is_profile = |token| state.profiles.contains_key(&token) || state.merged.contains_key(&token);
        ids.iter().filter(|(token, _)| is_profile(*token)).all(|(token, id)| leads_right(id, token))
    }
}

fn profile(item: &Item) -> Profile {
    let own = |name: &str| text(item, name).map(str::to_owned);
    let generation: u32 = number(item, "GENERATION").unwrap_or_default().try_into().unwrap();
    let inherited = item.get("INHERITED").map(|generations| generations.as_ss().unwrap().clone()).unwrap_or_default();
    let deliveries = item.get("delivery_ids").map(|ids| ids.as_l().unwrap().as_slice()).unwrap_or_default();
    let texts = item.iter().filter_map(|(name, value)| Some((name.clone(), value.as_s().ok()?.clone())));
    Profile {
        uid: own("uid"),
        email: own("email"),
        properties: properties(texts),
        company: own("company_id"),
        deliveries: deliveries.iter().map(|id| id.as_s().unwrap().clone()).collect(),
        is_cleared: item.contains_key("last_cleared_at"),
        generations: inherited.into_iter().chain([format!("{}#{generation:08x}", text(item, "id").unwrap())]).collect(),
        ..Profile::default()
    }
}

fn reached(item: &Item) -> Vec<String> {
    let states = ["started", "completed", "exited", "snoozed"].into_iter().filter(|state| item.contains_key(&format!("{state}_at")));
    states.map(str::to_owned).collect()
}

fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}
