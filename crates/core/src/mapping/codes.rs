//! The codes of findings. Each one has a section with an example in `docs/findings.md`.

/// The page about findings; a code is a heading of it.
pub const PAGE: &str = "docs/findings.md";

/// Address of a code's explanation.
pub fn link(code: &str) -> String {
    format!("{PAGE}#{code}")
}

/// The code most like a word, if any is alike.
pub fn nearest_to(word: &str) -> Option<&'static str> {
    super::nearest::nearest(word, ALL.iter().map(|(code, _)| *code))
}

macro_rules! codes {
    ($($name:ident = $code:literal: $about:literal;)*) => {
        $(#[doc = $about] pub const $name: &str = $code;)*
        /// Every code with what it is about, in the order of `docs/findings.md`.
        pub const ALL: &[(&str, &str)] = &[$(($name, $about)),*];
    };
}

codes! {
    NOT_UTF_8 = "not-utf-8": "The file is in another encoding than UTF-8.";
    INVISIBLE_CHARACTER = "invisible-character": "A character that nobody sees stands where it means something.";
    NOT_YAML = "not-yaml": "The text is not YAML.";
    YAML_TAB = "yaml-tab": "A tab stands where YAML wants spaces.";
    SEVERAL_DOCUMENTS = "several-documents": "The file holds more than one YAML document.";
    TOO_LARGE = "too-large": "The file, its nesting or what its aliases stand for exceeds a limit.";
    DUPLICATE_KEY = "duplicate-key": "The same key is written twice.";
    EMPTY_MAPPING = "empty-mapping": "There is nothing in the mapping.";
    NO_RESOURCES = "no-resources": "The mapping has no resources.";
    UNKNOWN_KEY = "unknown-key": "A key that has no meaning; it is ignored.";
    MISPLACED_KEY = "misplaced-key": "A key that has a meaning elsewhere; here it is ignored.";
    MISSING_KEY = "missing-key": "A key that must be there is absent.";
    WRONG_TYPE = "wrong-type": "A value of another type than the key wants.";
    MAPPINGS_IS_A_LIST = "mappings-is-a-list": "`mappings` is a list; a resource has one mapping.";
    NULL_EXPRESSION = "null-expression": "An expression is left empty.";
    THRESHOLD_OUT_OF_RANGE = "threshold-out-of-range": "`entityDeletionThreshold` is not between 0 and 1.";
    TAKEN_AS_TEXT = "taken-as-text": "An unquoted `true` or number is taken as the jq text that is written.";
    UNKNOWN_KIND = "unknown-kind": "A kind that cannot be collected.";
    UNKNOWN_SELECTOR_KEY = "unknown-selector-key": "A key of a selector that has no meaning for its kind; it is ignored.";
    SELECTOR_DAYS = "selector-days": "Days that cannot be read: `days`, `since` or `until` ask for what there is not.";
    SELECTOR_MEMBERSHIP = "selector-membership": "`membership` is neither `current` nor `reported`.";
    MAPPING_SYNTAX = "mapping-syntax": "An expression does not compile.";
    ITEMS_WITHOUT_PATH = "items-without-path": "`itemsToParse` names no path that could be taken out of the item, so every item is skipped.";
    SELECTOR_NOT_BOOLEAN = "selector-not-boolean": "A selector that can never give true or false.";
    NO_ENTITY = "no-entity": "No item, or none of the sample, becomes an entity.";
    REMAINDER_PRECEDENCE = "remainder-precedence": "`%` beside `*` or `/` without parentheses.";
    BAD_PATTERN = "bad-pattern": "A regular expression that cannot be compiled.";
    AVERAGE_OF_RATIOS = "average-of-ratios": "Ratios are averaged.";
    SUM_OF_DISTINCT_USERS = "sum-of-distinct-users": "Counts of distinct users are added up.";
    UNKNOWN_FIELD = "unknown-field": "The kind's items have no such field.";
    ARITHMETIC_ON_NULL = "arithmetic-on-null": "Arithmetic on a field that may be absent.";
    DIVISION_BY_ZERO = "division-by-zero": "A divisor that may be zero.";
    OPERAND_TYPES = "operand-types": "An operator or a field whose operands' types do not go together, so the expression always fails.";
    ASSIGNMENT = "assignment": "A condition that assigns and does not compare.";
    TEMPLATE_TEXT = "template-text": "A text with `{{ }}` or `${ }`, which jq does not fill in.";
    UNKNOWN_VARIABLE = "unknown-variable": "A variable of the environment that mappings do not see.";
    ALWAYS_NULL = "always-null": "An expression that fails for every item of the sample.";
    LIMIT_EXCEEDED = "limit-exceeded": "An expression that a limit stops.";
    SAME_IDENTIFIER = "same-identifier": "Several entities of one blueprint get one identifier, and only the first is kept.";
    UNKNOWN_BLUEPRINT = "unknown-blueprint": "The catalog has no such blueprint.";
    UNKNOWN_PROPERTY = "unknown-property": "The blueprint has no such property.";
    UNKNOWN_RELATION = "unknown-relation": "The blueprint has no such relation.";
    MISSING_REQUIRED = "missing-required": "The blueprint requires a property or relation that is not mapped.";
    TYPE_MISMATCH = "type-mismatch": "The expression gives another type than the blueprint wants.";
    BAD_IDENTIFIER = "bad-identifier": "An identifier with characters or of a length that the catalog refuses.";
    UNUSED_IGNORE = "unused-ignore": "A comment that ignores a finding that is not there, or a code that does not exist.";
}
