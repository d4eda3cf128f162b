//! A DynamoDB Local process that ends with the process that started it.

use std::{
    env,
    ffi::OsString,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::error::LocalError;

const MAIN_CLASS: &str = "software.amazon.dynamodb.services.local.main.ServerRunner";
/// The directory into which `make setup` installs the jars.
const DEFAULT_DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/dynamodb-local");
/// The time for a start, which takes 1.5 seconds alone, and many times that beside a compiler.
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(20);

/// A shell script that runs Java until Java or standard input ends. The other end of that pipe belongs to the process that
/// started it, and is closed when that process ends in any way, even if it is killed. Signals to a whole terminal (Ctrl-C) are
/// ignored, so that they cannot end this guard and leave Java behind.
const GUARD: &str = r#"
trap "" HUP INT TERM
exec 3<&0
java "$@" >/dev/null 3<&- &
java=$!
( cat <&3 >/dev/null; kill -9 "$java" 2>/dev/null ) &
wait "$java" 2>/dev/null
"#;

/// The settings of a DynamoDB Local.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Java's heap, in megabytes.
    pub heap_megabytes: u32,
    /// True if Java optimizes long-running code. Without that, it starts in half the time.
    pub optimized: bool,
    /// The directory of the jars; `DYNAMODB_LOCAL_DIR`, else `.tools/dynamodb-local` of this workspace.
    pub directory: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // Every test's database stays until the last test is done.
            heap_megabytes: 2048,
            optimized: false,
            directory: env::var_os("DYNAMODB_LOCAL_DIR").map_or_else(|| PathBuf::from(DEFAULT_DIRECTORY), PathBuf::from),
        }
    }
}

/// A running DynamoDB Local, in memory, on a port of its own. It ends when this is dropped, and with this process.
#[derive(Debug)]
pub struct DynamoDbLocal {
    port: u16,
    guard: Child,
    lifeline: Option<ChildStdin>,
}

impl DynamoDbLocal {
    /// Starts a DynamoDB Local with the default settings, and returns when it responds. Blocks for about two seconds.
    ///
    /// # Errors
    /// If Java or DynamoDB Local is missing, or it does not start.
    pub fn start() -> Result<Self, LocalError> {
        Self::start_with(&Settings::default())
    }

    /// Starts a DynamoDB Local, and returns when it responds.
    ///
    /// # Errors
    /// If Java or DynamoDB Local is missing, or it does not start.
    pub fn start_with(settings: &Settings) -> Result<Self, LocalError> {
        if !has_jars(&settings.directory) {
            return Err(LocalError::NotInstalled(settings.directory.clone()));
        }
        // Another process may take the free port before Java does. Then Java ends at once.
        let mut attempts = 0;
        loop {
            attempts += 1;
            match Self::start_on(free_port()?, settings) {
                Err(LocalError::Ended(_)) if attempts < 3 => {}
                result => return result,
            }
        }
    }

    /// The address it listens on, as `http://127.0.0.1:<port>`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start_on(port: u16, settings: &Settings) -> Result<Self, LocalError> {
        let mut class_path = OsString::from(&settings.directory);
        class_path.push("/*");
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "dynamodb-local"])
            .arg(format!("-Xmx{}m", settings.heap_megabytes))
            .args(["-XX:+UseSerialGC", if settings.optimized { "-XX:TieredStopAtLevel=4" } else { "-XX:TieredStopAtLevel=1" }, "-cp"])
            .arg(class_path)
            .args([MAIN_CLASS, "-inMemory", "-disableTelemetry", "-port"])
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(LocalError::Process)?;
        let lifeline = guard.stdin.take();
        let mut server = Self { port, guard, lifeline };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> Result<(), LocalError> {
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            if let Some(status) = self.guard.try_wait().map_err(LocalError::Process)? {
                // The shell's exit code for a command that does not exist.
                return Err(match status.code() {
                    Some(127) => LocalError::NoJava,
                    _ => LocalError::Ended(status),
                });
            }
            if answers(self.port) {
                return Ok(());
            }
            thread::sleep(POLL_EVERY);
        }
        Err(LocalError::Silent(READY_WITHIN))
    }
}

impl Drop for DynamoDbLocal {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // This only waits until the process is gone; a failure changes nothing.
        let _ = self.guard.wait();
    }
}

fn has_jars(directory: &Path) -> bool {
    directory
        .read_dir()
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "jar"))))
}

fn free_port() -> Result<u16, LocalError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(LocalError::Process)
}

/// True if DynamoDB responds: a request without a signature gets status 400.
fn answers(port: u16) -> bool {
    let ask = || -> io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start == *b"HTTP/1.1 400")
    };
    ask().unwrap_or(false)
}
