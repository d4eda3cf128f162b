//! The server, on a local port.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client;
use crate::local::{ACCESS_KEY, Local};
use crate::project::TEMPLATE;

/// A server that takes longer to start does not work.
const AT_MOST: Duration = Duration::from_secs(30);

/// A server that ends with the measurement, also when that fails.
pub(super) struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Starts it on this database, and waits until it is ready.
    pub(super) fn start(binary: &Path, local: &Local) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port").port();
        let address = format!("127.0.0.1:{port}");
        let process = Command::new(binary)
            .args(["--listen", &address, "--drain", "0"])
            .envs(TEMPLATE.tables().iter().map(|table| (table.environment_variable(), table.name())))
            .env("AWS_ENDPOINT_URL_DYNAMODB", local.endpoint())
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_LAMBDA_LOG_LEVEL", "error")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", binary.display()));
        let mut server = Self { process, url: format!("http://{address}") };
        let began = Instant::now();
        while !client::is_ready(&server.url) {
            let ended = server.process.try_wait().expect("the server's state");
            assert!(ended.is_none() && began.elapsed() < AT_MOST, "the server is not ready ({ended:?})");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// Returns its URL, without a path.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
