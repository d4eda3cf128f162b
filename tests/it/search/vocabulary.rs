//! The properties, events, tours and Microsurveys of generated users, each value in several spellings. Filters are made of the same.

/// The number of companies.
pub(super) const COMPANIES: usize = 24;
/// Names of events, as they are sent.
pub(super) const EVENTS: [&str; 5] = ["Imported Leads", "signedUp", "upgraded_plan", "Exported", "Größe geändert"];
/// Ids of tours.
pub(super) const TOURS: [&str; 3] = ["t1", "5f3c4232c712de665632a6d8", "t 3"];
/// Ids of Microsurveys.
pub(super) const SURVEYS: [&str; 2] = ["s1", "5f885a88e7daf3000e3eb4f6"];

/// Properties, with values as JSON.
pub(super) const PROPERTIES: [(&str, &[&str]); 24] = [
    ("role", &[r#""admin""#, r#""owner""#, r#""member""#, r#""Admin""#, r#"" admin ""#, "null"]),
    ("plan", &[r#""silver""#, r#""gold""#, "500", r#""500""#, r#""1.10""#, "1.1", "10.0", "null", "true", r#"["gold"]"#]),
    ("invitedUsersCount", &["0", "1", "2", "3", "5", r#""4""#, r#""3.0""#, "-1", "1e3", r#""many""#]),
    ("last_seen_at", &[r#""2029-04-01T10:00:00Z""#, "1869000000", r#""2028-01-01""#, r#""$now""#, "1870000000123", "null"]),
    ("last_seen_session_count", &["0", "1", "17", "400"]),
    ("browser_tz", &["-8", "-4.5", "0", "5.75", "null"]),
    ("browser_n", &[r#""chrome""#, r#""firefox""#, r#""unknown""#]),
    ("browser_l", &[r#""de-DE""#, r#""en""#]),
    ("browser_k", &[r#""desktop""#, r#""mobile""#]),
    ("disabled", &["true", "false"]),
    ("trial_ends_at", &[r#""+30d""#, r#""2029-05-01""#, "1870000000", r#""soon""#, "null"]),
    ("revenue", &["1500000000", "1869900000", "1870000000123", "12.5", "-0.000001", "123456789012345678901234567890", "0"]),
    ("tags", &[r#"["a","b"]"#, r#"["A",1,"2029-04-07"]"#, "[]", r#"["1.10",true,"a,b"]"#, r#""a""#]),
    (
        "traits",
        &[
            r#"{"Plan":"gold","deep":{"level":2,"at":"2029-01-01"}}"#,
            r#"{"plan":500,"deep":{}}"#,
            "{}",
            r#"{"plan":null,"deep":{"level":"2"}}"#,
            r#""x""#,
        ],
    ),
    ("note", &[r#""Größe ÄÖÜ""#, r#""größe äöü""#, r#""a,b""#, r#""""#, r#""zażółć 🚲""#, "null", r#""%_\\ \"quoted\"""#]),
    ("vip", &["true", "false", r#""true""#, r#""TRUE""#, "null"]),
    ("code", &[r#""00123""#, r#""123""#, "123", r#""1e400""#, r#""12345678901234567890""#]),
    ("app_version", &[r#""1.10""#, r#""1.1""#, r#""2.0""#, "2"]),
    ("birthday", &[r#""1990-02-28""#, r#""1990-02-29""#, r#""1969-12-31T23:59:59.999Z""#]),
    ("size", &["1", "2", "3"]),
    ("Straße", &[r#""Hauptstraße 5""#, r#""HAUPTSTRASSE 5""#]),
    ("state", &[r#""new""#, r#""active""#, "0"]),
    ("rare", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"]),
    ("name", &[r#""Zoë""#, r#""zoë""#, r#""Bo""#, r#""Ada""#, r#""a""#]),
];

/// Names that nobody has.
pub(super) const UNKNOWN: [&str; 3] = ["nothing", "traits.deep.nothing", "role.plan"];
/// Paths into hashes and fields of companies, each with values.
pub(super) const PATHS: [(&str, &[&str]); 9] = [
    ("traits.plan", &[r#""gold""#, "500", r#""500""#, "null"]),
    ("Traits.Deep.Level", &["2", r#""2""#, "1"]),
    ("traits.deep.at", &[r#""2029-01-01""#, r#""2028-12-31T23:59:59Z""#]),
    ("traits.deep", &["{}", r#"{"level":2,"at":"2029-01-01"}"#]),
    ("company.name", &[r#""Acme 3 Inc.""#, r#""Acme 20 Inc.""#, r#""acme""#, r#""Nobody""#]),
    ("company.plan", &[r#""gold""#, r#""silver""#, "500", r#""500""#]),
    ("company.seats", &["10", "12.5", r#""12.50""#, "null"]),
    ("company.traits.tier", &["0", "1", "3"]),
    ("company.uid", &[r#""c3""#, r#""c0""#, r#""c23""#]),
];
