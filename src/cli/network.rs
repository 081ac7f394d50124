//! The network of the settings, and what of it the environment says.

use super::failure::Failure;
use crate::door::http::HttpService;
use crate::door::network::{self, NetworkError, NetworkOptions};
use crate::door::reach::Reach;
use crate::settings::Settings;

/// Opens the network, without a request.
pub(super) fn open_network(settings: &Settings) -> Result<HttpService, Failure> {
    open_with(&NetworkOptions { read_timeout: settings.client_timeout, ..NetworkOptions::default() })
}

/// Opens a further network, where not every address may be connected to.
pub(super) fn open_network_within(settings: &Settings, reach: Reach) -> Result<HttpService, Failure> {
    open_with(&NetworkOptions { read_timeout: settings.client_timeout, reach, is_further: true, ..NetworkOptions::default() })
}

fn open_with(options: &NetworkOptions) -> Result<HttpService, Failure> {
    network::open(options, &variable).map_err(|error| match error {
        NetworkError::Variable { .. } => Failure::wrong(error.to_string()),
        NetworkError::Client(_) => Failure::failed(error.to_string()),
    })
}

/// A variable of the environment, when it is set. One that is no Unicode is none of ours.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A number that differs from run to run, for the jitter of retries.
pub(super) fn seed() -> u64 {
    jiff::Timestamp::now().as_nanosecond() as u64
}
