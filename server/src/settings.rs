//! The settings of a server, from arguments or the environment.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;

/// Serves all of the User Profiles API from one process, without Lambda, and applies accepted batches in the background.
///
/// Tables, credentials and region come from the environment, as for the Lambda functions: ACCOUNTS_TABLE, PROFILES_TABLE,
/// IDENTITIES_TABLE, COMPANIES_TABLE, BATCHES_TABLE, BATCH_CHUNKS_TABLE, ACTIVITIES_TABLE, SUMMARIES_TABLE, DELETIONS_TABLE,
/// PROPERTIES_TABLE, AWS_REGION and so on; so do the level of the logs, AWS_LAMBDA_LOG_LEVEL (debug, info, warn or error), and their form,
/// AWS_LAMBDA_LOG_FORMAT (JSON or Text).
///
/// GET /healthz answers 200 while the process lives, GET /readyz while it can serve requests. On SIGTERM or SIGINT, it finishes all that
/// it has begun, and exits; on a second signal, it exits at once.
#[derive(Clone, Debug, Parser)]
#[command(name = "server", version)]
pub struct Settings {
    /// The address and port to listen on.
    #[arg(long, env = "SERVER_LISTEN", default_value = "0.0.0.0:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// How long after SIGTERM new connections are still accepted, while /readyz answers 503: as long as a load balancer needs to notice.
    #[arg(long, env = "SERVER_DRAIN_SECONDS", default_value = "5", value_parser = seconds, value_name = "SECONDS")]
    pub drain: Duration,
    /// How long the shutdown may take, including the drain. After that, unfinished work is abandoned, and the exit status is 1.
    ///
    /// It should be shorter than the time after which the platform kills the process: by default, 30 seconds on Kubernetes and Fargate.
    #[arg(long, env = "SERVER_SHUTDOWN_SECONDS", default_value = "25", value_parser = seconds, value_name = "SECONDS")]
    pub shutdown: Duration,
    /// How long a request may take from its last byte to its response, which is a 504 after that.
    #[arg(long, env = "SERVER_REQUEST_SECONDS", default_value = "28", value_parser = seconds, value_name = "SECONDS")]
    pub request: Duration,
    /// How long a request's body may take to arrive. After that, the response is a 408.
    #[arg(long, env = "SERVER_BODY_SECONDS", default_value = "60", value_parser = seconds, value_name = "SECONDS")]
    pub body: Duration,
    /// How long a connection may be without a complete request head. It should be longer than the idle time of a load balancer (60
    /// seconds).
    #[arg(long, env = "SERVER_IDLE_SECONDS", default_value = "75", value_parser = seconds, value_name = "SECONDS")]
    pub idle: Duration,
    /// The most connections at once. Others wait in the system's queue.
    #[arg(long, env = "SERVER_CONNECTIONS", default_value = "1000", value_parser = at_least_one, value_name = "COUNT")]
    pub connections: usize,
    /// The most requests at once, not counting batches. Others wait for five seconds, and then get a 429.
    #[arg(long, env = "SERVER_REQUESTS_AT_ONCE", default_value = "256", value_parser = at_least_one, value_name = "COUNT")]
    pub requests_at_once: usize,
    /// The most batches that are received at once, each in up to 60 MB of memory. Others wait for five seconds, and then get a 429.
    #[arg(long, env = "SERVER_BATCHES_AT_ONCE", default_value = "4", value_parser = at_least_one, value_name = "COUNT")]
    pub batches_at_once: usize,
    /// The most chunks of accepted batches that are applied at once. With 0, this process applies none, and another one has to.
    #[arg(long, env = "SERVER_CHUNKS_AT_ONCE", default_value = "4", value_name = "COUNT")]
    pub chunks_at_once: usize,
    /// Whether GET /console serves the console, a page that works with the API in a browser, and GET /docs the API's document.
    #[arg(long, env = "SERVER_CONSOLE", default_value = "true", action = clap::ArgAction::Set, value_name = "BOOLEAN")]
    pub console: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "give a number of seconds".to_owned())?;
    // Longer times have no use, and do not fit into every clock.
    if seconds > 24 * 60 * 60 { Err("give at most a day".to_owned()) } else { Ok(Duration::from_secs(seconds)) }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let fits = |count: &usize| (1..=tokio::sync::Semaphore::MAX_PERMITS).contains(count);
    text.parse().ok().filter(fits).ok_or_else(|| "give a number of at least 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Settings::command().debug_assert();
    }

    #[test]
    fn what_is_no_duration_or_count_is_refused() {
        assert_eq!(seconds("5"), Ok(Duration::from_secs(5)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for text in ["", "-1", "1.5", "5s", "86401"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(at_least_one("1"), Ok(1));
        for text in ["", "0", "-1", "18446744073709551615"] {
            assert!(at_least_one(text).is_err(), "{text}");
        }
    }
}
