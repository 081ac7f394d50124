//! The parts of a report that are written and read back in one form: its version, time by phase, what was asked of a side.

use serde::{Deserialize, Serialize};

/// The version of the report's form. It grows when a field goes away or changes its meaning, not when one is added.
pub const FORMAT: u32 = 1;

/// Time by phase, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phases {
    /// Requests to GitHub, added up where they ran side by side.
    pub extract_seconds: f64,
    /// Mapping, added up over the workers.
    pub transform_seconds: f64,
    /// Requests to the catalog, added up where they ran side by side.
    pub load_seconds: f64,
    /// After the last resource: trying refused entities again, listing what is ours, deleting. Wall time.
    pub delete_seconds: f64,
}

impl Phases {
    /// Both sides together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            extract_seconds: self.extract_seconds + other.extract_seconds,
            transform_seconds: self.transform_seconds + other.transform_seconds,
            load_seconds: self.load_seconds + other.load_seconds,
            delete_seconds: self.delete_seconds + other.delete_seconds,
        }
    }
}

/// Requests of a run to one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Requests, repetitions included.
    pub requests: u64,
    /// Number of those that repeated a failed one.
    pub retries: u64,
    /// Number of waits.
    pub waits: u64,
    /// Time of the waits in seconds. Requests that waited at the same time are added up.
    pub waited_seconds: f64,
    /// Bytes of requests' bodies.
    pub sent_bytes: u64,
    /// Bytes of answers' bodies.
    pub received_bytes: u64,
}
