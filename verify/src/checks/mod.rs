//! The checks, in the order in which they are made.

mod aws;
mod batch;
mod bodies;
mod documents;
mod edges;
mod erasure;
mod first;

use crate::client::{Answer, Client, Sent, Unanswered};
use crate::kind::Kind;
use crate::made::Made;
use crate::progress::Progress;
use crate::report::{Check, Report};

pub(crate) use aws::aws;
pub(crate) use first::first;

/// The run was interrupted.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// What every check needs.
pub(crate) struct Context<'a> {
    pub(crate) client: &'a Client,
    pub(crate) report: &'a Report,
    pub(crate) made: &'a Made,
    pub(crate) kind: Kind,
    /// The items of the large batch.
    pub(crate) batch: u32,
}

/// Makes all checks that send requests.
pub(crate) async fn all(context: &Context<'_>) -> Result<(), Interrupted> {
    edges::edges(context).await?;
    bodies::bodies(context).await?;
    documents::documents(context).await?;
    erasure::erasure(context).await?;
    batch::batch(context).await
}

impl Context<'_> {
    /// Sends a request, compares the answer, and writes the line. Returns the answer if it is as expected.
    async fn ask(&self, check: Check, sent: Sent, is_fine: impl Fn(&Answer) -> bool) -> Result<Option<Answer>, Interrupted> {
        let sending = Progress::new(format!("{}: {}", check.part, check.what), 1).during(self.client.send(&sent)).await;
        let answer = match sending {
            Ok(answer) => answer,
            Err(Unanswered::Interrupted) => return Err(Interrupted),
            Err(Unanswered::Failed(error)) => {
                self.report.line(&check, Err(format!("no answer: {error}")));
                return Ok(None);
            }
        };
        let fine = is_fine(&answer);
        self.report.line(&check, if fine { Ok(answer.status.to_string()) } else { Err(answer.shown()) });
        Ok(fine.then_some(answer))
    }
}

/// The path of upserts.
const UPSERT: &str = "/v3/observe/hooks/profiles";
/// The path of batches.
const BATCH: &str = "/v3/observe/hooks/profiles/batch";
/// The beginning of every 403.
const UNAUTHORIZED: &str = "Unauthorized: Please check your Chameleon Account Secret";
/// The beginning of the 404 for what is no route.
const NO_ENDPOINT: &str = "Endpoint not found: ";

/// The path of a retrieve by this query.
pub(crate) fn retrieve(query: &str) -> String {
    format!("/v3/analyze/profile?{query}")
}
