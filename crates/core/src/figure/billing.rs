//! Lines of billing, as far as figures read them.

use serde::Deserialize;

use super::Fold;
use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::Series;
use super::sums::{Sums, groups};

/// The answer of GitHub's billing API for a day.
#[derive(Deserialize)]
struct Usage {
    #[serde(rename = "usageItems")]
    items: Vec<UsageItem>,
}

/// One line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct UsageItem {
    pub(super) sku: Option<String>,
    pub(super) model: Option<String>,
    pub(super) gross_quantity: Option<f64>,
    pub(super) net_quantity: Option<f64>,
}

/// The lines; none when the text is not such an answer.
pub(super) fn items(text: &str) -> Option<Vec<UsageItem>> {
    serde_json::from_str::<Usage>(text).ok().map(|usage| usage.items)
}

/// All credits used, with those that seats include.
pub(super) fn credits(items: &[UsageItem]) -> f64 {
    items.iter().filter_map(|item| item.gross_quantity.or(item.net_quantity)).sum()
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
