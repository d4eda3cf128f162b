//! Runs the commands of the README and of the guide in a shell, as a reader would, and compares the answers with those shown.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The documents whose commands are run, in the order in which they are read. The second continues where the first ends.
const DOCUMENTS: [(&str, &str); 2] =
    [("README.md", include_str!("../../README.md")), ("docs/guide.md", include_str!("../../docs/guide.md"))];
/// The longest time for a batch to be applied. It takes a second or two, but longer on a busy machine.
const APPLIED_WITHIN: Duration = Duration::from_secs(120);
const ASK_EVERY: Duration = Duration::from_millis(200);

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
        write!(f, "{}:{}: {}", self.document, self.line, command.lines().next().unwrap_or_default().chars().take(WIDTH).collect::<String>())
    }
}

/// Returns every command of the documents that calls the API, in order.
#[must_use]
pub fn examples() -> Vec<Example> {
    DOCUMENTS.into_iter().flat_map(|(document, text)| examples_of(document, text)).collect()
}

fn examples_of(document: &'static str, text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = text.lines().zip(1..);
    // The commands of the block above, whose answers come next.
    let mut unanswered = 0..0;
    while let Some((line, _)) = lines.next() {
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|(line, _)| *line != "```").collect();
        match language {
            "sh" => {
                let first = examples.len();
                examples.extend(commands(document, &block));
                unanswered = first..examples.len();
            }
            "json" => {
                let text = block.iter().map(|(line, _)| *line).collect::<String>();
                let answers = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
                for answer in answers {
                    let answer = answer.unwrap_or_else(|error| panic!("{document}: {error} in {text}"));
                    let of = unanswered.next().unwrap_or_else(|| panic!("{document}: no command has the answer {answer}"));
                    examples[of].answer = Some(answer);
                }
            }
            _ => {}
        }
    }
    examples
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

/// A reader who runs the documents' commands on an API without data.
#[derive(Debug)]
pub struct Reader {
    api: String,
    /// The ids in the documents, each with the one that this API gave instead.
    ids: HashMap<String, String>,
    /// Every command so far.
    sent: String,
}

impl Reader {
    /// A reader who uses the API at this URL.
    #[must_use]
    pub fn new(api: &str) -> Self {
        Self { api: api.to_owned(), ids: HashMap::new(), sent: String::new() }
    }

    /// Runs a command, and compares the answer with the one that is shown. Ids and times may differ, but each id is the same everywhere.
    /// Where a batch is shown as completed, the command is repeated until it is. If no answer is shown, the status must be 2xx.
    ///
    /// # Errors
    /// A text with the expected and the actual answer.
    pub fn run(&mut self, example: &Example) -> Result<(), String> {
        let mut command = example.command.clone();
        for (shown, own) in &self.ids {
            command = command.replace(shown, own);
        }
        self.sent.push_str(&example.command);
        let began = Instant::now();
        loop {
            let (status, answer) = run_in_shell(&command, &[("API", &self.api), ("SECRET", "X-Account-Secret: dev-secret")])?;
            let expected = example.answer.as_ref();
            let unfinished = |answer: &Value| answer["batch"]["state"].is_string() && answer["batch"]["state"] != "completed";
            if status == 200 && unfinished(&answer) && expected.is_some_and(|expected| !unfinished(expected)) {
                if began.elapsed() > APPLIED_WITHIN {
                    return Err(format!("{command}: still not applied: {answer}"));
                }
                thread::sleep(ASK_EVERY);
                continue;
            }
            let fine = statuses(expected).contains(&status) && expected.is_none_or(|expected| self.fits(expected, &answer));
            let shown = expected.map_or_else(|| "an answer of 2xx".to_owned(), Value::to_string);
            return if fine { Ok(()) } else { Err(format!("{command}\nexpected {shown}\nfound    {status} {answer}")) };
        }
    }

    /// Returns whether an answer is the one that is shown, except for ids and times.
    pub fn fits(&mut self, shown: &Value, own: &Value) -> bool {
        self.fits_named("", shown, own)
    }

    fn fits_named(&mut self, name: &str, expected: &Value, found: &Value) -> bool {
        match (expected, found) {
            (Value::Object(all), Value::Object(fields)) => {
                all.len() == fields.len()
                    && all.iter().all(|(name, one)| fields.get(name).is_some_and(|field| self.fits_named(name, one, field)))
            }
            (Value::Array(all), Value::Array(items)) => {
                all.len() == items.len() && all.iter().zip(items).all(|(one, item)| self.fits_named(name, one, item))
            }
            (Value::Number(_), Value::Number(number)) if name == "percent" => {
                number.as_f64().is_some_and(|percent| (0.0..100.0).contains(&percent))
            }
            (Value::String(shown), Value::String(own)) if is_id(shown) => {
                // An id that the reader sent comes back as it is.
                let known = if self.sent.contains(shown) { shown } else { own };
                is_id(own) && self.ids.entry(shown.clone()).or_insert_with(|| known.clone()) == own
            }
            // Times that the reader sent come back, except for fractions of a second.
            (Value::String(shown), Value::String(own)) if is_time(shown) && !self.sent.contains(&shown[..19]) => is_time(own),
            _ => expected == found,
        }
    }
}

/// Returns the statuses that an answer may have. Only the bodies of errors name theirs.
fn statuses(answer: Option<&Value>) -> RangeInclusive<u16> {
    let code = answer.and_then(|answer| answer["code"].as_u64()).and_then(|code| u16::try_from(code).ok());
    code.map_or(200..=299, |code| code..=code)
}

fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns whether a text is a time as the API writes it.
fn is_time(text: &str) -> bool {
    text.replace(|letter: char| letter.is_ascii_digit(), "0") == "0000-00-00T00:00:00.000Z"
}

/// Runs a `curl` command in a shell with these variables. Returns the answer's status and body.
///
/// # Errors
/// A text with the reason if there is no answer, or none in JSON.
pub fn run_in_shell(command: &str, variables: &[(&str, &str)]) -> Result<(u16, Value), String> {
    let quiet = command.replacen("curl ", "curl --silent --show-error --write-out '\n%{http_code}' ", 1);
    let output = Command::new("sh").args(["-c", &quiet]).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{command}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let answer = text.rsplit_once('\n').and_then(|(body, status)| Some((status.parse().ok()?, serde_json::from_str(body).ok()?)));
    answer.ok_or_else(|| format!("{command}: {text}"))
}
