//! `pilotage preview`: the entities that a mapping makes of some items, and why they are what they are.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::console::{Written, data, talk};
use super::failure::{Failure, exit};
use super::flags::{PreviewFlags, TextOrJson};
use super::kinds;
use super::mapping_file::{compile_options, is_stdin, load, of_kind, read_mapping_text, read_text, same_kind};
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
    let pages = on_evaluation_stack(|| {
        let mapping = load(&text, &name, options)?;
        let kinds = kinds_of(&mapping, &name, flags)?;
        let sampler = Sampler::new()?;
        let mut pages = Vec::new();
        for kind in &kinds {
            tell_skipped(&mapping, kind);
            let items = match items(&sampler, kind, flags, input.as_deref()) {
                Ok(items) => items,
                // Of several kinds, one without a sample does not hide the others.
                Err(failure) if kinds.len() > 1 => {
                    talk(&format!("note: no items of `{kind}`: {}", failure.message()));
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let of_kind = Shown { mapping: &mapping, kind, flags, items: &items, has_heading: kinds.len() > 1 };
            pages.push(if flags.explain { of_kind.explained() } else { of_kind.entities() });
        }
        if pages.is_empty() {
            return Err(Failure::failed("there is no item of any kind of the mapping").help("give items with --input FILE"));
        }
        Ok(pages)
    })??;
    for page in pages {
        data(page.written, &page.data)?;
        if !page.talk.is_empty() {
            talk(page.talk.trim_end());
        }
    }
    Ok(())
}

/// The kinds that are shown: the one that is named, else all of the mapping, each once, in its order.
fn kinds_of(mapping: &CompiledMapping, name: &str, flags: &PreviewFlags) -> Result<Vec<String>, Failure> {
    let mut mapped: Vec<&str> = Vec::new();
    for resource in mapping.resources() {
        if !mapped.iter().any(|kind| same_kind(kind, resource.kind())) {
            mapped.push(resource.kind());
        }
    }
    let it_has = || mapped.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
    match &flags.kind {
        Some(kind) if of_kind(mapping, kind).is_empty() => {
            kinds::find(kind)?;
            Err(Failure::wrong(format!("{name} has no resource of kind `{kind}`")).help(format!("it has {}", it_has())))
        }
        Some(kind) => Ok(vec![kind.clone()]),
        None if mapped.is_empty() => Err(Failure::wrong(format!("{name} has no resources, so nothing comes of any item"))),
        None if flags.input.is_some() && mapped.len() > 1 => {
            let failure = Failure::wrong(format!("{name} has several kinds, so it is not known of which one the items are"));
            Err(failure.help(format!("say it with --kind KIND: {}", it_has())))
        }
        None => Ok(mapped.into_iter().map(str::to_owned).collect()),
    }
}

fn tell_skipped(mapping: &CompiledMapping, kind: &str) {
    for reason in of_kind(mapping, kind).iter().filter_map(|resource| resource.skipped()) {
        talk(&format!("note: a resync skips a resource of kind `{kind}`: {reason}"));
    }
}

fn items(sampler: &Sampler, kind: &str, flags: &PreviewFlags, input: Option<&str>) -> Result<Items, Failure> {
    let known: Option<&'static Kind> = kind::find(kind);
    let Some(input) = input else {
        let batches = sampler.batches(kinds::find(kind)?, flags.limit)?;
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

/// Items of one kind, and what is shown of them.
struct Shown<'a> {
    mapping: &'a CompiledMapping,
    kind: &'a str,
    flags: &'a PreviewFlags,
    items: &'a Items,
    /// Names the kind, because there are others.
    has_heading: bool,
}

impl Shown<'_> {
    fn entities(&self) -> Page {
        let mut data = String::new();
        let mut mapped = Vec::new();
        for resource in of_kind(self.mapping, self.kind) {
            mapped.extend(self.items.batches.iter().map(|batch| resource.map_batch(batch, &self.items.run)));
        }
        for entity in mapped.iter().flat_map(|batch| &batch.entities) {
            let json = match self.flags.output {
                TextOrJson::Text => serde_json::to_string_pretty(entity),
                TextOrJson::Json => serde_json::to_string(entity),
            };
            data.push_str(&json.unwrap_or_default());
            data.push('\n');
        }
        let count = self.items.batches.iter().map(|batch| batch.items.len()).sum();
        let mut talk = if self.has_heading { format!("{}: ", self.kind) } else { String::new() };
        talk.push_str(&explain::summary(count, &mapped));
        if mapped.iter().any(|batch| !batch.nulls.is_empty()) {
            talk.push_str("help: --explain shows each expression with its value, or why it is null");
        }
        // An entity is shown as JSON in both forms.
        Page { written: Written::Json, data, talk }
    }

    fn explained(&self) -> Page {
        let Items { batches, run } = self.items;
        let resources = of_kind(self.mapping, self.kind);
        let explained = resources.iter().flat_map(|resource| batches.iter().flat_map(|batch| resource.explain(batch, run)));
        let data = match self.flags.output {
            TextOrJson::Text => {
                let heading = if self.has_heading { format!("{}\n\n", self.kind) } else { String::new() };
                let end = if self.has_heading { "\n" } else { "" };
                format!("{heading}{}{end}", explained.map(|explained| explain::item(&explained)).collect::<Vec<_>>().join("\n"))
            }
            TextOrJson::Json => {
                explained.map(|explained| format!("{}\n", serde_json::to_string(&explained).unwrap_or_default())).collect()
            }
        };
        Page { written: self.flags.output.into(), data, talk: String::new() }
    }
}
