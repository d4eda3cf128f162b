//! Tests that read the project's own template, and the errors of broken ones.
#![allow(clippy::expect_used, clippy::panic, reason = "what a test needs and does not get ends it")]

use profiles_template::{Attribute, AttributeKind, Function, Index, Key, Projection, StreamView, Table, Template, TemplateError};

const OWN: &str = include_str!("../../../template.yaml");

fn own() -> Template {
    Template::parse(OWN).expect("the project's template is readable")
}

fn table(logical_id: &str) -> Table {
    own().tables().iter().find(|table| table.logical_id == logical_id).unwrap_or_else(|| panic!("no table {logical_id}")).clone()
}

fn string(name: &str) -> Attribute {
    Attribute { name: name.to_owned(), kind: AttributeKind::String }
}

fn key(hash: &str, range: Option<&str>) -> Key {
    Key { hash: hash.to_owned(), range: range.map(str::to_owned) }
}

#[test]
fn every_table_has_a_name_and_a_variable() {
    let names: Vec<(String, String)> = own().tables().iter().map(|table| (table.name(), table.environment_variable())).collect();
    assert_eq!(
        names,
        [
            ("accounts", "ACCOUNTS_TABLE"),
            ("activities", "ACTIVITIES_TABLE"),
            ("batch_chunks", "BATCH_CHUNKS_TABLE"),
            ("batches", "BATCHES_TABLE"),
            ("companies", "COMPANIES_TABLE"),
            ("deletions", "DELETIONS_TABLE"),
            ("identities", "IDENTITIES_TABLE"),
            ("profiles", "PROFILES_TABLE"),
            ("properties", "PROPERTIES_TABLE"),
            ("summaries", "SUMMARIES_TABLE"),
        ]
        .map(|(name, variable)| (name.to_owned(), variable.to_owned()))
    );
}

#[test]
fn the_template_sets_the_variables_that_the_names_promise() {
    for table in own().tables() {
        let line = format!("{}: !Ref {}\n", table.environment_variable(), table.logical_id);
        assert!(OWN.contains(&line), "Globals lacks `{}`", line.trim());
    }
}

#[test]
fn the_profiles_table_has_its_four_indexes_and_expires_items() {
    let index = |name: &str, hash, range| Index { name: name.to_owned(), key: key(hash, Some(range)), projection: Projection::KeysOnly };
    let with_id = |name: &str, range| Index { projection: Projection::Include(vec!["id".to_owned()]), ..index(name, "PK", range) };
    assert_eq!(
        table("ProfilesTable"),
        Table {
            logical_id: "ProfilesTable".to_owned(),
            attributes: ["PK", "SK", "id", "uid", "email", "company_id"].map(string).to_vec(),
            key: key("PK", Some("SK")),
            indexes: vec![
                index("created-index", "PK", "id"),
                with_id("uid-index", "uid"),
                with_id("email-index", "email"),
                index("company-index", "company_id", "id"),
            ],
            time_to_live: Some("EXPIRES_AT".to_owned()),
            stream: None,
        }
    );
}

#[test]
fn tickets_wait_in_an_index_and_wake_the_worker_by_a_stream() {
    let batches = table("BatchesTable");
    let waiting = Index { name: "waiting-index".to_owned(), key: key("QUEUE", Some("SINCE")), projection: Projection::KeysOnly };
    assert_eq!((batches.key, batches.indexes), (key("PK", Some("SK")), vec![waiting]));
    assert_eq!(batches.stream, Some(StreamView::NewImage));
    assert_eq!(table("BatchChunksTable").key, key("PK", None));
    for name in ["BatchesTable", "BatchChunksTable"] {
        assert_eq!(table(name).time_to_live.as_deref(), Some("EXPIRES_AT"));
    }
}

#[test]
fn records_are_listed_by_their_model_and_unfinished_deletions_by_their_age() {
    let index = |name: &str, hash, range| Index { name: name.to_owned(), key: key(hash, Some(range)), projection: Projection::KeysOnly };
    let activities = table("ActivitiesTable");
    assert_eq!(
        (activities.key, activities.indexes),
        (
            key("PK", Some("SK")),
            vec![
                index("model-index", "MODEL", "BY_CREATION"),
                index("changed-index", "MODEL", "BY_CHANGE"),
                index("pending-index", "PENDING", "BY_CREATION"),
            ]
        )
    );
    assert_eq!(activities.time_to_live.as_deref(), Some("EXPIRES_AT"));
    let deletions = table("DeletionsTable");
    assert_eq!((deletions.key, deletions.indexes), (key("PK", None), vec![index("unfinished-index", "QUEUE", "SINCE")]));
    // Deletion records never expire: they are needed for as long as a backup may be restored.
    assert_eq!(deletions.time_to_live, None);
    assert_eq!(table("SummariesTable").key, key("PK", Some("SK")));
}

