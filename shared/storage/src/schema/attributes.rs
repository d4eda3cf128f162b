//! The attributes of all tables that are not properties.
//!
//! Normalized property names are in lower case. So the internal attributes are in upper case, and never collide with them.

pub(crate) use crate::dynamo::item::{PK, SK};

/// The number of writes to a slot, whatever it held. So no earlier state is taken for the present one.
pub(crate) const REV: &str = "REV";
/// In an alias: the id of the profile it points to.
pub(crate) const ALIAS_OF: &str = "ALIAS_OF";
/// In an alias that was a profile: its id, which keeps working.
pub(crate) const ALIAS_ID: &str = "ALIAS_ID";
/// In a profile: its aliases, as ids of merged profiles and slots of uids.
pub(crate) const ALIASES: &str = "ALIASES";
/// When the profile that was here was forgotten.
pub(crate) const FORGOTTEN_AT: &str = "FORGOTTEN_AT";
/// In a claim: when a profile was forgotten that had the address before its present holder. It counts once nobody holds the address.
pub(crate) const FENCED_AT: &str = "FENCED_AT";
/// The time, in Unix seconds, in the id of the last profile that was in this slot before.
pub(crate) const LAST: &str = "LAST";
/// In a profile: its applied log. In a claim: the entries of the profiles that released it, as a set.
pub(crate) const APPLIED: &str = "APPLIED";
/// In a profile: the claims it has released of late, each as `<Unix seconds>#<hash of the address>`.
pub(crate) const FORMER: &str = "FORMER";
/// In a profile and in its activity head: the number of its current generation, which is how often it was cleared.
pub(crate) const GENERATION: &str = "GENERATION";
/// In a profile: the generations of profiles that were merged into it. In an activity head: those of them that had activities.
pub(crate) const INHERITED: &str = "INHERITED";
/// In a profile: the time, in Unix seconds, in the last id of a delivery to it.
pub(crate) const LAST_DELIVERY: &str = "LAST_DELIVERY";
/// In a tombstone: the deletion that put it there.
pub(crate) const DELETION: &str = "DELETION";
/// In an activity head: when it was closed.
pub(crate) const CLOSED_AT: &str = "CLOSED_AT";
/// In an activity head: the codes of the events, tours and Microsurveys that are summed up in it.
pub(crate) const SUMMED: &str = "SUMMED";
/// When DynamoDB may delete the item, in Unix seconds.
pub(crate) const EXPIRES_AT: &str = "EXPIRES_AT";
/// In a pending item, of a batch or a deletion: one of the queues of its index.
pub(crate) const QUEUE: &str = "QUEUE";
/// In a pending item: since when it waits.
pub(crate) const SINCE: &str = "SINCE";
/// In a record that is listed by its tour or survey: the account, the record's kind and the id of the tour or survey.
pub(crate) const MODEL: &str = "MODEL";
/// In such a record: its creation and its id, by which lists are sorted.
pub(crate) const BY_CREATION: &str = "BY_CREATION";
/// In such a record: its last change and its id, by which lists can be sorted, too.
pub(crate) const BY_CHANGE: &str = "BY_CHANGE";
/// In a response, and in what is known of a tour: when the webhook was sent that it is of.
pub(crate) const SENT_AT: &str = "SENT_AT";
/// In a pointer: the sort key of the record.
pub(crate) const RECORD_KEY: &str = "RECORD_KEY";
/// In a pointer: when its record was deleted.
pub(crate) const DELETED_AT: &str = "DELETED_AT";
/// In an idempotency key: the SHA-256 of the request's body.
pub(crate) const BODY: &str = "BODY";
/// In an idempotency key: the id of the record that the request made.
pub(crate) const RECORD_ID: &str = "RECORD_ID";
/// In a pending delivery: the account and the shard of the profile, by which all deliveries are listed.
pub(crate) const PENDING: &str = "PENDING";
/// In a pointer: the id of the profile.
pub(crate) const PROFILE: &str = "PROFILE";
/// In a deletion: all aliases of the profile, a set of ids of merged profiles and of slots of uids.
pub(crate) const KNOWN_ALIASES: &str = "LED_HERE";
/// In a deletion: its scopes, a list of profile ids, each with a generation if only that one is meant.
pub(crate) const SCOPES: &str = "SCOPES";
/// In a deletion: the scope that is being counted.
pub(crate) const COUNTED_SCOPE: &str = "IN_SCOPE";
/// In a deletion: the sort key of the last record there that was counted.
pub(crate) const COUNTED: &str = "COUNTED";
/// In a deletion: slots with aliases that did not fit into the first transaction.
pub(crate) const REMAINING_ALIASES: &str = "ALIASES";

/// A tour or survey's kind.
pub(crate) const MODEL_KIND: &str = "model_kind";
/// The id of a tour or survey.
pub(crate) const MODEL_ID: &str = "model_id";
/// The id of a profile or company; in a claim, of the profile that holds the address.
pub(crate) const ID: &str = "id";
/// The customer's id.
pub(crate) const UID: &str = "uid";
/// The e-mail address.
pub(crate) const EMAIL: &str = "email";
/// The company a profile is a member of.
pub(crate) const COMPANY_ID: &str = "company_id";
/// When it was created.
pub(crate) const CREATED_AT: &str = "created_at";
/// When a property last changed.
pub(crate) const UPDATED_AT: &str = "updated_at";
/// When it was last cleared.
pub(crate) const LAST_CLEARED_AT: &str = "last_cleared_at";
/// A random number in [0, 100), drawn at creation.
pub(crate) const PERCENT: &str = "percent";

/// Deliveries that are pending, in their order: the id of each, and after a `#` when its time is over.
pub(crate) const DELIVERY_IDS: &str = "delivery_ids";

/// Whether the attribute is a property or one of the API's own fields, rather than internal.
pub(crate) fn is_public(name: &str) -> bool {
    !matches!(
        name,
        PK | SK
            | REV
            | ALIAS_OF
            | ALIAS_ID
            | ALIASES
            | FORGOTTEN_AT
            | LAST
            | APPLIED
            | FORMER
            | GENERATION
            | INHERITED
            | LAST_DELIVERY
            | DELETION
            | EXPIRES_AT
    )
}
