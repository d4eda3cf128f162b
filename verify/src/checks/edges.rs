//! The edges of HTTP that API Gateway, Lambda and other servers handle in ways of their own. No request here makes anything.

use super::{Context, Interrupted, NO_ENDPOINT, UNAUTHORIZED, UPSERT, retrieve};
use crate::client::{Answer, Sent};
use crate::kind::Kind;
use crate::report::Check;

/// API Gateway's limit for the request line and all headers together.
const MAX_HEAD: usize = 10_240;
/// What clients and API Gateway add to the headers that are sent here.
const OTHER_HEADERS: usize = 700;

pub(super) async fn edges(context: &Context<'_>) -> Result<(), Interrupted> {
    answers(context).await?;
    secrets(context).await?;
    routes(context).await?;
    paths(context).await?;
    headers(context).await
}

async fn answers(context: &Context<'_>) -> Result<(), Interrupted> {
    let remedy = "something in front of the functions changes headers: a proxy, or a mapping of API Gateway's";
    for (what, target, status) in [("the type of an answer", "/", 200), ("the type of an error", "/v3/unknown", 404)] {
        let check = Check::new("answers", what, format!("{status} with Content-Type: application/json"), remedy);
        let is_json = |answer: &Answer| {
            let kind = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
            answer.status == status && kind.is_some_and(|kind| kind.starts_with("application/json"))
        };
        context.ask(check, Sent::new("GET", target), is_json).await?;
    }
    Ok(())
}

