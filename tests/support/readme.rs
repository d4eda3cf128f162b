//! Runs the commands of the README and of the guide as a reader does who pastes them into a shell, and compares the answers with those shown.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The documents whose commands are run, in the order in which they are read. The second goes on where the first ends.
const DOCUMENTS: [(&str, &str); 2] =
    [("README.md", include_str!("../../README.md")), ("docs/guide.md", include_str!("../../docs/guide.md"))];
/// For a batch to be applied; a second or two, but for machines that are busy.
const APPLIED_WITHIN: Duration = Duration::from_secs(120);
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A command that is shown in a document.
#[derive(Clone, Debug)]
pub struct Example {
    /// The document, by its path from the project's directory.
    pub document: &'static str,
    /// The line in which it begins, counted from 1.
    pub line: usize,
    /// The command, with its variables `API` and `SECRET`.
    pub command: String,
    /// The answer that is shown for it, if there is one.
    pub answer: Option<Value>,
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 90;
        // Without its secret, which is the same in all of them.
        let command = self.command.replace(r#"-H "$SECRET" "#, "").replace("$API", "");
        write!(f, "{}:{}: {}", self.document, self.line, command.lines().next().unwrap_or_default().chars().take(WIDTH).collect::<String>())
    }
}

/// Every command of the documents that calls the API, in their order.
#[must_use]
pub fn examples() -> Vec<Example> {
    DOCUMENTS.into_iter().flat_map(|(document, text)| examples_of(document, text)).collect()
}

fn examples_of(document: &'static str, text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = text.lines().zip(1..);
    // Those of the block above, which the answers are for.
    let mut asking = 0..0;
    while let Some((line, _)) = lines.next() {
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|(line, _)| *line != "```").collect();
        match language {
            "sh" => {
                let first = examples.len();
                examples.extend(commands(document, &block));
                asking = first..examples.len();
            }
            "json" => {
                let text = block.iter().map(|(line, _)| *line).collect::<String>();
                let answers = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
                for answer in answers {
                    let answer = answer.unwrap_or_else(|error| panic!("{document}: {error} in {text}"));
                    let of = asking.next().unwrap_or_else(|| panic!("{document}: no command has the answer {answer}"));
                    examples[of].answer = Some(answer);
                }
            }
            _ => {}
        }
    }
    examples
}

/// The commands in a block; an indented line continues the one above.
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

/// A reader who goes through the documents on an API that holds nothing yet.
#[derive(Debug)]
pub struct Reader {
    api: String,
    /// The ids that the documents show, each with the one that this API gave instead.
    ids: HashMap<String, String>,
    /// Every command so far.
    sent: String,
}

impl Reader {
    /// One who uses the API at this URL.
    #[must_use]
    pub fn new(api: &str) -> Self {
        Self { api: api.to_owned(), ids: HashMap::new(), sent: String::new() }
    }

    /// Runs a command, and compares the answer with the one that is shown: ids and times may be others, but each id the same everywhere.
    /// Where a batch is shown as completed, it is asked for until it is. Without an answer to compare with, it must be accepted.
    ///
    /// # Errors
    /// A text with what was expected and what was found.
    pub fn run(&mut self, example: &Example) -> Result<(), String> {
        let mut command = example.command.clone();
        for (shown, own) in &self.ids {
            command = command.replace(shown, own);
        }
        self.sent.push_str(&example.command);
        let began = Instant::now();
        loop {
            let (status, answer) = paste(&command, &[("API", &self.api), ("SECRET", "X-Account-Secret: dev-secret")])?;
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

    /// Whether an answer is the one that is shown, but for ids and times.
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
                // One that the reader sent is the reader's own.
                let known = if self.sent.contains(shown) { shown } else { own };
                is_id(own) && self.ids.entry(shown.clone()).or_insert_with(|| known.clone()) == own
            }
            // Those that the reader sent come back, without regard to fractions of the second.
            (Value::String(shown), Value::String(own)) if is_time(shown) && !self.sent.contains(&shown[..19]) => is_time(own),
            _ => expected == found,
        }
    }
}

/// The statuses that an answer may have. Only errors name theirs.
fn statuses(answer: Option<&Value>) -> RangeInclusive<u16> {
    let code = answer.and_then(|answer| answer["code"].as_u64()).and_then(|code| u16::try_from(code).ok());
    code.map_or(200..=299, |code| code..=code)
}

fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether it is a time as the API writes it.
fn is_time(text: &str) -> bool {
    text.replace(|letter: char| letter.is_ascii_digit(), "0") == "0000-00-00T00:00:00.000Z"
}

/// Runs a command that is built around `curl` in a shell with these variables. Returns the answer's status and body.
///
/// # Errors
/// A text that says why there is no such answer.
pub fn paste(command: &str, variables: &[(&str, &str)]) -> Result<(u16, Value), String> {
    let quiet = command.replacen("curl ", "curl --silent --show-error --write-out '\n%{http_code}' ", 1);
    let output = Command::new("sh").args(["-c", &quiet]).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{command}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let answer = text.rsplit_once('\n').and_then(|(body, status)| Some((status.parse().ok()?, serde_json::from_str(body).ok()?)));
    answer.ok_or_else(|| format!("{command}: {text}"))
}
