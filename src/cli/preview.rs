//! `pilotage preview`: the entities that a mapping makes of some items, and why they are what they are.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::console::{Written, data, talk};
use super::failure::{Failure, exit};
use super::flags::{PreviewFlags, TextOrJson};
use super::kinds;
use super::mapping_file::{compile_options, is_stdin, load, of_kind, read_mapping_text, read_text};
use super::process::Process;
use crate::authoring::run_at;
use crate::authoring::sample::{self, Sampler};
use crate::door::stack::on_evaluation_stack;
use crate::kind::{self, Kind};
use crate::mapping::bundled;
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::program::{CompileOptions, Run};
use crate::model::item::{Batch, Enrichment};
use crate::render::explain;

/// Interval of looking at a watched file.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

pub(super) fn run(process: &Process, flags: &PreviewFlags) -> Result<u8, Failure> {
    let options = compile_options(process)?;
    if !flags.watch {
        show(flags, &options)?;
        return Ok(exit::DONE);
    }
    let files: Vec<&PathBuf> =
        flags.mapping().into_iter().filter(|file| bundled::at(file).is_none()).chain(&flags.input).collect();
    if files.is_empty() || files.iter().any(|file| is_stdin(file)) {
        return Err(Failure::wrong("there is nothing to watch").help("name a file with --mapping or --input"));
    }
    loop {
        let seen = files.iter().map(|file| changed_at(file)).collect::<Vec<_>>();
        if let Err(failure) = show(flags, &options) {
            talk(&failure.to_string());
        }
        talk("--- watching for changes; Ctrl-C ends");
        while seen == files.iter().map(|file| changed_at(file)).collect::<Vec<_>>() {
            std::thread::sleep(LOOK_INTERVAL);
        }
    }
}

/// Time of a file's last change and its size; none without a file, because editors replace files.
fn changed_at(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Items to map, and what expressions see as now.
struct Items {
    batches: Vec<Batch>,
    run: Run,
}

fn show(flags: &PreviewFlags, options: &CompileOptions) -> Result<(), Failure> {
    let (text, name) = read_mapping_text(flags.mapping().map(PathBuf::as_path))?;
    let input = flags.input.as_deref().map(read_text).transpose()?;
    let page = on_evaluation_stack(|| {
        let mapping = load(&text, &name, options)?;
        check_kind(&mapping, &name, &flags.kind)?;
        let items = items(flags, input.as_deref())?;
        Ok::<_, Failure>(if flags.explain { explained(&mapping, flags, &items) } else { entities(&mapping, flags, &items) })
    })??;
    data(page.written, &page.data)?;
    if !page.talk.is_empty() {
        talk(page.talk.trim_end());
    }
    Ok(())
}

/// A mapping without the kind would show nothing.
fn check_kind(mapping: &CompiledMapping, name: &str, kind: &str) -> Result<(), Failure> {
    let resources = of_kind(mapping, kind);
    if resources.is_empty() {
        kinds::find(kind)?;
        let of_mapping: Vec<_> = mapping.resources().iter().map(|resource| format!("`{}`", resource.kind())).collect();
        let failure = Failure::wrong(format!("{name} has no resource of kind `{kind}`"));
        return Err(failure.help(format!("it has {}", of_mapping.join(", "))));
    }
    for reason in resources.iter().filter_map(|resource| resource.skipped()) {
        talk(&format!("note: a resync skips a resource of kind `{kind}`: {reason}"));
    }
    Ok(())
}

fn items(flags: &PreviewFlags, input: Option<&str>) -> Result<Items, Failure> {
    let sampler = Sampler::new()?;
    let known: Option<&'static Kind> = kind::find(&flags.kind);
    let Some(input) = input else {
        let batches = sampler.batches(kinds::find(&flags.kind)?, flags.limit)?;
        return Ok(Items { batches, run: run_at(sampler.now()) });
    };
    let stand_in = match known {
        Some(kind) => sampler.enrichment(kind)?,
        None => Enrichment::default(),
    };
    let (batches, lacking) = sample::of_text(input, known, flags.limit, &stand_in);
    for name in lacking {
        talk(&format!("note: items lack `{name}`, which a resync adds; a simulated one stands in"));
    }
    Ok(Items { batches, run: run_at(jiff::Timestamp::now()) })
}

struct Page {
    written: Written,
    data: String,
    talk: String,
}

fn entities(mapping: &CompiledMapping, flags: &PreviewFlags, items: &Items) -> Page {
    let mut data = String::new();
    let mut mapped = Vec::new();
    for resource in of_kind(mapping, &flags.kind) {
        mapped.extend(items.batches.iter().map(|batch| resource.map_batch(batch, &items.run)));
    }
    for entity in mapped.iter().flat_map(|batch| &batch.entities) {
        let json = match flags.output {
            TextOrJson::Text => serde_json::to_string_pretty(entity),
            TextOrJson::Json => serde_json::to_string(entity),
        };
        data.push_str(&json.unwrap_or_default());
        data.push('\n');
    }
    let count = items.batches.iter().map(|batch| batch.items.len()).sum();
    let mut talk = explain::summary(count, &mapped);
    if mapped.iter().any(|batch| !batch.nulls.is_empty()) {
        talk.push_str("help: --explain shows each expression with its value, or why it is null");
    }
    // An entity is shown as JSON in both forms.
    Page { written: Written::Json, data, talk }
}

fn explained(mapping: &CompiledMapping, flags: &PreviewFlags, items: &Items) -> Page {
    let resources = of_kind(mapping, &flags.kind);
    let explained =
        resources.iter().flat_map(|resource| items.batches.iter().flat_map(|batch| resource.explain(batch, &items.run)));
    let data = match flags.output {
        TextOrJson::Text => explained.map(|explained| explain::item(&explained)).collect::<Vec<_>>().join("\n"),
        TextOrJson::Json => {
            explained.map(|explained| format!("{}\n", serde_json::to_string(&explained).unwrap_or_default())).collect()
        }
    };
    Page { written: flags.output.into(), data, talk: String::new() }
}
