//! The database with some profiles in it, and everything that the calls need, made before anything is measured.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::HttpClient;

use super::service::Service;
use super::usual;
use crate::local::Local;
use crate::recorder::Recorder;

/// Users, each of whom has a profile in every layout. Enough for no two clients ever to share one.
pub(super) const USERS: usize = 64;

/// A database that lives as long as this.
pub(super) struct Stage {
    /// Makes the calls that are measured.
    pub(super) service: Service,
    /// Makes the same calls, with notes taken.
    pub(super) recorded: Service,
    pub(super) recorder: Recorder,
    /// Everyone who has a profile.
    pub(super) users: Vec<User>,
    local: Local,
}

/// Somebody with a profile, and the calls about it.
pub(super) struct User {
    pub(super) account: String,
    pub(super) uid: String,
    /// What the handler is sent.
    pub(super) body: String,
    pub(super) body_with_email: String,
    /// What the handler then sends to the database.
    pub(super) update: UpdateItemInput,
    pub(super) update_with_email: UpdateItemInput,
    pub(super) get: GetItemInput,
    /// The properties in `body` as they are stored.
    pub(super) sent: Vec<(String, AttributeValue)>,
}

impl Stage {
    /// Starts a database, and fills it.
    pub(super) async fn set() -> Self {
        let local = Local::start().await;
        usual::create_tables(&local.client).await;
        let recorder = Recorder::default();
        let recorded = Service::new(local.recorded_by(&recorder), &local.secret);
        let mut users = Vec::with_capacity(USERS);
        for number in 0..USERS {
            users.push(user(number, &local.account, &recorded, &recorder, &local.client).await);
        }
        Self { service: Service::new(local.client.clone(), &local.secret), recorded, recorder, users, local }
    }

    /// A service whose client has another wire to the database.
    pub(super) fn service_on(&self, wire: impl HttpClient + 'static) -> Service {
        Service::new(self.local.client_on(wire), &self.local.secret)
    }
}

/// Makes a user's profile by the handler, then lets the handler make each call once and notes it.
async fn user(number: usize, account: &str, recorded: &Service, recorder: &Recorder, client: &Client) -> User {
    let uid = format!("user-{number:05}");
    let (body, body_with_email) = (body(&uid, ""), body(&uid, &format!(r#""email":"ada.{number}@example.com","#)));
    recorded.upsert(&body_with_email).await;
    recorder.take();
    recorded.upsert(&body_with_email).await;
    let update_with_email = recorder.take().updates.pop().expect("an upsert updates");
    recorded.upsert(&body).await;
    let update = recorder.take().updates.pop().expect("an upsert updates");
    recorded.retrieve(&uid).await;
    let get = recorder.take().get.expect("a retrieve reads");

    let stored = client.get_item().set_table_name(get.table_name.clone()).set_key(get.key.clone()).send().await;
    usual::store(client, account, stored.expect("an answer").item.expect("a stored profile")).await;
    User { account: account.to_owned(), uid, body, body_with_email, sent: sent(&update), update, update_with_email, get }
}

/// An upsert as a product sends it: 10 properties, some 500 bytes.
fn body(uid: &str, email: &str) -> String {
    format!(
        r#"{{"uid":"{uid}",{email}"firstName":"Ada","lastName":"Lovelace","role":"administrator","plan":"Enterprise (annual)",
        "seats":42,"monthlyRevenue":1299.5,"onboarded":true,"trialEndsAt":"2029-08-21T02:46:46Z",
        "tags":["beta","power user","invited by sales"],"bio":"{}"}}"#,
        "Writes notes on engines that nobody has built yet. ".repeat(4)
    )
}

/// The properties that an update sets: each has a numbered name and a value of the same number.
fn sent(update: &UpdateItemInput) -> Vec<(String, AttributeValue)> {
    let (names, values) = (update.expression_attribute_names.as_ref(), update.expression_attribute_values.as_ref());
    let (names, values) = (names.expect("names of properties"), values.expect("values of properties"));
    let sent: Vec<_> = names
        .iter()
        .filter_map(|(placeholder, name)| Some((placeholder.strip_prefix('#')?, name)))
        .filter(|(placeholder, _)| placeholder.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|(number, name)| (name.clone(), values[&format!(":{number}")].clone()))
        .collect();
    assert_eq!(sent.len(), 10, "what `body` holds");
    sent
}
