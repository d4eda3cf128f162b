//! Bodies: compressed ones, and large ones.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{BATCH, Context, Interrupted, UPSERT, retrieve};
use crate::client::{Answer, Sent};
use crate::kind::Kind;
use crate::report::Check;

const JSON: &str = "application/json";
const OCTETS: &str = "application/octet-stream";
const MEGABYTE: usize = 1_000_000;

pub(super) async fn bodies(context: &Context<'_>) -> Result<(), Interrupted> {
    compressed(context).await?;
    large(context).await
}

/// Compresses a body as gzip.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

fn zstd(body: &[u8]) -> Vec<u8> {
    zstd::encode_all(body, 3).unwrap_or_default()
}

async fn compressed(context: &Context<'_>) -> Result<(), Interrupted> {
    type Compress = fn(&[u8]) -> Vec<u8>;
    let ways: [(&str, &str, Compress); 4] = [("gzip", OCTETS, gzip), ("zstd", OCTETS, zstd), ("gzip", JSON, gzip), ("zstd", JSON, zstd)];
    for (number, (coding, kind, compress)) in ways.into_iter().enumerate() {
        let uid = context.made.uid(&format!("compressed-{number}"));
        let body = compress(json!({"uid": uid, "plan": coding}).to_string().as_bytes());
        let sent = Sent::new("POST", UPSERT).header("content-type", kind).header("content-encoding", coding).body(body);
        // API Gateway and its stand-ins hand these to the function as text, which ruins them. The documents promise only that nothing
        // wrong is stored.
        let may_be_ruined = kind == JSON && context.kind != Kind::Server;
        let expected =
            if may_be_ruined { format!("200, or an error because {} takes it for text", context.kind) } else { "200".to_owned() };
        let check = Check::new(
            "bodies",
            format!("{coding} as {kind}"),
            expected,
            "compressed bytes are changed on their way: see docs/api.md, bodies",
        );
        let answer = context.ask(check, sent, |answer| answer.status == 200 || (may_be_ruined && answer.status >= 400)).await?;
        let Some(answer) = answer else { continue };
        let is_stored = answer.status == 200;
        let expected = if is_stored { "200, as it was sent" } else { "404, because it was refused" };
        let check = Check::new("bodies", format!("what is stored of {coding} as {kind}"), expected, "what was sent was changed on its way");
        let sent = Sent::new("GET", retrieve(&format!("uid={uid}")));
        context
            .ask(check, sent, |answer| {
                if is_stored { answer.status == 200 && answer.json["profile"]["plan"] == coding } else { answer.status == 404 }
            })
            .await?;
    }
    let message = "Unprocessable: the Content-Encoding must be `gzip`, `zstd` or absent";
    let check =
        Check::new("bodies", "br, which is not taken", format!("422 `{message}`"), "compare the deployment's version with this one");
    let sent = Sent::new("POST", UPSERT).header("content-type", OCTETS).header("content-encoding", "br").body("{}");
    context.ask(check, sent, |answer| answer.is_error(422, message)).await?;
    Ok(())
}

/// A batch for a user who does not exist, who is not to be made either, and blanks up to this size.
fn batch_of(context: &Context<'_>, bytes: usize) -> Vec<u8> {
    let uid = format!("{}-large", context.made.mark());
    let mut body = json!({"on_model_missing": "ignore", "profiles": [{"uid": uid}]}).to_string().into_bytes();
    body.resize(bytes.max(body.len()), b' ');
    body
}

async fn large(context: &Context<'_>) -> Result<(), Interrupted> {
    let has_limit = matches!(context.kind, Kind::Aws | Kind::Sam);
    let plain = |bytes: usize| Sent::new("POST", BATCH).header("content-type", JSON).body(batch_of(context, bytes));
    let accepted = |answer: &Answer| answer.status == 202 && answer.json["batch"]["id"].is_string();

    let check = Check::new(
        "bodies",
        "a batch of 5.9 MB, without quotation marks to speak of",
        "202",
        "Lambda takes less than 6 MB here: lower the sizes in docs/api.md, and have clients split their batches",
    );
    note(context, context.ask(check, plain(59 * MEGABYTE / 10), accepted).await?);

    let expected = match context.kind {
        Kind::Aws => "an error in a form of AWS's own, because Lambda takes 6 MB".to_owned(),
        Kind::Sam => "an error in a form of SAM's own, because its Lambda takes 6 MB, too".to_owned(),
        other => format!("202 ({other} does not have Lambda's limit of 6 MB)"),
    };
    let check = Check::new("bodies", "a batch of 6.5 MB", expected, "the limit is another than docs/api.md says: correct that");
    let answer =
        context.ask(check, plain(65 * MEGABYTE / 10), |answer| if has_limit { answer.status >= 400 } else { accepted(answer) }).await?;
    note(context, answer);

    let check = Check::new("bodies", "a batch of 6.5 MB, compressed", "202", "compressed bodies are changed on their way, or not decoded");
    let packed = |bytes: usize| {
        let body = gzip(&batch_of(context, bytes));
        Sent::new("POST", BATCH).header("content-type", OCTETS).header("content-encoding", "gzip").body(body)
    };
    note(context, context.ask(check, packed(65 * MEGABYTE / 10), accepted).await?);

    let message = "Each batch must be less than 16mb";
    let check = Check::new("bodies", "a batch that decodes to more than 16 MB", format!("413 `{message}…`"), "the limit is not kept");
    note(context, context.ask(check, packed(17 * MEGABYTE), |answer| answer.is_error(413, message)).await?);

    let check = Check::new("bodies", "an upsert of more than 1 MB", "413 `Request too large: …`", "the limit is not kept");
    let uid = context.made.uid("too-large");
    let sent = Sent::post(UPSERT, &json!({"uid": uid, "note": "x".repeat(2 * MEGABYTE)}));
    context.ask(check, sent, |answer| answer.is_error(413, "Request too large: ")).await?;
    Ok(())
}

/// Puts down a batch, if one was accepted.
fn note(context: &Context<'_>, answer: Option<Answer>) {
    if let Some(id) = answer.as_ref().map_or(&Value::Null, |answer| &answer.json["batch"]["id"]).as_str() {
        context.made.batch(id);
    }
}
