//! The permissions of each function. A change of the template's permissions must be made in this table too.
//!
//! SAM adds permissions that are not in the template: `deployed` checks those.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod deployed;

use std::collections::{BTreeMap, BTreeSet};

use profiles_template::{Permission, Template};
use serde_json::Value;

const OWN: &str = include_str!("../../../../template.yaml");

/// All permissions: function, resource, actions.
const ALLOWED: &[(&str, &str, &[&str])] = &[
    ("Analyze", "AccountsTable", &["dynamodb:GetItem"]),
    ("Analyze", "ActivitiesTable", &["dynamodb:BatchGetItem", "dynamodb:Query"]),
    ("Analyze", "ActivitiesTable/index/model-index", &["dynamodb:Query"]),
    ("Analyze", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Analyze", "ProfilesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem"]),
    ("Analyze", "SummariesTable", &["dynamodb:Query"]),
    ("Batch", "AccountsTable", &["dynamodb:GetItem"]),
    ("Batch", "BatchChunksTable", &["dynamodb:BatchWriteItem"]),
    ("Batch", "BatchesTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("BatchWorker", "BatchChunksTable", &["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"]),
    ("BatchWorker", "BatchDeadLetters", &["sqs:SendMessage"]),
    ("BatchWorker", "BatchesTable", &["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("BatchWorker", "CompaniesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("BatchWorker", "IdentitiesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("BatchWorker", "ProfilesTable", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Clear", "AccountsTable", &["dynamodb:GetItem"]),
    ("Clear", "ActivitiesTable", &["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:Query"]),
    ("Clear", "CompaniesTable", &["dynamodb:GetItem"]),
    ("Clear", "DeletionsTable", &["dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Clear", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Clear", "ProfilesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Clear", "SummariesTable", &["dynamodb:UpdateItem"]),
    ("Deliveries", "AccountsTable", &["dynamodb:GetItem"]),
    ("Deliveries", "ActivitiesTable", &["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]),
    ("Deliveries", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Deliveries", "ProfilesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Events", "AccountsTable", &["dynamodb:GetItem"]),
    ("Events", "ActivitiesTable", &["dynamodb:GetItem", "dynamodb:PutItem"]),
    ("Events", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Events", "ProfilesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem"]),
    ("Experiences", "AccountsTable", &["dynamodb:GetItem"]),
    ("Experiences", "ActivitiesTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Experiences", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Experiences", "ProfilesTable", &["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem"]),
    ("Experiences", "SummariesTable", &["dynamodb:UpdateItem"]),
    ("Forget", "AccountsTable", &["dynamodb:GetItem"]),
    ("Forget", "ActivitiesTable", &["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:Query"]),
    ("Forget", "DeletionsTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Forget", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Forget", "ProfilesTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
    ("Forget", "SummariesTable", &["dynamodb:UpdateItem"]),
    ("Retrieve", "AccountsTable", &["dynamodb:GetItem"]),
    ("Retrieve", "CompaniesTable", &["dynamodb:GetItem"]),
    ("Retrieve", "IdentitiesTable", &["dynamodb:GetItem"]),
    ("Retrieve", "ProfilesTable", &["dynamodb:GetItem"]),
    ("Root", "AccountsTable", &["dynamodb:GetItem"]),
    ("Sweep", "ActivitiesTable", &["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:Query"]),
    ("Sweep", "BatchChunksTable", &["dynamodb:UpdateItem"]),
    ("Sweep", "BatchesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Sweep", "BatchesTable/index/waiting-index", &["dynamodb:Query"]),
    ("Sweep", "DeletionsTable", &["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Sweep", "DeletionsTable/index/unfinished-index", &["dynamodb:Query"]),
    ("Sweep", "ProfilesTable", &["dynamodb:UpdateItem"]),
    ("Sweep", "SummariesTable", &["dynamodb:UpdateItem"]),
    ("Upsert", "AccountsTable", &["dynamodb:GetItem"]),
    ("Upsert", "CompaniesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Upsert", "IdentitiesTable", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ("Upsert", "ProfilesTable", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
];

const READING: [&str; 3] = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
/// Functions that only read.
const READERS: [&str; 3] = ["Analyze", "Retrieve", "Root"];
/// Tables from which no function deletes items: a forgotten item becomes a tombstone, which expires. (A `BatchWriteItem` may delete.)
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
    let named = |(function, resource, actions): &(&str, &str, &[&str])| {
        (((*function).to_owned(), (*resource).to_owned()), actions.iter().map(|action| (*action).to_owned()).collect())
    };
    ALLOWED.iter().map(named).collect()
}

fn own() -> Vec<Permission> {
    Permission::read_all(OWN).expect("the project's permissions are readable")
}

/// The permissions that break a rule that always holds.
fn forbidden(permissions: &[Permission]) -> Vec<&Permission> {
    let breaks_a_rule = |Permission { function, action, resource }: &&Permission| {
        let (action, function) = (action.as_str(), function.as_str());
        let (table, index) = resource.split_once('/').map_or((resource.as_str(), None), |(table, index)| (table, Some(index)));
        let is_letter = action == "sqs:SendMessage" && function == "BatchWorker" && resource == "BatchDeadLetters";
        let is_of_batches = matches!(table, "BatchesTable" | "BatchChunksTable");
        action.contains('*')
            || resource.contains('*')
            || !(is_letter || CALLS.contains(&action) && table.ends_with("Table"))
            || index.is_some() && action != "dynamodb:Query"
            || NEVER_DELETED.contains(&table) && DELETING.contains(&action)
            || READERS.contains(&function) && !READING.contains(&action)
            || table == "AccountsTable" && action != "dynamodb:GetItem"
            || is_of_batches && !matches!(function, "Batch" | "BatchWorker" | "Sweep")
            || is_of_batches && function == "Sweep" && !["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"].contains(&action)
    };
    permissions.iter().filter(breaks_a_rule).collect()
}

#[test]
fn each_function_may_do_what_is_written_here_and_nothing_else() {
    let mut allowed = Allowed::new();
    for Permission { function, action, resource } in own() {
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
        ("Upsert", "dynamodb:UpdateItem", "AccountsTable"),
        ("Upsert", "dynamodb:GetItem", "BatchesTable"),
        ("Sweep", "dynamodb:BatchWriteItem", "BatchChunksTable"),
        ("Sweep", "dynamodb:DeleteItem", "BatchesTable"),
        ("Batch", "sqs:SendMessage", "BatchDeadLetters"),
        ("BatchWorker", "sqs:ReceiveMessage", "BatchDeadLetters"),
        ("BatchWorker", "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:other"),
        ("Upsert", "s3:PutObject", "ExportsBucket"),
    ] {
        let permission = Permission { function: function.to_owned(), action: action.to_owned(), resource: resource.to_owned() };
        assert_eq!(forbidden(std::slice::from_ref(&permission)), [&permission]);
    }
}

#[test]
fn every_table_and_index_that_is_named_is_there() {
    let template = Template::parse(OWN).expect("the project's template is readable");
    let tables = template.tables().iter();
    let there: BTreeSet<String> = tables
        .flat_map(|table| {
            let indexes = table.indexes.iter().map(|index| format!("{}/index/{}", table.logical_id, index.name));
            indexes.chain([table.logical_id.clone()])
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
        assert!(!gives, "{logical_id} is a {kind}");
        assert!(resource.get("Connectors").is_none(), "{logical_id} has Connectors");
        assert!(resource.pointer("/Properties/ResourcePolicy").is_none(), "{logical_id} has a ResourcePolicy");
    }
}

fn function(properties: &str) -> String {
    format!("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {{{properties}}}\n")
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
        ("'*'", "*"),
        ("!Sub 'arn:${AWS::Partition}:s3:::*'", "arn:${AWS::Partition}:s3:::*"),
    ] {
        let text = function(&format!("Policies: [{{Statement: [{{Effect: Allow, Action: a, Resource: {resource}}}]}}]"));
        let expected = Permission { function: "F".to_owned(), action: "a".to_owned(), resource: expected.to_owned() };
        assert_eq!(Permission::read_all(&text), Ok(vec![expected]), "{resource}");
    }
}

#[test]
fn one_and_many_are_read_alike() {
    let count = |properties: &str| Permission::read_all(&function(properties)).expect("readable").len();
    assert_eq!(count(""), 0);
    assert_eq!(count("Policies: {Statement: {Effect: Allow, Action: a, Resource: r}}"), 1);
    assert_eq!(count("Policies: [{Statement: [{Effect: Allow, Action: [a, b], Resource: [!GetAtt T.Arn, !GetAtt U.Arn]}]}]"), 4);
}

#[test]
fn what_allows_more_than_it_says_is_refused() {
    let statement = |statement: &str| format!("Policies: [{{Statement: [{{{statement}}}]}}]");
    for (properties, expected) in [
        ("Policies: AmazonDynamoDBFullAccess".to_owned(), "no list of statements"),
        ("Policies: [{DynamoDBCrudPolicy: {TableName: !Ref T}}]".to_owned(), "no list of statements"),
        ("Role: !GetAtt R.Arn".to_owned(), "it has a Role"),
        (statement("Effect: Allow, NotAction: a, Resource: r"), "NotAction"),
        (statement("Effect: Allow, Action: a, NotResource: r"), "NotResource"),
        (statement("Effect: Deny, Action: a, Resource: r"), "Deny"),
        (statement("Effect: Allow, Action: a, Resource: r, Condition: {}"), "Condition"),
        (statement("Effect: Allow, Action: a, Resource: !If [C, !GetAtt T.Arn, {Ref: x}]"), "which is not read"),
        (statement("Effect: Allow, Action: 1, Resource: r"), "which is not read"),
    ] {
        let message = Permission::read_all(&function(&properties)).expect_err(&properties).to_string();
        assert!(message.contains(expected) && message.contains("`F`"), "`{message}` should contain `{expected}`");
    }
}
