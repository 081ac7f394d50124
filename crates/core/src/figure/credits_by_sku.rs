//! AI credits by SKU.

use super::Figure;
use super::billing::CreditsBy;
use super::definition::{Definition, Unit};
use super::facts::Reads;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "credits-by-sku",
        title: "Credits by SKU",
        sentence: "AI credits that are billed beyond those that seats include, by SKU.",
        unit: Unit::Credits,
        numerator: "credits, net",
        denominator: None,
        population: "lines of billing of the organization or enterprise; plans with a pool name no user",
        fields: &["usageItems[].sku", "usageItems[].netQuantity"],
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
    begin: |context| Box::new(CreditsBy::new(|item| item.sku, context.by)),
};
