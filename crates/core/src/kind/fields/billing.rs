//! Lines of a bill. The first two are the answer's own, which each of its lines is given.

use crate::model::field::{Field, FieldType};

const fn text(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Text, about)
}

const fn number(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Number, about)
}

/// One line of the usage of AI credits: a day, an SKU and a model.
pub(in crate::kind) const USAGE_ITEM: &[Field] = &[
    Field::plain("day", FieldType::Day, "the day, in UTC; GitHub writes it as `timePeriod`"),
    text("organization", "the organization that the answer is about; absent in answers about a whole enterprise"),
    text("product", "the product, such as `Copilot`"),
    text("sku", "what is billed, such as `Copilot AI Credits`"),
    text("model", "the model for people, such as `GPT-5` or `Auto: Claude Haiku 4.5`"),
    text("unitType", "the unit of the quantities, `credits` or `ai-credits`"),
    number("pricePerUnit", "US dollars for a credit"),
    number("grossQuantity", "credits that were used"),
    number("grossAmount", "US dollars that they would cost"),
    number("discountQuantity", "credits that the plan includes"),
    number("discountAmount", "US dollars of those"),
    number("netQuantity", "credits that are billed"),
    number("netAmount", "US dollars that are billed"),
];
