//! Compiling a mapping: every expression once, every mistake collected.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::held::held;
use super::items::{ItemsToParse, deletion_path};
use super::{Compiled, CompiledMapping, CompiledResource, Leaf, LeafText};
use crate::mapping::file::{Expression, Mapping, Named, Resource, Template};
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::Literal;
use crate::mapping::program::{CompileError, CompileOptions, Program, read};
use crate::mapping::quotes::quote_rewriting;
use crate::mapping::remedy;

impl CompiledMapping {
    /// Compiles every expression. What does not compile is in [`CompiledMapping::findings`]; the rest works all the same:
    /// a property, title, icon, team or relation that does not compile is null, and a resource whose selector, identifier,
    /// blueprint or `itemsToParse` does not is [skipped](CompiledResource::skipped).
    pub fn compile(mapping: &Mapping, options: &CompileOptions) -> Self {
        Self::compile_knowing(mapping, options, |_| Vec::new())
    }

    /// Compiles every expression, with the names of the fields of a kind's items for the remedies.
    pub fn compile_knowing<'a>(mapping: &Mapping, options: &CompileOptions, fields: impl Fn(&str) -> Vec<&'a str>) -> Self {
        let mut findings = Vec::new();
        let resources = mapping.resources.iter();
        let resources = resources.map(|resource| compile(resource, options, &fields(&resource.kind.text), &mut findings));
        Self { resources: resources.collect(), findings }
    }
}

/// Compiles one expression that is in no mapping, exactly as one that is. `name` is the file's name in findings.
///
/// # Errors
/// Fails when it does not compile, with an error of code `mapping-syntax` for each mistake.
pub fn compile_expression(text: &str, name: &str, options: &CompileOptions) -> Result<Program, Vec<Finding>> {
    let expression = Expression::alone(text, name);
    Program::compile(&quote_rewriting(text), options).map_err(|errors| findings(&expression, errors, &[]))
}

struct Compiler<'a> {
    options: &'a CompileOptions,
    /// Names of an item's documented fields; empty when they are not known.
    fields: &'a [&'a str],
    findings: &'a mut Vec<Finding>,
    expressions: Vec<LeafText>,
    /// Keys of an item that the expressions so far can read; none when they can read any key.
    touched: Option<BTreeSet<String>>,
}

fn compile(resource: &Resource, options: &CompileOptions, fields: &[&str], findings: &mut Vec<Finding>) -> CompiledResource {
    let mut compiler = Compiler { options, fields, findings, expressions: Vec::new(), touched: Some(BTreeSet::new()) };
    let mappings = &resource.port.entity.mappings;
    let selector = compiler.leaf("selector.query", &resource.selector.query);
    let items = resource.port.items_to_parse.as_ref().map(|list| ItemsToParse {
        list: compiler.leaf("itemsToParse", list),
        without: compiler.without(resource, list),
        name: resource.port.items_to_parse_name.clone(),
    });
    let identifier = compiler.template("identifier", &mappings.identifier);
    let blueprint = compiler.leaf("blueprint", &mappings.blueprint);
    let needed = [
        ("selector", selector.program.is_some()),
        ("`itemsToParse`", items.as_ref().is_none_or(|items| items.list.program.is_some())),
        ("identifier", identifier.compiles()),
        ("blueprint", blueprint.program.is_some()),
    ];
    let broken = needed.iter().find(|(_, compiles)| !compiles);
    let mut leaf =
        |path: &str, expression: &Option<Expression>| expression.as_ref().map(|expression| compiler.leaf(path, expression));
    let title = leaf("title", &mappings.title);
    let icon = leaf("icon", &mappings.icon);
    let team = mappings.team.as_ref().map(|team| compiler.template("team", team));
    let properties = mappings.properties.as_ref().map(|Named(all)| {
        let all = all.iter();
        all.map(|(name, expression)| (name.clone(), compiler.leaf(&format!("properties.{name}"), expression))).collect()
    });
    let relations = mappings.relations.as_ref().map(|Named(all)| {
        let all = all.iter();
        all.map(|(name, template)| (name.clone(), compiler.template(&format!("relations.{name}"), template))).collect()
    });
    let identifier_fields = identifier_fields(resource, items.as_ref());
    CompiledResource {
        kind: resource.kind.text.clone(),
        skipped: broken.map(|(what, _)| format!("the resource's {what} does not compile")),
        selector,
        takes_every_item: false,
        items,
        identifier,
        identifier_fields,
        blueprint,
        blueprint_constant: text_constant(&mappings.blueprint.text),
        title,
        icon,
        team,
        properties,
        relations,
        keys: compiler.touched.as_ref().map(|touched| touched.iter().map(String::as_str).collect()),
        looks_at: compiler.touched,
        expressions: compiler.expressions,
    }
}

