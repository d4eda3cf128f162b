//! Backs up the tables that hold users, and restores them to tables of other names, because DynamoDB Local can do neither.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use profiles_domain::AccountId;
use profiles_storage::Tables;

use crate::World;
use crate::invariants::{Item, text};
use crate::world::template;

/// The prefix of the names of restored tables.
pub(crate) const PREFIX: &str = "restored-";

/// The items of each table at the time of the backup.
pub struct Backup(Vec<(String, Vec<Item>)>);

impl Backup {
    /// Makes a backup of the tables that the world uses.
    pub async fn of(world: &World) -> Self {
        let mut tables = Vec::new();
        for table in names(&world.tables) {
            tables.push((table.clone(), world.items(table).await));
        }
        Self(tables)
    }

    /// Keeps only the items of one account.
    #[must_use]
    pub fn only(mut self, account: AccountId) -> Self {
        let prefix = format!("{account}#");
        for (_, items) in &mut self.0 {
            items.retain(|item| text(item, "PK").unwrap().starts_with(&prefix));
        }
        self
    }

    /// Returns the items of a table.
    #[must_use]
    pub fn items(&self, table: &str) -> &[Item] {
        self.0.iter().find(|(name, _)| name == table).map_or(&[], |(_, items)| items)
    }

    /// Writes the backup into new tables. Returns the names of all tables: the new ones for users, the present ones for the rest.
    pub async fn restore(&self, world: &World) -> Tables {
        profiles_local::create_tables(&world.bare, template(), PREFIX).await.unwrap();
        for (table, items) in &self.0 {
            for some in items.chunks(25) {
                let puts = some.iter().map(|item| {
                    let put = PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
                    WriteRequest::builder().put_request(put).build()
                });
                let output = world.bare.batch_write_item().request_items(format!("{PREFIX}{table}"), puts.collect()).send().await.unwrap();
                assert!(output.unprocessed_items.unwrap_or_default().is_empty());
            }
        }
        let mut tables = world.tables.clone();
        let users = [&mut tables.profiles, &mut tables.identities, &mut tables.companies, &mut tables.activities, &mut tables.summaries];
        for name in users.into_iter().chain([&mut tables.properties]) {
            name.insert_str(0, PREFIX);
        }
        tables
    }
}

/// The tables that hold users.
pub(crate) fn names(tables: &Tables) -> [&String; 6] {
    [&tables.profiles, &tables.identities, &tables.companies, &tables.activities, &tables.summaries, &tables.properties]
}