#[test]
fn the_other_tables_have_their_keys() {
    assert_eq!(table("AccountsTable").key, key("PK", None));
    assert_eq!(
        table("AccountsTable").indexes,
        [Index { name: "account-index".to_owned(), key: key("account_id", Some("PK")), projection: Projection::KeysOnly }]
    );
    assert_eq!(table("IdentitiesTable").key, key("PK", None));
    assert_eq!(table("IdentitiesTable").time_to_live.as_deref(), Some("EXPIRES_AT"));
    assert_eq!(table("PropertiesTable").key, key("PK", Some("SK")));
    let created = Index { name: "created-index".to_owned(), key: key("PK", Some("id")), projection: Projection::KeysOnly };
    assert_eq!((table("CompaniesTable").key, table("CompaniesTable").indexes), (key("PK", Some("SK")), vec![created]));
    assert_eq!(table("CompaniesTable").time_to_live.as_deref(), Some("EXPIRES_AT"));
}

#[test]
fn every_route_leads_to_its_binary() {
    let mut routes: Vec<String> =
        own().routes().iter().map(|route| format!("{} {} -> {}", route.method, route.path, route.binary)).collect();
    routes.sort();
    assert_eq!(
        routes,
        [
            "ANY $default -> root",
            "DELETE /v3/edit/companies/{id} -> forget",
            "DELETE /v3/edit/company -> forget",
            "DELETE /v3/edit/deliveries -> deliveries",
            "DELETE /v3/edit/deliveries/{id} -> deliveries",
            "DELETE /v3/edit/delivery/{id} -> deliveries",
            "DELETE /v3/edit/profiles -> clear",
            "DELETE /v3/edit/profiles/forget -> forget",
            "DELETE /v3/edit/profiles/{id} -> clear",
            "DELETE /v3/edit/profiles/{id}/forget -> forget",
            "DELETE /v3/edit/responses/{id} -> deliveries",
            "GET / -> root",
            "GET /console -> console",
            "GET /console/{version}/{file} -> console",
            "GET /docs -> console",
            "GET /docs/{version}/{file} -> console",
            "GET /openapi.json -> console",
            "GET /openapi.yaml -> console",
            "GET /v3/analyze/companies -> search",
            "GET /v3/analyze/companies/count -> search",
            "GET /v3/analyze/companies/{id} -> retrieve",
            "GET /v3/analyze/companies/{id}/profiles -> search",
            "GET /v3/analyze/company -> retrieve",
            "GET /v3/analyze/events -> analyze",
            "GET /v3/analyze/interactions -> analyze",
            "GET /v3/analyze/interactions/{id} -> analyze",
            "GET /v3/analyze/profile -> retrieve",
            "GET /v3/analyze/profiles -> search",
            "GET /v3/analyze/profiles/count -> search",
            "GET /v3/analyze/profiles/{id} -> retrieve",
            "GET /v3/analyze/responses -> analyze",
            "GET /v3/analyze/surveys/{id} -> analyze",
            "GET /v3/analyze/tours/{id} -> analyze",
            "GET /v3/edit/deletions/{id} -> forget",
            "GET /v3/edit/deliveries -> deliveries",
            "GET /v3/edit/deliveries/{id} -> deliveries",
            "GET /v3/edit/delivery/{id} -> deliveries",
            "GET /v3/edit/properties -> properties",
            "GET /v3/edit/properties/{id} -> properties",
            "GET /v3/edit/surveys -> analyze",
            "GET /v3/edit/surveys/{id} -> analyze",
            "GET /v3/edit/tours -> analyze",
            "GET /v3/edit/tours/{id} -> analyze",
            "GET /v3/observe/hooks/companies/batch/{id} -> batch",
            "GET /v3/observe/hooks/profiles/batch/{id} -> batch",
            "PATCH /v3/edit/deliveries/{id} -> deliveries",
            "PATCH /v3/edit/delivery/{id} -> deliveries",
            "PATCH /v3/edit/properties/{id} -> properties",
            "POST / -> root",
            "POST /v3/analyze/companies -> search",
            "POST /v3/analyze/companies/count -> search",
            "POST /v3/analyze/profile -> retrieve",
            "POST /v3/analyze/profiles -> search",
            "POST /v3/analyze/profiles/count -> search",
            "POST /v3/analyze/profiles/{id} -> retrieve",
            "POST /v3/edit/deliveries -> deliveries",
            "POST /v3/edit/properties -> properties",
            "POST /v3/observe/hooks/companies -> companies",
            "POST /v3/observe/hooks/companies/batch -> batch",
            "POST /v3/observe/hooks/event -> events",
            "POST /v3/observe/hooks/events -> events",
            "POST /v3/observe/hooks/experiences -> experiences",
            "POST /v3/observe/hooks/profiles -> upsert",
            "POST /v3/observe/hooks/profiles/batch -> batch",
            "POST /v3/observe/hooks/{account_secret}/companies -> companies",
            "POST /v3/observe/hooks/{account_secret}/companies/batch -> batch",
            "POST /v3/observe/hooks/{account_secret}/event -> events",
            "POST /v3/observe/hooks/{account_secret}/events -> events",
            "POST /v3/observe/hooks/{account_secret}/experiences -> experiences",
            "POST /v3/observe/hooks/{account_secret}/profiles -> upsert",
            "POST /v3/observe/hooks/{account_secret}/profiles/batch -> batch",
            "PUT /v3/edit/properties/{id} -> properties",
        ]
    );
}

