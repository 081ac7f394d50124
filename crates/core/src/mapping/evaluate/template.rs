//! A compiled template: an expression, or a search query whose every text is one.

use serde_json::{Map, Value as Json};

use super::{Cancelled, Leaf, Null, Observer};
use crate::mapping::program::{Run, Value};

#[derive(Clone, Debug)]
pub(super) enum Compiled {
    Expression(Leaf),
    Object(Vec<(String, Compiled)>),
    List(Vec<Compiled>),
}

impl Compiled {
    /// Its value. A query keeps its shape, with null where an expression of it is null.
    pub(super) fn value(&self, item: &Value, run: &Run, seen: &mut impl Observer) -> Result<Json, Cancelled> {
        match self {
            Self::Expression(leaf) => leaf.value(item, run, seen),
            Self::Object(entries) => {
                let mut object = Map::new();
                for (key, template) in entries {
                    object.insert(key.clone(), template.value(item, run, seen)?);
                }
                Ok(Json::Object(object))
            }
            Self::List(list) => {
                let all = list.iter().map(|template| template.value(item, run, seen));
                all.collect::<Result<_, _>>().map(Json::Array)
            }
        }
    }

    /// As [`Leaf::needed`]; a query is never empty.
    pub(super) fn needed(&self, item: &Value, run: &Run, seen: &mut impl Observer) -> Result<Result<Json, Null>, Cancelled> {
        match self {
            Self::Expression(leaf) => leaf.needed(item, run, seen),
            query => query.value(item, run, seen).map(Ok),
        }
    }

    /// True when every expression of it compiles.
    pub(super) fn compiles(&self) -> bool {
        match self {
            Self::Expression(leaf) => leaf.program.is_some(),
            Self::Object(entries) => entries.iter().all(|(_, template)| template.compiles()),
            Self::List(list) => list.iter().all(Self::compiles),
        }
    }
}
