//! `make build ARCHITECTURE=…`: the functions cannot be deployed for another processor than they were built for.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::translated::{self, ROOT};

/// What the header of a Linux binary calls each processor.
const ARM64: u8 = 0xB7;
const X86_64: u8 = 0x3E;

/// The output of `sam build`, with binaries that are a header only.
fn built(name: &str, machine: u8) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut header = vec![0; 64];
    header[..4].copy_from_slice(b"\x7fELF");
    header[18] = machine;
    for function in translated::resources().iter().filter(|(_, resource)| resource["Type"] == "AWS::Lambda::Function") {
        let of_function = directory.join(function.0);
        std::fs::create_dir_all(&of_function).expect("a directory");
        std::fs::write(of_function.join("bootstrap"), &header).expect("written");
    }
    std::fs::copy(format!("{ROOT}/template.yaml"), directory.join("template.yaml")).expect("copied");
    directory
}

fn pin(built: &Path, processor: &str) -> Result<String, String> {
    let code = format!("import build, pathlib; build.pin(pathlib.Path({built:?}), '{processor}')");
    translated::run(&["-c", &code])
}

#[test]
fn the_built_template_accepts_only_the_processor_of_its_functions() {
    for (processor, machine) in [("arm64", ARM64), ("x86_64", X86_64)] {
        let built = built(processor, machine);
        pin(&built, processor).expect("the functions have this processor");
        let template = translated::translate(built.join("template.yaml").to_str().expect("text"));
        let parameter = &template["Parameters"]["Architecture"];
        assert_eq!((&parameter["Default"], &parameter["AllowedValues"]), (&json!(processor), &json!([processor])));
        // Nothing else has changed, and the functions have it from nowhere else.
        assert_eq!(template["Resources"], translated::template()["Resources"]);
        assert_eq!(template["Resources"]["Upsert"]["Properties"]["Architectures"], json!([{"Ref": "Architecture"}]));
    }
}

#[test]
fn functions_of_another_processor_leave_no_template_to_deploy() {
    let built = built("other", ARM64);
    let message = pin(&built, "x86_64").expect_err("the functions are for arm64");
    assert!(message.contains("was not built for x86_64"), "{message}");
    assert!(!built.join("template.yaml").exists());
    std::fs::copy(format!("{ROOT}/template.yaml"), built.join("template.yaml")).expect("copied");
    std::fs::remove_file(built.join("Upsert/bootstrap")).expect("removed");
    pin(&built, "arm64").expect_err("a function is missing");
}

#[test]
fn the_build_is_for_the_processor_that_is_asked_for() {
    let make = |arguments: &[&str]| {
        let output = Command::new("make")
            .args(["--dry-run", "--no-print-directory", "build"])
            .args(arguments)
            .env_remove("MAKEFLAGS")
            .current_dir(ROOT)
            .output()
            .expect("make");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    };
    assert!(make(&["ARCHITECTURE=x86_64"]).ends_with("dev/build.py x86_64"));
    assert!(make(&[]).ends_with("dev/build.py"));
    let command = translated::run(&["-c", "import build; print(build.command('x86_64')[-2:])"]).expect("printed");
    assert_eq!(command.trim_end(), "['--parameter-overrides', 'Architecture=x86_64']");
    let message = translated::run(&["dev/build.py", "mips"]).expect_err("no such processor");
    assert!(message.contains("ARCHITECTURE is arm64 or x86_64, not `mips`"), "{message}");
}