async fn secrets(context: &Context<'_>) -> Result<(), Interrupted> {
    let remedy = "the deployment does not check secrets as it must: stop it, and compare its version with this one";
    let wrong = context.made.mark().to_owned();
    let user = format!("uid={}-nobody", context.made.mark());
    for (what, sent) in [
        ("no secret", Sent::new("GET", "/").without_secret()),
        ("a wrong secret in the header", Sent::new("GET", "/").without_secret().header("x-account-secret", wrong.clone())),
        ("a wrong secret in the query", Sent::new("GET", retrieve(&format!("{user}&account_secret={wrong}"))).without_secret()),
        ("a wrong secret in the path", Sent::new("POST", format!("/v3/observe/hooks/{wrong}/profiles")).without_secret().body("{}")),
        ("a wrong secret in the body", Sent::new("POST", UPSERT).without_secret().body(format!(r#"{{"account_secret":"{wrong}"}}"#))),
    ] {
        let check = Check::new("secret", what, format!("403 `{UNAUTHORIZED}`"), remedy);
        context.ask(check, sent, |answer| answer.is_error(403, UNAUTHORIZED)).await?;
    }
    let check =
        Check::new("secret", "the secret in a path", "422, because no user is named", "API Gateway, a proxy or the code changes paths");
    let sent = Sent::new("POST", format!("/v3/observe/hooks/{}/profiles", context.client.secret())).without_secret().body("{}");
    context.ask(check, sent, |answer| answer.is_error(422, "Unprocessable: No identifier found")).await?;
    let check =
        Check::new("secret", "the secret in a path, each character escaped", "422, because no user is named", "the path is not decoded");
    let escaped: String = context.client.secret().bytes().map(|byte| format!("%{byte:02x}")).collect();
    let sent = Sent::new("POST", format!("/v3/observe/hooks/{escaped}/profiles")).without_secret().body("{}");
    context.ask(check, sent, |answer| answer.is_error(422, "Unprocessable: No identifier found")).await?;
    Ok(())
}

async fn routes(context: &Context<'_>) -> Result<(), Interrupted> {
    let remedy = "the default route does not lead to the function `root`, or something in front answers itself";
    for (method, target) in
        [("GET", "/v3/unknown"), ("POST", "/v3/observe/hooks"), ("GET", "/favicon.ico"), ("GET", "/v3/analyze/profile/")]
    {
        let check = Check::new("routes", format!("{method} {target}"), format!("404 `{NO_ENDPOINT}…`"), remedy);
        context.ask(check, Sent::new(method, target), |answer| answer.is_error(404, NO_ENDPOINT)).await?;
    }
    for (method, target, takes) in [("PUT", UPSERT, "POST"), ("DELETE", "/v3/analyze/profile", "GET or POST")] {
        let message = format!("Endpoint not found: this path takes {takes}");
        let check = Check::new("routes", format!("{method} {target}"), format!("404 `{message}`"), remedy);
        context.ask(check, Sent::new(method, target), |answer| answer.is_error(404, &message)).await?;
    }
    Ok(())
}

/// The errors repeat the id that was read, and nothing has to be made for that.
async fn paths(context: &Context<'_>) -> Result<(), Interrupted> {
    let mark = context.made.mark();
    let remedy = "the path is decoded twice, or not at all: set or remove EVENT_PATHS_ARE_ENCODED as CONTRIBUTING.md says";
    let unknown = |id: &str| format!("Tour not found: no tour that anybody was shown has the id `{id}`");
    for (escape, sign) in [("%41", "A"), ("%2541", "%41"), ("%2B+", "++"), ("%20", " "), ("%C3%BC", "ü")] {
        let message = unknown(&format!("{mark}{sign}"));
        let check = Check::new("paths", format!("{escape} in a path"), format!("404, with `{sign}` in the id"), remedy);
        let sent = Sent::new("GET", format!("/v3/analyze/tours/{mark}{escape}"));
        context.ask(check, sent, |answer| answer.is_error(404, &message)).await?;
    }
    // Where paths are decoded before they get here, a slash divides them.
    let is_decoded = matches!(context.kind, Kind::Aws | Kind::Sam);
    let expected = if is_decoded {
        format!("404 in any form, because {} divides the decoded path there", context.kind)
    } else {
        "404, with `/` in the id".to_owned()
    };
    let check = Check::new("paths", "%2F in a path", expected, "something in front of the API changes paths");
    let message = unknown(&format!("{mark}/b"));
    let sent = Sent::new("GET", format!("/v3/analyze/tours/{mark}%2Fb"));
    context.ask(check, sent, |answer| answer.is_error(404, &message) || (is_decoded && answer.status == 404)).await?;
    Ok(())
}

async fn headers(context: &Context<'_>) -> Result<(), Interrupted> {
    let check = Check::new(
        "headers",
        "a header with a byte that is no UTF-8",
        match context.kind {
            Kind::Aws => "200, or a 4xx of API Gateway's",
            Kind::Dev => "200, or a 500 of cargo lambda's own, which takes headers for text",
            Kind::Server | Kind::Sam => "200",
        },
        "the function fails at such a request, so that anybody can set off the alarm ReadersFail: report it",
    );
    let is_aws = context.kind == Kind::Aws;
    let may_fail = |answer: &Answer| match context.kind {
        Kind::Aws => (400..500).contains(&answer.status),
        // The functions' own errors have a code.
        Kind::Dev => answer.status == 500 && answer.json["code"].is_null(),
        Kind::Server | Kind::Sam => false,
    };
    let sent = Sent::new("GET", "/").header("x-note", *b"caf\xe9");
    context.ask(check, sent, |answer| answer.status == 200 || may_fail(answer)).await?;

    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let check = Check::new(
        "headers",
        "X-Amzn-Trace-Id with Sampled=1",
        "200",
        "see the function `root`'s log: tracing must never change an answer",
    );
    context.ask(check, Sent::new("GET", "/").header("x-amzn-trace-id", trace), |answer| answer.status == 200).await?;

    let small = MAX_HEAD - OTHER_HEADERS - context.client.base().len() - context.client.secret().len();
    let check = Check::new(
        "headers",
        format!("headers of about {} bytes", MAX_HEAD - OTHER_HEADERS),
        "200",
        "something in front takes less than API Gateway",
    );
    context.ask(check, Sent::new("GET", "/").header("x-note", vec![b'x'; small]), |answer| answer.status == 200).await?;
    let expected = match context.kind {
        Kind::Aws => "a 4xx of API Gateway's, whose limit is 10,240 bytes".to_owned(),
        other => format!("200 ({other} takes more than API Gateway's 10,240 bytes)"),
    };
    let check = Check::new("headers", "headers of 10,600 bytes", expected, "the limit is another than docs/api.md says: correct that");
    let large = Sent::new("GET", "/").header("x-note", vec![b'x'; 10_600]);
    context.ask(check, large, |answer| if is_aws { (400..500).contains(&answer.status) } else { answer.status == 200 }).await?;
    Ok(())
}
