//! Unknown routes, and missing or wrong secrets.

use profiles_api::routes::{Function, ROUTES};

use super::*;

#[tokio::test]
async fn unknown_routes_and_methods_are_not_found_and_change_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let mut table = table(&api);
    for path in [
        "/v3",
        "/v4/observe/hooks/profiles",
        "/v3/observe/hooks",
        "/v3/observe/hooks/profiles/a/b/c",
        "/v3/observe/hooks//",
        "/v3/analyze/profiles/a/b",
        "/v3/analyze/profiles/a//b",
        "/v3/Analyze/profile",
        "/v3/Analyze/profile/",
        "/favicon.ico",
        "/v3/analyze/%70rofile",
        "/../v3/analyze/profile",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            table.call(format!("{method} {path}"), method, path, 404, UNKNOWN_ROUTE);
        }
    }
    let secret = &world.secret;
    for (path, meant) in [
        ("/v3/observe/hooks/profiles/", "/v3/observe/hooks/profiles"),
        ("//v3/observe/hooks/profiles", "/v3/observe/hooks/profiles"),
        ("/v3/observe//hooks/profiles", "/v3/observe/hooks/profiles"),
        ("/v3/observe/hooks//profiles", "/v3/observe/hooks/profiles"),
        ("/v3/observe/hooks/profiles///", "/v3/observe/hooks/profiles"),
        (&format!("/v3/observe/hooks/{secret}/profiles/"), "/v3/observe/hooks/{account_secret}/profiles"),
        (&format!("/v3/observe/hooks//{secret}/profiles/batch"), "/v3/observe/hooks/{account_secret}/profiles/batch"),
        (&format!("//v3/observe/hooks/{secret}/events//"), "/v3/observe/hooks/{account_secret}/events"),
        ("/v3/analyze/profiles/5f3c4232c712de665632a2a3/", "/v3/analyze/profiles/{id}"),
        ("/v3/edit/profiles//forget", "/v3/edit/profiles/forget"),
        ("/v3/edit/deletions/", "/v3/edit/deletions/{id}"),
        ("///", "/"),
    ] {
        let message = format!("Endpoint not found: no route has this path, perhaps `{meant}` is meant");
        for method in ["GET", "POST", "DELETE", "PUT"] {
            table.call(format!("{method} {path}"), method, path, 404, &message);
            // Without a secret, too: the answer repeats nothing of the path.
            table.add(format!("{method} {path}, no secret"), request(method, path, br#"{"uid":18821}"#), 404, &message);
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
async fn a_function_answers_every_route_and_method_that_is_not_its_own_as_not_found() {
    let world = World::new().await;
    let api = world.api();
    let functions = [
        Function::Analyze,
        Function::Batch,
        Function::Clear,
        Function::Companies,
        Function::Deliveries,
        Function::Events,
        Function::Experiences,
        Function::Forget,
        Function::Properties,
        Function::Retrieve,
        Function::Root,
        Function::Search,
        Function::Upsert,
    ];
    assert!(ROUTES.iter().all(|route| functions.contains(&route.endpoint.function())));
    for function in functions {
        for pattern in ROUTES.iter().map(|route| route.path).chain(["/v3/unknown"]) {
            let path = pattern.replace("{account_secret}", &world.secret).replace("{id}", "5f3c4232c712de665632a2a3");
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
                let is_its_own =
                    ROUTES.iter().any(|route| (route.method, route.path) == (method, pattern) && route.endpoint.function() == function)
                        || (method, pattern, function) == ("HEAD", "/", Function::Root);
                if !is_its_own {
                    let without_secret = || request(method, &path, br#"{"uid":18821}"#);
                    for request in [api.with_secret(without_secret()), without_secret()] {
                        let reply = api.send_to(function, request).await;
                        assert!(reply.message(404).starts_with("Endpoint not found: "), "{function:?} {method} {pattern}: {}", reply.text);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn without_a_good_secret_nothing_is_revealed_and_nothing_changes() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
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
