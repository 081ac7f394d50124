//! AI credits by SKU.

use super::billing;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

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
    begin: |context| Box::new(CreditsBySku(Sums::new(context.by))),
};

struct CreditsBySku(Sums<String>);

impl Fold for CreditsBySku {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let items = facts.billing.and_then(billing::items);
        if self.0.begin(facts, items.is_some()) {
            for item in items.into_iter().flatten() {
                let name = item.sku.unwrap_or_else(|| "unknown".to_owned());
                self.0.add(name, item.net_quantity.unwrap_or_default(), 0.0);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, 12, false)
    }
}
