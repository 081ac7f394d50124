//! AI credits by model.

use super::Figure;
use super::billing::CreditsBy;
use super::definition::{Definition, Unit};
use super::facts::Reads;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "credits-by-model",
        title: "Credits by model",
        sentence: "AI credits that are billed beyond those that seats include, by model.",
        unit: Unit::Credits,
        numerator: "credits, net",
        denominator: None,
        population: "lines of billing of the organization or enterprise; plans with a pool name no user",
        fields: &["usageItems[].model", "usageItems[].netQuantity"],
        first_day: "2026-06-01",
        caveats: &[
            "The twelve with most credits have a series, and `all other` is the rest.",
            "Credits that seats include are not in: see `credit-pool`.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/rest/billing/usage",
    },
    reads: Reads { billing: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(CreditsBy::new(|item| item.model, context.by)),
};
