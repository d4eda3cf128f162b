//! Input that cannot be used, or only in part: the whole answer to each, and what is stored afterwards.

use std::io::Write;

use http::HeaderValue;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use profiles_api::Request;
use profiles_storage::accounts::Accounts;
use profiles_tests::api::{properties_of, request};
use profiles_tests::{Api, World};
use serde_json::{Value, json};

const UPSERT: &str = "/v3/observe/hooks/profiles";
const RETRIEVE: &str = "/v3/analyze/profile";
const MIB: usize = 1024 * 1024;

const UNAUTHORIZED: &str = "Unauthorized: Please check your Chameleon Account Secret";
const NO_IDENTIFIER: &str =
    "Unprocessable: No identifier found. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter";
const NO_OBJECT: &str = r#"Unprocessable: the body must be a JSON object, such as {"uid": 18821}"#;
const NO_UTF_8: &str = "Unprocessable: the body is not valid UTF-8";
const TOO_LARGE: &str = "Request too large: the body is larger than 1048576 bytes, split it or send fewer properties";
const UNKNOWN_ENCODING: &str = "Unprocessable: the Content-Encoding must be `gzip`, `zstd` or absent";
const UNKNOWN_ROUTE: &str = "Endpoint not found: no route has this path, see the API's list of endpoints";
const PROFILE_TOO_LARGE: &str =
    "Unprocessable: the profile would be larger than 400 KB, the most that can be stored; send fewer or smaller properties";

fn no_json(column: usize) -> String {
    format!("Unprocessable: the body is not valid JSON: it breaks off or goes wrong at line 1 column {column}")
}

fn not_encoded(encoding: &str) -> String {
    format!("Unprocessable: the body is not valid {encoding}, as its Content-Encoding says")
}

fn half_a_pair(field: &str) -> String {
    format!("Unprocessable: `{field}` must be valid Unicode, but an escape in it is half of a surrogate pair")
}

fn must_be(field: &str, expected: &str) -> String {
    format!("Unprocessable: `{field}` must be {expected}")
}

fn too_long(field: &str) -> String {
    format!("Unprocessable: `{field}` cannot be used: it is longer than 768 bytes")
}

fn not_found(identifier: &str) -> String {
    format!("Profile not found: no profile has the {identifier}")
}

/// A request that is refused: what it shows, the request, the status and the whole message.
type Refused = (String, Request, u16, String);

/// Requests of one account, collected with the answers they must get.
struct Table<'a> {
    api: &'a Api,
    cases: Vec<Refused>,
}

