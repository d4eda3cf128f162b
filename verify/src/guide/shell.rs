//! Runs a command in a shell.

use std::process::Command;

use serde_json::Value;

/// Hands curl its arguments by a file, and runs the command that is in the environment. Lists of processes show arguments to every user
/// of the machine, and a secret may be among them.
const SCRIPT: &str = r#"
argument() { printf '%s "%s"\n' "$1" "$(printf '%s\n' "$2" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')"; }
curl() {
  arguments=$(while [ $# -gt 0 ]; do
    case $1 in
      -[HdX] | --data-binary | --write-out) argument "$1" "$2"; shift 2;;
      -*) printf '%s\n' "$1"; shift;;
      *) argument url "$1"; shift;;
    esac
  done)
  command curl --disable --config /dev/fd/3 3<<END
$arguments
END
}
eval "$COMMAND"
"#;

/// Runs a `curl` command in a shell with these variables. Returns the answer's status and body.
///
/// # Errors
/// A text with the reason if there is no answer, or none in JSON.
pub fn run_in_shell(command: &str, variables: &[(&str, &str)]) -> Result<(u16, Value), String> {
    let quiet = command.replacen("curl ", "curl --silent --show-error --write-out '\n%{http_code}' ", 1);
    let output = Command::new("sh")
        .args(["-c", SCRIPT])
        .env("COMMAND", quiet)
        .envs(variables.iter().copied())
        .output()
        .map_err(|error| format!("`sh` can't be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{command}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let answer = text.rsplit_once('\n').and_then(|(body, status)| Some((status.parse().ok()?, serde_json::from_str(body).ok()?)));
    answer.ok_or_else(|| format!("{command}: {text}"))
}
