//! `docs/deployer-policy.json`: what whoever deploys, updates and deletes a stack may do. It was never tried on AWS; this holds it to
//! the actions that AWS documents for each type of resource, and to nothing more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::translated::{self, list};

const POLICY: &str = include_str!("../../../../docs/deployer-policy.json");
/// The characters, without spaces, that a managed policy may have.
const MOST_CHARACTERS: usize = 6_144;

const API: &[&str] = &["DELETE", "GET", "PATCH", "POST", "PUT", "TagResource", "UntagResource"];
/// By these, API Gateway writes the access log.
const LOG_DELIVERY: &[&str] = &[
    "CreateLogDelivery",
    "DeleteLogDelivery",
    "DescribeLogGroups",
    "DescribeResourcePolicies",
    "GetLogDelivery",
    "ListLogDeliveries",
    "PutResourcePolicy",
    "UpdateLogDelivery",
];

/// For each type of resource, the service and the actions that creating, reading, updating and deleting one takes.
const NEEDED: &[(&str, &str, &[&str])] = &[
    ("AWS::ApiGatewayV2::Api", "apigateway", API),
    ("AWS::ApiGatewayV2::ApiMapping", "apigateway", API),
    ("AWS::ApiGatewayV2::DomainName", "apigateway", API),
    ("AWS::ApiGatewayV2::DomainName", "iam", &["CreateServiceLinkedRole"]),
    ("AWS::ApiGatewayV2::Stage", "apigateway", API),
    ("AWS::ApiGatewayV2::Stage", "logs", LOG_DELIVERY),
    (
        "AWS::CloudWatch::Alarm",
        "cloudwatch",
        &["DeleteAlarms", "DescribeAlarms", "ListTagsForResource", "PutMetricAlarm", "TagResource", "UntagResource"],
    ),
    ("AWS::CloudWatch::Dashboard", "cloudwatch", &["DeleteDashboards", "GetDashboard", "PutDashboard"]),
    // Without DeleteTable: a table outlives its stack.
    (
        "AWS::DynamoDB::Table",
        "dynamodb",
        &[
            "CreateTable",
            "DescribeContinuousBackups",
            "DescribeContributorInsights",
            "DescribeKinesisStreamingDestination",
            "DescribeTable",
            "DescribeTimeToLive",
            "GetResourcePolicy",
            "ListTagsOfResource",
            "TagResource",
            "UntagResource",
            "UpdateContinuousBackups",
            "UpdateTable",
            "UpdateTimeToLive",
        ],
    ),
    ("AWS::IAM::Policy", "iam", &["DeleteRolePolicy", "GetRolePolicy", "PutRolePolicy"]),
    (
        "AWS::IAM::Role",
        "iam",
        &[
            "CreateRole",
            "DeleteRole",
            "DeleteRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
        ],
    ),
    (
        "AWS::Lambda::EventInvokeConfig",
        "lambda",
        &[
            "DeleteFunctionEventInvokeConfig",
            "GetFunctionEventInvokeConfig",
            "PutFunctionEventInvokeConfig",
            "UpdateFunctionEventInvokeConfig",
        ],
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "lambda",
        &["CreateEventSourceMapping", "DeleteEventSourceMapping", "GetEventSourceMapping", "TagResource", "UpdateEventSourceMapping"],
    ),
    (
        "AWS::Lambda::Function",
        "lambda",
        &[
            "CreateFunction",
            "DeleteFunction",
            "DeleteFunctionConcurrency",
            "GetFunction",
            "GetFunctionCodeSigningConfig",
            "GetFunctionConfiguration",
            "GetFunctionRecursionConfig",
            "GetRuntimeManagementConfig",
            "ListTags",
            "PutFunctionConcurrency",
            "TagResource",
            "UntagResource",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
    ),
    ("AWS::Lambda::Function", "iam", &["PassRole"]),
    ("AWS::Lambda::Function", "s3", &["GetObject", "GetObjectVersion"]),
    ("AWS::Lambda::Permission", "lambda", &["AddPermission", "GetPolicy", "RemovePermission"]),
    (
        "AWS::Logs::LogGroup",
        "logs",
        &[
            "CreateLogGroup",
            "DeleteLogGroup",
            "DeleteRetentionPolicy",
            "DescribeIndexPolicies",
            "DescribeLogGroups",
            "GetDataProtectionPolicy",
            "ListTagsForResource",
            "PutRetentionPolicy",
            "TagResource",
            "UntagResource",
        ],
    ),
    ("AWS::Logs::MetricFilter", "logs", &["DeleteMetricFilter", "DescribeMetricFilters", "PutMetricFilter"]),
    ("AWS::Route53::RecordSetGroup", "route53", &["ChangeResourceRecordSets", "GetChange", "GetHostedZone", "ListResourceRecordSets"]),
    ("AWS::SNS::Subscription", "sns", &["GetSubscriptionAttributes", "ListSubscriptionsByTopic", "Subscribe", "Unsubscribe"]),
    (
        "AWS::SNS::Topic",
        "sns",
        &[
            "CreateTopic",
            "DeleteTopic",
            "GetDataProtectionPolicy",
            "GetTopicAttributes",
            "ListTagsForResource",
            "SetTopicAttributes",
            "TagResource",
            "UntagResource",
        ],
    ),
    (
        "AWS::SQS::Queue",
        "sqs",
        &[
            "CreateQueue",
            "DeleteQueue",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListQueueTags",
            "SetQueueAttributes",
            "TagQueue",
            "UntagQueue",
        ],
    ),
    ("AWS::Scheduler::Schedule", "iam", &["PassRole"]),
    ("AWS::Scheduler::Schedule", "scheduler", &["CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"]),
];

/// What `sam deploy` and `sam delete` call themselves, and the stack of the bucket for uploads that SAM makes the first time.
const BY_SAM: &[(&str, &[&str])] = &[
    (
        "cloudformation",
        &[
            "CreateChangeSet",
            "DeleteChangeSet",
            "DeleteStack",
            "DescribeChangeSet",
            "DescribeStackEvents",
            "DescribeStacks",
            "ExecuteChangeSet",
            "GetTemplate",
            "GetTemplateSummary",
            "ListStackResources",
        ],
    ),
    (
        "s3",
        &[
            "CreateBucket",
            "DeleteObject",
            "GetBucketPolicy",
            "GetObject",
            "ListBucket",
            "PutBucketPolicy",
            "PutBucketPublicAccessBlock",
            "PutBucketTagging",
            "PutBucketVersioning",
            "PutEncryptionConfiguration",
            "PutObject",
        ],
    ),
];

/// Actions that no resource limits: AWS knows none for them, or its name is not known before.
const WITHOUT_RESOURCE: [&str; 12] = [
    "cloudformation:GetTemplateSummary",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeIndexPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The statements: their actions, resources and conditions.
fn statements() -> Vec<(BTreeSet<String>, Vec<String>, Value)> {
    let policy: Value = serde_json::from_str(POLICY).expect("JSON");
    let read = |statement: &Value| {
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        let (actions, resources) = (list(&statement["Action"]), list(&statement["Resource"]));
        (actions.iter().map(text).collect(), resources.iter().map(text).collect(), statement["Condition"].clone())
    };
    list(&policy["Statement"]).iter().map(read).collect()
}

#[test]
fn a_deployer_may_do_what_each_type_of_resource_needs_and_nothing_else() {
    let types: BTreeSet<_> = translated::resources().into_values().map(|resource| text(&resource["Type"])).collect();
    let known: BTreeSet<_> = NEEDED.iter().map(|(kind, ..)| (*kind).to_owned()).collect();
    let unknown: Vec<_> = types.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}: write down here what creating, updating and deleting one takes, and in the policy");

    let by_type = NEEDED.iter().map(|(_, service, actions)| (*service, *actions));
    let of = |(service, actions): (&str, &[&str])| actions.iter().map(|action| format!("{service}:{action}")).collect::<Vec<_>>();
    let needed: BTreeSet<_> = by_type.chain(BY_SAM.iter().copied()).flat_map(of).collect();
    let mut allowed = BTreeMap::<String, usize>::new();
    for (actions, ..) in statements() {
        actions.into_iter().for_each(|action| *allowed.entry(action).or_default() += 1);
    }
    assert_eq!(allowed.keys().cloned().collect::<BTreeSet<_>>(), needed);
    assert!(allowed.values().all(|statements| *statements == 1), "an action stands twice in {allowed:?}");
}

#[test]
fn a_deployer_reaches_this_stack_and_no_data() {
    for (actions, resources, condition) in statements() {
        assert!(actions.iter().all(|action| !action.contains('*')), "{actions:?}");
        if resources == ["*"] {
            let limited = condition.pointer("/ArnLike/lambda:FunctionArn").is_some();
            assert!(limited || actions.iter().all(|action| WITHOUT_RESOURCE.contains(&action.as_str())), "{actions:?} on everything");
            continue;
        }
        for resource in &resources {
            let of_stack = resource.contains("STACK") || resource.contains("aws-sam-cli-managed-default");
            // Their ids are made up by AWS, or are the parameters'.
            let of_none = [":apigateway:", ":route53:", "event-source-mapping", "transform/Serverless", "AWSServiceRoleForAPIGateway"];
            assert!(of_stack || of_none.iter().any(|part| resource.contains(part)), "{resource}");
        }
    }
    let (_, roles, condition) = statements().into_iter().find(|(actions, ..)| actions.contains("iam:PassRole")).expect("PassRole");
    assert_eq!(roles, ["arn:aws:iam::ACCOUNT:role/STACK-*"]);
    assert_eq!(condition["StringEquals"]["iam:PassedToService"], serde_json::json!(["lambda.amazonaws.com", "scheduler.amazonaws.com"]));
}

#[test]
fn the_policy_is_as_short_as_aws_wants_it() {
    let filled = POLICY.replace("REGION", "ap-southeast-2").replace("ACCOUNT", "123456789012").replace("STACK", "profiles-dev");
    let characters = filled.chars().filter(|character| !character.is_whitespace()).count();
    assert!(characters <= MOST_CHARACTERS, "{characters} characters");
}

/// The names that the policy expects are those that the template and CloudFormation give.
#[test]
fn log_groups_and_the_dashboard_have_the_names_that_the_policy_allows() {
    for (id, resource) in translated::resources() {
        let name = match resource["Type"].as_str() {
            Some("AWS::Logs::LogGroup") => &resource["Properties"]["LogGroupName"]["Fn::Sub"],
            Some("AWS::CloudWatch::Dashboard") => &resource["Properties"]["DashboardName"]["Fn::Sub"],
            _ => continue,
        };
        let name = text(name).replace("${AWS::StackName}", "STACK");
        let is_allowed = |pattern: &String| {
            let prefix = pattern.strip_suffix('*').unwrap_or(pattern);
            let name_part = prefix.rsplit_once("log-group:").or_else(|| prefix.rsplit_once("dashboard/"));
            name_part.is_some_and(|(_, start)| name.starts_with(start))
        };
        assert!(statements().iter().any(|(_, resources, _)| resources.iter().any(is_allowed)), "{id} is called {name}");
    }
}
