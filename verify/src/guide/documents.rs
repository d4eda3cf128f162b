//! Reads the commands and the answers out of the documents.

use std::fmt;

use serde_json::Value;

/// The documents whose commands are run, in the order in which they are read. The second continues where the first ends.
const DOCUMENTS: [(&str, &str); 2] =
    [("README.md", include_str!("../../../README.md")), ("docs/guide.md", include_str!("../../../docs/guide.md"))];

/// A command in a document.
#[derive(Clone, Debug)]
pub struct Example {
    /// The document, by its path from the project's directory.
    pub document: &'static str,
    /// The number of its first line, counted from 1.
    pub line: usize,
    /// The command, with its variables `API` and `SECRET`.
    pub command: String,
    /// The answer that the document shows for it, if any.
    pub answer: Option<Value>,
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 90;
        // Without the secret, which is the same in all commands.
        let command = self.command.replace(r#"-H "$SECRET" "#, "").replace("$API", "");
        let first = command.lines().next().unwrap_or_default().trim_end_matches('\\').trim_end();
        write!(f, "{}:{}: {}", self.document, self.line, first.chars().take(WIDTH).collect::<String>())
    }
}

/// Returns every command of the documents that calls the API, in order.
///
/// # Errors
/// If an answer is not JSON, or belongs to no command.
pub fn examples() -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for (document, text) in DOCUMENTS {
        examples.extend(examples_of(document, text)?);
    }
    Ok(examples)
}

fn examples_of(document: &'static str, text: &str) -> Result<Vec<Example>, String> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = text.lines().zip(1..);
    // The first of the commands of the block above whose answer is not read yet.
    let mut unanswered = 0;
    while let Some((line, _)) = lines.next() {
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|(line, _)| *line != "```").collect();
        match language {
            "sh" => {
                unanswered = examples.len();
                examples.extend(commands(document, &block));
            }
            "json" => {
                let text = block.iter().map(|(line, _)| *line).collect::<String>();
                for answer in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
                    let answer = answer.map_err(|error| format!("{document}: {error} in {text}"))?;
                    let of = examples.get_mut(unanswered).ok_or_else(|| format!("{document}: no command has the answer {answer}"))?;
                    of.answer = Some(answer);
                    unanswered += 1;
                }
            }
            _ => {}
        }
    }
    Ok(examples)
}

/// Returns the commands in a block. An indented line continues the one above.
fn commands(document: &'static str, block: &[(&str, usize)]) -> Vec<Example> {
    let mut commands: Vec<Example> = Vec::new();
    for (text, line) in block {
        match commands.last_mut() {
            Some(last) if text.starts_with(' ') => last.command = format!("{}\n{text}", last.command),
            _ => commands.push(Example { document, line: *line, command: (*text).to_owned(), answer: None }),
        }
    }
    commands.retain(|example| example.command.contains("curl "));
    commands
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "6b038e7b0bac7c97f4767fb7";

    #[test]
    fn the_documents_commands_have_the_answers_below_them() {
        let examples = examples().unwrap();
        let answer = |beginning: &str| {
            let example = examples.iter().find(|example| example.command.contains(beginning));
            example.unwrap_or_else(|| panic!("{beginning}")).answer.clone()
        };
        assert!(examples.iter().any(|example| example.document == "README.md"), "{examples:?}");
        assert!(examples.iter().any(|example| example.document == "docs/guide.md"), "{examples:?}");
        assert!(examples.len() >= 35, "{examples:?}");
        assert!(examples.iter().filter(|example| example.answer.is_some()).count() >= 20, "{examples:?}");
        assert_eq!(answer("firstName"), Some(json!({"profile": {"id": ID}})));
        assert_eq!(answer("uid=nobody").unwrap()["code"], 404);
        assert_eq!(answer("/v3/analyze/tours/").unwrap()["tour"]["stats"]["started_count"], 1);
        assert_eq!(answer("-X DELETE $API/v3/edit/deliveries/"), None::<Value>);
    }
}
