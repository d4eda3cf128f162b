//! The first request, without whose answer no other makes sense.

use crate::client::{Answer, Client, Sent, Unanswered};
use crate::report::{Check, Report};

/// Checks that the API is there, and that the secret is good.
pub(crate) async fn first(client: &Client, report: &Report) -> Option<Answer> {
    let check = Check::new(
        "first",
        "GET / with the secret",
        "200 and the account's id",
        "is API the deployment's address (the output ApiUrl), and SECRET a secret of an account there (`profiles secret list`)?",
    );
    match client.send_repeatedly(&Sent::new("GET", "/"), 3).await {
        Ok(answer) if answer.status == 200 && answer.json["account"]["id"].is_string() => {
            report.line(&check, Ok("200".to_owned()));
            Some(answer)
        }
        Ok(answer) => {
            report.line(&check, Err(answer.shown()));
            None
        }
        Err(Unanswered::Failed(error)) => {
            report.line(&check, Err(format!("no answer: {error}")));
            None
        }
        Err(Unanswered::Interrupted) => None,
    }
}
