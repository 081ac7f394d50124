//! Findings of a trial on a sample: expressions that always fail or that a limit stops, divisors that are zero, entities with one
//! identifier, identifiers that the catalog refuses.

use std::collections::BTreeMap;

use super::KnownKind;
use super::identifier::{ENTITY_CHARACTERS, is_entity_character, name_of};
use crate::mapping::codes;
use crate::mapping::evaluate::{CompiledResource, MappedBatch, Nulls};
use crate::mapping::file::{Expression, Named, Resource, Template};
use crate::mapping::finding::{Finding, Location, Severity};
use crate::mapping::nulls::{KnownItems, SeenNulls, remark};
use crate::mapping::program::syntax::{Term, TermKind};
use crate::mapping::program::{CompileOptions, Run, read};
use crate::mapping::quotes::quote_rewriting;
use crate::model::entity::{Entity, normal_identifier};
use crate::model::item::Batch;

/// Codes of findings that say why an expression is always null.
const REASONS: &[&str] = &[
    codes::UNKNOWN_FIELD,
    codes::OPERAND_TYPES,
    codes::UNKNOWN_VARIABLE,
    codes::MAPPING_SYNTAX,
    codes::BAD_PATTERN,
    codes::LIMIT_EXCEEDED,
];

/// Tries a resource on a sample of its kind.
pub fn trial(
    resource: &Resource,
    compiled: &CompiledResource,
    kind: &KnownKind<'_>,
    batches: &[Batch],
    run: &Run,
) -> Vec<Finding> {
    if compiled.skipped().is_some() {
        return Vec::new();
    }
    let mapped: Vec<MappedBatch> = batches.iter().map(|batch| compiled.map_batch(batch, run)).collect();
    let entities: Vec<&Entity> = mapped.iter().flat_map(|batch| &batch.entities).collect();
    let items = KnownItems { fields: &kind.fields, element: compiled.element_name() };
    let mut findings = nulls(resource, &mapped, entities.len() as u64, &items);
    findings.extend(refused(resource, &entities));
    findings.extend(same(resource, kind, &entities));
    findings
}

/// Adds what a sample shows to what the text shows, where that does not say it already.
pub fn with_sampled(mut findings: Vec<Finding>, sampled: Vec<Finding>) -> Vec<Finding> {
    for finding in sampled {
        let at_path = |other: &&Finding| other.path() == finding.path();
        let is_known = findings.iter().any(|other| other.code == finding.code && at_path(&other));
        let mut others = findings.iter().filter(at_path);
        let is_explained = match finding.code {
            codes::DIVISION_BY_ZERO => {
                others.any(|other| other.code == codes::ARITHMETIC_ON_NULL || REASONS.contains(&other.code))
            }
            codes::ALWAYS_NULL => others.any(|other| REASONS.contains(&other.code)),
            codes::NO_ENTITY => others.any(|other| other.severity == Severity::Error),
            _ => false,
        };
        if !is_known && !is_explained {
            findings.push(finding);
        }
    }
    findings
}

fn nulls(resource: &Resource, mapped: &[MappedBatch], entities: u64, items: &KnownItems<'_>) -> Vec<Finding> {
    let mut all: BTreeMap<&str, Nulls> = BTreeMap::new();
    for nulls in mapped.iter().flat_map(|batch| &batch.nulls) {
        let known = all.entry(&nulls.path).or_insert_with(|| Nulls { count: 0, failed: 0, stopped: 0, ..nulls.clone() });
        known.count += nulls.count;
        known.failed += nulls.failed;
        known.stopped += nulls.stopped;
        known.failure = known.failure.take().or_else(|| nulls.failure.clone());
    }
    let expressions = expressions(resource);
    let told = all.into_values().filter_map(|nulls| {
        let wanted = format!(".{}", nulls.path);
        let expression = expressions.iter().find(|expression| expression.path.ends_with(&wanted))?;
        null(&nulls, entities, items).map(|finding| finding.at(expression.location()))
    });
    told.collect()
}

