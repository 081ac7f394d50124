//! People, rewritten as they come out of a source, before anything else sees them: the seam of every source.
//!
//! A source declares the fields by which people are known ([`Source::persons`]); one that keeps what it read rewrites them itself
//! ([`Source::rewrites_people`]), because its files must hold nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Event, ReadRequest, Source, SourceError, SourceName, SourceRun, WrongChoice};
use crate::identity::{ForgottenPeople, Ingest};
use crate::kind::{KindNames, persons};
use crate::model::field::Field;
use crate::model::person_fields::PersonFields;
use crate::model::usage::Usage;

/// Events that may wait between a source and its items rewritten.
const EVENTS_AHEAD: usize = 2;

/// Reads who is to be forgotten. The error is a sentence.
pub type ReadForgotten = Arc<dyn Fn() -> Result<Option<ForgottenPeople>, String> + Send + Sync>;

/// A source of which only so much of people is seen as the settings say.
pub struct PeopleSource {
    source: Arc<dyn Source>,
    ingest: Arc<Ingest>,
    forgotten: ReadForgotten,
}

impl PeopleSource {
    /// That source, with people by those rules. `forgotten` is called for each run, because somebody may be forgotten between two.
    pub fn new(source: Arc<dyn Source>, ingest: Arc<Ingest>, forgotten: ReadForgotten) -> Self {
        Self { source, ingest, forgotten }
    }
}

impl Source for PeopleSource {
    fn name(&self) -> SourceName {
        self.source.name()
    }

    fn kinds(&self) -> Vec<KindNames> {
        self.source.kinds()
    }

    fn item_fields(&self, kind: &str) -> Vec<&'static Field> {
        self.source.item_fields(kind)
    }

    fn day_field(&self, kind: &str) -> Option<&'static str> {
        self.source.day_field(kind)
    }

    fn persons(&self, kind: &str) -> &'static PersonFields {
        self.source.persons(kind)
    }

    fn rewrites_people(&self) -> bool {
        true
    }

    fn is_restricted(&self) -> bool {
        self.source.is_restricted()
    }

    fn check_blueprints(&self, given: &[(&str, &str)]) -> Result<(), WrongChoice> {
        self.source.check_blueprints(given)
    }

    fn begin(&self, integration: &str, stop: &CancellationToken) -> Arc<dyn SourceRun> {
        let unreadable = match (self.forgotten)() {
            Ok(people) => {
                self.ingest.forget(people);
                None
            }
            Err(sentence) => Some(sentence),
        };
        let run = self.source.begin(integration, stop);
        Arc::new(PeopleRun { run, source: Arc::clone(&self.source), ingest: Arc::clone(&self.ingest), unreadable })
    }

    fn spent(&self) -> Vec<(String, Usage)> {
        self.source.spent()
    }
}

/// One run of such a source.
struct PeopleRun {
    run: Arc<dyn SourceRun>,
    source: Arc<dyn Source>,
    ingest: Arc<Ingest>,
    /// The reason for which it is not known who is to be forgotten.
    unreadable: Option<String>,
}

