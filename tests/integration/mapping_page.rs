//! The examples of `docs/mapping.md`, mapped by the engine; and no key of the mapping language is missing there.
//!
//! An example is a block `yaml`, a block `json item` with an item, and a block `json entities` with what comes of it. A block
//! `yaml` that is followed by `json kept` shows keys of the file itself, as Pilotage keeps them.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use pilotage::mapping::evaluate::CompiledMapping;
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::{CompileOptions, Run};
use pilotage::mapping::{sample, schema};
use pilotage::model::item::{Batch, Enrichment};
use serde_json::Value;

use crate::support::repository;

/// Fenced blocks of a page with their kind and their line.
fn blocks(page: &str) -> Vec<(usize, String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        blocks.push((number + 1, kind.to_owned(), format!("{}\n", text.join("\n"))));
    }
    blocks
}

fn page() -> String {
    fs::read_to_string(repository("docs/mapping.md")).unwrap()
}

fn mapping(text: &str, line: usize) -> Mapping {
    let (mapping, findings) = Mapping::read(text, "docs/mapping.md");
    mapping.unwrap_or_else(|| panic!("line {line}: {findings:?}"))
}

/// Entities that a mapping makes of an item.
fn entities(mapping: &Mapping, item: &str) -> Value {
    let compiled = CompiledMapping::compile(mapping, &CompileOptions::default());
    assert!(compiled.findings().is_empty(), "{:?}", compiled.findings());
    let items = sample::items(item);
    let batch = Batch { items, enrichment: Enrichment::default().into() };
    let run = Run::new("2026-11-30T06:00:00Z".parse().unwrap());
    let mapped = compiled.resources().iter().map(|resource| resource.map_batch(&batch, &run));
    mapped.flat_map(|batch| batch.entities).map(|entity| serde_json::to_value(entity).unwrap()).collect()
}
