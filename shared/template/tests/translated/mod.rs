//! The template as SAM deploys it: with the resources that SAM adds. SAM's own translator translates `template.yaml`, or the output of
//! `sam build` that `BUILT_TEMPLATE` names.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

static TEMPLATE: LazyLock<Value> =
    LazyLock::new(|| translate(&std::env::var("BUILT_TEMPLATE").unwrap_or_else(|_| "template.yaml".to_owned())));

/// Translates the template that is deployed.
pub(crate) fn template() -> Value {
    TEMPLATE.clone()
}

/// Translates a template.
pub(crate) fn translate(path: &str) -> Value {
    serde_json::from_str(&run(&["dev/cloudformation.py", path]).expect("translated")).expect("JSON")
}

/// Runs a script by the Python that has SAM, and returns what it prints, or says when it fails.
pub(crate) fn run(arguments: &[&str]) -> Result<String, String> {
    let python = format!("{ROOT}/.tools/venv/bin/python");
    let output = Command::new(&python).args(arguments).current_dir(ROOT).env("PYTHONPATH", "dev").output();
    let output = output.unwrap_or_else(|error| panic!("{python} can't be started ({error}): run `make setup`"));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// The resources of the deployed template, by their logical ids.
pub(crate) fn resources() -> BTreeMap<String, Value> {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    resources.iter().map(|(id, resource)| (id.clone(), resource.clone())).collect()
}

/// The parts of a value that may be written alone or in a list.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    }
}
