//! The database with some profiles in it, and the prepared calls.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::HttpClient;

use super::baseline;
use super::caller::Caller;
use super::user::User;
use crate::effort::Effort;
use crate::local::Local;
use crate::progress;
use crate::recorder::Recorder;

/// A database that lives as long as this.
pub(super) struct Fixture {
    /// Makes the calls that are measured.
    pub(super) caller: Caller,
    /// The users, each of whom has a profile in every layout: enough that no two clients share one.
    pub(super) users: Vec<User>,
    local: Local,
}

impl Fixture {
    /// Starts a database, and fills it.
    pub(super) async fn new(effort: Effort) -> Self {
        let local = Local::start(effort).await;
        progress::say("making profiles");
        baseline::create_table(&local.client).await;
        let recorder = Recorder::default();
        let recorded = Caller::new(local.recorded_by(&recorder), &local.secret);
        let mut users = Vec::new();
        for number in 0..effort.choose(64, 2) {
            users.push(user(number, &local.account, &recorded, &recorder, &local.client).await);
        }
        Self { caller: Caller::new(local.client.clone(), &local.secret), users, local }
    }

    /// Returns a caller whose client speaks to the database in another way.
    pub(super) fn caller_on(&self, http: impl HttpClient + 'static) -> Caller {
        Caller::new(self.local.client_on(http), &self.local.secret)
    }
}

/// Makes a user's profile by the handler, then has the handler make each call once, and records it.
async fn user(number: usize, account: &str, recorded: &Caller, recorder: &Recorder, client: &Client) -> User {
    let uid = format!("user-{number:05}");
    let (body, body_with_email) = (body(&uid, None), body(&uid, Some(&format!("ada.{number}@example.com"))));
    recorded.upsert(&body_with_email).await;
    recorder.take();
    recorded.upsert(&body_with_email).await;
    let update_with_email = recorder.take().updates.pop().expect("an upsert updates");
    recorded.upsert(&body).await;
    let update = recorder.take().updates.pop().expect("an upsert updates");
    recorded.retrieve(&uid).await;
    let get = recorder.take().get.expect("a retrieve reads");

    let stored = client.get_item().set_table_name(get.table_name.clone()).set_key(get.key.clone()).send().await;
    baseline::store(client, account, stored.expect("an answer").item.expect("a stored profile")).await;
    User { account: account.to_owned(), uid, body, body_with_email, sent: sent(&update), update, update_with_email, get }
}

/// An upsert as a product sends it: 10 properties, about 500 bytes.
pub(crate) fn body(uid: &str, email: Option<&str>) -> String {
    let email = email.map_or_else(String::new, |email| format!(r#""email":"{email}","#));
    format!(
        r#"{{"uid":"{uid}",{email}"firstName":"Ada","lastName":"Lovelace","role":"administrator","plan":"Enterprise (annual)",
        "seats":42,"monthlyRevenue":1299.5,"onboarded":true,"trialEndsAt":"2029-08-21T02:46:46Z",
        "tags":["beta","power user","invited by sales"],"bio":"{}"}}"#,
        "Writes notes on engines that nobody has built yet. ".repeat(4)
    )
}

/// Returns the properties that an update sets: each has a numbered name, and a value of the same number.
fn sent(update: &UpdateItemInput) -> Vec<(String, AttributeValue)> {
    let (names, values) = (update.expression_attribute_names.as_ref(), update.expression_attribute_values.as_ref());
    let (names, values) = (names.expect("names of properties"), values.expect("values of properties"));
    let sent: Vec<_> = names
        .iter()
        .filter_map(|(placeholder, name)| Some((placeholder.strip_prefix('#')?, name)))
        .filter(|(placeholder, _)| placeholder.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|(number, name)| (name.clone(), values[&format!(":{number}")].clone()))
        .collect();
    assert_eq!(sent.len(), 10, "the properties in `body`");
    sent
}
