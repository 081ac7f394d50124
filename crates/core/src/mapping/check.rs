//! Checks of a mapping that need no item: one rule, one file.
//!
//! A rule sees one resource with what is known of its kind and of the catalog's blueprints, and adds findings. Whether an
//! expression compiles is not a rule but [`super::evaluate`]; whether the file has the right keys is [`super::file`].

mod arithmetic;
mod assignment;
mod blueprint;
mod clashes;
mod entity;
mod environment;
mod fields;
mod guard;
mod identifier;
mod infer;
mod items;
mod kind;
mod known;
mod patterns;
mod ratios;
mod remainder;
mod sample;
mod selection;
mod selector;
mod texts;
mod trial;
mod users;

#[cfg(test)]
mod tests;

use super::evaluate::CompiledMapping;
use super::file::{Expression, Mapping, Named, Resource, Template};
use super::finding::{Finding, in_reading_order};
use super::program::syntax::Term;
use super::program::{CompileOptions, read};
use super::quotes::quote_rewriting;
use crate::model::blueprint::Blueprint;
use crate::model::field::Field;
use crate::model::selector_keys::SelectorKeys;
use infer::Inference;
use known::Known;
pub use sample::{Survival, check_sample, survival};
pub use trial::{trial, with_sampled};

/// Kinds and blueprints that mappings are checked against.
#[derive(Clone, Copy, Debug, Default)]
pub struct World<'a> {
    /// The kinds that can be collected.
    pub kinds: &'a [KnownKind<'a>],
    /// The catalog's blueprints; none when they are not known, and nothing is checked against them.
    pub blueprints: Option<&'a [Blueprint]>,
}

impl<'a> World<'a> {
    /// The kind of that name.
    fn kind(&self, name: &str) -> Option<&'a KnownKind<'a>> {
        self.kinds.iter().find(|kind| kind.name == name || kind.aliases.contains(&name))
    }
}

/// The names, fields and selector keys of a kind.
#[derive(Clone, Debug)]
pub struct KnownKind<'a> {
    /// Its name.
    pub name: &'a str,
    /// Other names of it.
    pub aliases: &'a [&'a str],
    /// The documented fields of its items, those that are added included. Empty when they are not known.
    pub fields: Vec<&'a Field>,
    /// Keys that its selector may have besides `query`.
    pub selector: SelectorKeys,
}

/// Reads a mapping and says everything about it that can be known without an item, in the order of the text.
///
/// Compiles every expression, on the caller's thread: it needs the stack that evaluation needs.
pub fn validate(text: &str, file_name: &str, options: &CompileOptions, world: &World<'_>) -> (Option<Mapping>, Vec<Finding>) {
    let identifier = |kind: &str| world.kind(kind).map(identifier_example);
    let (mapping, mut findings) = Mapping::read_knowing(text, file_name, &identifier);
    if let Some(mapping) = &mapping {
        let fields =
            |kind: &str| world.kind(kind).map(|kind| kind.fields.iter().map(|field| field.name).collect()).unwrap_or_default();
        findings.extend_from_slice(CompiledMapping::compile_knowing(mapping, options, fields).findings());
        for subject in subjects(mapping, world) {
            apply(&subject, &mut findings);
            environment::check(&subject, &options.environment, &mut findings);
        }
    }
    in_reading_order(&mut findings);
    (mapping, findings)
}

/// Example of an identifier for the items of a kind, as an expression: owner, then user and day.
fn identifier_example(kind: &KnownKind<'_>) -> String {
    let has = |name: &str| kind.fields.iter().any(|field| field.name == name);
    let owner = match (has("__organization"), has("__enterprise")) {
        (true, true) => Some("(.__organization.login // .__enterprise.slug)"),
        (true, false) => Some(".__organization.login"),
        (false, true) => Some(".__enterprise.slug"),
        (false, false) => None,
    };
    let within = [
        ("user_login", ".user_login"),
        ("assignee", ".assignee.login"),
        ("team_id", "(.team_id | tostring)"),
        ("__team", ".__team.slug"),
        ("repo_id", "(.repo_id | tostring)"),
    ];
    let within = within.into_iter().find(|(name, _)| has(name)).map(|(_, path)| path);
    let day = ["day", "date"].into_iter().find(|name| has(name)).map(|name| format!(".{name}"));
    let subject: Vec<&str> = owner.into_iter().chain(within).collect();
    let subject = subject.join(" + \"/\" + ");
    match day {
        Some(day) if subject.is_empty() => day,
        Some(day) => format!("{subject} + \"@\" + {day}"),
        None => subject,
    }
}

