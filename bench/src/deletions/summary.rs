//! The figures as text, and beside their goals.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::requests::{Counted, Operation};
use super::users::Mix;
use crate::report::Report;

/// Requests that there may be whatever is recorded.
const ANYWAY: usize = 6;
/// Records that there may be one more request for.
const A_REQUEST: usize = 25;

/// Writes them into the report.
pub(super) fn write(counted: &[Counted], report: &mut Report) {
    let mut text = String::from(
        "A user with an e-mail, found by the uid, whom nobody else writes to. Requests counted on the wire, for all of it until nothing is left.\n\
        of all kinds: half events, three deliveries, and of the rest as many interactions, each with another tour, as answers to a survey.\n\
        Units: DynamoDB Local's, but of transactions, for which it reports too few, by the size of the items: two for each KB that an item\n\
        was or became, whichever is more, and two for each index entry written or removed.\n\n",
    );
    let operations: BTreeSet<&str> = counted.iter().flat_map(|counted| counted.sent.keys().map(String::as_str)).collect();
    let _ = write!(text, "{:36}", "");
    for operation in &operations {
        let _ = write!(text, " {operation}");
    }
    let _ = writeln!(text, " {:>9} {:>12} {:>20}", "requests", "units: other", "units: transactions");
    for counted in counted {
        let name = counted.name();
        let _ = write!(text, "{name:36}");
        for operation in &operations {
            let requests = counted.sent.get(*operation).unwrap_or(&0);
            let _ = write!(text, " {requests:width$}", width = operation.len());
        }
        let (requests, units, transactions) = (counted.requests(), counted.units, counted.transactions);
        let _ = writeln!(text, " {requests:9} {units:12} {transactions:20}");
        let most = ANYWAY + counted.records.div_ceil(A_REQUEST);
        report.goal(
            requests as usize <= most,
            format!("{name}: {requests} requests (goal: at most {most}: {ANYWAY}, and 1 for every {A_REQUEST} records)"),
        );
    }
    report.section("Clearing and forgetting users", &text);
}

impl Counted {
    fn name(&self) -> String {
        let operation = match self.operation {
            Operation::Clear => "clear",
            Operation::Forget => "forget",
        };
        match (self.records, self.mix) {
            (0, _) => format!("{operation} a user without records"),
            (records, Mix::Events) => format!("{operation} a user of {records} events"),
            (records, Mix::AllKinds) => format!("{operation} a user of {records}, of all kinds"),
        }
    }
}