#[test]
fn streams_and_other_projections_are_read() {
    let template = Template::parse(
        "
Resources:
  TicketsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !If [Named, !Sub '${AWS::StackName}-tickets', !Ref AWS::NoValue]
      AttributeDefinitions: [{AttributeName: number, AttributeType: N}, {AttributeName: bytes, AttributeType: B}]
      KeySchema: [{AttributeName: number, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: some
          KeySchema: [{AttributeName: bytes, KeyType: HASH}]
          Projection: {ProjectionType: INCLUDE, NonKeyAttributes: [state]}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: EXPIRES_AT, Enabled: false}
",
    )
    .expect("readable");
    let [table] = template.tables() else { panic!("one table") };
    assert_eq!(table.stream, Some(StreamView::NewAndOldImages));
    assert_eq!(table.time_to_live, None, "a disabled setting expires nothing");
    assert_eq!(table.indexes.first().map(|index| &index.projection), Some(&Projection::Include(vec!["state".to_owned()])));
}

#[test]
fn functions_without_routes_need_no_binary() {
    for properties in [
        "",
        "\n    Properties: {Runtime: provided.al2023}",
        "\n    Properties: {Events: {Stream: {Type: DynamoDB, Properties: {Stream: !GetAtt T.StreamArn}}}}",
    ] {
        let text = format!("Resources:\n  Worker:\n    Type: AWS::Serverless::Function{properties}\n");
        let template = Template::parse(&text).expect("readable");
        assert_eq!(template.routes(), []);
    }
}

/// The variables of a function, a line each.
fn environment(text: &str, binary: &str) -> Vec<String> {
    let functions = Function::read_all(text).expect("readable functions");
    let function = functions.into_iter().find(|function| function.binary == binary).unwrap_or_else(|| panic!("no function {binary}"));
    function.environment.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

#[test]
fn a_function_has_the_variables_of_the_globals_with_local_names_for_the_tables() {
    assert_eq!(
        environment(OWN, "upsert"),
        [
            "ACCOUNTS_TABLE=accounts",
            "ACTIVITIES_TABLE=activities",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
            "AWS_LAMBDA_LOG_FORMAT=JSON",
            "AWS_LAMBDA_LOG_LEVEL=INFO",
            "BATCHES_TABLE=batches",
            "BATCH_CHUNKS_TABLE=batch_chunks",
            "COMPANIES_TABLE=companies",
            "DELETIONS_TABLE=deletions",
            "IDENTITIES_TABLE=identities",
            "LOG_ONE_SUCCESS_IN=1",
            "METRICS_NAMESPACE=Profiles/local",
            "PROFILES_TABLE=profiles",
            "PROPERTIES_TABLE=properties",
            "SUMMARIES_TABLE=summaries",
        ]
    );
    assert!(environment(OWN, "batch_worker").contains(&"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769".to_owned()));
}

#[test]
fn every_function_is_read_with_its_binary_once() {
    let mut binaries: Vec<String> =
        Function::read_all(OWN).expect("readable functions").into_iter().map(|function| function.binary).collect();
    binaries.sort();
    let mut expected = [
        "analyze",
        "batch",
        "batch_worker",
        "clear",
        "companies",
        "console",
        "deliveries",
        "events",
        "experiences",
        "forget",
        "properties",
        "retrieve",
        "root",
        "search",
        "sweep",
        "upsert",
    ];
    expected.sort_unstable();
    assert_eq!(binaries, expected);
}

#[test]
fn a_functions_own_settings_come_before_the_globals() {
    let text = "
Parameters: {Level: {Type: String, Default: WARN}}
Globals:
  Function:
    MemorySize: 512
    LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: !Ref Level}
    Environment: {Variables: {A: one, B: 2, C: !If [Somewhere, there, !Ref AWS::NoValue]}}
Resources:
  T: {Type: AWS::DynamoDB::Table}
  F:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: f}}
    Properties: {LoggingConfig: {LogFormat: Text}, Environment: {Variables: {B: !Ref T, D: !Sub 'of ${AWS::StackName}'}}}
