//! Renders the chart as Helm would, without Helm: Go's template language is `gtmpl-ng`, a port of it; the functions that Helm
//! adds, as far as this chart uses them, are written here after their documentation. A template that uses another one fails to
//! parse. Values are held to the chart's schema first, as Helm does. This is no Helm: what only its own code decides (hooks,
//! dependencies) is not tested here, and not used.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use base64::Engine;
use gtmpl_ng::{Context, Func, FuncError, NumberKind, Template, Value};
use serde_json::{Value as Json, json};

use super::schema;

thread_local! {
    /// The chart's templates by name, for `include`, which renders one from within another.
    static TEMPLATES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Rendered documents, in the order of the files' names.
pub(crate) type Rendered = Result<Vec<Json>, String>;

/// Origin of a release.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Release {
    Install,
    Upgrade,
}

/// Renders the chart's manifests with these values over its own.
pub(crate) fn render(chart: &Path, values: &str, release: Release) -> Rendered {
    let scope = scope(chart, values, release)?;
    let mut documents = Vec::new();
    for file in templates(chart, "yaml") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = execute(&read(&file), &scope).map_err(|error| format!("{name}: {error}"))?;
        if text.trim().is_empty() {
            continue;
        }
        let document: Json = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        documents.push(document);
    }
    Ok(documents)
}

/// Renders the text that Helm prints after installing.
pub(crate) fn notes(chart: &Path, values: &str, release: Release) -> Result<String, String> {
    execute(&read(&chart.join("templates/NOTES.txt")), &scope(chart, values, release)?)
}

/// Templates of the chart with this ending, in the order of their names.
fn templates(chart: &Path, ending: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(chart.join("templates")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().unwrap() == ending).collect();
    files.sort();
    files
}

