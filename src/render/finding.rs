//! placeholder
use crate::mapping::finding::Finding;
/// x
pub fn one_line(finding: &Finding) -> String { finding.message.clone() }
/// x
pub fn text(finding: &Finding) -> String { finding.message.clone() }
