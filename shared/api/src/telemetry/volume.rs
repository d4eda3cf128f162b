//! The metrics of many requests in one document, which spares each request the description of its metrics.

use profiles_normalization::Timestamp;
use profiles_storage::Consumed;
use serde::{Serialize, Serializer};

use super::sink;

/// The most values that CloudWatch takes of a metric in a document.
pub(super) const MOST_VALUES: usize = 100;

/// The metrics of some requests of one function, all in the same minute, which is CloudWatch's resolution.
///
/// They are those of [`Handled`](super::lines::Handled), value by value, so that each statistic stays what it is, percentiles too.
pub(super) struct Volume {
    function: &'static str,
    last: Timestamp,
    milliseconds: Vec<Amount>,
    dynamodb_requests: Vec<u32>,
    read_units: Vec<Amount>,
    write_units: Vec<Amount>,
    cold_starts: Vec<u8>,
    server_errors: Vec<u8>,
}

/// The metrics of a request.
#[derive(Clone, Copy)]
pub(super) struct Values {
    pub(super) milliseconds: Amount,
    pub(super) consumed: Consumed,
    pub(super) is_cold: bool,
    pub(super) is_server_error: bool,
}

impl Volume {
    pub(super) fn new(function: &'static str, now: Timestamp) -> Self {
        Self {
            function,
            last: now,
            milliseconds: Vec::new(),
            dynamodb_requests: Vec::new(),
            read_units: Vec::new(),
            write_units: Vec::new(),
            cold_starts: Vec::new(),
            server_errors: Vec::new(),
        }
    }

    /// Whether the values of a request that ended now belong into this document.
    pub(super) fn takes(&self, function: &str, now: Timestamp) -> bool {
        let minute = |time: Timestamp| time.unix_millis().div_euclid(60_000);
        self.function == function && minute(self.last) == minute(now)
    }

    pub(super) fn add(&mut self, now: Timestamp, values: Values) {
        let Values { milliseconds, consumed, is_cold, is_server_error } = values;
        self.last = now;
        self.milliseconds.push(milliseconds);
        self.dynamodb_requests.push(consumed.requests);
        self.read_units.push(Amount(consumed.read_units));
        self.write_units.push(Amount(consumed.write_units));
        self.cold_starts.push(is_cold.into());
        self.server_errors.push(is_server_error.into());
    }

    pub(super) fn is_full(&self) -> bool {
        self.milliseconds.len() >= MOST_VALUES
    }

    pub(super) fn write(&self) {
        // In `Text` there are no metrics.
        sink::write_json(|namespace| Document::new(namespace, self), || None);
    }
}

/// A number, without decimals where it has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Amount(pub(super) f64);

impl Amount {
    /// Rounds to two decimals.
    pub(super) fn rounded(number: f64) -> Self {
        Self((number * 100.0).round() / 100.0)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of this size is exact")]
        let whole = self.0 as i32;
        if f64::from(whole) == self.0 { serializer.serialize_i32(whole) } else { serializer.serialize_f64(self.0) }
    }
}

/// CloudWatch's embedded metric format.
#[derive(Serialize)]
struct Document<'a> {
    _aws: Metadata<'a>,
    timestamp: String,
    level: &'static str,
    message: &'static str,
    function: &'static str,
    #[serde(rename = "Milliseconds")]
    milliseconds: &'a [Amount],
    #[serde(rename = "DynamoDbRequests")]
    dynamodb_requests: &'a [u32],
    #[serde(rename = "ReadUnits")]
    read_units: &'a [Amount],
    #[serde(rename = "WriteUnits")]
    write_units: &'a [Amount],
    #[serde(rename = "ColdStarts")]
    cold_starts: &'a [u8],
    #[serde(rename = "ServerErrors")]
    server_errors: &'a [u8],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    cloud_watch_metrics: [Directive<'a>; 1],
    timestamp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: [[&'static str; 1]; 1],
    metrics: [Metric; 6],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
}

impl<'a> Document<'a> {
    fn new(namespace: &'a str, volume: &'a Volume) -> Self {
        let plain = |name| Metric { name, unit: None };
        let metrics = [
            Metric { name: "Milliseconds", unit: Some("Milliseconds") },
            plain("DynamoDbRequests"),
            plain("ReadUnits"),
            plain("WriteUnits"),
            plain("ColdStarts"),
            plain("ServerErrors"),
        ];
        Self {
            _aws: Metadata {
                cloud_watch_metrics: [Directive { namespace, dimensions: [["function"]], metrics }],
                timestamp: volume.last.unix_millis(),
            },
            timestamp: volume.last.to_string(),
            level: "INFO",
            message: "counted requests",
            function: volume.function,
            milliseconds: &volume.milliseconds,
            dynamodb_requests: &volume.dynamodb_requests,
            read_units: &volume.read_units,
            write_units: &volume.write_units,
            cold_starts: &volume.cold_starts,
            server_errors: &volume.server_errors,
        }
    }
}
