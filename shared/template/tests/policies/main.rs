//! The permissions of each function. A change of the template's permissions must be made in this table too.
//!
//! SAM adds permissions that are not in the template: `deployed` checks those.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod deployed;
#[path = "../translated/mod.rs"]
mod translated;

use std::collections::{BTreeMap, BTreeSet};

use profiles_template::{Permission, Template};
use serde_json::Value;

const OWN: &str = include_str!("../../../../template.yaml");

/// All permissions besides those of [`LOGS`] and [`SECRETS`]: function, resource, actions.
const ALLOWED: &[(&str, &str, &[&str])] = &[
    ("Analyze", "ActivitiesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]),
    ("Analyze", "ActivitiesTable/index/changed-index", &["dynamodb:Query"]),
    ("Analyze", "ActivitiesTable/index/model-index", &["dynamodb:Query"]),
    ("Analyze", "CompaniesTable", &["dynamodb:BatchGetItem"]),
    ("Analyze", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Analyze", "ProfilesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem"]),
    ("Analyze", "SummariesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]),
    ("Batch", "BatchChunksTable", &["dynamodb:BatchWriteItem"]),
    ("Batch", "BatchesTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("BatchWorker", "ActivitiesTable", &["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("BatchWorker", "BatchChunksTable", &["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"]),
    ("BatchWorker", "BatchDeadLetters", &["sqs:SendMessage"]),
    ("BatchWorker", "BatchesTable", &["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    (
        "BatchWorker",
        "BatchesTable.StreamArn",
        &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
    ),
    (
        "BatchWorker",
        "CompaniesTable",
        &["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
    ),
    ("BatchWorker", "IdentitiesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]),
    (
        "BatchWorker",
        "ProfilesTable",
        &["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
    ),
    ("BatchWorker", "PropertiesTable", &TELLING),
    ("BatchWorker", "SummariesTable", &["dynamodb:UpdateItem"]),
    ("Clear", "ActivitiesTable", &["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("Clear", "CompaniesTable", &["dynamodb:GetItem"]),
    ("Clear", "DeletionsTable", &["dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Clear", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Clear", "ProfilesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Clear", "PropertiesTable", &REMOVING_VALUES),
    ("Clear", "SummariesTable", &["dynamodb:UpdateItem"]),
    ("Companies", "CompaniesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Companies", "PropertiesTable", &TELLING),
    (
        "Deliveries",
        "ActivitiesTable",
        &["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    ),
    ("Deliveries", "ActivitiesTable/index/model-index", &["dynamodb:Query"]),
    ("Deliveries", "ActivitiesTable/index/pending-index", &["dynamodb:Query"]),
    ("Deliveries", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Deliveries", "ProfilesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]),
    (
        "Events",
        "ActivitiesTable",
        &["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    ),
    ("Events", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Events", "ProfilesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Events", "PropertiesTable", &TELLING),
    ("Events", "SummariesTable", &["dynamodb:UpdateItem"]),
    (
        "Experiences",
        "ActivitiesTable",
        &["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
    ),
    ("Experiences", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Experiences", "ProfilesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Experiences", "PropertiesTable", &TELLING),
    ("Experiences", "SummariesTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Forget", "ActivitiesTable", &["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("Forget", "CompaniesTable", &["dynamodb:GetItem", "dynamodb:PutItem"]),
    ("Forget", "DeletionsTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Forget", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Forget", "ProfilesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Forget", "ProfilesTable/index/company-index", &["dynamodb:Query"]),
    ("Forget", "PropertiesTable", &REMOVING_VALUES),
    ("Forget", "SummariesTable", &["dynamodb:UpdateItem"]),
    (
        "Properties",
        "PropertiesTable",
        &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    ),
    ("Retrieve", "CompaniesTable", &["dynamodb:GetItem"]),
    ("Retrieve", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Retrieve", "ProfilesTable", &["dynamodb:GetItem"]),
    ("Search", "AccountsTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Search", "ActivitiesTable", &["dynamodb:BatchGetItem", "dynamodb:Query"]),
    ("Search", "CompaniesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]),
    ("Search", "CompaniesTable/index/created-index", &["dynamodb:Query"]),
    ("Search", "IdentitiesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem"]),
    ("Search", "ProfilesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]),
    ("Search", "ProfilesTable/index/company-index", &["dynamodb:Query"]),
    ("Search", "ProfilesTable/index/created-index", &["dynamodb:Query"]),
    ("Search", "ProfilesTable/index/email-index", &["dynamodb:Query"]),
    ("Search", "ProfilesTable/index/uid-index", &["dynamodb:Query"]),
    ("Sweep", "ActivitiesTable", &["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("Sweep", "BatchChunksTable", &["dynamodb:UpdateItem"]),
    ("Sweep", "BatchesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Sweep", "BatchesTable/index/waiting-index", &["dynamodb:Query"]),
    ("Sweep", "CompaniesTable", &["dynamodb:DeleteItem"]),
    ("Sweep", "DeletionsTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Sweep", "DeletionsTable/index/unfinished-index", &["dynamodb:Query"]),
    ("Sweep", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Sweep", "ProfilesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Sweep", "ProfilesTable/index/company-index", &["dynamodb:Query"]),
    ("Sweep", "PropertiesTable", &REMOVING_VALUES),
    ("Sweep", "SummariesTable", &["dynamodb:UpdateItem"]),
    ("Upsert", "ActivitiesTable", &["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("Upsert", "CompaniesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Upsert", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Upsert", "ProfilesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Upsert", "PropertiesTable", &TELLING),
    ("Upsert", "SummariesTable", &["dynamodb:UpdateItem"]),
];

/// What a function does to the registry of properties when it tells it what was sent.
const TELLING: [&str; 3] = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
/// What a function does to it when a user or company is gone.
const REMOVING_VALUES: [&str; 3] = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"];

/// Every function writes its own log, and creates no log group.
const LOGS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
/// The keys of the accounts table that a function behind the API reads: secrets, by their hashes.
const SECRETS: [&str; 1] = ["secret#*"];
/// The keys that `Experiences` reads: also accounts, which hold the secrets that webhooks are signed with.
const SECRETS_AND_ACCOUNTS: [&str; 2] = ["secret#*", "account#*"];
/// The keys of the accounts table that `Search` writes: which searches of an account are under way.
const PLACES: [&str; 1] = ["places#*"];
/// The keys of the companies table whose items `Sweep` deletes: the marks of companies that are being deleted.
const MARKS: [&str; 1] = ["*#deleting"];
/// Functions that no client calls, and that so need no secret.
const WITHOUT_CLIENTS: [&str; 2] = ["BatchWorker", "Sweep"];
/// The function that serves pages, which are the same for everybody: it reads no secret, nor anything else.
const WITHOUT_DATA: &str = "Pages";
const READING: [&str; 3] = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
/// Functions that only read, but for the places of searches.
const READERS: [&str; 4] = ["Analyze", "Retrieve", "Root", "Search"];
/// Tables from which no function deletes items, but for [`MARKS`]: a forgotten item becomes a tombstone, which expires. (A `BatchWriteItem`
/// may delete.)
const NEVER_DELETED: [&str; 4] = ["AccountsTable", "CompaniesTable", "IdentitiesTable", "ProfilesTable"];
const DELETING: [&str; 2] = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem"];
/// The calls that the code makes, and `ConditionCheckItem` as part of one. No `Scan`, nothing that changes tables.
const CALLS: [&str; 8] = [
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
];

/// The allowed actions, by function and resource.
type Allowed = BTreeMap<(String, String), BTreeSet<String>>;

fn expected() -> Allowed {
    let template = Template::parse(OWN).expect("the project's template is readable");
    let functions: BTreeSet<_> = template.routes().iter().map(|route| route.function.clone()).collect();
    let with_data = functions.iter().filter(|function| *function != WITHOUT_DATA);
    let secrets = with_data.map(|function| ((function.clone(), "AccountsTable".to_owned()), set(&["dynamodb:GetItem"])));
    let all = functions.iter().map(String::as_str).chain(WITHOUT_CLIENTS);
    let logs = all.map(|function| ((function.to_owned(), format!("{function}Logs")), set(&LOGS)));
    let named = |(function, resource, actions): &(&str, &str, &[&str])| (((*function).to_owned(), (*resource).to_owned()), set(actions));
    secrets.chain(logs).chain(ALLOWED.iter().map(named)).collect()
}

fn set(actions: &[&str]) -> BTreeSet<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}

/// The keys to which a permission must be limited; none, if it has no limit, or may not be.
fn expected_keys(function: &str, action: &str, resource: &str) -> &'static [&'static str] {
    match (resource, action, function) {
        ("AccountsTable", "dynamodb:GetItem", "Experiences") => &SECRETS_AND_ACCOUNTS,
        ("AccountsTable", "dynamodb:GetItem", _) => &SECRETS,
        ("AccountsTable", "dynamodb:UpdateItem", "Search") => &PLACES,
        ("CompaniesTable", "dynamodb:DeleteItem", "Sweep") => &MARKS,
        _ => &[],
    }
}

fn own() -> Vec<Permission> {
    Permission::read_all(OWN).expect("the project's permissions are readable")
}

/// The permissions that break a rule that always holds.
fn forbidden(permissions: &[Permission]) -> Vec<&Permission> {
    let breaks_a_rule = |Permission { function, action, resource, leading_keys }: &&Permission| {
        let (action, function) = (action.as_str(), function.as_str());
        let (table, index) = resource.split_once('/').map_or((resource.as_str(), None), |(table, index)| (table, Some(index)));
        let is_letter = action == "sqs:SendMessage" && function == "BatchWorker" && resource == "BatchDeadLetters";
        let is_own_log = LOGS.contains(&action) && resource.strip_suffix("Logs") == Some(function);
        let is_stream = function == "BatchWorker" && resource == "BatchesTable.StreamArn";
        let is_call = CALLS.contains(&action) && table.ends_with("Table");
        let is_of_batches = matches!(table, "BatchesTable" | "BatchChunksTable");
        let keys = expected_keys(function, action, resource);
        action.contains('*')
            || resource.contains('*')
            || !(is_letter || is_own_log || is_stream || is_call)
            || index.is_some() && action != "dynamodb:Query"
            || NEVER_DELETED.contains(&table) && DELETING.contains(&action) && keys != MARKS
            || READERS.contains(&function) && !READING.contains(&action) && !is_own_log && table != "AccountsTable"
            || table == "AccountsTable" && leading_keys.is_empty()
            || leading_keys != keys
            || is_of_batches && !matches!(function, "Batch" | "BatchWorker" | "Sweep")
            || function == WITHOUT_DATA && !is_own_log
            || is_of_batches && function == "Sweep" && !["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"].contains(&action)
    };
    permissions.iter().filter(breaks_a_rule).collect()
}

#[test]
fn each_function_may_do_what_is_written_here_and_nothing_else() {
    let mut allowed = Allowed::new();
    for Permission { function, action, resource, .. } in own() {
        let is_new = allowed.entry((function.clone(), resource.clone())).or_default().insert(action.clone());
        assert!(is_new, "{function} may {action} on {resource} twice");
    }
    let expected = expected();
    for (who, actions) in &allowed {
        assert_eq!(Some(actions), expected.get(who), "what the template allows {who:?}, and what this test does");
    }
    for who in expected.keys() {
        assert!(allowed.contains_key(who), "the template allows {who:?} nothing");
    }
}

#[test]
fn nothing_is_allowed_that_never_may_be() {
    let permissions = own();
    assert_eq!(forbidden(&permissions), Vec::<&Permission>::new());
}

#[test]
fn what_never_may_be_is_noticed() {
    for (function, action, resource) in [
        ("Upsert", "dynamodb:*", "ProfilesTable"),
        ("Upsert", "*", "ProfilesTable"),
        ("Upsert", "dynamodb:GetItem", "*"),
        ("Upsert", "dynamodb:Query", "ProfilesTable/index/*"),
        ("Sweep", "dynamodb:Scan", "DeletionsTable"),
        ("Sweep", "dynamodb:UpdateTable", "DeletionsTable"),
        ("Sweep", "dynamodb:UpdateItem", "DeletionsTable/index/unfinished-index"),
        ("Forget", "dynamodb:DeleteItem", "ProfilesTable"),
        ("BatchWorker", "dynamodb:BatchWriteItem", "IdentitiesTable"),
        ("Retrieve", "dynamodb:UpdateItem", "ProfilesTable"),
        ("Analyze", "dynamodb:PutItem", "SummariesTable"),
        ("Root", "dynamodb:PutItem", "AccountsTable"),
        ("Pages", "dynamodb:GetItem", "ProfilesTable"),
        ("Search", "dynamodb:PutItem", "AccountsTable"),
        ("Search", "dynamodb:UpdateItem", "AccountsTable"),
        ("Search", "dynamodb:UpdateItem", "ProfilesTable"),
        ("Upsert", "dynamodb:UpdateItem", "AccountsTable"),
        ("Upsert", "dynamodb:GetItem", "BatchesTable"),
        ("Sweep", "dynamodb:BatchWriteItem", "BatchChunksTable"),
        ("Sweep", "dynamodb:DeleteItem", "BatchesTable"),
        ("Batch", "sqs:SendMessage", "BatchDeadLetters"),
        ("BatchWorker", "sqs:ReceiveMessage", "BatchDeadLetters"),
        ("BatchWorker", "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:other"),
        ("Upsert", "s3:PutObject", "ExportsBucket"),
        ("Upsert", "logs:CreateLogGroup", "UpsertLogs"),
        ("Upsert", "logs:PutLogEvents", "RetrieveLogs"),
        ("Upsert", "logs:PutLogEvents", "*"),
        ("Upsert", "dynamodb:GetRecords", "BatchesTable.StreamArn"),
        ("BatchWorker", "dynamodb:GetRecords", "ProfilesTable.StreamArn"),
        ("Upsert", "xray:PutTraceSegments", "*"),
    ] {
        let permission = allowed(function, action, resource, &[]);
        assert_eq!(forbidden(std::slice::from_ref(&permission)), [&permission]);
    }
}

fn allowed(function: &str, action: &str, resource: &str, leading_keys: &[&str]) -> Permission {
    let leading_keys = leading_keys.iter().map(|key| (*key).to_owned()).collect();
    Permission { function: function.to_owned(), action: action.to_owned(), resource: resource.to_owned(), leading_keys }
}

#[test]
fn only_one_function_reads_the_secrets_that_webhooks_are_signed_with() {
    for (function, leading_keys, is_allowed) in [
        ("Upsert", &["secret#*"][..], true),
        ("Experiences", &["secret#*", "account#*"], true),
        ("Upsert", &["secret#*", "account#*"], false),
        ("Upsert", &["*"], false),
        ("Upsert", &[], false),
        ("Experiences", &[], false),
    ] {
        let permission = allowed(function, "dynamodb:GetItem", "AccountsTable", leading_keys);
        assert_eq!(forbidden(std::slice::from_ref(&permission)).is_empty(), is_allowed, "{permission:?}");
    }
    let is_read = |permission: &Permission| permission.resource == "AccountsTable" && permission.action == "dynamodb:GetItem";
    for permission in own().into_iter().filter(is_read) {
        let reads = |key: &str| permission.allows_key(key);
        assert_eq!([reads("secret#1"), reads("account#1"), reads("else")], [true, permission.function == "Experiences", false]);
    }
}

#[test]
fn a_search_writes_nothing_but_places() {
    for (function, action, leading_keys, is_allowed) in [
        ("Search", "dynamodb:UpdateItem", &["places#*"][..], true),
        ("Search", "dynamodb:UpdateItem", &["secret#*"], false),
        ("Search", "dynamodb:UpdateItem", &["*"], false),
        ("Search", "dynamodb:GetItem", &["places#*"], false),
        ("Search", "dynamodb:DeleteItem", &["places#*"], false),
        ("Retrieve", "dynamodb:UpdateItem", &["places#*"], false),
    ] {
        let permission = allowed(function, action, "AccountsTable", leading_keys);
        assert_eq!(forbidden(std::slice::from_ref(&permission)).is_empty(), is_allowed, "{permission:?}");
    }
    let writes = |permission: &Permission| {
        permission.function == "Search" && !READING.contains(&permission.action.as_str()) && permission.action.starts_with("dynamodb:")
    };
    let written: Vec<_> = own().into_iter().filter(writes).collect();
    assert_eq!(written, [allowed("Search", "dynamodb:UpdateItem", "AccountsTable", &PLACES)]);
}

#[test]
fn nothing_is_deleted_from_the_companies_but_marks() {
    for (function, action, leading_keys, is_allowed) in [
        ("Sweep", "dynamodb:DeleteItem", &["*#deleting"][..], true),
        ("Sweep", "dynamodb:DeleteItem", &[], false),
        ("Forget", "dynamodb:DeleteItem", &["*#deleting"], false),
        ("Sweep", "dynamodb:DeleteItem", &["*"], false),
        ("Sweep", "dynamodb:BatchWriteItem", &["*#deleting"], false),
        ("Companies", "dynamodb:DeleteItem", &["*#deleting"], false),
        ("Upsert", "dynamodb:DeleteItem", &["*#deleting"], false),
    ] {
        let permission = allowed(function, action, "CompaniesTable", leading_keys);
        assert_eq!(forbidden(std::slice::from_ref(&permission)).is_empty(), is_allowed, "{permission:?}");
    }
    let own = own();
    let deleting: Vec<_> =
        own.iter().filter(|found| found.resource == "CompaniesTable" && DELETING.contains(&found.action.as_str())).collect();
    assert_eq!(deleting.len(), 1);
    for permission in deleting {
        let keys = ["65f3c4232c712de665632a2a#deleting", "65f3c4232c712de665632a2a#0", "65f3c4232c712de665632a2a"];
        assert_eq!(keys.map(|key| permission.allows_key(key)), [true, false, false], "{permission:?}");
    }
}

#[test]
fn every_table_and_index_that_is_named_is_there() {
    let template = Template::parse(OWN).expect("the project's template is readable");
    let tables = template.tables().iter();
    let there: BTreeSet<String> = tables
        .flat_map(|table| {
            let indexes = table.indexes.iter().map(|index| format!("{}/index/{}", table.logical_id, index.name));
            let stream = table.stream.map(|_| format!("{}.StreamArn", table.logical_id));
            indexes.chain([table.logical_id.clone()]).chain(stream)
        })
        .collect();
    for permission in own().into_iter().filter(|permission| permission.action.starts_with("dynamodb:")) {
        assert!(there.contains(&permission.resource), "{permission:?}");
    }
}

#[test]
fn permissions_are_given_nowhere_else() {
    let options = serde_saphyr::options! { strict_booleans: true };
    let template: Value = serde_saphyr::from_str_with_options(OWN, options).expect("readable");
    let resources = template.get("Resources").and_then(Value::as_object).expect("resources");
    for (logical_id, resource) in resources {
        let kind = resource.get("Type").and_then(Value::as_str).expect("a type");
        let gives =
            kind.starts_with("AWS::IAM::") || kind.ends_with("Policy") || kind.ends_with("Permission") || kind.ends_with("Connector");
        // `deployed` checks what these allow, and to whom.
        assert!(!gives || kind == "AWS::IAM::Role" || logical_id == "TracingPolicy", "{logical_id} is a {kind}");
        assert!(resource.get("Connectors").is_none(), "{logical_id} has Connectors");
        assert!(resource.pointer("/Properties/ResourcePolicy").is_none(), "{logical_id} has a ResourcePolicy");
    }
}

/// A function whose role has this statement.
fn function(statement: &str) -> String {
    with_role(&format!("AssumeRolePolicyDocument: {{}}, Policies: [{{PolicyName: p, PolicyDocument: {{Statement: {statement}}}}}]"))
}

fn with_role(properties: &str) -> String {
    let function = "F: {Type: AWS::Serverless::Function, Properties: {Role: !GetAtt R.Arn}}";
    format!("Resources:\n  {function}\n  R: {{Type: AWS::IAM::Role, Properties: {{{properties}}}}}\n")
}

#[test]
fn an_arn_is_known_in_every_form() {
    for (resource, expected) in [
        ("!GetAtt T.Arn", "T"),
        ("!GetAtt [T, Arn]", "T"),
        ("{'Fn::GetAtt': [T, Arn]}", "T"),
        ("{'Fn::GetAtt': T.Arn}", "T"),
        ("!Sub '${T.Arn}'", "T"),
        ("!Sub '${T.Arn}/index/i'", "T/index/i"),
        ("{'Fn::Sub': '${T.Arn}/index/i'}", "T/index/i"),
        ("[!GetAtt T.Arn]", "T"),
        ("[!GetAtt [T, Arn]]", "T"),
        ("!GetAtt T.StreamArn", "T.StreamArn"),
        ("'*'", "*"),
        ("!Sub 'arn:${AWS::Partition}:s3:::*'", "arn:${AWS::Partition}:s3:::*"),
    ] {
        let text = function(&format!("[{{Effect: Allow, Action: a, Resource: {resource}}}]"));
        assert_eq!(Permission::read_all(&text), Ok(vec![allowed("F", "a", expected, &[])]), "{resource}");
    }
}

#[test]
fn one_and_many_are_read_alike() {
    let count = |text: &str| Permission::read_all(text).expect("readable").len();
    assert_eq!(count(&with_role("AssumeRolePolicyDocument: {}")), 0);
    assert_eq!(count(&function("{Effect: Allow, Action: a, Resource: r}")), 1);
    assert_eq!(count(&function("[{Effect: Allow, Action: [a, b], Resource: [!GetAtt T.Arn, !GetAtt U.Arn]}]")), 4);
}

#[test]
fn a_condition_on_keys_is_read() {
    let condition = "{'ForAllValues:StringLike': {'dynamodb:LeadingKeys': ['a#*', b, '*#c', 'd*d']}}";
    let text = function(&format!("[{{Effect: Allow, Action: a, Resource: !GetAtt T.Arn, Condition: {condition}}}]"));
    let read = Permission::read_all(&text).expect("readable");
    assert_eq!(read, [allowed("F", "a", "T", &["a#*", "b", "*#c", "d*d"])]);
    for (key, is_allowed) in
        [("a#1", true), ("a", false), ("b", true), ("b#", false), ("c", false), ("1#c", true), ("1#c#", false), ("d", false), ("dd", true)]
    {
        assert_eq!(read[0].allows_key(key), is_allowed, "{key}");
    }
}

#[test]
fn what_allows_more_than_it_says_is_refused() {
    let own = |properties: &str| format!("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {{{properties}}}\n");
    let statement = |statement: &str| function(&format!("[{{{statement}}}]"));
    let managed = "AssumeRolePolicyDocument: {}, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess']";
    for (text, expected) in [
        (own("Policies: AmazonDynamoDBFullAccess"), "it has Policies"),
        (own("Role: !GetAtt R.Arn, Policies: [{DynamoDBCrudPolicy: {TableName: !Ref T}}]"), "it has Policies"),
        (own(""), "it has no Role"),
        (own("Role: 'arn:aws:iam::123456789012:role/any'"), "is no AWS::IAM::Role"),
        (with_role(managed), "ManagedPolicyArns"),
        (statement("Effect: Allow, NotAction: a, Resource: r"), "NotAction"),
        (statement("Effect: Allow, Action: a, NotResource: r"), "NotResource"),
        (statement("Effect: Deny, Action: a, Resource: r"), "Deny"),
        (statement("Effect: Allow, Action: a, Resource: r, Condition: {}"), "ForAllValues:StringLike"),
        (statement("Effect: Allow, Action: a, Resource: r, Condition: {StringLike: {x: y}}"), "StringLike"),
        (statement("Effect: Allow, Action: a, Resource: !If [C, !GetAtt T.Arn, {Ref: x}]"), "which is not read"),
        (statement("Effect: Allow, Action: 1, Resource: r"), "which is not read"),
    ] {
        let message = Permission::read_all(&text).expect_err(&text).to_string();
        assert!(message.contains(expected) && message.contains("`F`"), "`{message}` should contain `{expected}`");
    }
}
