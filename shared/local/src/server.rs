//! A DynamoDB Local process that ends with whoever started it.

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
/// Fetched by `make setup`.
const DEFAULT_DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/dynamodb-local");
/// It takes 1.5 seconds alone, and many times that beside a compiler.
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(20);

/// Keeps Java running until it ends by itself, or standard input does: the other end of that pipe belongs to whoever
/// started it, and closes however that one ends, also when it is killed. Signals meant for a whole terminal (Ctrl-C)
/// are ignored here, so that they can't end the guard and leave Java behind.
const GUARD: &str = r#"
trap "" HUP INT TERM
exec 3<&0
java "$@" >/dev/null 3<&- &
java=$!
( cat <&3 >/dev/null; kill -9 "$java" 2>/dev/null ) &
wait "$java" 2>/dev/null
"#;

/// How a DynamoDB Local is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Java's heap, in megabytes.
    pub heap_megabytes: u32,
    /// Whether Java optimizes what runs long. Without, it starts in half the time.
    pub optimized: bool,
    /// The directory of the jars; `DYNAMODB_LOCAL_DIR`, else `.tools/dynamodb-local` of this workspace.
    pub directory: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // Every test keeps its database until the last one is done.
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
    /// Starts one with the default settings, and returns when it answers. Blocks for about two seconds.
    ///
    /// # Errors
    /// When Java or DynamoDB Local is missing, or it does not come up.
    pub fn start() -> Result<Self, LocalError> {
        Self::start_with(&Settings::default())
    }

    /// Starts one, and returns when it answers.
    ///
    /// # Errors
    /// When Java or DynamoDB Local is missing, or it does not come up.
    pub fn start_with(settings: &Settings) -> Result<Self, LocalError> {
        if !has_jars(&settings.directory) {
            return Err(LocalError::NotInstalled(settings.directory.clone()));
        }
        // Between choosing a free port and Java's taking it, someone else may. Then Java ends at once.
        let mut attempts = 0;
        loop {
            attempts += 1;
            match Self::start_on(free_port()?, settings) {
                Err(LocalError::Ended(_)) if attempts < 3 => {}
                result => return result,
            }
        }
    }

    /// Where it listens, as `http://127.0.0.1:<port>`.
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
                // The shell's word for a command that does not exist.
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
        // Only so that no process is left when the caller goes on; a failure here can't be helped.
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

/// DynamoDB answers a request without a signature with status 400.
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