/// The top-level fields of an item that every identifier holds whole. With `itemsToParse`, without the key that elements are put at,
/// and without what the list may be made of, which is taken out of the item.
fn identifier_fields(resource: &Resource, items: Option<&ItemsToParse>) -> BTreeSet<String> {
    let Template::Expression(identifier) = &resource.port.entity.mappings.identifier else { return BTreeSet::new() };
    let Ok(term) = read(&quote_rewriting(&identifier.text), &CompileOptions::default()) else { return BTreeSet::new() };
    let mut fields: BTreeSet<String> = held(&term).into_iter().map(str::to_owned).collect();
    if let Some(items) = items {
        let touched = items.list.program.as_ref().and_then(Program::touched);
        fields.retain(|field| *field != items.name && touched.is_some_and(|touched| !touched.contains(field)));
    }
    fields
}

impl Compiler<'_> {
    fn leaf(&mut self, path: &str, expression: &Expression) -> Leaf {
        let index = self.expressions.len();
        self.expressions.push(LeafText { path: path.to_owned(), text: expression.text.clone() });
        let program = match Program::compile(&quote_rewriting(&expression.text), self.options) {
            Ok(program) => {
                self.touch(program.touched());
                Some(program)
            }
            Err(errors) => {
                self.findings.extend(findings(expression, errors, self.fields));
                None
            }
        };
        Leaf { program, index, stops: Arc::default() }
    }

    fn touch(&mut self, touched: Option<&BTreeSet<String>>) {
        match (touched, &mut self.touched) {
            (Some(touched), Some(all)) => all.extend(touched.iter().cloned()),
            _ => self.touched = None,
        }
    }

    fn template(&mut self, path: &str, template: &Template) -> Compiled {
        match template {
            Template::Expression(expression) => Compiled::Expression(self.leaf(path, expression)),
            Template::Object(Named(entries)) => {
                let entries = entries.iter();
                let compiled = entries.map(|(key, value)| (key.clone(), self.template(&format!("{path}.{key}"), value)));
                Compiled::Object(compiled.collect())
            }
            Template::List(list) => {
                let list = list.iter().enumerate();
                Compiled::List(list.map(|(index, value)| self.template(&format!("{path}[{index}]"), value)).collect())
            }
        }
    }

    /// The program that takes the list of `itemsToParse` out of its item.
    fn without(&mut self, resource: &Resource, list: &Expression) -> Option<Program> {
        if !resource.port.items_to_parse_top_level_transform {
            return None;
        }
        // As in Ocean, an expression without a path takes the whole item away, so that nothing comes of it.
        let path = deletion_path(&list.text).unwrap_or(".");
        // Taking out what lies at a path leaves the other keys as they are, whether they were read or not.
        let along = Program::compile(path, self.options).ok();
        self.touch(along.as_ref().and_then(Program::touched));
        let program = Program::compile(&format!("del({path})"), self.options);
        // The path is a part of an expression; when that part alone does not compile, nothing can be taken out.
        program.or_else(|_| Program::compile("null", self.options)).ok()
    }
}

fn findings(expression: &Expression, mut errors: Vec<CompileError>, fields: &[&str]) -> Vec<Finding> {
    // What follows from one mistake is often met again at the same place.
    errors.dedup_by_key(|error| error.span.start);
    errors.iter().map(|error| remedy::syntax(expression, error, fields)).collect()
}

/// The text, when the expression is a text constant without interpolation, perhaps in parentheses.
pub fn text_constant(expression: &str) -> Option<String> {
    let term = read(&quote_rewriting(expression), &CompileOptions::default()).ok()?;
    match term.literal() {
        Some(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    }
}
