//! The departure of a profile from a company that is gone.

use std::time::Duration;

use aws_sdk_dynamodb::types::Update;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use profiles_domain::{AccountId, CompanyId, ProfileId};
use profiles_normalization::Timestamp;

use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{COMPANY_ID, ID, REV, UPDATED_AT};
use crate::schema::keys;

/// A departure: the membership ends, or goes over to another company.
#[derive(Clone, Copy)]
pub(crate) struct Departure {
    pub(crate) account: AccountId,
    pub(crate) profile: ProfileId,
    /// The company that is gone.
    pub(crate) gone: CompanyId,
    /// The company that the profile is a member of afterwards.
    pub(crate) to: Option<CompanyId>,
    /// The time of this change.
    pub(crate) at: Timestamp,
}

impl Departure {
    /// The action, on condition that the profile is a member, and was last changed before this.
    ///
    /// Its time must be later, not the same: a late attempt of the upsert that joined the company has no other condition than that the
    /// profile has no later time.
    pub(crate) fn action(&self, database: &Database) -> UpdateBuilder {
        let mut update = Update::builder()
            .table_name(&database.tables.profiles)
            .set_key(Some(keys::slot(self.account, self.profile.slot())))
            .condition_expression(format!("{ID} = :profile AND {COMPANY_ID} = :gone AND {UPDATED_AT} < :at"))
            .expression_attribute_values(":profile", text(self.profile))
            .expression_attribute_values(":gone", text(self.gone))
            .expression_attribute_values(":at", text(self.at))
            .expression_attribute_values(":one", number(1_u64));
        let (set, remove) = match self.to {
            None => (String::new(), format!(" REMOVE {COMPANY_ID}")),
            Some(company) => {
                update = update.expression_attribute_values(":to", text(company));
                (format!(", {COMPANY_ID} = :to"), String::new())
            }
        };
        update.update_expression(format!("SET {UPDATED_AT} = :at{set}{remove} ADD {REV} :one"))
    }

    /// The departure to try after this one was refused because of what is stored; `None` when it is no member any more. The membership of a
    /// merged profile went over to the one it was merged into.
    pub(crate) fn again(self, stored: &Item) -> Option<Self> {
        if let Some(profile) = stored.merged_into(self.profile) {
            return Some(Self { profile, ..self });
        }
        let is_member = stored.id() == Some(self.profile) && stored.text(COMPANY_ID) == Some(self.gone.to_string().as_str());
        let at = stored.updated_at().map_or(self.at, |last| last.plus(Duration::from_millis(1))).max(self.at);
        is_member.then_some(Self { at, ..self })
    }
}