impl Table<'_> {
    fn add(&mut self, name: impl Into<String>, request: Request, status: u16, message: impl Into<String>) {
        self.cases.push((name.into(), request, status, message.into()));
    }

    /// An upsert of this body.
    fn upsert(&mut self, name: impl Into<String>, body: impl AsRef<[u8]>, status: u16, message: impl Into<String>) {
        let request = self.api.with_secret(request("POST", UPSERT, body.as_ref()));
        self.add(name, request, status, message);
    }

    /// An upsert of this body, with this header too.
    fn upsert_with(
        &mut self,
        name: &str,
        header: (http::HeaderName, &'static str),
        body: impl AsRef<[u8]>,
        status: u16,
        message: impl Into<String>,
    ) {
        let mut request = self.api.with_secret(request("POST", UPSERT, body.as_ref()));
        request.headers.insert(header.0, HeaderValue::from_static(header.1));
        self.add(name, request, status, message);
    }

    /// A request to this target without a body.
    fn call(&mut self, name: impl Into<String>, method: &str, target: &str, status: u16, message: impl Into<String>) {
        let request = self.api.with_secret(request(method, target, b""));
        self.add(name, request, status, message);
    }

    /// Sends all of them, and names those that get another answer or change anything.
    async fn all_refused(self, world: &World) {
        let mut before = world.everything().await;
        let mut wrong = Vec::new();
        for (name, request, status, message) in self.cases {
            let reply = self.api.send(request).await;
            let expected = json!({"code": status, "messages": [message]});
            if (reply.status, &reply.body) != (status, &expected) {
                let text: String = reply.text.chars().take(300).collect();
                wrong.push(format!("{name}: expected {expected}, got {} {text}", reply.status));
            }
            let after = world.everything().await;
            if after != before {
                wrong.push(format!("{name}: what is stored has changed"));
                before = after;
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn table(api: &Api) -> Table<'_> {
    Table { api, cases: Vec::new() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn without_the_end(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 5);
    bytes
}

/// A JSON object of exactly this many bytes, most of them blanks between its tokens.
fn body_of(bytes: usize) -> String {
    let (start, end) = (r#"{"uid":"#, r#""padded"}"#);
    format!("{start}{}{end}", " ".repeat(bytes - start.len() - end.len()))
}

/// An account with somebody in it, so that a request has something to change.
async fn inhabited(world: &World) -> Api {
    let api = world.api();
    api.upsert(r#"{"uid":18821,"email":"leon@chmln.co","plan":"gold","company":{"uid":931,"name":"Acme"}}"#).await.id();
    api.upsert(r#"{"uid":28421,"email":"kim@chmln.co","plan":"free"}"#).await.id();
    api.upsert(r#"{"email":"jane@acme.software"}"#).await.id();
    api
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let mut table = table(&api);
    table.upsert("no body", "", 422, NO_IDENTIFIER);
    table.upsert("a body of blanks", " \r\n\t ", 422, NO_IDENTIFIER);
    table.upsert("an empty object", "{}", 422, NO_IDENTIFIER);
    table.upsert("JSON that breaks off within a value", r#"{"uid":18821,"plan":"plat"#, 422, no_json(25));
    table.upsert("JSON that breaks off before a value", r#"{"uid":18821,"plan":"#, 422, no_json(20));
    table.upsert("JSON that breaks off after a value", r#"{"uid":18821"#, 422, no_json(12));
    table.upsert("a second object after the first", r#"{"uid":18821}{"uid":28421}"#, 422, no_json(14));
    table.upsert("a comma before the end", r#"{"uid":18821,}"#, 422, no_json(14));
    table.upsert("single quotes", "{'uid':18821}", 422, no_json(2));
    table.upsert("a number that JSON doesn't know", r#"{"uid":18821,"n":NaN}"#, 422, no_json(18));
    table.upsert("a number with a leading zero", r#"{"uid":018821}"#, 422, no_json(9));
    table.upsert("a word", "hello", 422, no_json(1));
    table.upsert("an array", "[]", 422, NO_OBJECT);
    table.upsert("an array of objects", r#"[{"uid":18821}]"#, 422, NO_OBJECT);
    table.upsert("a string", r#""x""#, 422, NO_OBJECT);
    table.upsert("a number", "18821", 422, NO_OBJECT);
    table.upsert("null", "null", 422, NO_OBJECT);
    table.upsert("true", "true", 422, NO_OBJECT);
    table.upsert("a NUL byte in a string", b"{\"uid\":\"a\0b\"}", 422, no_json(9));
    table.upsert("a NUL byte between tokens", b"{\0\"uid\":18821}", 422, no_json(2));
    table.upsert("NUL bytes alone", b"\0\0\0", 422, no_json(1));
    table.upsert("invalid UTF-8 in a value", b"{\"uid\":18821,\"plan\":\"\xff\xfe\"}", 422, NO_UTF_8);
    table.upsert("invalid UTF-8 in a name", b"{\"uid\":18821,\"pl\xc3\":1}", 422, NO_UTF_8);
    table.upsert("UTF-16", b"\xff\xfe{\0}\0", 422, NO_UTF_8);
    table.upsert("a surrogate encoded as UTF-8", b"{\"uid\":18821,\"plan\":\"\xed\xa0\xbd\"}", 422, NO_UTF_8);
    table.upsert("10,000 nested arrays", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), 422, NO_OBJECT);
    table.upsert("10,000 open arrays", "[".repeat(10_000), 422, no_json(10_000));
    table.upsert("10,000 open objects", r#"{"a":"#.repeat(10_000), 422, no_json(50_000));
    table.all_refused(&world).await;
}

#[tokio::test]
async fn a_body_that_is_too_large_or_not_encoded_as_said_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let mut table = table(&api);
    let gzipped = (CONTENT_ENCODING, "gzip");
    let zstandard = (CONTENT_ENCODING, "zstd");
    let small = br#"{"uid":18821,"plan":"platinum"}"#;
    table.upsert("2 MB", body_of(2_000_000), 413, TOO_LARGE);
    table.upsert("2 MB that are no JSON", "x".repeat(2_000_000), 413, TOO_LARGE);
    table.upsert("1 MiB and one byte", body_of(MIB + 1), 413, TOO_LARGE);
    table.upsert_with("gzip of 1 MiB and one byte", gzipped.clone(), gzip(body_of(MIB + 1).as_bytes()), 413, TOO_LARGE);
    table.upsert_with(
        "zstd of 1 MiB and one byte",
        zstandard.clone(),
        zstd::encode_all(body_of(MIB + 1).as_bytes(), 3).unwrap(),
        413,
        TOO_LARGE,
    );
    table.upsert_with("a gzip bomb", gzipped.clone(), gzip(&vec![b' '; 64 * MIB]), 413, TOO_LARGE);
    table.upsert_with("a gzip bomb of many members", gzipped.clone(), gzip(&vec![b' '; MIB / 4]).repeat(100), 413, TOO_LARGE);
    table.upsert_with("a zstd bomb", zstandard.clone(), zstd::encode_all(vec![b' '; 64 * MIB].as_slice(), 3).unwrap(), 413, TOO_LARGE);
    table.upsert_with("gzip that breaks off", gzipped.clone(), without_the_end(gzip(small)), 422, not_encoded("gzip"));
    table.upsert_with(
        "gzip with a wrong checksum",
        gzipped.clone(),
        [&without_the_end(gzip(small))[..], b"wrong"].concat(),
        422,
        not_encoded("gzip"),
    );
    table.upsert_with("plain text labelled gzip", gzipped.clone(), small, 422, not_encoded("gzip"));
    table.upsert_with("nothing labelled gzip", gzipped.clone(), "", 422, not_encoded("gzip"));
    table.upsert_with(
        "zstd that breaks off",
        zstandard.clone(),
        without_the_end(zstd::encode_all(&small[..], 3).unwrap()),
        422,
        not_encoded("zstd"),
    );
    table.upsert_with("plain text labelled zstd", zstandard.clone(), small, 422, not_encoded("zstd"));
    table.upsert_with("zstd labelled gzip", gzipped.clone(), zstd::encode_all(&small[..], 3).unwrap(), 422, not_encoded("gzip"));
    table.upsert_with("gzip without a label", (CONTENT_TYPE, "application/octet-stream"), gzip(small), 422, NO_UTF_8);
    table.upsert_with("gzip of what is no JSON", gzipped.clone(), gzip(b"[]"), 422, NO_OBJECT);
    table.upsert_with("gzip of what is no UTF-8", gzipped, gzip(b"\xff"), 422, NO_UTF_8);
    table.upsert_with("an encoding of the web", (CONTENT_ENCODING, "br"), small, 422, UNKNOWN_ENCODING);
    table.upsert_with("two encodings", (CONTENT_ENCODING, "gzip, gzip"), gzip(&gzip(small)), 422, UNKNOWN_ENCODING);
    table.upsert_with("an encoding that there is not", (CONTENT_ENCODING, "rot13"), small, 422, UNKNOWN_ENCODING);
    table.all_refused(&world).await;
}

#[tokio::test]
async fn what_identifies_nobody_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let mut table = table(&api);
    for uid in ["true", "false", "null", r#""""#, "[]", "[18821]", "{}", r#"{"uid":18821}"#, "1.5", "1e3"] {
        table.upsert(format!("the uid {uid} alone"), format!(r#"{{"uid":{uid},"plan":"platinum"}}"#), 422, NO_IDENTIFIER);
    }
    let long = format!("{}@chmln.co", "a".repeat(312));
    assert_eq!(long.len(), 321);
    for email in
        ["leon", "leon@", "@chmln.co", "@", "le on@chmln.co", "leon@chm ln.co", r"leon@chmln.co\u0000", "leon@\\tchmln.co", "", "  ", &long]
    {
        table.upsert(format!("the e-mail `{email}` alone"), format!(r#"{{"email":"{email}","plan":"platinum"}}"#), 422, NO_IDENTIFIER);
    }
    for email in ["null", "true", "5", "[]", r#"["leon@chmln.co"]"#, "{}"] {
        table.upsert(format!("the e-mail {email} alone"), format!(r#"{{"email":{email},"plan":"platinum"}}"#), 422, NO_IDENTIFIER);
    }
    table.upsert("a uid and an e-mail, neither of which is one", r#"{"uid":true,"email":"leon"}"#, 422, NO_IDENTIFIER);
    table.upsert("properties alone", r#"{"plan":"platinum"}"#, 422, NO_IDENTIFIER);
    table.upsert("a company alone", r#"{"company_uid":"new"}"#, 422, NO_IDENTIFIER);
    table.upsert("an id in capitals", r#"{"ID":"5f3c4232c712de665632a2a3","Id":"5f3c4232c712de665632a2a3"}"#, 422, NO_IDENTIFIER);
    table.upsert("the id null alone", r#"{"id":null}"#, 422, NO_IDENTIFIER);
    table.upsert("the id empty", r#"{"id":""}"#, 422, NO_IDENTIFIER);

    table.upsert("a uid of 769 bytes", format!(r#"{{"uid":"{}"}}"#, "u".repeat(769)), 422, too_long("uid"));
    table.upsert("a uid of 771 bytes and 257 characters", format!(r#"{{"uid":"{}"}}"#, "名".repeat(257)), 422, too_long("uid"));
    table.upsert("a uid of 769 digits", format!(r#"{{"uid":{}}}"#, "1".repeat(769)), 422, too_long("uid"));
    table.upsert(
        "a long uid and a good e-mail",
        format!(r#"{{"uid":"{}","email":"leon@chmln.co"}}"#, "u".repeat(769)),
        422,
        too_long("uid"),
    );
    table.upsert("half a surrogate pair as the uid", r#"{"uid":"\ud83d"}"#, 422, half_a_pair("uid"));
    table.upsert("half a surrogate pair in the e-mail", r#"{"uid":18821,"email":"leon\ude00@chmln.co"}"#, 422, half_a_pair("email"));
    table.upsert("half a surrogate pair as the id", r#"{"id":"\ud83d"}"#, 422, half_a_pair("id"));

    for id in [
        "5f3c4232c712de665632a2a",
        "5f3c4232c712de665632a2a33",
        "5F3C4232C712DE665632A2A3",
        "5f3c4232c712de665632a2az",
        "18821",
        " ",
        "5f3c4232c712de665632a2a3",
    ] {
        table.upsert(format!("the id `{id}`"), format!(r#"{{"id":"{id}","plan":"platinum"}}"#), 404, not_found(&format!("id `{id}`")));
    }
    let unknown = "5f3c4232c712de665632a2a3";
    table.upsert(
        "an unknown id beside a known uid",
        format!(r#"{{"id":"{unknown}","uid":18821,"plan":"platinum"}}"#),
        404,
        not_found(&format!("id `{unknown}`")),
    );
    for id in ["18821", "true", "[]", "{}", "1.5"] {
        table.upsert(format!("the id {id}"), format!(r#"{{"id":{id},"uid":18821}}"#), 422, must_be("id", "a string of 24 hex digits"));
    }
    table.all_refused(&world).await;
}

#[tokio::test]
async fn a_typed_field_of_another_type_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let mut table = table(&api);
    let browsers = "one of `chrome`, `firefox`, `safari`, `opera`, `ie10`, `ie11`, `edge`, `unknown`";
    let kinds = "one of `desktop`, `mobile`, `tablet`";
    let fields: [(&str, &str, &[&str]); 7] = [
        ("browser_x", "a number of pixels", &[r#""wide""#, "true", "[]", "[1920]", "{}", r#"{"px":1920}"#, r#""""#]),
        ("browser_tz", "a number of hours from UTC", &[r#""Europe/Berlin""#, "false", "[1]", "{}"]),
        ("browser_l", "a language code such as `en-US`", &["5", "true", r#"["en"]"#, "{}"]),
        ("browser_n", browsers, &[r#""netscape""#, r#""Chrome""#, r#""""#, "5", "true", r#"["chrome"]"#, "{}"]),
        ("browser_k", kinds, &[r#""watch""#, r#""Mobile""#, "1", "false", "[]", r#"{"kind":"mobile"}"#]),
        ("last_seen_at", "a time such as `2029-04-07T12:18:00Z`", &[r#""yesterday""#, r#""2029-02-30""#, "5", "1.5", "true", "[]", "{}"]),
        ("last_seen_session_count", "a whole number, not negative", &[r#""many""#, "-1", "1.5", r#""2.5""#, "true", "[3]", "{}"]),
    ];
    for (field, expected, values) in fields {
        for value in values {
            table.upsert(format!("{field} = {value}"), format!(r#"{{"uid":18821,"{field}":{value}}}"#), 422, must_be(field, expected));
        }
    }
    table.upsert("a typed field in another spelling", r#"{"uid":18821,"browserN":"netscape"}"#, 422, must_be("browser_n", browsers));
    table.upsert("a typed field of a new profile", r#"{"uid":"new","browser_k":"watch"}"#, 422, must_be("browser_k", kinds));
    let form = (CONTENT_TYPE, "application/x-www-form-urlencoded");
    table.upsert_with("a typed field in a form", form, "uid=18821&browser_x=wide", 422, must_be("browser_x", "a number of pixels"));
    table.all_refused(&world).await;
}

#[tokio::test]
async fn escapes_that_are_no_character_are_refused_and_change_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let mut table = table(&api);
    let in_name = "Unprocessable: the body is not valid JSON: a name in it is not valid Unicode, or holds half of a surrogate pair";
    table.upsert("half a surrogate pair in a value", r#"{"uid":18821,"plan":"\ud83d"}"#, 422, half_a_pair("plan"));
    table.upsert("the other half in a value", r#"{"uid":18821,"plan":"\ude00\ud83d"}"#, 422, half_a_pair("plan"));
    table.upsert("half a surrogate pair in an array", r#"{"uid":18821,"tags":["vip","\ud83d"]}"#, 422, half_a_pair("tags"));
    table.upsert("half a surrogate pair in a hash", r#"{"uid":18821,"traits":{"plan":"\ud83d"}}"#, 422, half_a_pair("traits"));
    table.upsert("half a surrogate pair in a name in a hash", r#"{"uid":18821,"traits":{"\ud83d":1}}"#, 422, half_a_pair("traits"));
    table.upsert("half a surrogate pair in a name", r#"{"uid":18821,"\ud83d":1}"#, 422, in_name);
    table.upsert("half a surrogate pair as company_uid", r#"{"uid":18821,"company_uid":"\ud83d"}"#, 422, half_a_pair("company_uid"));
    let form = (CONTENT_TYPE, "application/x-www-form-urlencoded");
    let no_form = |what| format!("Unprocessable: the {what} is not valid percent-encoded UTF-8");
    for (name, body) in [
        ("a value", "uid=18821&plan=%FF"),
        ("a name", "uid=18821&%C3=1"),
        ("the uid", "uid=%ED%A0%BD"),
        ("half a character", "uid=18821&plan=%C3+"),
    ] {
        table.upsert_with(&format!("bytes that are no UTF-8 in a form: {name}"), form.clone(), body, 422, no_form("form"));
    }
    for query in ["plan=%FF", "%FF=1", "uid=%C3"] {
        let request = api.with_secret(request("POST", &format!("{UPSERT}?{query}"), br#"{"uid":18821,"plan":"platinum"}"#));
        table.add(format!("bytes that are no UTF-8 in the query {query}"), request, 422, no_form("query"));
    }
    table.call("bytes that are no UTF-8 in the query of a retrieve", "GET", "/v3/analyze/profile?uid=%FF", 422, no_form("query"));
    table.all_refused(&world).await;
}

#[tokio::test]
async fn an_identifier_of_somebody_else_is_a_conflict_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let leon = api.retrieve("uid=18821").await.id();
    let jane = api.retrieve("email=jane@acme.software").await.id();
    let mut table = table(&api);
    let email_is_taken = |email| format!("Conflict: the email `{email}` belongs to another profile");
    let leons = email_is_taken("leon@chmln.co");
    table.upsert("a known uid with another's e-mail", r#"{"uid":28421,"email":"leon@chmln.co","plan":"gold"}"#, 409, &leons);
    table.upsert("a new uid with another's e-mail", r#"{"uid":"new","email":"leon@chmln.co","plan":"gold"}"#, 409, &leons);
    table.upsert("another's e-mail in capitals", r#"{"uid":28421,"email":" LEON@CHMLN.CO "}"#, 409, &leons);
    table.upsert(
        "an id with another's e-mail",
        format!(r#"{{"id":"{leon}","email":"kim@chmln.co"}}"#),
        409,
        email_is_taken("kim@chmln.co"),
    );
    table.upsert(
        "the id of one without a uid, with another's e-mail",
        format!(r#"{{"id":"{jane}","email":"leon@chmln.co"}}"#),
        409,
        &leons,
    );
    table.upsert(
        "an id with a new uid",
        format!(r#"{{"id":"{leon}","uid":18822}}"#),
        409,
        "Conflict: the profile has another uid than `18822`, and a uid never changes",
    );
    table.upsert(
        "an id with another's uid",
        format!(r#"{{"id":"{leon}","uid":28421}}"#),
        409,
        "Conflict: the profile has another uid than `28421`, and a uid never changes",
    );
    table.upsert(
        "the id of one without a uid, with another's uid",
        format!(r#"{{"id":"{jane}","uid":18821}}"#),
        409,
        "Conflict: the uid `18821` belongs to another profile",
    );
    table.all_refused(&world).await;
}

#[tokio::test]
async fn a_company_that_cannot_be_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let company = api.retrieve("uid=18821").await.profile()["company_id"].as_str().unwrap().to_owned();
    let unknown = "5f3c4232c712de665632a6e8";
    let mut table = table(&api);
    let differ = |one: &str, other: &str| format!("Unprocessable: `{one}` and `{other}` name different companies, send one of them");
    let no_company = format!("Unprocessable: no company has the `company_id` `{unknown}`, send its `company_uid` to create it");
    table.upsert("an unknown company_id", format!(r#"{{"uid":18821,"company_id":"{unknown}"}}"#), 422, &no_company);
    table.upsert("an unknown company_id of a new profile", format!(r#"{{"uid":"new","company_id":"{unknown}"}}"#), 422, &no_company);
    table.upsert("an unknown id in company", format!(r#"{{"uid":18821,"company":{{"id":"{unknown}"}}}}"#), 422, &no_company);
    let other_time = format!("00000000{}", company.split_at(8).1);
    table.upsert(
        "the company_id of another time",
        format!(r#"{{"uid":18821,"company_id":"{other_time}"}}"#),
        422,
        no_company.replace(unknown, &other_time),
    );
    table.upsert(
        "company_id and company_uid of two",
        r#"{"uid":18821,"company_id":"one","company_uid":"two"}"#,
        422,
        differ("company_id", "company_uid"),
    );
    table.upsert(
        "the id of one company and the uid of another",
        format!(r#"{{"uid":18821,"company_id":"{company}","company_uid":932}}"#),
        422,
        differ("company_id", "company_uid"),
    );
    table.upsert(
        "company and company_uid of two",
        r#"{"uid":18821,"company":{"uid":"one"},"company_uid":"two"}"#,
        422,
        differ("company.uid", "company_uid"),
    );
    table.upsert(
        "company and company_id of two",
        r#"{"uid":18821,"company":{"uid":"one"},"company_id":"two"}"#,
        422,
        differ("company.uid", "company_id"),
    );
    for field in ["company_id", "company_uid"] {
        for value in ["true", "[]", "{}", "1.5"] {
            let body = format!(r#"{{"uid":18821,"{field}":{value}}}"#);
            table.upsert(format!("{field} = {value}"), body, 422, must_be(field, "a string or an integer"));
        }
        table.upsert(format!("{field} of 769 bytes"), format!(r#"{{"uid":18821,"{field}":"{}"}}"#, "c".repeat(769)), 422, too_long(field));
    }
    table.upsert("company.uid = true", r#"{"uid":18821,"company":{"uid":true}}"#, 422, must_be("company.uid", "a string or an integer"));
    table.upsert("company.id = 1.5", r#"{"uid":18821,"company":{"id":1.5}}"#, 422, must_be("company.id", "a string or an integer"));
    table.all_refused(&world).await;
}

#[tokio::test]
async fn a_refused_upsert_leaves_no_company_behind() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let unknown = "5f3c4232c712de665632a2a3";
    let mut table = table(&api);
    table.upsert(
        "a conflict",
        r#"{"uid":28421,"email":"leon@chmln.co","company_uid":"one"}"#,
        409,
        "Conflict: the email `leon@chmln.co` belongs to another profile",
    );
    table.upsert("an unknown id", format!(r#"{{"id":"{unknown}","company_uid":"two"}}"#), 404, not_found(&format!("id `{unknown}`")));
    let body = format!(r#"{{"uid":18821,"company_uid":"three","notes":{}}}"#, array_of(600));
    table.upsert("a profile over the limit", body, 422, PROFILE_TOO_LARGE);
    table.all_refused(&world).await;
}

/// A JSON array of this many strings of 700 bytes.
fn array_of(items: usize) -> String {
    let item = format!(r#""{}""#, "x".repeat(700));
    format!("[{}]", vec![item; items].join(","))
}

/// This many properties of a single letter's value, as members of an object.
fn properties(count: usize) -> String {
    (0..count).map(|n| format!(r#","p{n}":"{n}x""#)).collect()
}

/// The same with values of 700 bytes.
fn large_properties(count: usize) -> String {
    (0..count).map(|n| format!(r#","p{n}":"{}""#, "x".repeat(700))).collect()
}

#[tokio::test]
async fn a_profile_over_400_kb_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let half = array_of(400);
    let id = api.upsert(&format!(r#"{{"uid":"half","first":{half}}}"#)).await.id();
    api.upsert(&format!(r#"{{"email":"half@chmln.co","first":{half}}}"#)).await.id();
    let mut table = table(&api);
    let mut too_large = |name: &str, body: String| table.upsert(name, body, 422, PROFILE_TOO_LARGE);
    for fields in [r#""uid":"new""#, r#""uid":18821"#, r#""email":"new@chmln.co""#, r#""uid":"new","email":"new@chmln.co""#] {
        too_large(&format!("one property: {fields}"), format!("{{{fields},\"notes\":{}}}", array_of(600)));
        too_large(&format!("600 properties: {fields}"), format!("{{{fields}{}}}", large_properties(600)));
    }
    for fields in [r#""uid":"half""#, r#""email":"half@chmln.co""#, &format!(r#""id":"{id}""#), r#""uid":"half","email":"new@chmln.co""#] {
        too_large(&format!("adding up: {fields}"), format!("{{{fields},\"second\":{half}}}"));
        too_large(&format!("adding up by 300 properties: {fields}"), format!("{{{fields}{}}}", large_properties(300)));
    }
    let merged = format!(r#"{{"uid":"half","email":"half@chmln.co","second":{}}}"#, array_of(200));
    too_large("two profiles that are merged", merged);
    table.all_refused(&world).await;

    let grown = api.upsert(&format!(r#"{{"uid":"half","second":{}}}"#, array_of(150))).await;
    assert_eq!(grown.id(), id);
}

#[tokio::test]
async fn unknown_routes_and_methods_are_not_found_and_change_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let mut table = table(&api);
    for path in [
        "/v3",
        "/v4/observe/hooks/profiles",
        "/v3/observe/hooks",
        "/v3/observe/hooks/profiles/a/b/c",
        "/v3/observe/hooks//profiles",
        "/v3/analyze/profiles/",
        "/v3/analyze/profiles/a/b",
        "/v3/Analyze/profile",
        "///",
        "/favicon.ico",
        "/v3/analyze/%70rofile",
        "/../v3/analyze/profile",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            table.call(format!("{method} {path}"), method, path, 404, UNKNOWN_ROUTE);
        }
    }
    let takes = |methods: &str| format!("Endpoint not found: this path takes {methods}");
    for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post", "", "😀"] {
        for path in [UPSERT.to_owned(), format!("/v3/observe/hooks/{}/profiles", world.secret)] {
            let mut request = api.with_secret(request(method, &path, br#"{"uid":18821,"plan":"platinum"}"#));
            request.query = "uid=18821".into();
            table.add(format!("{method:?} of an upsert"), request, 404, takes("POST"));
        }
    }
    for method in ["PUT", "DELETE", "get"] {
        for path in ["/", RETRIEVE, "/v3/analyze/profiles/5f3c4232c712de665632a2a3"] {
            table.call(format!("{method} {path}"), method, path, 404, takes("GET or POST"));
        }
    }
    table.all_refused(&world).await;
}

#[tokio::test]
async fn without_a_good_secret_nothing_is_told_and_nothing_changes() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let revoked = revoked_secret(&world).await;
    let mut table = table(&api);
    let body = br#"{"uid":18821,"plan":"platinum"}"#;
    table.add("no secret", request("POST", UPSERT, body), 403, UNAUTHORIZED);
    for (name, secret) in [
        ("wrong", "wrong"),
        ("empty", ""),
        ("blank", " "),
        ("revoked", revoked.as_str()),
        ("cut", world.secret.split_at(63).0),
        ("shouted", &world.secret.to_uppercase()),
    ] {
        let mut in_header = request("POST", UPSERT, body);
        in_header.headers.insert("x-account-secret", secret.parse().unwrap());
        table.add(format!("{name} in the header"), in_header, 403, UNAUTHORIZED);
        let in_query = request("POST", &format!("{UPSERT}?account_secret={}", secret.replace(' ', "+")), body);
        table.add(format!("{name} in the query"), in_query, 403, UNAUTHORIZED);
        let in_body = request("POST", UPSERT, format!(r#"{{"uid":18821,"account_secret":"{secret}"}}"#).as_bytes());
        table.add(format!("{name} in the body"), in_body, 403, UNAUTHORIZED);
        let mut in_form = request("POST", UPSERT, format!("uid=18821&account_secret={}", secret.replace(' ', "+")).as_bytes());
        in_form.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        table.add(format!("{name} in a form"), in_form, 403, UNAUTHORIZED);
        if !secret.is_empty() {
            let in_path = request("POST", &format!("/v3/observe/hooks/{}/profiles", secret.replace(' ', "%20")), body);
            table.add(format!("{name} in the path"), in_path, 403, UNAUTHORIZED);
        }
    }
    let mut no_text = request("POST", UPSERT, body);
    no_text.headers.insert("x-account-secret", HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    table.add("no text in the header", no_text, 403, UNAUTHORIZED);
    for secret in ["null", "5", "true", "[]", "{}"] {
        let body = format!(r#"{{"uid":18821,"account_secret":{secret}}}"#);
        table.add(format!("{secret} in the body"), request("POST", UPSERT, body.as_bytes()), 403, UNAUTHORIZED);
    }
    let wrong_first = request("POST", &format!("/v3/observe/hooks/wrong/profiles?account_secret={}", world.secret), body);
    table.add("wrong in the path, good in the query", wrong_first, 403, UNAUTHORIZED);

    for target in ["/", RETRIEVE, "/v3/analyze/profile?uid=18821", "/v3/analyze/profiles/5f3c4232c712de665632a2a3"] {
        for method in ["GET", "POST"] {
            table.add(format!("{method} {target}"), request(method, target, b""), 403, UNAUTHORIZED);
        }
    }
    let refused_otherwise: [(&str, Vec<u8>); 5] = [
        ("truncated JSON", br#"{"uid":"#.to_vec()),
        ("no object", b"[]".to_vec()),
        ("no UTF-8", vec![0xff]),
        ("no identifier", b"{}".to_vec()),
        ("2 MB", body_of(2_000_000).into_bytes()),
    ];
    for (name, body) in refused_otherwise {
        table.add(format!("no secret and {name}"), request("POST", UPSERT, &body), 403, UNAUTHORIZED);
        let mut wrong = request("POST", UPSERT, &body);
        wrong.headers.insert("x-account-secret", HeaderValue::from_static("wrong"));
        table.add(format!("a wrong secret and {name}"), wrong, 403, UNAUTHORIZED);
    }
    let mut query = request("POST", &format!("{UPSERT}?plan=%FF"), body);
    query.headers.insert("x-account-secret", HeaderValue::from_static("wrong"));
    table.add("a wrong secret and a query that is no UTF-8", query, 403, UNAUTHORIZED);
    table.all_refused(&world).await;
}

async fn revoked_secret(world: &World) -> String {
    let accounts = Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    let secret = profiles_storage::accounts::random_secret();
    let secret_id = accounts.create_secret(world.account, &secret, world.now()).await.unwrap();
    accounts.revoke_secret(world.account, &secret_id, world.now()).await.unwrap();
    secret
}

#[tokio::test]
async fn a_retrieve_that_cannot_be_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = inhabited(&world).await;
    let leon = api.retrieve("uid=18821").await.id();
    let mut table = table(&api);
    let mut get =
        |query: &str, status, message: &str| table.call(format!("?{query}"), "GET", &format!("{RETRIEVE}?{query}"), status, message);
    get("", 422, NO_IDENTIFIER);
    get("plan=gold", 422, NO_IDENTIFIER);
    get("uid=", 422, NO_IDENTIFIER);
    get("id=&uid=&email=", 422, NO_IDENTIFIER);
    get(&format!("uid={}", "u".repeat(769)), 422, &too_long("uid"));
    get("uid=nobody", 404, &not_found("uid `nobody`"));
    get("email=nobody@chmln.co", 404, &not_found("email `nobody@chmln.co`"));
    get("email=nobody", 404, &not_found("email `nobody`"));
    get("id=5f3c4232c712de665632a6d5", 404, &not_found("id `5f3c4232c712de665632a6d5`"));
    get("id=18821", 404, &not_found("id `18821`"));
    get(&format!("id={}", leon.to_uppercase()), 404, &not_found(&format!("id `{}`", leon.to_uppercase())));
    get(&format!("id={leon}&uid=28421"), 404, &format!("Profile not found: no profile has both the id `{leon}` and the uid `28421`"));
    get("uid=18821&email=kim@chmln.co", 404, "Profile not found: no profile has both the uid `18821` and the email `kim@chmln.co`");
    for (field, expected) in [("company", "`all`, `min` or `skip`"), ("profile", "`all` or `min`")] {
        for value in ["none", "ALL", "", "true", "all,min"] {
            get(&format!("uid=18821&expand[{field}]={value}"), 422, &must_be(&format!("expand[{field}]"), expected));
        }
    }
    get("uid=18821&expand[profile]=skip", 422, &must_be("expand[profile]", "`all` or `min`"));

    let mut post = |body: &str, status, message: &str| {
        let request = api.with_secret(request("POST", RETRIEVE, body.as_bytes()));
        table.add(body.to_owned(), request, status, message);
    };
    post("", 422, NO_IDENTIFIER);
    post("{}", 422, NO_IDENTIFIER);
    post("[]", 422, NO_OBJECT);
    post(r#"{"uid":"#, 422, &no_json(7));
    for uid in ["null", "true", "[]", "{}", "1.5"] {
        post(&format!(r#"{{"uid":{uid}}}"#), 422, NO_IDENTIFIER);
    }
    post(r#"{"uid":"\ud83d"}"#, 422, &half_a_pair("uid"));
    post(r#"{"id":18821}"#, 422, &must_be("id", "a string of 24 hex digits"));
    post(r#"{"id":null}"#, 422, NO_IDENTIFIER);
    post(r#"{"uid":18821,"expand":{"company":"none"}}"#, 422, &must_be("expand[company]", "`all`, `min` or `skip`"));
    post(r#"{"uid":18821,"expand":{"company":1}}"#, 422, &must_be("expand[company]", "`all`, `min` or `skip`"));
    post(r#"{"uid":18821,"expand":{"profile":"skip"}}"#, 422, &must_be("expand[profile]", "`all` or `min`"));
    post(r#"{"uid":18821,"expand[profile]":"skip"}"#, 422, &must_be("expand[profile]", "`all` or `min`"));

    for id in [
        "5f3c4232c712de665632a2a",
        "5f3c4232c712de665632a2a33",
        "5F3C4232C712DE665632A2A3",
        "18821",
        "5f3c4232c712de665632a2a3",
        "%20",
        "%E5%90%8D",
    ] {
        let shown = id.replace("%20", " ").replace("%E5%90%8D", "名");
        table.call(
            format!("the id {id} in the path"),
            "GET",
            &format!("/v3/analyze/profiles/{id}"),
            404,
            not_found(&format!("id `{shown}`")),
        );
    }
    table.call(
        "the id of one and the uid of another",
        "GET",
        &format!("/v3/analyze/profiles/{leon}?uid=28421"),
        404,
        format!("Profile not found: no profile has both the id `{leon}` and the uid `28421`"),
    );
    table.all_refused(&world).await;
}

#[tokio::test]
async fn what_can_be_used_in_part_is_stored_in_part_and_says_so() {
    let world = World::new().await;
    let api = world.api();
    let nested = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(10_000), close.repeat(10_000));
    let no_email = json!([{"prop": "email", "message": "not stored: it does not look like an e-mail address"}]);
    let no_uid = json!([{"prop": "uid", "message": "kept back: a uid is a string or an integer"}]);
    let hash_as_text: String = r#"{"a":"#.repeat(154).chars().take(768).collect();
    let cases: Vec<(&str, String, Value, &str, Value)> = vec![
        (
            "10,000 nested arrays",
            format!(r#"{{"uid":"arrays","deep":{}}}"#, nested("[", "", "]")),
            json!([{"prop": "deep", "message": "an array holds no hashes or arrays: 1 dropped"}]),
            "uid=arrays",
            json!({"deep": []}),
        ),
        (
            "10,000 nested hashes",
            format!(r#"{{"uid":"hashes","deep":{}}}"#, nested(r#"{"a":"#, "1", "}")),
            json!([{"prop": "deep.a.a.a", "message": "hashes go 3 levels deep: stored as JSON text, cut to 768 bytes"}]),
            "uid=hashes",
            json!({"deep": {"a": {"a": {"a": hash_as_text}}}}),
        ),
        (
            "names that are repeated",
            r#"{"uid":"first","uid":"second","plan":"gold","plan":"free"}"#.into(),
            json!([
                {"prop": "uid", "message": "sent more than once: the last value is kept"},
                {"prop": "plan", "message": "sent more than once: the last value is kept"},
            ]),
            "uid=second",
            json!({"plan": "free"}),
        ),
        (
            "NUL as an escape",
            r#"{"uid":"nul\u0000nul","plan":"\u0000","a\u0000b":1}"#.into(),
            Value::Null,
            "uid=nul%00nul",
            json!({"plan": "\0", "a_b": 1}),
        ),
        (
            "an e-mail without @",
            r#"{"uid":"noat","email":"leon","plan":"gold"}"#.into(),
            no_email.clone(),
            "uid=noat",
            json!({"plan": "gold"}),
        ),
        ("an e-mail with a blank", r#"{"uid":"blank","email":"le on@chmln.co"}"#.into(), no_email.clone(), "uid=blank", json!({})),
        (
            "an e-mail of 321 bytes",
            format!(r#"{{"uid":"long","email":"{}@chmln.co"}}"#, "a".repeat(312)),
            no_email.clone(),
            "uid=long",
            json!({}),
        ),
        ("an e-mail that is no string", r#"{"uid":"number","email":5}"#.into(), no_email, "uid=number", json!({})),
        ("an e-mail that is null", r#"{"uid":"null","email":null}"#.into(), Value::Null, "uid=null", json!({})),
        ("an e-mail that is empty", r#"{"uid":"empty","email":""}"#.into(), Value::Null, "uid=empty", json!({})),
        (
            "a uid that is true beside an e-mail",
            r#"{"uid":true,"email":"true@chmln.co","plan":"gold"}"#.into(),
            no_uid.clone(),
            "email=true@chmln.co",
            json!({"email": "true@chmln.co", "plan": "gold"}),
        ),
        (
            "a uid that is an array",
            r#"{"uid":[],"email":"a@chmln.co"}"#.into(),
            no_uid.clone(),
            "email=a@chmln.co",
            json!({"email": "a@chmln.co"}),
        ),
        (
            "a uid that is an object",
            r#"{"uid":{},"email":"o@chmln.co"}"#.into(),
            no_uid.clone(),
            "email=o@chmln.co",
            json!({"email": "o@chmln.co"}),
        ),
        (
            "a uid that is a fraction",
            r#"{"uid":1.5,"email":"f@chmln.co"}"#.into(),
            no_uid,
            "email=f@chmln.co",
            json!({"email": "f@chmln.co"}),
        ),
        (
            "a uid that is null",
            r#"{"uid":null,"email":"n@chmln.co"}"#.into(),
            Value::Null,
            "email=n@chmln.co",
            json!({"email": "n@chmln.co"}),
        ),
        (
            "a uid that is empty",
            r#"{"uid":"","email":"e@chmln.co"}"#.into(),
            Value::Null,
            "email=e@chmln.co",
            json!({"email": "e@chmln.co"}),
        ),
        (
            "a percent sign that encodes nothing",
            r#"{"uid":"100%","plan":"50%zz"}"#.into(),
            Value::Null,
            "uid=100%",
            json!({"plan": "50%zz"}),
        ),
        (
            "an id in capitals beside a uid",
            r#"{"uid":"capitals","ID":"5f3c4232c712de665632a2a3"}"#.into(),
            json!([{"prop": "ID", "message": "kept back: our own id must be spelled `id`, yours is `uid`"}]),
            "uid=capitals",
            json!({}),
        ),
        (
            "a whole surrogate pair",
            r#"{"uid":"pair\ud83d\ude00","\ud83d\ude00 mood":"\ud83d\ude00"}"#.into(),
            Value::Null,
            "uid=pair%F0%9F%98%80",
            json!({"mood": "😀"}),
        ),
        (
            "typed fields that are null",
            r#"{"uid":"typed","browser_x":null,"browser_n":null,"last_seen_at":null,"last_seen_session_count":null}"#.into(),
            Value::Null,
            "uid=typed",
            json!({}),
        ),
        ("a byte order mark", "\u{feff}{\"uid\":\"marked\",\"plan\":\"gold\"}".into(), Value::Null, "uid=marked", json!({"plan": "gold"})),
    ];
    let mut wrong = Vec::new();
    for (name, body, warnings, query, expected) in cases {
        let reply = api.upsert(&body).await;
        if reply.status != 200 || reply.body["warnings"] != warnings {
            wrong.push(format!("{name}: expected 200 and warnings {warnings}, got {}", reply.text));
        }
        let found = api.retrieve(query).await;
        if found.status != 200 || properties_of(&found.body["profile"]) != expected {
            wrong.push(format!("{name}: expected {expected}, got {}", found.text));
        } else if found.id() != reply.id() {
            wrong.push(format!("{name}: another profile has it"));
        }
    }
    assert_eq!(api.retrieve("uid=first").await.status, 404);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn identifiers_of_the_longest_length_are_taken_whole() {
    let world = World::new().await;
    let api = world.api();
    let uids = [("b".repeat(768), "longest"), ("é".repeat(384), "longest of two-byte characters"), ("1".repeat(768), "longest number")];
    for (uid, name) in uids {
        let id = api.upsert(&format!(r#"{{"uid":"{uid}"}}"#)).await.id();
        assert_eq!(api.post(RETRIEVE, &format!(r#"{{"uid":"{uid}"}}"#)).await.profile()["uid"], uid, "{name}");
        assert_eq!(api.upsert(&format!(r#"{{"id":"{id}","uid":"{uid}"}}"#)).await.id(), id, "{name}");
    }
    let email = format!("{}@chmln.co", "a".repeat(311));
    let id = api.upsert(&format!(r#"{{"email":"{email}"}}"#)).await.id();
    assert_eq!(api.retrieve(&format!("email={email}")).await.id(), id);
}

#[tokio::test]
async fn a_body_of_exactly_1_mib_is_taken() {
    let world = World::new().await;
    let api = world.api();
    let body = body_of(MIB);
    assert_eq!(body.len(), MIB);
    let id = api.upsert(&body).await.id();
    assert_eq!(api.retrieve("uid=padded").await.id(), id);
    let zstandard = zstd::encode_all(body.as_bytes(), 3).unwrap();
    for (encoding, body) in [("gzip", gzip(body.as_bytes())), ("zstd", zstandard), ("identity", body.into_bytes())] {
        let mut request = api.with_secret(request("POST", UPSERT, &body));
        request.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        assert_eq!(api.send(request).await.id(), id, "{encoding}");
    }
}

#[tokio::test]
async fn over_250_properties_are_all_stored_however_the_profile_is_named() {
    let world = World::new().await;
    let api = world.api();
    let create = api.upsert(&format!(r#"{{"uid":"wide"{}}}"#, properties(300))).await.id();
    let by_email = api.upsert(&format!(r#"{{"email":"wide@chmln.co"{}}}"#, properties(400))).await.id();
    let both = api.upsert(&format!(r#"{{"uid":"both","email":"both@chmln.co"{}}}"#, properties(500))).await.id();
    let expected = |count: usize| (0..count).map(|n| (format!("p{n}"), json!(format!("{n}x")))).collect::<serde_json::Map<_, _>>();
    let mut with_email = expected(400);
    with_email.insert("email".into(), "wide@chmln.co".into());
    let mut with_both = expected(500);
    with_both.insert("email".into(), "both@chmln.co".into());
    for (id, expected) in [(&create, expected(300)), (&by_email, with_email), (&both, with_both)] {
        assert_eq!(properties_of(api.retrieve(&format!("id={id}")).await.profile()), Value::Object(expected));
    }
    api.upsert(r#"{"uid":"wide","kept":true,"p0":"old"}"#).await.id();
    assert_eq!(api.upsert(&format!(r#"{{"id":"{create}","company_uid":931{}}}"#, properties(600))).await.id(), create);
    let reply = api.retrieve("uid=wide").await;
    let mut updated = expected(600);
    updated.insert("kept".into(), true.into());
    assert_eq!(reply.profile()["company"]["uid"], "931");
    assert_eq!(properties_of(reply.profile()), Value::Object(updated));
}
