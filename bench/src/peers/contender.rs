//! The functions that are compared.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::install;
use crate::functions::launch;
use crate::lambda::{Function, Launch, upsert};
use crate::local::{Local, tables};
use crate::project::workspace;
use crate::{database, indexed};

/// The peers' handlers: file and function.
const HANDLER: &str = "handler.handler";

/// A function, and where it stores profiles.
pub(super) struct Contender {
    /// Its name in the report.
    pub(super) name: String,
    /// The table.
    pub(super) table: String,
    launch: Launch,
    secret: String,
    is_ours: bool,
}

/// Returns the peer in Node, installed. An error says why it is left out.
pub(super) fn node(local: &Local) -> Result<Contender, String> {
    let modules = install::tool("Node", "peers-node")?.join("node_modules");
    let program = modules.join("node/bin/node");
    let package = std::fs::read_to_string(modules.join("@aws-sdk/client-dynamodb/package.json")).expect("the SDK is installed");
    let package: Value = serde_json::from_str(&package).expect("a package in JSON");
    let name = format!("Node {}, AWS SDK {}", install::version(&program), package["version"].as_str().expect("a version"));
    let client = modules.join("aws-lambda-ric/index.mjs");
    // As on Lambda, whose own SDK lies elsewhere than the function, too.
    let variable = ("NODE_PATH", modules.to_str().expect("a path in Unicode"));
    Ok(Contender::peer("node", name, program, &[client.to_str().expect("a path in Unicode")], variable, local))
}

/// Returns the peer in Python, installed. An error says why it is left out.
pub(super) fn python(local: &Local) -> Result<Contender, String> {
    let program = install::tool("Python", "peers-python")?.join("bin/python");
    let pinned = std::fs::read_to_string(workspace().join("dev/requirements/peers.txt")).expect("a list of requirements");
    let boto3 = pinned.lines().find_map(|line| line.strip_prefix("boto3==")).expect("a version of boto3");
    let name = format!("Python {}, boto3 {boto3}", install::version(&program));
    let variable = ("PYTHONDONTWRITEBYTECODE", "1");
    Ok(Contender::peer("python", name, program, &["-m", "awslambdaric"], variable, local))
}

impl Contender {
    /// Returns the peer of this directory in `bench/peers`, with the program and the arguments that start its runtime client.
    fn peer(directory: &str, name: String, program: PathBuf, arguments: &[&str], variable: (&str, &str), local: &Local) -> Self {
        let (table, endpoint) = (format!("peer_{directory}"), local.endpoint());
        let environment = [
            variable,
            ("_HANDLER", HANDLER),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
            ("PROFILES_TABLE", &table),
            ("ACCOUNT_SECRET", &local.secret),
        ];
        let launch = Launch {
            program,
            arguments: arguments.iter().copied().chain([HANDLER]).map(str::to_owned).collect(),
            code: workspace().join("bench/peers").join(directory),
            environment: environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        };
        Self { name, table, launch, secret: local.secret.clone(), is_ours: false }
    }

    /// Returns this project's function.
    pub(super) fn ours(binary: &Path, local: &Local) -> Self {
        let (launch, table) = (launch(binary, &local.endpoint()), tables().profiles);
        Self { name: "this project".to_owned(), table, launch, secret: local.secret.clone(), is_ours: true }
    }

    /// Creates its table. Those of the template are there.
    pub(super) async fn create_table(&self, local: &Local) {
        if !self.is_ours {
            indexed::create_table(&local.client, &self.table, &[("uid-index", &["uid"]), ("email-index", &["email"])]).await;
        }
    }

    /// Starts an instance of it.
    pub(super) fn start(&self) -> Function {
        Function::start(&self.launch).unwrap_or_else(|failure| self.failed(&failure))
    }

    /// Returns the event of an upsert with this body.
    pub(super) fn event(&self, body: &str) -> String {
        upsert(&self.secret, body)
    }

    /// Returns the event of an upsert of this user, as a product sends it.
    pub(super) fn event_of(&self, user: &str) -> String {
        self.event(&database::body(user, Some(&format!("{user}@example.com"))))
    }

    /// Checks that an answer is one of success.
    pub(super) fn check(&self, answer: &str) {
        let parsed: Value = serde_json::from_str(answer).unwrap_or_default();
        assert_eq!(parsed["statusCode"], 200, "{}: {answer}", self.name);
    }

    /// Ends the section.
    pub(super) fn failed(&self, failure: &str) -> ! {
        panic!("{}: {failure}", self.name)
    }
}
