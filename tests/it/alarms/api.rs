//! What the API answers and refuses.

use super::timeline::{BEGIN, END, MINUTES, Rings, Timeline};
use super::{metric, of_lines};

/// The requests of a minute.
#[derive(Clone, Copy)]
struct Requests {
    all: f64,
    /// Those that are answered with 4xx.
    refused: f64,
    /// Those that are answered with 5xx.
    failed: f64,
}

const USUAL: Requests = Requests { all: 60.0, refused: 3.0, failed: 0.0 };

/// Adds these requests in the minutes of which this is true, and the usual ones in the others. API Gateway writes a 0 where none fails.
fn traffic(timeline: Timeline, unusual: Requests, is_unusual: impl Fn(u64) -> bool) -> Timeline {
    (0..MINUTES).fold(timeline, |timeline, minute| {
        let Requests { all, refused, failed } = if is_unusual(minute) { unusual } else { USUAL };
        let values = [("Count", all), ("4xx", refused), ("5xx", failed)];
        values.into_iter().fold(timeline, |timeline, (name, value)| {
            timeline.points(&metric("AWS/ApiGateway", name, &[("ApiId", "Api")]), [(minute * 60, value)])
        })
    })
}

fn in_trouble(minute: u64) -> bool {
    (BEGIN..END).contains(&minute)
}

/// Requests over the limit, as the filter counts them in the access log: a 0 for each other line.
fn over_the_limit(timeline: Timeline, counts: impl Fn(u64) -> f64) -> Timeline {
    timeline.points(&of_lines("Refusals"), (0..MINUTES).map(|minute| (minute * 60, counts(minute))))
}

pub(super) fn timelines() -> Vec<Timeline> {
    let quick = Rings::within(7, 12);
    let lasting = Rings::within(22, 12);
    let fails = |what, rings: Option<Rings>| Timeline::new("ApiFails", what, rings);
    let refuses = |what, rings: Option<Rings>| Timeline::new("ApiRefuses", what, rings);
    let refused = |what, rings: Option<Rings>| Timeline::new("ClientsAreRefused", what, rings);
    let failed = |all, failed| Requests { all, refused: 0.0, failed };
    let rejected = |all, refused| Requests { all, refused, failed: 0.0 };
    vec![
        traffic(fails("two requests in a hundred fail", Some(quick)), failed(600.0, 12.0), in_trouble),
        traffic(fails("all of a few requests fail", Some(quick)), failed(3.0, 3.0), in_trouble),
        traffic(fails("one request in two hundred fails", None), failed(1000.0, 5.0), in_trouble),
        traffic(fails("four requests fail, once an hour", None), failed(4.0, 4.0), |minute| minute % 60 == 0),
        over_the_limit(refuses("a request a second is over the limit", Some(quick)), |minute| if in_trouble(minute) { 60.0 } else { 0.0 }),
        over_the_limit(refuses("a burst of eighty is over the limit", None), |minute| if minute % 30 == 0 { 80.0 } else { 0.0 }),
        // 130 dollars a month.
        traffic(refused("twenty requests a second without a secret, and no others", Some(lasting)), rejected(1200.0, 1200.0), in_trouble),
        // 670 dollars a month, beside ten times as many good ones.
        traffic(
            refused("a hundred requests a second without a secret, among 1,000", Some(lasting)),
            rejected(60_000.0, 6000.0),
            in_trouble,
        ),
        traffic(
            refused("1,000 requests a second over the limit, without a line in the log", Some(lasting)),
            rejected(120_000.0, 60_000.0),
            in_trouble,
        ),
        traffic(
            refused("a client looks up users of whom most are unknown, eight times a second", None),
            rejected(480.0, 400.0),
            in_trouble,
        ),
        traffic(refused("a tenth of 300 requests a second has a mistake", None), rejected(18_000.0, 1800.0), in_trouble),
        traffic(refused("a scan of five minutes, once an hour", None), rejected(12_000.0, 12_000.0), |minute| minute % 60 < 5),
    ]
}
