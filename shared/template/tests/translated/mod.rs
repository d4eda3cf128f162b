//! The template as SAM deploys it: with the resources that SAM adds. SAM's own translator translates `template.yaml`, or the output of
//! `sam build` that `BUILT_TEMPLATE` names.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The Python that has SAM and its translator.
pub(crate) fn python() -> String {
    format!("{ROOT}/.tools/venv/bin/python")
}

/// Translates the template that is deployed.
pub(crate) fn template() -> Value {
    let template = std::env::var("BUILT_TEMPLATE").unwrap_or_else(|_| "template.yaml".to_owned());
    let translated = Command::new(python()).args(["dev/cloudformation.py", &template]).current_dir(ROOT).output();
    let translated = translated.unwrap_or_else(|error| panic!("{} can't be started ({error}): run `make setup`", python()));
    assert!(translated.status.success(), "{}", String::from_utf8_lossy(&translated.stderr));
    serde_json::from_slice(&translated.stdout).expect("JSON")
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
