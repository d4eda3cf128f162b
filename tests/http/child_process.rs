//! Processes that end with the test process, however that ends.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::FileExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// The repository.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Variables that cargo sets for this package, which make some build scripts run again, and those of an outer `make` for an inner one.
const OURS: [&str; 9] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"];
/// A developer's own settings, which the tests must not depend on.
const SETTINGS: [&str; 15] = [
    "API",
    "AWS_LAMBDA_LOG_FORMAT",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "BATCH",
    "DATA",
    "KIND",
    "LOG_ONE_SUCCESS_IN",
    "METRICS_NAMESPACE",
    "PORT",
    "RELOAD",
    "RUST_LOG",
    "SECRET",
    "STACK",
];
/// The longest wait. A machine that compiles beside the tests is slow.
const PATIENCE: Duration = Duration::from_secs(600);
/// The time in which processes must end: twice what `make dev` promises, because a machine may be busy.
const END_WITHIN: Duration = Duration::from_secs(10);
const POLL_EVERY: Duration = Duration::from_millis(20);

/// A running command. When this is dropped, and also when the test process is killed, it ends with all that it started.
pub(crate) struct ChildProcess {
    supervisor: Child,
    lifeline: Option<ChildStdin>,
    /// The output of the command.
    pub(crate) output: Output,
}

impl ChildProcess {
    /// Starts a command in the root of the repository, with these environment variables added.
    ///
    /// # Errors
    /// A line that tells what is missing.
    pub(crate) fn start(command: &[&str], variables: &[(&str, &str)]) -> Result<Self, String> {
        Self::start_in(ROOT, command, variables)
    }

    /// As [`start`](Self::start), but in this directory.
    pub(crate) fn start_in(directory: &str, command: &[&str], variables: &[(&str, &str)]) -> Result<Self, String> {
        let output = Output::new();
        let mut supervisor = Command::new("python3");
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if OURS.iter().any(|prefix| name.starts_with(prefix)) || SETTINGS.contains(&name.as_ref()) {
                supervisor.env_remove(name.as_ref());
            }
        }
        let mut supervisor = supervisor
            .arg(format!("{ROOT}/dev/supervise.py"))
            .args(command)
            .envs(variables.iter().copied())
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(output.0.try_clone().unwrap())
            .stderr(output.0.try_clone().unwrap())
            .spawn()
            .map_err(|error| format!("`python3` can't be started ({error}): install Python 3, then run `make setup`"))?;
        let lifeline = supervisor.stdin.take();
        Ok(Self { supervisor, lifeline, output })
    }

    /// Returns the exit status if it has ended; 128 plus the signal's number if a signal ended it.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.supervisor.try_wait().unwrap()
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let mut lifeline = self.lifeline.as_ref().unwrap();
        writeln!(lifeline, "{name}").and_then(|()| lifeline.flush()).unwrap();
    }

    /// Waits until it ends.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.wait_until(|child| child.ended()).unwrap_or_else(|| panic!("it does not end\n{}", self.output.text()))
    }

    /// Waits for the first line that begins with this, and returns the rest of it.
    #[track_caller]
    pub(crate) fn line(&mut self, beginning: &str) -> String {
        let found =
            |text: &str| text.split_inclusive('\n').find_map(|line| line.strip_prefix(beginning)?.strip_suffix('\n').map(str::to_owned));
        let line = self.wait_until(|child| {
            // Checked before the output is read, so that all output until the end is seen.
            let ended = child.ended();
            let line = found(&child.output.text());
            (line.is_some() || ended.is_some()).then_some(line)
        });
        line.flatten().unwrap_or_else(|| panic!("no line begins with `{beginning}`:\n{}", self.output.text()))
    }

    /// Calls this until it returns a value, for a time that is enough on a busy machine.
    pub(crate) fn wait_until<T>(&mut self, condition: impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(value) = condition(self) {
                return Some(value);
            }
            thread::sleep(POLL_EVERY);
        }
        None
    }

    /// Returns its present processes.
    pub(crate) fn family(&self) -> Vec<Process> {
        let all = Process::all();
        let mut family = vec![self.supervisor.id()];
        let mut next = 0;
        while let Some(&parent) = family.get(next) {
            family.extend(all.iter().filter(|process| process.parent == parent).map(|process| process.id));
            next += 1;
        }
        all.into_iter().filter(|process| family.contains(&process.id)).collect()
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // So that no process is left when the caller continues. There is no remedy for a failure here.
        let _ = self.supervisor.wait();
    }
}

