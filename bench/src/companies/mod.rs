//! Companies, the registry of properties, and imports of a CSV.

mod deletions;
mod import;
mod pages;
mod registry;
mod time;
mod upserts;

use crate::counter::Counter;
use crate::effort::Effort;
use crate::local::Local;
use crate::report::Findings;

/// Upserts companies.
const COMPANIES: &str = "/v3/observe/hooks/companies";
/// Upserts profiles.
const PROFILES: &str = "/v3/observe/hooks/profiles";

/// Measures all of it.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let local = Local::start(effort).await;
    findings.say("Units are those that DynamoDB Local reports, as in the section `requests`. The functions know the secret.\n");
    Counter::write_heading(findings);
    upserts::measure(&local, findings).await;
    pages::measure(&local, effort, findings).await;
    deletions::measure(&local, effort, findings).await;
    registry::measure(&local, effort, findings).await;
    import::measure(&local, effort, findings).await;
}
