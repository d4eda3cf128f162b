//! The command as a user runs it, against a DynamoDB Local.
#![allow(clippy::expect_used, clippy::panic, reason = "what a test needs and does not get ends it")]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use profiles_local::DynamoDbLocal;

const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");

/// Runs the command on the database of this access key.
fn run(access_key: &str, arguments: &[&str], input: &str) -> Output {
    static SERVER: OnceLock<DynamoDbLocal> = OnceLock::new();
    let endpoint = SERVER.get_or_init(|| DynamoDbLocal::start().expect("DynamoDB Local starts")).endpoint();
    let mut child = Command::new(env!("CARGO_BIN_EXE_profiles"))
        .args(arguments)
        .env("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
        .env("AWS_ACCESS_KEY_ID", access_key)
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .env_remove("ACCOUNTS_TABLE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // It may end without reading.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("the command ends")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The rest of the line that begins with this word.
#[track_caller]
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no `{name}` in {text}")).trim()
}

fn with_tables(access_key: &str) {
    succeeds(&run(access_key, &["tables", "create", "--template", TEMPLATE], ""));
}

#[test]
fn tables_are_created_once() {
    let create = ["tables", "create", "--template", TEMPLATE, "--prefix", "p-"];
    assert!(succeeds(&run("tables", &create, "")).contains("table p-profiles: created"));
    assert!(succeeds(&run("tables", &create, "")).contains("table p-profiles: exists already"));
    let names = succeeds(&run("tables", &["tables", "env", "--template", TEMPLATE, "--prefix", "p-"], ""));
    assert!(names.lines().any(|line| line == "PROFILES_TABLE=p-profiles"), "{names}");
}

#[test]
fn a_secret_lives_from_its_creation_to_its_revocation() {
    with_tables("lifecycle");
    let created = succeeds(&run("lifecycle", &["account", "create", "--name", "Acme"], ""));
    let (account, secret) = (field(&created, "account"), field(&created, "secret"));
    assert_eq!((account.len(), secret.len()), (24, 64));

    let another = succeeds(&run("lifecycle", &["secret", "create", "--account", account], ""));
    let id = field(&another, "id");
    let list = || succeeds(&run("lifecycle", &["secret", "list", "--account", account], ""));
    assert_eq!(list().matches("active").count(), 2);
    assert!(!list().contains(secret), "a list shows no secret");

    succeeds(&run("lifecycle", &["secret", "revoke", "--account", account, id], ""));
    assert_eq!((list().matches("active").count(), list().matches("revoked").count()), (1, 1));
}

#[test]
fn a_given_secret_belongs_to_one_account_and_is_not_shown_again() {
    with_tables("given");
    let create = ["account", "create", "--secret-from-stdin"];
    let created = succeeds(&run("given", &create, "a-secret\n"));
    assert!(!created.contains("secret"), "{created}");
    assert!(fails(&run("given", &create, "a-secret\n")).contains("in use already"));
    let if_missing = ["account", "create", "--secret-from-stdin", "--if-missing"];
    assert!(succeeds(&run("given", &if_missing, "a-secret\n")).contains("exists already"));
    assert!(fails(&run("given", &create, "a/b\n")).contains("letters (A to Z), digits"));
}

#[test]
fn what_webhooks_are_signed_with_is_set_and_removed_and_never_shown() {
    with_tables("webhooks");
    let created = succeeds(&run("webhooks", &["account", "create"], ""));
    let account = field(&created, "account");
    let set = succeeds(&run("webhooks", &["account", "webhook-secret", "set", "--account", account], "a-signing/secret\n"));
    assert!(!set.contains("a-signing"), "{set}");
    succeeds(&run("webhooks", &["account", "webhook-secret", "remove", "--account", account], ""));
    assert!(fails(&run("webhooks", &["account", "webhook-secret", "set", "--account", account], "\n")).contains("1 to 1024 bytes"));
    for (command, input) in [("set", "x\n"), ("remove", "")] {
        let unknown = ["account", "webhook-secret", command, "--account", "000000000000000000000000"];
        assert!(fails(&run("webhooks", &unknown, input)).contains("no such account"));
    }
}

#[test]
fn what_does_not_exist_is_named() {
    with_tables("missing");
    let unknown = "000000000000000000000000";
    assert!(fails(&run("missing", &["secret", "create", "--account", unknown], "")).contains("no such account"));
    assert!(fails(&run("missing", &["secret", "revoke", "--account", unknown, "0123456789ab"], "")).contains("no such secret"));
    assert!(fails(&run("missing", &["secret", "list", "--account", "x"], "")).contains("`x` is not the id of an account"));
    assert!(fails(&run("missing", &["tables", "create", "--template", "/nowhere"], "")).contains("/nowhere can't be read"));
}