";
    assert_eq!(
        environment(text, "f"),
        ["A=one", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "AWS_LAMBDA_LOG_FORMAT=Text", "AWS_LAMBDA_LOG_LEVEL=WARN", "B=t", "D=of local"]
    );
}

#[test]
fn a_variable_that_has_no_local_value_is_refused_by_name() {
    for value in ["!GetAtt Queue.Arn", "!Ref Queue", "!Sub 'https://${Queue}'", "!Ref AWS::Region", "!Ref Open", "{Ref: Queue}"] {
        let text = format!(
            "Parameters: {{Open: {{Type: String}}}}\nResources:\n  Queue: {{Type: AWS::SQS::Queue}}\n  F:\n    Type: AWS::Serverless::Function\n    \
            Metadata: {{BuildProperties: {{Binary: f}}}}\n    Properties: {{Environment: {{Variables: {{QUEUE: {value}}}}}}}\n"
        );
        let message = Function::read_all(&text).expect_err(&format!("must be refused: {value}")).to_string();
        assert!(message.contains("`F`") && message.contains("the variable QUEUE"), "{message}");
    }
    let message = Function::read_all("Resources: {F: {Type: AWS::Serverless::Function}}").expect_err("no binary").to_string();
    assert!(message.contains("Metadata.BuildProperties.Binary"), "{message}");
}

#[test]
fn a_broken_template_is_refused_and_the_text_says_where() {
    let table = |properties: &str| format!("Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {properties}\n");
    let function = |metadata: &str, event: &str| {
        format!(
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Metadata: {metadata}\n    Properties: {{Events: {{E: {event}}}}}\n"
        )
    };
    let binary = "{BuildProperties: {Binary: f}}";
    let cases = [
        (String::new(), "`Resources`"),
        ("Resources: [".to_owned(), "line 1"),
        ("Outputs: {}".to_owned(), "`Resources`"),
        ("Resources: {A: {Properties: {}}}".to_owned(), "Type"),
        ("Resources: {A: {Type: x}, A: {Type: y}}".to_owned(), "duplicate"),
        (table("{}"), "`T`"),
        (table("{AttributeDefinitions: [], KeySchema: []}"), "no key of KeyType HASH"),
        (table("{AttributeDefinitions: [], KeySchema: [{AttributeName: a, KeyType: HASH}]}"), "lacks the key attribute `a`"),
        (
            table(
                "{AttributeDefinitions: [{AttributeName: a, AttributeType: S}, {AttributeName: b, AttributeType: S}], KeySchema: [{AttributeName: a, KeyType: HASH}]}",
            ),
            "`b`, which no key uses",
        ),
        (
            table("{AttributeDefinitions: [{AttributeName: a, AttributeType: X}], KeySchema: [{AttributeName: a, KeyType: HASH}]}"),
            "unknown variant `X`",
        ),
        (
            table("{AttributeDefinitions: [], KeySchema: [{AttributeName: a, KeyType: HASH}, {AttributeName: b, KeyType: HASH}]}"),
            "two keys of one KeyType",
        ),
        (
            table(
                "{AttributeDefinitions: [], KeySchema: [{AttributeName: a, KeyType: HASH}], GlobalSecondaryIndexes: [{IndexName: i, KeySchema: [{AttributeName: a, KeyType: HASH}], Projection: {ProjectionType: INCLUDE}}]}",
            ),
            "lacks NonKeyAttributes",
        ),
        (function("{}", "{Type: HttpApi}"), "Metadata.BuildProperties.Binary"),
        (function(binary, "{Type: HttpApi, Properties: {Path: /a}}"), "`E` needs both Method and Path"),
        (
            "Resources:
  F: &f
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: f}}
    Properties: {Events: {E: {Type: HttpApi}}}
  G: *f
"
            .to_owned(),
            "`ANY $default` to `F` and to `G`",
        ),
    ];
    for (text, expected) in cases {
        let error: TemplateError = Template::parse(&text).expect_err(&format!("must be refused: {text}"));
        let message = error.to_string();
        assert!(message.contains(expected), "`{message}` should contain `{expected}`, for: {text}");
    }
}