/// The findings of every rule about every resource, in the order of the rules within a resource.
pub fn check(mapping: &Mapping, world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    subjects(mapping, world).for_each(|subject| apply(&subject, &mut findings));
    findings
}

fn subjects<'a>(mapping: &'a Mapping, world: &'a World<'a>) -> impl Iterator<Item = Subject<'a>> {
    mapping.resources.iter().map(move |resource| Subject::new(resource, world.kind(&resource.kind.text), world))
}

fn apply(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    RULES.iter().for_each(|rule| rule(subject, findings));
}

type Rule = fn(&Subject<'_>, &mut Vec<Finding>);

const RULES: &[Rule] = &[
    kind::check,
    items::check,
    selection::check,
    selector::check,
    identifier::check,
    entity::check,
    fields::check,
    clashes::check,
    assignment::check,
    texts::check,
    arithmetic::check,
    remainder::check,
    patterns::check,
    ratios::check,
    users::check,
    blueprint::check,
];

/// Input of a rule: a resource with its expressions and its kind.
struct Subject<'a> {
    resource: &'a Resource,
    world: &'a World<'a>,
    /// Keys that its kind's selector may have; none when the kind is not known.
    keys: Option<SelectorKeys>,
    /// Every expression that can be read.
    expressions: Vec<Looked<'a>>,
}

/// Uses of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role<'a> {
    Selector,
    ItemsToParse,
    Identifier,
    Blueprint,
    Title,
    Icon,
    Team,
    Property(&'a str),
    Relation(&'a str),
    /// A part of a search query.
    Query,
}

/// An expression, its structure, and what is known of its outputs.
struct Looked<'a> {
    role: Role<'a>,
    expression: &'a Expression,
    term: Term,
    inference: Inference,
}

impl<'a> Subject<'a> {
    fn new(resource: &'a Resource, kind: Option<&KnownKind<'_>>, world: &'a World<'a>) -> Self {
        let item = kind.map_or(Known::anything(), |kind| Known::object(&kind.fields));
        let mut element = item.clone();
        let mut expressions = Vec::new();
        if let Some(list) = &resource.port.items_to_parse
            && let Some(looked) = look(Role::ItemsToParse, list, &item)
        {
            element = item.with(&resource.port.items_to_parse_name, looked.inference.output.element());
            expressions.push(looked);
        } else if resource.port.items_to_parse.is_some() {
            element = Known::anything();
        }
        let mappings = &resource.port.entity.mappings;
        let mut add = |role: Role<'a>, expression: &'a Expression| expressions.extend(look(role, expression, &element));
        add(Role::Selector, &resource.selector.query);
        each(&mappings.identifier, Role::Identifier, &mut add);
        add(Role::Blueprint, &mappings.blueprint);
        mappings.title.iter().for_each(|title| add(Role::Title, title));
        mappings.icon.iter().for_each(|icon| add(Role::Icon, icon));
        mappings.team.iter().for_each(|team| each(team, Role::Team, &mut add));
        for (name, property) in mappings.properties.iter().flat_map(|Named(all)| all) {
            add(Role::Property(name), property);
        }
        for (name, relation) in mappings.relations.iter().flat_map(|Named(all)| all) {
            each(relation, Role::Relation(name), &mut add);
        }
        Self { resource, world, keys: kind.map(|kind| kind.selector), expressions }
    }
}

/// Hands over the expression of a template, or every one of a search query.
fn each<'a>(template: &'a Template, role: Role<'a>, add: &mut impl FnMut(Role<'a>, &'a Expression)) {
    match template {
        Template::Expression(expression) => add(role, expression),
        Template::Object(Named(entries)) => entries.iter().for_each(|(_, value)| each(value, Role::Query, add)),
        Template::List(list) => list.iter().for_each(|value| each(value, Role::Query, add)),
    }
}

fn look<'a>(role: Role<'a>, expression: &'a Expression, item: &Known) -> Option<Looked<'a>> {
    // What does not compile is not looked at further.
    let text = quote_rewriting(&expression.text);
    let term = read(&text, &CompileOptions::default()).ok()?;
    let inference = infer::infer(&term, item);
    Some(Looked { role, expression, term, inference })
}
