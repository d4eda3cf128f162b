//! Warnings that more than one endpoint gives.

use profiles_domain::MAX_SUMMED;
use profiles_normalization::Warning;

/// Warnings in a response at most. A body of a megabyte can cause more of them than Lambda's response can hold.
const MAX_WARNINGS: usize = 100;

/// The first warnings, and one that says how many more there are.
pub(crate) fn bounded(mut warnings: Vec<Warning>) -> Vec<Warning> {
    if let Some(more) = warnings.len().checked_sub(MAX_WARNINGS).filter(|more| *more > 0) {
        warnings.truncate(MAX_WARNINGS);
        warnings.push(Warning { prop: "…".to_owned(), message: format!("{more} more warnings") });
    }
    warnings
}

/// The warning that an activity is left out of the sums of its user.
pub(crate) fn not_summed(field: &str) -> Warning {
    let message = format!(
        "stored, but searches for users who did this will not find this user, who has {MAX_SUMMED} other events, tours and Microsurveys already"
    );
    Warning { prop: field.to_owned(), message }
}

/// The warning that an item of a batch joins no company.
pub(crate) fn company_was_deleted() -> Warning {
    let message = "ignored: the company was deleted after the batch was accepted".to_owned();
    Warning { prop: "company".to_owned(), message }
}

/// The warning that some or all of a company's properties were left out.
pub(crate) fn company_is_too_large() -> Warning {
    let message = "not stored, or only in part: the company would be larger than 400 KB, the most that can be stored".to_owned();
    Warning { prop: "company".to_owned(), message }
}
