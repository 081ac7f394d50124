//! Remarks about nulls: of expressions that fail for every entity, and of undocumented fields that the items do not have.
//! Null is the normal value of many fields, and is no sign of a mistake in the mapping.

use super::nearest::nearest;
use crate::model::field::Field;

/// Nulls of one expression in a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeenNulls<'a> {
    /// Number of entities for which it was null.
    pub count: u64,
    /// Number of those with an error.
    pub failed: u64,
    /// Number of those that a limit stopped.
    pub stopped: u64,
    /// The first error or limit.
    pub failure: Option<&'a str>,
    /// The first path of it that the first such item lacks.
    pub missing: Option<&'a str>,
}

/// Documented fields of the items that a resource reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownItems<'a> {
    /// The documented fields; when they are not known, nothing is said about fields.
    pub fields: &'a [&'a Field],
    /// The key under which an element of `itemsToParse` is put into its item. Its fields are not known.
    pub element: Option<&'a str>,
}

/// A remark about an expression that is null for every entity; none when that is as it should be.
pub fn remark(seen: &SeenNulls<'_>, entities: u64, items: &KnownItems<'_>) -> Option<String> {
    if entities == 0 {
        return None;
    }
    let failure = seen.failure.unwrap_or("no reason is known");
    if seen.stopped > 0 {
        return Some(format!("a limit stopped it for {} of {entities}: {failure}", seen.stopped));
    }
    if seen.failed >= entities {
        return Some(format!("it fails for all {entities}: {failure}"));
    }
    let missing = seen.missing.filter(|_| seen.count >= entities)?;
    let (name, near) = undocumented(missing, items)?;
    let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Some(format!("it is null for all {entities}: the items have no field `{name}`{meant}"))
}

/// The first key of a path that the fields do not have, with the nearest that they have.
fn undocumented<'a>(path: &'a str, items: &KnownItems<'a>) -> Option<(&'a str, Option<&'a str>)> {
    let mut known: Vec<&'a Field> = items.fields.to_vec();
    let keys = path.split('.').map(|key| key.split('[').next().unwrap_or(key)).filter(|key| !key.is_empty());
    for (depth, key) in keys.enumerate() {
        if depth == 0 && items.element == Some(key) {
            return None;
        }
        // Below a field whose keys nobody knows, anything may be.
        if known.is_empty() {
            return None;
        }
        match known.iter().find(|field| field.name == key) {
            Some(field) => known = field.children.iter().collect(),
            None => return Some((key, nearest(key, known.iter().map(|field| field.name)))),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::field::FieldType;

    const FIELDS: &[Field] = &[
        Field::plain("loc_added_sum", FieldType::Integer, "lines"),
        Field::list("totals_by_ide", "by editor", &[Field::plain("ide", FieldType::Text, "the editor")]),
        Field::object("open", "keys are not known", &[]),
    ];

    fn nulls(count: u64, failed: u64, stopped: u64, missing: Option<&'static str>) -> SeenNulls<'static> {
        SeenNulls { count, failed, stopped, failure: (failed + stopped > 0).then_some("jq error: x"), missing }
    }

    #[test]
    fn only_what_always_fails_and_what_nobody_documents_is_worth_a_word() {
        let table = [
            // A documented field that is null, or absent, is as it should be, however often.
            (nulls(9, 0, 0, Some(".loc_added_sum")), None),
            (nulls(9, 0, 0, Some(".totals_by_ide[].ide")), None),
            (nulls(9, 0, 0, Some(".open.whatever")), None),
            (nulls(9, 0, 0, None), None),
            (nulls(8, 0, 0, Some(".loc_aded_sum")), None),
            (
                nulls(9, 0, 0, Some(".loc_aded_sum")),
                Some("it is null for all 9: the items have no field `loc_aded_sum`; did you mean `loc_added_sum`?"),
            ),
            (
                nulls(9, 0, 0, Some(".totals_by_ide[].idee")),
                Some("it is null for all 9: the items have no field `idee`; did you mean `ide`?"),
            ),
            (nulls(9, 0, 0, Some(".item.pending")), None),
            (nulls(9, 0, 0, Some(".zzz")), Some("it is null for all 9: the items have no field `zzz`")),
            (nulls(9, 8, 0, None), None),
            (nulls(9, 9, 0, None), Some("it fails for all 9: jq error: x")),
            (nulls(1, 0, 1, None), Some("a limit stopped it for 1 of 9: jq error: x")),
        ];
        let fields: Vec<&Field> = FIELDS.iter().collect();
        let items = KnownItems { fields: &fields, element: Some("item") };
        for (nulls, expected) in table {
            assert_eq!(remark(&nulls, 9, &items).as_deref(), expected, "{nulls:?}");
        }
        assert_eq!(remark(&nulls(9, 0, 0, Some(".zzz")), 9, &KnownItems::default()), None);
        assert_eq!(remark(&nulls(0, 0, 0, None), 0, &items), None);
    }
}
