use std::{io, path::PathBuf, time::Duration};

/// The reason why DynamoDB Local or its tables are not available. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The jars are not installed.
    #[error("DynamoDB Local is not in {0}: run `make setup`")]
    NotInstalled(PathBuf),
    /// Java is not installed.
    #[error("`java` can't be started: install Java 17 or later, then run `make setup`")]
    NoJava,
    /// The process cannot be started or watched.
    #[error("DynamoDB Local can't be started: {0}")]
    Process(#[source] io::Error),
    /// The process ended before it responded.
    #[error("DynamoDB Local ended while starting ({0}); its own text is above")]
    Ended(std::process::ExitStatus),
    /// The process does not respond.
    #[error("DynamoDB Local did not answer within {0:?}: is the machine overloaded?")]
    Silent(Duration),
    /// A table of that name exists, but has other keys.
    #[error("table {0} exists with other keys than the template gives it: delete it, or use another prefix or endpoint")]
    Different(String),
    /// A table stays in another state than `ACTIVE`.
    #[error("table {0} was not ready within {1:?}: look at its state, and try again")]
    NotReady(String, Duration),
    /// DynamoDB refused a request, or was not reached.
    #[error("{operation} of table {table} failed: {source}")]
    Database {
        /// The API operation.
        operation: &'static str,
        /// The table's name.
        table: String,
        /// The SDK's error.
        source: Box<aws_sdk_dynamodb::Error>,
    },
}

impl LocalError {
    pub(crate) fn database(operation: &'static str, table: &str, source: impl Into<aws_sdk_dynamodb::Error>) -> Self {
        Self::Database { operation, table: table.to_owned(), source: Box::new(source.into()) }
    }
}
