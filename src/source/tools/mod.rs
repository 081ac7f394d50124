//! The AI tools as one source: the people's days of each tool that is read, put into one shape with one name for each person.
//!
//! It asks nothing of its own: each slice is a slice of the tool's own kind, read by the tool's source, and ends as that one does. So
//! what it proves is what the tool's slice proved. People are matched here, in memory, before anything else sees an item. A further tool
//! is a line in [`tool_usage::TOOLS`], and changes nothing here.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Event, ReadRequest, Source, SourceError, SourceName, SourceRun};
use crate::kind::tool_usage::{self, ToolDay, ToolUsage};
use crate::kind::{self, Kind, KindNames, Vendor};
use crate::model::day::Day;
use crate::model::field::Field;
use crate::model::item::{Batch, CHUNK_ITEMS, Enrichment, RawItem};
use crate::model::person::PersonAliases;
use crate::model::person_fields::PersonFields;
use crate::model::slice::{Slice, SliceEnd};
use crate::model::usage::Usage;
use crate::reconcile::outcome::Examples;

/// The source's name.
const NAME: SourceName = SourceName { code: "ai-tools", title: "the AI tools" };

/// Events that may wait between a tool's source and this one.
const EVENTS_AHEAD: usize = 2;

/// People's days of a slice that are held to add up several rows of one person. A day of the largest company has fewer people.
const PEOPLE_DAYS_AT_MOST: usize = 500_000;

/// The tools that are read, as one source.
#[derive(Clone)]
pub struct ToolsSource {
    /// Sources of the tools, each with the kinds of people's days that are read of it.
    tools: Vec<(Arc<dyn Source>, Vec<&'static str>)>,
    aliases: Arc<PersonAliases>,
}

impl ToolsSource {
    /// These sources, each with the kinds that are read of it.
    pub fn new(tools: Vec<(Arc<dyn Source>, Vec<&'static str>)>, aliases: PersonAliases) -> Self {
        Self { tools, aliases: Arc::new(aliases) }
    }
}

impl Source for ToolsSource {
    fn name(&self) -> SourceName {
        NAME
    }

    fn kinds(&self) -> Vec<KindNames> {
        kind::of(Vendor::Several).map(Kind::names).collect()
    }

    fn item_fields(&self, name: &str) -> Vec<&'static Field> {
        kind::find(name).map(|kind| kind.item_fields().collect()).unwrap_or_default()
    }

    fn persons(&self, name: &str) -> &'static PersonFields {
        kind::find(name).map_or(&PersonFields::NOBODY, |kind| &kind.persons)
    }

    fn day_field(&self, name: &str) -> Option<&'static str> {
        kind::find(name)?.day_field()
    }

    fn is_restricted(&self) -> bool {
        self.tools.iter().any(|(source, _)| source.is_restricted())
    }

    fn begin(&self, integration: &str, stop: &CancellationToken) -> Arc<dyn SourceRun> {
        let begun = self.tools.iter().map(|(source, kinds)| (source.begin(integration, stop), kinds.clone()));
        Arc::new(ToolsRun { tools: begun.collect(), aliases: Arc::clone(&self.aliases) })
    }

    /// The clients are those of the tools' own sources, which count them.
    fn spent(&self) -> Vec<(String, Usage)> {
        Vec::new()
    }
}

/// A run of each tool.
struct ToolsRun {
    tools: Vec<(Arc<dyn SourceRun>, Vec<&'static str>)>,
    aliases: Arc<PersonAliases>,
}

#[async_trait]
impl SourceRun for ToolsRun {
    async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError> {
        if self.tools.iter().all(|(_, kinds)| kinds.is_empty()) {
            let reason = "no tool is in the settings whose days of people could be read".to_owned();
            let slice = Slice::new(request.resource, &request.kind, "", SliceEnd::NotReady { reason });
            let end = slice.end.clone();
            let ended = Event::Ended { end, window: None, missing_days: Vec::new(), rejected: Examples::default() };
            // Nobody listening any more needs no events.
            if events.send(Event::Began(slice)).await.is_ok() {
                let _ = events.send(ended).await;
            }
            return Ok(());
        }
        for (run, kinds) in &self.tools {
            for name in kinds {
                let Some(usage) = kind::find(name).and_then(Kind::tool_usage) else { continue };
                // The tool's rows are needed whole, whatever the mapping looks at.
                let inner = ReadRequest { kind: (*name).to_owned(), looks_at: None, ..request.clone() };
                let (sender, receiver) = mpsc::channel(EVENTS_AHEAD);
                let translation = Translation::new(usage, &self.aliases, &request, &events);
                let (read, ()) = tokio::join!(run.read(inner, sender), translation.run(receiver));
                read?;
            }
        }
        Ok(())
    }
}

/// Events of one kind of one tool, as those of the one model.
struct Translation<'a> {
    usage: &'static ToolUsage,
    aliases: &'a PersonAliases,
    request: &'a ReadRequest,
    out: &'a mpsc::Sender<Event>,
    /// The scope of the slice that is read.
    account: String,
    /// People's days of the slice, where a person may have several rows.
    held: BTreeMap<(Day, String), ToolDay>,
    rejected: Examples<String>,
}

