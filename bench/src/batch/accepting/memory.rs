//! The peak of memory while a batch is accepted, in a process that does nothing else.

use std::io::Read;

use http::StatusCode;

use crate::batch::bodies::{Body, PATH};
use crate::instance::Instance;
use crate::local::{self, Local};
use crate::peak::{self, Peak};

/// The argument that makes this program the process that accepts one batch. The database's endpoint, a secret and the body's length follow.
pub(crate) const ACCEPT_ALONE: &str = "--accept-alone";

/// Has a process of its own accept the body, by the real database. Returns `None` where the system does not say.
pub(super) fn measure(local: &Local, body: &Body) -> Option<Peak> {
    Peak::of_process(&[ACCEPT_ALONE, &local.endpoint(), &local.secret, &body.text.len().to_string()], &body.text)
}

/// Runs that process as a function runs: accepts the body on standard input, and prints its peaks.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn accept_alone(endpoint: &str, secret: &str, length: &str) {
    let instance = Instance::new(local::client(endpoint), secret);
    let before = peak::so_far();
    let mut body = vec![0; length.parse().expect("a length")];
    std::io::stdin().read_exact(&mut body).expect("a body");
    let response = profiles_api::batch(&instance.context, instance.request("POST", PATH, String::new(), body)).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED, "{}", response.body());
    Peak::print(before);
}
