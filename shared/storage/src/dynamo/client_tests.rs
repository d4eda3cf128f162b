#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test needs and does not get ends it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use aws_config::Region;
use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use tokio::time::Instant;

use super::*;

async fn config(timeouts: Timeouts, endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    loader(timeouts).region(Region::from_static("us-east-1")).credentials_provider(credentials).endpoint_url(endpoint).load().await
}

/// A database that never answers, or throttles each call. It notes the time of each attempt.
#[derive(Clone, Debug)]
struct Trouble {
    hangs: bool,
    attempts: Arc<Mutex<Vec<Instant>>>,
}

impl HttpClient for Trouble {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Trouble {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        self.attempts.lock().unwrap().push(Instant::now());
        if self.hangs {
            return HttpConnectorFuture::new(std::future::pending());
        }
        let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#;
        HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::try_from(400).unwrap(), body.into())))
    }
}

/// Makes a call. Returns the times of its attempts and of its end, from its beginning on.
async fn attempts(timeouts: Timeouts, hangs: bool) -> (Vec<Duration>, Duration) {
    let trouble = Trouble { hangs, attempts: Arc::default() };
    let config = config(timeouts, "http://localhost:1").await.into_builder().http_client(trouble.clone()).build();
    let began = Instant::now();
    assert!(metered(&config).list_tables().send().await.is_err());
    let attempts = trouble.attempts.lock().unwrap().iter().map(|time| time.duration_since(began)).collect();
    (attempts, began.elapsed())
}

/// Checks the waits between attempts, each of which takes this long. Timers tick in milliseconds.
fn check_waits(timeouts: Timeouts, attempts: &[Duration], each: Duration) {
    let mut longest = timeouts.first_wait;
    for pair in attempts.windows(2) {
        let wait = pair[1] - pair[0];
        assert!(wait >= each && wait <= each + longest + Duration::from_millis(5), "{wait:?} is not within {longest:?} after {each:?}");
        longest *= 2;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_refused_is_sent_again_soon_and_then_at_a_growing_distance() {
    for timeouts in [Timeouts::INTERACTIVE, Timeouts::BACKGROUND] {
        let (attempts, end) = self::attempts(timeouts, false).await;
        assert_eq!(attempts.len(), usize::try_from(timeouts.attempts).unwrap(), "{timeouts:?}");
        check_waits(timeouts, &attempts, Duration::ZERO);
        assert!(end <= timeouts.call);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_is_given_up_and_so_is_the_call_when_its_time_is_over() {
    for (timeouts, least) in [(Timeouts::INTERACTIVE, 4), (Timeouts::BACKGROUND, 3)] {
        let (attempts, end) = self::attempts(timeouts, true).await;
        assert!(attempts.len() >= least, "{timeouts:?}: {attempts:?}");
        check_waits(timeouts, &attempts, timeouts.attempt);
        assert!(end >= timeouts.call && end <= timeouts.call + Duration::from_millis(5), "{end:?}");
    }
}

/// Answers calls, any number on a connection.
fn answer(connection: &TcpStream) {
    let mut lines = BufReader::new(connection);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        lines.read_exact(&mut vec![0; length]).unwrap();
        let mut writer = connection;
        writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}").unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_was_idle_for_twenty_seconds_is_not_used_again() {
    let (listener, connections) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(AtomicUsize::new(0)));
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for connection in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || answer(&connection.unwrap()));
        }
    });
    let patient = Timeouts { attempt: Duration::from_secs(600), call: Duration::from_secs(600), ..Timeouts::INTERACTIVE };
    let client = metered(&config(patient, &endpoint).await);
    for (idle, expected) in [(0, 1), (19, 1), (21, 2), (19, 2)] {
        // The clock stands still only between calls, because it would jump while the client waits for an answer.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(idle)).await;
        tokio::time::resume();
        client.list_tables().send().await.unwrap();
        assert_eq!(connections.load(Ordering::SeqCst), expected, "after {idle} seconds");
        // The connection goes back to the pool.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
}
