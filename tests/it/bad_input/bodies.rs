//! Bodies that cannot be read.

use super::*;

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
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
    let api = account_with_users(&world).await;
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
    table.upsert_with("nothing labelled gzip", gzipped.clone(), "", 422, NO_IDENTIFIER);
    table.upsert_with("nothing labelled br", (CONTENT_ENCODING, "br"), "", 422, NO_IDENTIFIER);
    table.upsert_with("blanks labelled zstd", zstandard.clone(), " \r\n", 422, NO_IDENTIFIER);
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
async fn without_a_body_its_encoding_means_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    for encoding in ["gzip", "br", "zstd", "deflate", "x-gzip, br", "rot13", "*", ""] {
        let id = api.upsert(r#"{"uid":18821}"#).await.id();
        for (method, target) in [
            ("GET", "/".to_owned()),
            ("POST", "/".to_owned()),
            ("GET", format!("{RETRIEVE}?uid=18821")),
            ("POST", format!("{RETRIEVE}?uid=18821")),
            ("GET", format!("/v3/analyze/profiles/{id}")),
            ("POST", format!("{UPSERT}?uid=18821&plan=gold")),
            ("GET", "/v3/edit/deliveries?uid=18821".to_owned()),
            ("DELETE", "/v3/edit/profiles?uid=18821".to_owned()),
            ("DELETE", format!("/v3/edit/profiles/{id}/forget")),
        ] {
            let mut request = api.with_secret(request(method, &target, b""));
            request.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            let reply = api.send(request).await;
            assert_eq!(reply.status, 200, "{method} {target} {encoding}: {}", reply.text);
        }
    }
}
