//! Links between groups: those that lead to the same stored profile, though no item says so.

use std::collections::{HashMap, HashSet};

use profiles_domain::{AccountId, Email, Error, ProfileId};

use super::disjoint_sets::DisjointSets;
use super::groups::Group;
use crate::dynamo::database::Database;
use crate::dynamo::read_many::Wanted;
use crate::schema::attributes::{ALIAS_ID, ALIAS_OF, ID, UID};
use crate::schema::keys;

/// The attributes that say which profile a slot leads to.
const IDENTIFIERS: [&str; 4] = [ID, UID, ALIAS_OF, ALIAS_ID];

/// Returns for each group the first of those that lead to the same stored profile, by an address here and a uid there. Their items, too,
/// must be applied in the order of the batch. The database is asked only where groups are named in different ways.
pub(super) async fn links(database: &Database, account: AccountId, groups: &[Group]) -> Result<Vec<usize>, Error> {
    let mut sets = DisjointSets::new(groups.len());
    let (mut by_uid, mut by_id, mut by_email) = (HashMap::new(), HashMap::new(), Vec::new());
    for (place, group) in groups.iter().enumerate() {
        for identity in group.0.iter().map(|item| &item.upsert.identity) {
            match (identity.id, &identity.uid, &identity.email) {
                (Some(id), ..) => _ = by_id.insert(id, place),
                (None, Some(uid), _) => _ = by_uid.insert(uid.as_str(), place),
                (None, None, Some(email)) => by_email.push((email, place)),
                (None, None, None) => {}
            }
        }
    }
    // No profile has two uids or two addresses. So groups that are all named alike lead to different profiles.
    if by_id.is_empty() && (by_uid.is_empty() || by_email.is_empty()) {
        return Ok((0..groups.len()).collect());
    }
    // A user who has nothing but an address may be named by it here, beside the uid that he is given, and by his id there.
    let mut beside = HashSet::new();
    if !by_id.is_empty() {
        let identities =
            groups.iter().enumerate().flat_map(|(place, group)| group.0.iter().map(move |item| (&item.upsert.identity, place)));
        let others = identities.filter(|(identity, _)| identity.id.is_some() || identity.uid.is_some());
        for (email, place) in others.filter_map(|(identity, place)| Some((identity.email.as_ref()?, place))) {
            beside.insert(by_email.len());
            by_email.push((email, place));
        }
    }
    let tables = &database.tables;
    let mut wanted = Wanted::default();
    for (email, _) in &by_email {
        wanted.add(&tables.identities, keys::claim(account, email.as_str()));
    }
    let claims = database.get_many(wanted).await?;
    let owner = |(number, (email, place)): (usize, &(&Email, usize))| {
        Some((claims.get(&keys::claim(account, email.as_str())).id()?, *place, beside.contains(&number)))
    };
    let owners = by_email.iter().enumerate().filter_map(owner);
    let owners: Vec<(ProfileId, usize, bool)> = owners.chain(by_id.iter().map(|(id, place)| (*id, *place, false))).collect();

    let slot = |id: ProfileId| keys::slot(account, id.slot());
    let mut wanted = Wanted::only(&IDENTIFIERS);
    owners.iter().for_each(|(id, ..)| wanted.add(&tables.profiles, slot(*id)));
    let profiles = database.get_many(wanted).await?;
    let survivors = owners.iter().map(|(id, place, is_beside)| {
        let survivor = profiles.get(&slot(*id)).merged_into(*id);
        (survivor.unwrap_or(*id), *place, *is_beside)
    });
    let survivors: Vec<_> = survivors.collect();
    let mut wanted = Wanted::only(&IDENTIFIERS);
    survivors.iter().zip(&owners).filter(|(one, other)| one != other).for_each(|((id, ..), _)| wanted.add(&tables.profiles, slot(*id)));
    let mut leads_to = profiles;
    leads_to.extend(database.get_many(wanted).await?);

    let mut by_profile: HashMap<ProfileId, usize> = HashMap::new();
    for (id, place, is_beside) in survivors {
        let item = leads_to.get(&slot(id));
        // Another user's address is refused, or waits until he releases it.
        if is_beside && item.uid().is_some() {
            continue;
        }
        sets.unite(*by_profile.entry(id).or_insert(place), place);
        if let Some(of_uid) = item.uid().filter(|_| item.id() == Some(id)).and_then(|uid| by_uid.get(uid)) {
            sets.unite(*of_uid, place);
        }
    }
    Ok((0..groups.len()).map(|place| sets.first(place)).collect())
}
