//! `profiles import` of a CSV, compared with a client that has the same batch ready-made.

mod binaries;
mod client;
mod command;
mod server;

use rand::seq::SliceRandom;

use crate::batch::bodies::{Body, Kind, User};
use crate::effort::Effort;
use crate::local::Local;
use crate::progress;
use crate::report::Findings;
use crate::statistics::Spread;
use binaries::Binaries;
use client::Client;
use command::Importer;
use server::Server;

/// The rows a second of an import, compared with those of the ready-made batch.
const AT_LEAST_OF_READY_MADE: f64 = 0.8;
/// What each user's plan becomes.
const PLAN: &str = "gold";

/// Lets both take turns. Each creates users of its own.
pub(super) async fn measure(local: &Local, effort: Effort, findings: &mut Findings) {
    let binaries = Binaries::build(effort);
    let (_, secret) = local.another_account().await;
    let server = Server::start(&binaries.server, local);
    let importer = Importer::new(binaries.profiles, server.url(), &secret);
    let client = Client::new(server.url(), &secret);
    let (rows, rounds) = effort.choose((20_000, 5), (50, 1));
    let bar = progress::bar(&format!("importing {rows} rows, in turns with the ready-made batch (up to two minutes)"), rounds + 1);
    let (mut imported, mut ready_made) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        // In random order, so that neither always clears away the other's garbage.
        let mut turns = [true, false];
        turns.shuffle(&mut rand::rng());
        for is_import in turns {
            let users: Vec<_> = (0..rows).map(|_| User::random()).collect();
            let (took, figures) = if is_import {
                (importer.import(&users, PLAN), &mut imported)
            } else {
                (client.apply(&Body::about(Kind::Short, &users, PLAN)), &mut ready_made)
            };
            // The first round warms up.
            if round > 0 {
                figures.push(f64::from(rows) / took.as_secs_f64());
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let ratio = Spread::of(imported.iter().zip(&ready_made).map(|(imported, ready_made)| imported / ready_made));
    findings.say(&format!(
        "\n{rows} rows of new users (uid, plan) sent to the server, in turns: medians [quartiles] of {rounds}, rows a second.\n\
        import         {:.0}\nready-made     {:.0}\nimport : ready-made  {ratio}",
        Spread::of(imported),
        Spread::of(ready_made),
    ));
    findings.goal(
        ratio.median >= AT_LEAST_OF_READY_MADE,
        format!("import: {:.2} of the rows a second of the ready-made batch (goal: at least {AT_LEAST_OF_READY_MADE})", ratio.median),
    );
}
