//! Lines of billing, as far as figures read them.

use serde::Deserialize;

use super::Fold;
use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::Series;
use super::sums::{Sums, groups};

/// One line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UsageItem {
    pub(super) sku: Option<String>,
    pub(super) model: Option<String>,
    pub(super) gross_quantity: Option<f64>,
    pub(super) net_quantity: Option<f64>,
}

/// The lines of a day, JSON objects one after the other. No line is a day on which nothing was used; none when something else is among
/// them, such as the seats that earlier versions kept in their place.
pub fn items(text: &str) -> Option<Vec<UsageItem>> {
    let lines = serde_json::Deserializer::from_str(text).into_iter::<UsageItem>();
    let is_line = |item: &UsageItem| item.gross_quantity.is_some() || item.net_quantity.is_some();
    lines.map(|line| line.ok().filter(is_line)).collect()
}

/// All credits used, with those that seats include.
pub fn credits(items: &[UsageItem]) -> f64 {
    items.iter().filter_map(|item| item.gross_quantity.or(item.net_quantity)).sum()
}

/// Credits that are billed, without those that seats include.
pub fn billed(items: &[UsageItem]) -> f64 {
    items.iter().filter_map(|item| item.net_quantity).sum()
}

/// Groups with a series of their own.
const MOST: usize = 12;

/// Net credits by a name of the lines.
pub(super) struct CreditsBy {
    name: fn(UsageItem) -> Option<String>,
    sums: Sums<String>,
}

impl CreditsBy {
    pub(super) fn new(name: fn(UsageItem) -> Option<String>, by: Bucket) -> Self {
        Self { name, sums: Sums::new(by) }
    }
}

impl Fold for CreditsBy {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let items = facts.billing.and_then(items);
        if self.sums.begin(facts, items.is_some()) {
            for item in items.into_iter().flatten() {
                let credits = item.net_quantity.unwrap_or_default();
                self.sums.add((self.name)(item).unwrap_or_else(|| "unknown".to_owned()), credits, 0.0);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.sums, MOST, false)
    }
}