#[async_trait]
impl SourceRun for PeopleRun {
    async fn check(&self, kinds: &[&'static str]) -> Result<(), WrongChoice> {
        if let Some(sentence) = &self.unreadable {
            let help = "put back a copy of the file: without it, people who were forgotten would come back".to_owned();
            return Err(WrongChoice { sentence: sentence.clone(), help });
        }
        self.run.check(kinds).await
    }

    async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError> {
        let kind = self.source.kinds().into_iter().find(|kind| kind.is_called(&request.kind));
        let of = kind.map_or(&persons::NOBODY, |kind| self.source.persons(kind.name));
        if !self.ingest.may_read(of) {
            // Without a slice there is nothing, and that is proven: the settings say so. What the catalog has of it is deleted, as far as
            // the deletion threshold lets it.
            let note =
                format!("`{}` is about single people, and the setting `identity` is `none`: nothing of it is read", request.kind);
            let _ = events.send(Event::Note(note)).await;
            return Ok(());
        }
        if self.source.rewrites_people() {
            return self.run.read(request, events).await;
        }
        let (sender, raw) = mpsc::channel::<Event>(EVENTS_AHEAD);
        let rewriting = async {
            // Dropped with this, so that a source whose events nobody takes any more ends.
            let mut raw = raw;
            while let Some(event) = raw.recv().await {
                let event = match event {
                    Event::Items(mut batch) => {
                        batch.items = self.ingest.take(of, batch.items);
                        Event::Items(batch)
                    }
                    Event::Rows(mut rows) => {
                        rows.rows = self.ingest.take(&persons::USER_ROWS, rows.rows);
                        Event::Rows(rows)
                    }
                    other => other,
                };
                // Nobody listening ends the reading: its own sender fails then.
                if events.send(event).await.is_err() {
                    return;
                }
            }
        };
        let (read, ()) = tokio::join!(self.run.read(request, sender), rewriting);
        read
    }

    fn warnings(&self) -> Vec<String> {
        self.run.warnings()
    }

    fn keep(&self) {
        self.run.keep();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use super::*;
    use crate::identity::rewrite::ItemRewriting;
    use crate::identity::{Identity, KeyedHash, Pseudonyms};
    use crate::model::item::{Batch, Enrichment, RawItem};
    use crate::model::person_fields::PersonRole;
    use crate::model::slice::{Slice, SliceEnd};
    use crate::reconcile::outcome::Examples;

    const PERSONS: PersonFields = PersonFields { fields: &[("sailor", PersonRole::Login)], except: &["ship"], searches: true };

    /// A source of sailors that keeps nothing.
    struct Crew;

    impl Source for Crew {
        fn name(&self) -> SourceName {
            SourceName { code: "crew", title: "the crew" }
        }

        fn kinds(&self) -> Vec<KindNames> {
            vec![KindNames { name: "sailor", aliases: &["sailors"] }]
        }

        fn persons(&self, _kind: &str) -> &'static PersonFields {
            &PERSONS
        }

        fn begin(&self, _integration: &str, _stop: &CancellationToken) -> Arc<dyn SourceRun> {
            Arc::new(Crew)
        }

        fn spent(&self) -> Vec<(String, Usage)> {
            Vec::new()
        }
    }

    #[async_trait]
    impl SourceRun for Crew {
        async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError> {
            let item = |(name, line): (&str, u64)| RawItem {
                json: format!(r#"{{"sailor":"{name}","ship":{{"login":"argo"}}}}"#).into(),
                line,
            };
            let items = ["jason", "orpheus"].into_iter().zip(1..).map(item).collect();
            let batch = Batch { source: "crew".into(), enrichment: Arc::new(Enrichment::default()), items };
            let _ = events.send(Event::Began(Slice::new(request.resource, request.kind, "argo", SliceEnd::Complete))).await;
            let _ = events.send(Event::Items(batch)).await;
            let end = SliceEnd::Complete;
            let ended = Event::Ended { end, window: None, missing_days: Vec::new(), rejected: Examples::default() };
            let _ = events.send(ended).await;
            Ok(())
        }
    }

    #[derive(Debug)]
    struct NoSecret;

    impl KeyedHash for NoSecret {
        fn hash(&self, text: &str) -> [u8; 32] {
            let mut hash = [0; 32];
            text.bytes().enumerate().for_each(|(at, byte)| hash[at % 32] ^= byte.rotate_left(at as u32 / 32));
            hash
        }
    }

    fn nobody() -> ReadForgotten {
        Arc::new(|| Ok(None))
    }

    /// The events of one run, as far as they have a text.
    async fn texts(source: &PeopleSource) -> Result<Vec<String>, WrongChoice> {
        let run = source.begin("ours", &CancellationToken::new());
        run.check(&["sailor"]).await?;
        let request = ReadRequest {
            kind: "sailors".to_owned(),
            selector: serde_json::Map::new(),
            resource: 0,
            looks_at: None,
            today: "2026-11-01".parse().unwrap(),
            days: None,
        };
        let (sender, mut events) = mpsc::channel(16);
        run.read(request, sender).await.unwrap();
        let mut texts = Vec::new();
        while let Some(event) = events.recv().await {
            match event {
                Event::Note(note) => texts.push(note),
                Event::Items(batch) => {
                    texts.extend(batch.items.iter().map(|item| String::from_utf8(item.json.to_vec()).unwrap()));
                }
                _ => {}
            }
        }
        Ok(texts)
    }

    #[tokio::test]
    async fn the_items_of_any_source_are_rewritten_by_what_it_declares() {
        let pseudonyms = Pseudonyms::new(Arc::new(NoSecret));
        let source =
            |identity, rewriting| PeopleSource::new(Arc::new(Crew), Arc::new(Ingest::new(identity, rewriting)), nobody());
        let by_pseudonyms = || ItemRewriting::new(Some(pseudonyms.clone()), []);
        let names = texts(&source(Identity::Names, ItemRewriting::default())).await.unwrap();
        assert_eq!(names[0], r#"{"sailor":"jason","ship":{"login":"argo"}}"#);
        let found = texts(&source(Identity::Pseudonyms, by_pseudonyms())).await.unwrap();
        let jason = pseudonyms.of_login("jason");
        assert_eq!(found[0], format!(r#"{{"sailor":"{jason}","ship":{{"login":"argo"}}}}"#));
        let found = texts(&source(Identity::Nobody, by_pseudonyms())).await.unwrap();
        assert!(found.len() == 1 && found[0].contains("`sailors` is about single people"), "{found:?}");
    }

    #[tokio::test]
    async fn who_is_forgotten_between_two_runs_is_left_out_of_the_second() {
        let list = Arc::new(Mutex::new(Ok(None)));
        let read: ReadForgotten = {
            let list = Arc::clone(&list);
            Arc::new(move || list.lock().unwrap().clone())
        };
        let source = PeopleSource::new(Arc::new(Crew), Arc::new(Ingest::default()), read);
        assert_eq!(texts(&source).await.unwrap().len(), 2);
        let people = ForgottenPeople::new(Arc::new(NoSecret), HashSet::new());
        let hashes = HashSet::from([people.hash_of_login("Jason")]);
        *list.lock().unwrap() = Ok(Some(ForgottenPeople::new(Arc::new(NoSecret), hashes)));
        let left = texts(&source).await.unwrap();
        assert!(left.len() == 1 && left[0].contains("orpheus"), "{left:?}");
        *list.lock().unwrap() = Err("cannot read `forgotten.json`".to_owned());
        assert!(texts(&source).await.unwrap_err().sentence.contains("forgotten.json"), "nothing is read");
    }
}
