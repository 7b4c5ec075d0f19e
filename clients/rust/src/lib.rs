//! mockvault, a Vault that tests can command: gives a test a Vault of its own.
//!
//! ```no_run
//! let vault = mockvault::start();
//! let sealed = vault.outage("sealed", mockvault::Outage::new());
//! assert_eq!(vault.request("GET", "sys/mounts", None).unwrap().status, 503);
//! sealed.end();
//! vault.verify(mockvault::Verify::new().status(503).times(1));
//! ```
//!
//! The server is the program mockvault. One runs for all tests of a process and
//! gives each a space; it ends with the process. What cannot be done panics, as
//! an assertion does.

mod http;
mod options;
mod server;
mod types;
mod vault;

pub use http::Answer;
pub use options::Options;
pub use server::{find_binary, Server};
pub use types::*;
pub use vault::{Clock, ControlError, Ending, Vault};

/// A Vault of the test's own, until it is dropped; a test that panics shows what
/// came to it.
#[track_caller]
pub fn start() -> Vault {
    Options::new().start()
}

/// A time: text with a unit, or Rust's own.
#[derive(Clone, Debug)]
pub struct Duration(String);

impl From<&str> for Duration {
    fn from(text: &str) -> Self {
        Duration(text.to_string())
    }
}

impl From<std::time::Duration> for Duration {
    fn from(time: std::time::Duration) -> Self {
        Duration(format!("{}ns", time.as_nanos()))
    }
}

impl From<Duration> for serde_json::Value {
    fn from(time: Duration) -> Self {
        time.0.into()
    }
}