fn null(nulls: &Nulls, entities: u64, items: &KnownItems<'_>) -> Option<Finding> {
    let failure = nulls.failure.as_deref().unwrap_or(&nulls.reason);
    if nulls.stopped > 0 {
        let message = format!("a limit stops the expression for {} of {entities} entities of the sample", nulls.stopped);
        let help = "an expression may take so many steps, bytes and levels: bound its loop, or take less of the item";
        return Some(Finding::error(codes::LIMIT_EXCEEDED, message).label(failure).help(help));
    }
    let is_zero = failure.contains("divisor is zero");
    if is_zero && nulls.failed > 0 {
        let message = format!("the divisor is zero for {} of {entities} entities of the sample", nulls.failed);
        let help = "divide only where it can be done: `if (.b // 0) > 0 then .a / .b else null end`";
        return Some(Finding::warning(codes::DIVISION_BY_ZERO, message).label("null there").help(help));
    }
    if nulls.failed == entities && entities > 0 {
        let message = format!("the expression fails for all {entities} entities of the sample, so its value is always null");
        return Some(Finding::warning(codes::ALWAYS_NULL, message).label(failure).help(failure_help(failure)));
    }
    let missing = nulls.missing.as_ref().map(|missing| missing.path.as_str());
    let remark = remark(&SeenNulls { count: nulls.count, missing, ..SeenNulls::default() }, entities, items)?;
    let help = "`pilotage kinds` lists the fields of a kind's items";
    Some(Finding::warning(codes::ALWAYS_NULL, remark.replacen("it is null", "the value is null", 1)).help(help))
}

/// Remedy for an error of jq.
fn failure_help(failure: &str) -> &'static str {
    if failure.contains("Cannot iterate over null") {
        "`[]?` gives nothing where there is no list"
    } else if failure.contains("Cannot index array") {
        "`[]?` goes through the elements of a list"
    } else if failure.contains("cannot be parsed as a number") || failure.contains("cannot be parsed as") {
        "`tonumber` takes a text of digits: look at the value with `pilotage preview --explain`"
    } else if failure.contains("null (null)") || failure.contains("null and") {
        "say what null stands for: `(.field // 0)`"
    } else {
        "`pilotage preview --sample --explain` shows the values"
    }
}

/// Every expression of a resource that has a place.
fn expressions(resource: &Resource) -> Vec<&Expression> {
    fn of<'a>(template: &'a Template, all: &mut Vec<&'a Expression>) {
        match template {
            Template::Expression(expression) => all.push(expression),
            Template::Object(Named(entries)) => entries.iter().for_each(|(_, value)| of(value, all)),
            Template::List(list) => list.iter().for_each(|value| of(value, all)),
        }
    }
    let mappings = &resource.port.entity.mappings;
    let mut all: Vec<&Expression> = mappings.title.iter().chain(&mappings.icon).chain([&mappings.blueprint]).collect();
    of(&mappings.identifier, &mut all);
    mappings.team.iter().for_each(|team| of(team, &mut all));
    all.extend(mappings.properties.iter().flat_map(|Named(named)| named.iter().map(|(_, expression)| expression)));
    mappings.relations.iter().flat_map(|Named(named)| named).for_each(|(_, relation)| of(relation, &mut all));
    all
}

/// Identifiers that the catalog refuses.
fn refused(resource: &Resource, entities: &[&Entity]) -> Option<Finding> {
    let at = place(&resource.port.entity.mappings.identifier)?;
    let texts: Vec<_> = entities
        .iter()
        .filter(|entity| !entity.identifier.is_object())
        .map(|entity| normal_identifier(&entity.identifier))
        .collect();
    let wrong_letter = |text: &str| text.chars().find(|letter| !is_entity_character(*letter));
    let is_wrong = |text: &str| wrong_letter(text).is_some() || text.chars().count() > ENTITY_CHARACTERS;
    let wrong: Vec<_> = texts.iter().filter(|text| is_wrong(text)).collect();
    let first = wrong.first()?;
    let of = format!("{} of {} identifiers of the sample", wrong.len(), texts.len());
    let finding = match wrong_letter(first) {
        Some(letter) => {
            let help = format!(
                "replace it, as `(.field | gsub({:?}; \"-\"))` does; letters, digits and `@ _ . + : \\ / = ' -` are allowed",
                pattern(letter)
            );
            Finding::error(codes::BAD_IDENTIFIER, format!("{of} hold {}, which the catalog refuses", name_of(letter))).help(help)
        }
        None => Finding::error(codes::BAD_IDENTIFIER, format!("{of} have more than {ENTITY_CHARACTERS} characters"))
            .help("take less of the item into the identifier"),
    };
    let shown: String = first.chars().take(60).collect();
    Some(finding.at(at).label(format!("as in `{shown}`")))
}

