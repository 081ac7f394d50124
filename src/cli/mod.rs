//! The command line: one file per verb. Data goes to stdout, talk to stderr.
//!
//! | file | what |
//! | --- | --- |
//! | [`flags`] | the flags of every verb |
//! | [`failure`] | exit codes, and how a verb that failed says so |
//! | `console`, `style`, `colour` | stdout and stderr, and the manner of writing to them |
//! | `choices` | `--only` that meets nothing |
//! | `process` | what the whole process shares, and how it begins |
//! | `network`, `sources`, `open_catalog` | settings to clients |
//! | `people` | settings to rules of people |
//! | `waits` | what a run waits for |
//! | `world` | settings to everything that a run needs |
//! | `carry_out`, `bookkeeping` | a run from beginning to end, and what its report says |
//! | `overview` | the numbers of each organization, from the history |
//! | `demo_page`, `demo_folder`, `demo_seats` | the first screen, where the demo keeps its data, and seats of days before |
//! | `backfill_plan` | what a backfill costs |
//! | `plan_file`, `apply` | what `plan --out` writes, and `resync --plan` applies or refuses |
//! | `web` | pages for a browser |
//! | `whole_file` | a file that is there whole or not at all |
//! | `question` | questions to the person who started the program |
//! | `without_web`, `without_feed`, `without_mcp` | what takes the place of a part in a program without that feature |
//! | the others | a verb each |

mod apply;
mod backfill;
mod backfill_plan;
mod bookkeeping;
mod bundled;
mod carry_out;
mod catalog;
mod catalog_list;
mod check;
mod choices;
mod colour;
mod config;
mod console;
mod demo;
mod demo_folder;
mod demo_page;
mod demo_seats;
mod digest;
mod doctor;
mod eval;
mod export;
pub mod failure;
mod figures;
pub mod flags;
mod forget;
mod health;
mod history;
mod history_rebuild;
mod init;
mod kinds;
pub mod log;
mod man;
mod mapping;
mod mapping_file;
#[cfg(feature = "mcp")]
mod mcp;
mod network;
mod open_catalog;
mod overview;
mod pages;
mod people;
mod plan;
mod plan_file;
mod preview;
mod probe;
mod process;
pub mod progress;
mod question;
#[cfg(test)]
mod reference;
mod report;
mod resync;
mod runs;
mod runs_markdown;
mod schema;
mod seats;
mod serve;
mod serving;
mod simulate;
mod sources;
mod style;
mod test;
mod tools;
mod upgrade;
mod validate;
mod version;
mod waits;
#[cfg(feature = "web")]
mod web;
mod whole_file;
#[cfg(not(feature = "web"))]
mod without_feed;
#[cfg(not(feature = "mcp"))]
mod without_mcp;
#[cfg(not(feature = "web"))]
mod without_web;
mod world;

use std::ffi::OsString;
use std::time::Duration;

use failure::{Failure, exit};
use flags::{Flags, Verb, command};
use process::Process;
#[cfg(not(feature = "mcp"))]
use without_mcp as mcp;
#[cfg(not(feature = "web"))]
use {without_feed as feed, without_web as web};

#[cfg(feature = "web")]
use crate::web::feed;

/// Maximum time for threads that no result is expected from to end.
const LAST_THREADS: Duration = Duration::from_millis(500);

/// Runs the program with its arguments, the first being its own name. The answer is the exit code of the documented table.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let colour = colour::choice_in(&arguments);
    let flags = match flags::parse(arguments, colour) {
        Ok(flags) => flags,
        Err(error) => {
            // Help and version go to stdout and are no failure; clap knows which is which.
            let _ = error.print();
            return if error.use_stderr() { exit::WRONG } else { exit::DONE };
        }
    };
    match start(&flags) {
        Ok(code) => code,
        Err(failure) => {
            console::talk(&failure.to_string());
            failure.code
        }
    }
}

fn start(flags: &Flags) -> Result<u8, Failure> {
    let is_service = matches!(flags.verb, None | Some(Verb::Serve(_)));
    let process = Process::new(&flags.common, is_service);
    let process = &process;
    let Some(verb) = &flags.verb else {
        // A container of Ocean's is started without arguments.
        if serve::is_ocean_container(std::env::vars_os()) {
            return on_runtime(process, serve::run(process, &flags::ServeFlags::default()));
        }
        let _ = command().print_help();
        return Ok(exit::WRONG);
    };
    match verb {
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut command(), "pilotage", &mut script);
            console::data(console::Written::File, &String::from_utf8_lossy(&script))?;
            Ok(exit::DONE)
        }
        Verb::Man { out } => man::run(out),
        Verb::Kinds(flags) => kinds::run(flags),
        Verb::Demo(flags) => on_runtime(process, demo::run(process, flags)),
        Verb::Resync(flags) => on_runtime(process, resync::run(process, flags)),
        Verb::Backfill(flags) => on_runtime(process, backfill::run(process, flags)),
        Verb::Plan(flags) => on_runtime(process, plan::run(process, flags)),
        Verb::Serve(flags) => on_runtime(process, serve::run(process, flags)),
        Verb::Doctor(flags) => on_runtime(process, doctor::run(process, flags)),
        Verb::Mapping(flags) => on_runtime(process, mapping::run(process, flags)),
        Verb::Pages(flags) => on_runtime(process, pages::run(process, flags)),
        Verb::Config(flags) => config::run(process, flags),
        // Read outside of the runtime: a probe sends no traces.
        Verb::Health(flags) => {
            let settings = process.settings(process.common.overrides(None, false))?;
            on_runtime(process, health::run(settings, flags))
        }
        Verb::Seats(flags) => on_runtime(process, seats::run(process, flags)),
        Verb::Catalog(flags) => on_runtime(process, catalog::run(process, flags)),
        Verb::Web(flags) => on_runtime(process, web::run(process, flags)),
        Verb::Figures(flags) => figures::run(process, flags),
        Verb::Report(flags) => report::run(process, flags),
        Verb::Export(flags) => export::run(process, flags),
        Verb::Forget(flags) => forget::run(process, flags),
        Verb::History(flags) => on_runtime(process, history::run(process, flags)),
        Verb::Digest(flags) => on_runtime(process, digest::run(process, flags)),
        Verb::Mcp(flags) => on_runtime(process, mcp::run(process, flags)),
        Verb::Simulate(flags) => on_runtime(process, simulate::run(process, flags)),
        Verb::Validate(flags) => validate::run(process, flags),
        Verb::Test(flags) => test::run(process, flags),
        Verb::Preview(flags) => preview::run(process, flags),
        Verb::Eval(flags) => eval::run(process, flags),
        Verb::Runs(flags) => runs::run(process, flags),
        Verb::Init(flags) => init::run(flags),
        Verb::Schema => schema::run(),
    }
}

/// Runs a verb that waits for the network, with a thread per core.
fn on_runtime<T>(process: &Process, verb: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let ended = runtime.block_on(verb);
    runtime.block_on(process.telemetry.close());
    // What still hangs, such as the look-up of a name, has nothing to tell anybody any more.
    runtime.shutdown_timeout(LAST_THREADS);
    ended
}
