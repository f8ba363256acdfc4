//! Which relations the client asked to keep, and how (`persist`, `cache`).
//!
//! Relations that mean the same are the same entry, as in Spark: the key is the plan's text with its columns numbered anew.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use firesteel_sql::Analyzed;
use parking_lot::Mutex;
use spark_connect_proto::StorageLevel;

/// `MEMORY_AND_DISK_DESER`, which Spark takes if nothing is said.
pub const DEFAULT: StorageLevel =
    StorageLevel { use_disk: true, use_memory: true, use_off_heap: false, deserialized: true, replication: 1 };

/// `NONE`.
pub const NONE: StorageLevel =
    StorageLevel { use_disk: false, use_memory: false, use_off_heap: false, deserialized: false, replication: 1 };

/// The relations that are to be kept.
#[derive(Debug, Default)]
pub struct Persisted {
    levels: Mutex<HashMap<String, StorageLevel>>,
}

impl Persisted {
    /// Keeps a relation; one that is kept already stays as it is.
    pub fn persist(&self, analyzed: &Analyzed, level: Option<StorageLevel>) {
        self.levels.lock().entry(canonical(analyzed)).or_insert(level.unwrap_or(DEFAULT));
    }

    /// Lets a relation go.
    pub fn unpersist(&self, analyzed: &Analyzed) {
        self.levels.lock().remove(&canonical(analyzed));
    }

    /// How a relation is kept.
    pub fn level(&self, analyzed: &Analyzed) -> StorageLevel {
        self.levels.lock().get(&canonical(analyzed)).copied().unwrap_or(NONE)
    }
}

/// Whether two relations compute the same, by their analyzed plans.
pub fn same_semantics(one: &Analyzed, other: &Analyzed) -> bool {
    canonical(one) == canonical(other)
}

/// A number that relations of the same semantics share.
pub fn semantic_hash(analyzed: &Analyzed) -> i32 {
    let mut hasher = DefaultHasher::new();
    canonical(analyzed).hash(&mut hasher);
    hasher.finish() as i32
}

/// The plan's text, with columns (`delay#17`) numbered by where they first come.
fn canonical(analyzed: &Analyzed) -> String {
    let columns: Vec<&str> = analyzed.output.iter().map(|attribute| attribute.column.as_str()).collect();
    renumbered(&format!("{}\n{}", columns.join(", "), analyzed.plan.display_indent()))
}

fn renumbered(text: &str) -> String {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut parts = text.split('#');
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        out.push('#');
        if !number.is_empty() {
            let next = numbers.len();
            out.push_str(&numbers.entry(number).or_insert(next).to_string());
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_by_their_place_and_not_by_their_number() {
        assert_eq!(renumbered("a#7 + b#9, a#7 # x"), "a#0 + b#1, a#0 # x");
        assert_eq!(renumbered("a#1 + b#2"), renumbered("a#8 + b#4"));
        assert_ne!(renumbered("a#1 + b#2"), renumbered("a#1 + b#1"));
    }
}