/// A regular expression for one character.
fn pattern(letter: char) -> String {
    if "\\^$.|?*+()[]{}".contains(letter) { format!("[{letter}]") } else { letter.to_string() }
}

/// Entities with one identifier that are not the same.
fn same(resource: &Resource, kind: &KnownKind<'_>, entities: &[&Entity]) -> Option<Finding> {
    let identifier = &resource.port.entity.mappings.identifier;
    let Template::Expression(expression) = identifier else { return None };
    let mut by_key: BTreeMap<(&str, String), Vec<&Entity>> = BTreeMap::new();
    for entity in entities {
        let key = (entity.blueprint.as_str(), normal_identifier(&entity.identifier).into_owned());
        by_key.entry(key).or_default().push(entity);
    }
    // Equal entities lose nothing: only one is written.
    let differ = |all: &&Vec<&Entity>| all.iter().any(|entity| Some(entity) != all.first());
    let lost: usize = by_key.values().filter(differ).map(|all| all.len() - 1).sum();
    let ((_, first), all) = by_key.iter().find(|(_, all)| differ(all))?;
    let term = read(&quote_rewriting(&expression.text), &CompileOptions::default()).ok()?;
    let port = &resource.port;
    let is_of_item = |term: &Term| matches!(&term.kind, TermKind::Field { name, .. } if *name == port.items_to_parse_name);
    let misses_item = port.items_to_parse.is_some() && !term.holds(&is_of_item);
    let severity = if misses_item || by_key.len() == 1 { Severity::Error } else { Severity::Warning };
    let message =
        format!("{} entities of the sample have {} identifiers: {lost} of them would not be kept", entities.len(), by_key.len());
    let finding = Finding::new(severity, codes::SAME_IDENTIFIER, message.replace(" 1 identifiers", " 1 identifier"))
        .at(expression.location())
        .label(format!("`{first}` for {} different entities", all.len()));
    let text = expression.text.trim();
    Some(match addition(resource, kind, &term, misses_item) {
        Some(addition) => finding.help(format!("add what tells them apart: `{text} + {addition}`")),
        None => finding.help("add to the identifier what tells the entities apart"),
    })
}

/// Part that an identifier lacks: the element's name, the day, the user.
fn addition(resource: &Resource, kind: &KnownKind<'_>, term: &Term, misses_item: bool) -> Option<String> {
    let port = &resource.port;
    if misses_item {
        let list = port.items_to_parse.as_ref()?.text.trim().trim_start_matches('.');
        let field = kind.fields.iter().find(|field| list.starts_with(field.name))?;
        let name = field.children.iter().find(|child| child.kind == crate::model::field::FieldType::Text)?.name;
        return Some(format!("\"/\" + .{}.{name}", port.items_to_parse_name));
    }
    let uses = |name: &str| term.holds(&|term: &Term| matches!(&term.kind, TermKind::Field { name: used, .. } if used == name));
    let has = |name: &&str| kind.fields.iter().any(|field| field.name == *name) && !uses(name);
    let candidates = [("user_login", "\"/\" + .user_login"), ("day", "\"@\" + .day"), ("date", "\"@\" + .date")];
    let lacking: Vec<&str> = candidates.into_iter().filter(|(name, _)| has(name)).map(|(_, addition)| addition).collect();
    (!lacking.is_empty()).then(|| lacking.join(" + "))
}

fn place(template: &Template) -> Option<Location> {
    match template {
        Template::Expression(expression) => Some(expression.location()),
        Template::Object(_) | Template::List(_) => None,
    }
}