/// Scope of a template. Sets the templates that others include.
fn scope(chart: &Path, values: &str, release: Release) -> Result<Value, String> {
    let yaml = |file: &str| -> Json { serde_yaml::from_str(&read(&chart.join(file))).unwrap() };
    let mut all = yaml("values.yaml");
    merge(&mut all, &serde_yaml::from_str(values).unwrap());
    let schema: Json = serde_json::from_str(&read(&chart.join("values.schema.json"))).unwrap();
    let against = schema::errors(&schema, &all);
    if !against.is_empty() {
        return Err(against.join("\n"));
    }
    let meta = yaml("Chart.yaml");
    TEMPLATES.with_borrow_mut(|texts| *texts = templates(chart, "tpl").iter().map(|file| read(file)).collect());
    Ok(from_json(&json!({
        "Values": all,
        "Chart": {"Name": meta["name"], "Version": meta["version"], "AppVersion": meta["appVersion"]},
        "Release": {
            "Name": "copilot",
            "Namespace": "default",
            "Service": "Helm",
            "Revision": if release == Release::Install { 1 } else { 2 },
            "IsInstall": release == Release::Install,
            "IsUpgrade": release == Release::Upgrade,
        },
    })))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Lays values over others, as Helm does: maps key by key, anything else whole; null takes a key away.
fn merge(values: &mut Json, over: &Json) {
    let (Some(values), Some(over)) = (values.as_object_mut(), over.as_object()) else { return };
    for (key, over) in over {
        match values.get_mut(key) {
            _ if over.is_null() => drop(values.remove(key)),
            Some(value) if value.is_object() && over.is_object() => merge(value, over),
            _ => drop(values.insert(key.clone(), over.clone())),
        }
    }
}

/// Renders one text within the chart's templates.
fn execute(text: &str, scope: &Value) -> Result<String, String> {
    let mut template = Template::with_name("main");
    template.add_funcs(FUNCTIONS);
    let helpers = TEMPLATES.with_borrow(Clone::clone);
    for (index, helper) in helpers.iter().enumerate() {
        template.add_template(format!("helper {index}"), helper.as_str()).map_err(|error| error.to_string())?;
    }
    // A method with an argument, which this port of the language lacks.
    let text = text.replace(".Files.Get ", "filesGet ");
    template.parse(text.as_str()).map_err(|error| error.to_string())?;
    let rendered = template.render(&Context::from(scope.clone())).map_err(|error| error.to_string())?;
    // Go writes this for a field that is not there; Helm takes it out, and hides a slip with it.
    assert!(!rendered.contains("<no value>"), "a value that is not there: {rendered}");
    Ok(rendered)
}

type Answer = Result<Value, FuncError>;

const FUNCTIONS: &[(&str, Func)] = &[
    ("include", |arguments| {
        let text = format!("{{{{ template \"{}\" . }}}}", text(arguments, 0));
        execute(&text, &arguments[1]).map(Value::from).map_err(FuncError::Generic)
    }),
    ("tpl", |arguments| execute(&text(arguments, 0), &arguments[1]).map(Value::from).map_err(FuncError::Generic)),
    ("filesGet", |arguments| Ok(Value::from(read(&super::deploy("helm/pilotage").join(text(arguments, 0)))))),
    ("fail", |arguments| Err(FuncError::Generic(text(arguments, 0)))),
    ("required", |arguments| match is_empty(&arguments[1]) {
        true => Err(FuncError::Generic(text(arguments, 0))),
        false => Ok(arguments[1].clone()),
    }),
    ("default", |arguments| Ok(arguments.get(1).filter(|value| !is_empty(value)).unwrap_or(&arguments[0]).clone())),
    ("toYaml", |arguments| {
        let yaml = serde_yaml::to_string(&to_json(&arguments[0])).unwrap();
        Ok(Value::from(yaml.trim_end_matches('\n')))
    }),
    ("toJson", |arguments| Ok(Value::from(to_json(&arguments[0]).to_string()))),
    ("quote", |arguments| Ok(Value::from(format!("{:?}", text(arguments, 0))))),
    ("toString", |arguments| Ok(Value::from(text(arguments, 0)))),
    ("upper", |arguments| Ok(Value::from(text(arguments, 0).to_uppercase()))),
    ("snakecase", |arguments| Ok(Value::from(snakecase(&text(arguments, 0))))),
    ("b64enc", |arguments| Ok(Value::from(base64::engine::general_purpose::STANDARD.encode(text(arguments, 0))))),
    // Any digest does: nobody compares it with a real one.
    ("sha256sum", |arguments| Ok(Value::from(format!("x{:x}", text(arguments, 0).bytes().map(u64::from).sum::<u64>())))),
    ("trunc", |arguments| Ok(Value::from(text(arguments, 1).chars().take(number(&arguments[0]) as usize).collect::<String>()))),
    ("trimSuffix", |arguments| {
        let whole = text(arguments, 1);
        Ok(Value::from(whole.strip_suffix(&text(arguments, 0)).unwrap_or(&whole)))
    }),
    ("contains", |arguments| Ok(Value::from(text(arguments, 1).contains(&text(arguments, 0))))),
    ("hasPrefix", |arguments| Ok(Value::from(text(arguments, 1).starts_with(&text(arguments, 0))))),
    ("join", |arguments| {
        let Json::Array(items) = to_json(&arguments[1]) else { return Ok(arguments[1].clone()) };
        let items: Vec<_> = items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect();
        Ok(Value::from(items.join(&text(arguments, 0))))
    }),
    ("nindent", |arguments| {
        let indent = " ".repeat(number(&arguments[0]) as usize);
        let lines: Vec<String> = text(arguments, 1).lines().map(|line| format!("{indent}{line}")).collect();
        Ok(Value::from(format!("\n{}", lines.join("\n"))))
    }),
    ("kindIs", |arguments| {
        let kind = match &arguments[1] {
            Value::Map(_) | Value::Object(_) => "map",
            Value::Array(_) => "slice",
            Value::String(_) => "string",
            _ => "other",
        };
        Ok(Value::from(kind == text(arguments, 0)))
    }),
    ("mul", |arguments| Ok(Value::from(arguments.iter().map(number).product::<i64>()))),
    ("dict", |arguments| {
        let pairs = arguments.chunks(2).map(|pair| (text(pair, 0), pair[1].clone()));
        Ok(Value::Map(pairs.collect::<HashMap<_, _>>())) as Answer
    }),
];

/// An argument as Go prints it.
fn text(arguments: &[Value], index: usize) -> String {
    match &arguments[index] {
        Value::Nil | Value::NoValue => String::new(),
        Value::String(text) => text.clone(),
        other => match to_json(other) {
            Json::String(text) => text,
            other => other.to_string(),
        },
    }
}

fn number(value: &Value) -> i64 {
    to_json(value).as_i64().unwrap()
}

fn is_empty(value: &Value) -> bool {
    match to_json(value) {
        Json::Null => true,
        Json::Bool(is) => !is,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(keys) => keys.is_empty(),
    }
}

fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(is) => Value::from(*is),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.as_f64().unwrap()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        Json::Object(keys) => Value::Map(keys.iter().map(|(key, value)| (key.clone(), from_json(value))).collect()),
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Nil | Value::NoValue | Value::Function(_) => Json::Null,
        Value::Bool(is) => json!(is),
        Value::String(text) => json!(text),
        Value::Array(items) => items.iter().map(to_json).collect(),
        // In the order of their names, as Go writes them.
        Value::Map(keys) | Value::Object(keys) => {
            json!(keys.iter().map(|(key, value)| (key, to_json(value))).collect::<BTreeMap<_, _>>())
        }
        Value::Number(number) => match number.kind() {
            NumberKind::Unsigned(whole) => json!(whole),
            NumberKind::Signed(whole) => json!(whole),
            NumberKind::Float(part) => json!(part),
        },
    }
}

fn snakecase(text: &str) -> String {
    let mut snake = String::new();
    let mut before = '_';
    for character in text.chars() {
        if character.is_uppercase() && before.is_lowercase() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
        before = character;
    }
    snake.replace('-', "_")
}
