//! `to_debug_string`: an RDD's lineage, as Spark prints it.

use std::fmt::Write;
use std::sync::Arc;

use crate::data::Data;
use crate::dependency::{Dependency, Lineage};
use crate::rdd::Rdd;

impl<T: Data> Rdd<T> {
    /// What the RDD is made from, a line for each RDD (Spark's `toDebugString`). A step to the right is a shuffle.
    pub fn to_debug_string(&self) -> String {
        debug_string(&self.lineage())
    }
}

/// The same for an RDD whose type is not told.
pub fn debug_string(rdd: &Arc<dyn Lineage>) -> String {
    let mut text = String::new();
    write_stage(rdd, "", true, &mut text);
    text.trim_end().to_string()
}

/// The RDDs of one stage, and then the stages before it.
fn write_stage(rdd: &Arc<dyn Lineage>, indent: &str, first: bool, text: &mut String) {
    let count = format!("({})", rdd.partitions().map_or_else(|_| "?".to_string(), |count| count.to_string()));
    let lead = if first { count.clone() } else { format!("+-{count}") };
    let below = format!("{indent}{}", " ".repeat(lead.len().saturating_sub(count.len())));
    let rest = format!("{below}{}|", " ".repeat(count.len() / 2));
    let mut lines = Vec::new();
    let mut shuffles = Vec::new();
    collect_stage(rdd, &mut lines, &mut shuffles);
    for (place, line) in lines.iter().enumerate() {
        let prefix = if place == 0 {
            format!("{indent}{lead} ")
        } else {
            format!("{rest}{}", " ".repeat(count.len().div_ceil(2)))
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{prefix}{line}");
    }
    for shuffle in shuffles {
        write_stage(&shuffle, &format!("{below} "), false, text);
    }
}

fn collect_stage(rdd: &Arc<dyn Lineage>, lines: &mut Vec<String>, shuffles: &mut Vec<Arc<dyn Lineage>>) {
    let name = rdd.name().map_or_else(String::new, |name| format!("{name} "));
    let level = rdd.storage_level();
    let kept = if level.is_kept() { format!(" [{level}]") } else { " []".to_string() };
    lines.push(format!("{name}{}[{}] at {}{kept}", rdd.operation(), rdd.id(), rdd.call_site()));
    for dependency in rdd.dependencies() {
        match dependency {
            Dependency::Narrow(parent) => collect_stage(&parent, lines, shuffles),
            Dependency::Shuffle(shuffle) => shuffles.push(shuffle.parent()),
        }
    }
}
