//! The SQLSTATE of each of Spark 4.2's error conditions (a table of facts, `sqlstates.tsv`).

use std::collections::HashMap;
use std::sync::LazyLock;

static TABLE: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| include_str!("sqlstates.tsv").lines().filter_map(|line| line.split_once('\t')).collect());

/// The SQLSTATE of `condition`; a sub-condition has that of the condition before its dot.
pub fn sql_state(condition: &str) -> Option<&'static str> {
    let head = condition.split_once('.').map_or(condition, |(head, _)| head);
    TABLE.get(head).copied().filter(|state| !state.is_empty())
}