/// The receiver of events is gone.
struct Unheard;

impl<'a> Translation<'a> {
    fn new(
        usage: &'static ToolUsage,
        aliases: &'a PersonAliases,
        request: &'a ReadRequest,
        out: &'a mpsc::Sender<Event>,
    ) -> Self {
        Self { usage, aliases, request, out, account: String::new(), held: BTreeMap::new(), rejected: Examples::default() }
    }

    async fn run(mut self, mut events: mpsc::Receiver<Event>) {
        while let Some(event) = events.recv().await {
            // Dropping the receiver ends the reading.
            if self.take(event).await.is_err() {
                return;
            }
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), Unheard> {
        let event = match event {
            Event::Began(slice) => {
                self.account.clone_from(&slice.scope);
                let scope = if slice.scope.is_empty() { String::new() } else { format!("{}: {}", self.usage.tool, slice.scope) };
                Event::Began(Slice { kind: self.request.kind.clone(), scope, ..slice })
            }
            Event::Items(batch) => return self.take_items(batch).await,
            // The rows are an aid of the tool's own kinds.
            Event::Rows(_) => return Ok(()),
            Event::Ended { end, window, missing_days, mut rejected } => {
                self.give_held().await?;
                rejected.append(std::mem::take(&mut self.rejected));
                Event::Ended { end, window, missing_days, rejected }
            }
            event @ (Event::Note(_) | Event::Cached(_) | Event::Fatal(_)) => event,
        };
        self.send(event).await
    }

    async fn take_items(&mut self, batch: Batch) -> Result<(), Unheard> {
        let mut items = Vec::new();
        for RawItem { json, line } in batch.items {
            let read = serde_json::from_slice::<Value>(&json).map_err(|error| error.to_string());
            let read = read.and_then(|row| self.usage.read(&row, self.aliases).map_err(|error| error.to_string()));
            match read {
                Err(reason) => self.rejected.add(format!("{} line {line}: {reason}", batch.source)),
                Ok(day) if self.usage.has_several_rows && self.held.len() < PEOPLE_DAYS_AT_MOST => {
                    let key = (day.day, day.identity.clone());
                    self.held.entry(key).and_modify(|held| held.add(&day)).or_insert(day);
                }
                Ok(day) => items.push(self.item(&day, line)),
            }
        }
        let enrichment = Arc::new(Enrichment::default());
        if items.is_empty() { Ok(()) } else { self.send(Event::Items(Batch { source: batch.source, enrichment, items })).await }
    }

    /// Gives the days that were held until their slice ended.
    async fn give_held(&mut self) -> Result<(), Unheard> {
        let held = std::mem::take(&mut self.held);
        let items: Vec<RawItem> = held.values().zip(1..).map(|(day, line)| self.item(day, line)).collect();
        for items in items.chunks(CHUNK_ITEMS) {
            let (source, enrichment) = (format!("people of {}", self.account).into(), Arc::new(Enrichment::default()));
            self.send(Event::Items(Batch { source, enrichment, items: items.to_vec() })).await?;
        }
        Ok(())
    }

    fn item(&self, day: &ToolDay, line: u64) -> RawItem {
        RawItem { json: day.item(self.usage.tool, &self.account).to_string().into(), line }
    }

    async fn send(&self, event: Event) -> Result<(), Unheard> {
        self.out.send(event).await.map_err(|_| Unheard)
    }
}

/// Kinds of people's days that a source has, of those names.
pub fn kinds_of(source: &dyn Source) -> Vec<&'static str> {
    let names = source.kinds();
    tool_usage::kinds().map(|(kind, _)| kind.name).filter(|name| names.iter().any(|known| known.name == *name)).collect()
}
