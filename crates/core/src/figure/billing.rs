//! Lines of billing, as far as figures read them.

use serde::Deserialize;

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
