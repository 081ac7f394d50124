//! Commit, day and target of the build, for `pilotage --version`. Asks no network, and does without git.
//!
//! | part | from |
//! | --- | --- |
//! | commit | `PILOTAGE_COMMIT`, else git where this folder is a checkout, else `unknown` |
//! | day | `SOURCE_DATE_EPOCH`, else the day of the commit, else today |
//!
//! So two builds of a commit are equal, and a build of an archive is when `SOURCE_DATE_EPOCH` is set.

#![allow(
    clippy::print_stdout,
    reason = "a build script talks to cargo by printing"
)]

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

include!("build/day.rs");

fn main() {
    for name in ["PILOTAGE_COMMIT", "SOURCE_DATE_EPOCH"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    for file in ["build.rs", "build/day.rs"] {
        println!("cargo::rerun-if-changed={file}");
    }
    let is_checkout = is_checkout();
    if is_checkout {
        // The log of HEAD grows with each commit and checkout. A path that is absent would make cargo run this every time.
        for file in ["HEAD", "logs/HEAD"] {
            let path =
                git(&["rev-parse", "--git-path", file]).filter(|path| Path::new(path).exists());
            if let Some(path) = path {
                println!("cargo::rerun-if-changed={path}");
            }
        }
    }
    let commit = variable("PILOTAGE_COMMIT");
    let commit =
        commit.or_else(|| git(&["rev-parse", "--short=12", "HEAD"]).filter(|_| is_checkout));
    println!(
        "cargo::rustc-env=BUILD_COMMIT={}",
        commit.as_deref().unwrap_or("unknown")
    );
    println!("cargo::rustc-env=BUILD_DAY={}", day(moment(is_checkout)));
    println!(
        "cargo::rustc-env=BUILD_TARGET={}",
        variable("TARGET").as_deref().unwrap_or("unknown")
    );
}

/// Moment that the build is dated with, in seconds since 1970.
fn moment(is_checkout: bool) -> i64 {
    if let Some(text) = variable("SOURCE_DATE_EPOCH") {
        match text.parse() {
            Ok(seconds) => return seconds,
            Err(_) => println!(
                "cargo::warning=SOURCE_DATE_EPOCH is `{text}`, expected seconds since 1970; it is ignored"
            ),
        }
    }
    let of_commit = git(&["log", "-1", "--format=%ct"])
        .filter(|_| is_checkout)
        .and_then(|text| text.parse().ok());
    of_commit.unwrap_or_else(|| {
        let today = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(today.as_secs()).unwrap_or_default()
    })
}

/// True when git's checkout is this folder. An archive that was unpacked within another checkout has that one's commit otherwise.
fn is_checkout() -> bool {
    let here =
        variable("CARGO_MANIFEST_DIR").and_then(|folder| Path::new(&folder).canonicalize().ok());
    let top = git(&["rev-parse", "--show-toplevel"])
        .and_then(|folder| Path::new(&folder).canonicalize().ok());
    here.is_some() && here == top
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Answer of git, on one line. None without git, or where it fails.
fn git(arguments: &[&str]) -> Option<String> {
    let answer = Command::new("git")
        .args(arguments)
        .output()
        .ok()
        .filter(|answer| answer.status.success())?;
    let text = String::from_utf8(answer.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty() && !text.contains('\n'))
}