/// The output of a process and its descendants, in a file that is deleted with them.
pub(crate) struct Output(File);

impl Output {
    fn new() -> Self {
        static FILES: AtomicU32 = AtomicU32::new(0);
        let name = format!("profiles-tests-{}-{}", process::id(), FILES.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        // Not in the project's tree, where a change of a file makes cargo-lambda rebuild and restart the functions.
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path).unwrap();
        fs::remove_file(path).unwrap();
        Self(file)
    }

    /// Returns the output so far.
    pub(crate) fn text(&self) -> String {
        let mut bytes = vec![0; usize::try_from(self.0.metadata().unwrap().len()).unwrap()];
        // At a position of its own, because the writers share the file's position.
        self.0.read_exact_at(&mut bytes, 0).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A running process.
#[derive(Debug, PartialEq)]
pub(crate) struct Process {
    id: u32,
    parent: u32,
    /// The program and its arguments.
    pub(crate) command: String,
}

impl Process {
    /// Waits until all of these have ended. Kills and returns those that do not end.
    pub(crate) fn left_of(family: Vec<Self>) -> Vec<Self> {
        let began = Instant::now();
        let mut left = family;
        while !left.is_empty() && began.elapsed() < END_WITHIN {
            let all = Self::all();
            // The command is compared too, because another process may have the number by now.
            left.retain(|old| all.iter().any(|process| process.id == old.id && process.command == old.command));
            thread::sleep(POLL_EVERY);
        }
        left.iter().for_each(Self::kill);
        left
    }

    /// Kills the process, if it still runs.
    pub(crate) fn kill(&self) {
        let _ = Command::new("kill").args(["-KILL", &self.id.to_string()]).status();
    }

    /// Returns the number of directories whose changes Linux tells the process of. None if it has ended.
    pub(crate) fn watched_directories(&self) -> Option<usize> {
        let files = fs::read_dir(format!("/proc/{}/fdinfo", self.id)).ok()?;
        // A file that was closed in the meantime has no text.
        let texts = files.flatten().map(|file| fs::read_to_string(file.path()).unwrap_or_default());
        Some(texts.map(|text| text.matches("inotify wd:").count()).sum())
    }

    fn all() -> Vec<Self> {
        let listed = Command::new("ps").args(["-axo", "pid=,ppid=,stat=,command="]).output().expect("`ps` lists processes");
        String::from_utf8_lossy(&listed.stdout).lines().filter_map(Self::read).collect()
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (id, parent, state) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
        // Zombies count as ended.
        (!state.starts_with('Z')).then(|| Self { id, parent, command: words.collect::<Vec<_>>().join(" ") })
    }
}

/// Returns a port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Tells whether a port is free.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Returns `PATH` with the project's own tools first.
pub(crate) fn path_with_tools() -> String {
    let tools = format!("{ROOT}/.tools/venv/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let all = [OsStr::new(&tools).into()].into_iter().chain(env::split_paths(&path));
    env::join_paths(all).unwrap().into_string().unwrap()
}

#[test]
fn what_a_test_starts_ends_with_it_in_whatever_session_it_is() {
    // `cargo lambda watch` starts each function in this way.
    let other_session = r#"import os; os.fork() or (os.setsid(), os.execvp("sleep", ["sleep", "601"])); os.wait()"#;
    let mut child =
        ChildProcess::start(&["sh", "-c", r#"echo ready: now; "$@" & wait"#, "sh", "python3", "-c", other_session], &[]).unwrap();
    assert_eq!(child.line("ready:"), " now");
    let family = child.wait_until(|child| {
        let family = child.family();
        family.iter().any(|process| process.command == "sleep 601").then_some(family)
    });
    let family = family.unwrap();
    assert!(family.len() >= 4, "{family:?}");
    drop(child);
    assert_eq!(Process::left_of(family), []);
}
