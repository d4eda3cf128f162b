//! The repair of addresses: it finds each profile with an address that the claim does not give it, and makes both agree.
//!
//! Tables that were restored to different instants have such profiles. The repair stores nothing of its own, and what it has mended needs
//! nothing more. So it may run beside requests, die anywhere, run twice, or run several times at once.

use futures_util::{StreamExt, TryStreamExt, stream};
use profiles_domain::{AccountId, Error, ProfileId};
use profiles_normalization::Timestamp;

use crate::Storage;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::read_many::Wanted;
use crate::schema::attributes::{EMAIL, ID, PK};
use crate::schema::keys;
use crate::upsert::{Healer, Reclaimed};

/// The parts of the table that are read at once.
const SEGMENTS: i32 = 4;
/// Items that are read by one request at most, those without an address too.
const ITEMS_IN_A_PAGE: i32 = 1000;
/// Profiles that are mended at once.
const AT_ONCE: usize = 4;

/// The repair of the addresses of all accounts.
pub struct Addresses<'a> {
    database: &'a Database,
}

/// Whether a repair changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// It mends.
    Do,
    /// It only counts.
    DryRun,
}

/// The counts of a repair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Items of the table of profiles that were read.
    pub read: u64,
    /// Profiles with an address.
    pub with_address: u64,
    /// Profiles that were given the claim to their address.
    pub claimed: u64,
    /// Profiles that lost an address which another profile has.
    pub lost: u64,
    /// Profiles that could not be mended.
    pub failed: u64,
}

/// Who is told of a repair while it goes on.
pub struct Watch<'a> {
    /// Called with the counts so far.
    pub progress: &'a (dyn Fn(Repaired) + Send + Sync),
    /// Called with each profile that loses its address.
    pub lost: &'a (dyn Fn(AccountId, ProfileId) + Send + Sync),
}

/// A profile with an address.
struct Holder {
    account: AccountId,
    id: ProfileId,
    email: String,
}

impl Storage {
    /// The repair of the addresses of all accounts.
    #[must_use]
    pub fn addresses(&self) -> Addresses<'_> {
        Addresses { database: &self.database }
    }
}

impl Repaired {
    fn add(&mut self, result: Result<Reclaimed, Error>) -> Result<(), Error> {
        match result {
            Ok(Reclaimed::Agrees) => {}
            Ok(Reclaimed::Claim) => self.claimed += 1,
            Ok(Reclaimed::Loss) => self.lost += 1,
            Err(Error::Unavailable | Error::Contended) => self.failed += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Addresses<'_> {
    /// Makes every profile that has an address and the claim to it agree. A claim that names no profile with the address goes to the profile.
    /// If it names another one that has the address, too, the profile loses it.
    ///
    /// # Errors
    /// Those of the database when it is asked for the profiles, and any defect. A profile that cannot be mended is counted, and does not keep
    /// the others from it.
    pub async fn repair(&self, what: Repair, now: Timestamp, watch: &Watch<'_>) -> Result<Repaired, Error> {
        let mut all = Repaired::default();
        let mut next: Vec<(i32, Option<Attributes>)> = (0..SEGMENTS).map(|segment| (segment, None)).collect();
        while !next.is_empty() {
            let mut pages = stream::iter(next.drain(..).map(|(segment, start)| self.page(segment, start)))
                .buffer_unordered(usize::try_from(SEGMENTS).unwrap_or(1));
            let mut begun = Vec::new();
            while let Some((segment, read, holders, start)) = pages.try_next().await? {
                all.read += read;
                all.with_address += u64::try_from(holders.len()).unwrap_or(u64::MAX);
                (watch.progress)(all);
                let unnamed = self.unnamed(holders).await?;
                let mut results = stream::iter(unnamed.into_iter().map(|holder| self.mend(holder, what, now))).buffer_unordered(AT_ONCE);
                while let Some((holder, result)) = results.next().await {
                    if result == Ok(Reclaimed::Loss) {
                        (watch.lost)(holder.account, holder.id);
                    }
                    all.add(result)?;
                    (watch.progress)(all);
                }
                begun.extend(start.map(|start| (segment, Some(start))));
            }
            drop(pages);
            next = begun;
        }
        Ok(all)
    }

    /// Reads the approximate number of items among which the repair looks.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn approximate_count(&self) -> Result<u64, Error> {
        self.database.approximate_count(&self.database.tables.profiles).await
    }

    /// Reads a page of a part of the table. Returns the part, how many items were read, those with an address, and where the next page begins.
    ///
    /// What was written in the last moments may be missing: the writes of requests need no repair.
    async fn page(&self, segment: i32, start: Option<Attributes>) -> Result<(i32, u64, Vec<Holder>, Option<Attributes>), Error> {
        let scan = self
            .database
            .client
            .scan()
            .table_name(&self.database.tables.profiles)
            .filter_expression(format!("attribute_exists({EMAIL}) AND attribute_exists({ID})"))
            .projection_expression([PK, ID, EMAIL].join(", "))
            .segment(segment)
            .total_segments(SEGMENTS)
            .limit(ITEMS_IN_A_PAGE)
            .set_exclusive_start_key(start);
        let page = self.database.scan(scan).await?;
        let holders = page.items.unwrap_or_default().into_iter().map(Item).filter_map(|item| holder(&item)).collect();
        Ok((segment, u64::try_from(page.scanned_count).unwrap_or(0), holders, page.last_evaluated_key))
    }

    /// Returns those whom the claims to their addresses do not name.
    async fn unnamed(&self, mut holders: Vec<Holder>) -> Result<Vec<Holder>, Error> {
        let claim = |holder: &Holder| keys::claim(holder.account, &holder.email);
        let mut wanted = Wanted::only(&[ID]);
        holders.iter().for_each(|holder| wanted.add(&self.database.tables.identities, claim(holder)));
        let claims = self.database.get_many(wanted).await?;
        holders.retain(|holder| claims.get(&claim(holder)).id() != Some(holder.id));
        Ok(holders)
    }

    async fn mend(&self, holder: Holder, what: Repair, now: Timestamp) -> (Holder, Result<Reclaimed, Error>) {
        let healer = Healer { database: self.database, account: holder.account, now };
        let result = match what {
            Repair::Do => healer.reclaim(holder.id, &holder.email).await,
            Repair::DryRun => healer.look(holder.id, &holder.email).await,
        };
        (holder, result)
    }
}

/// Reads a profile's account from its key, its id and its address.
fn holder(item: &Item) -> Option<Holder> {
    let (account, _) = item.text(PK)?.split_once('#')?;
    Some(Holder { account: account.parse().ok()?, id: item.id()?, email: item.email()?.to_owned() })
}
