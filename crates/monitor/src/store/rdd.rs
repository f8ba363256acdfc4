//! RDDs: how a stage's hang together, and which are kept in memory or on disk.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Fields;

/// An RDD of a stage.
#[derive(Debug, Clone)]
pub struct RddInfo {
    /// Its number.
    pub id: i64,
    /// Its name: the user's, or its kind.
    pub name: String,
    /// Where it was made.
    pub call_site: String,
    /// The operation that it is a part of.
    pub scope: Option<String>,
    /// The RDDs it is computed from.
    pub parents: Vec<i64>,
    /// How it is kept, if it is.
    pub level: Option<String>,
    /// How many partitions it has.
    pub partitions: i64,
}

impl RddInfo {
    pub(super) fn of(json: &Value) -> Self {
        let scope = json.optional_text("Scope").and_then(|text| serde_json::from_str::<Value>(&text).ok());
        Self {
            id: json.int("RDD ID"),
            name: json.text("Name"),
            call_site: json.text("Callsite"),
            scope: scope.and_then(|scope| scope.optional_text("name")),
            parents: json.ints("Parent IDs"),
            level: level(json.field("Storage Level")),
            partitions: json.int("Number of Partitions"),
        }
    }
}

/// An RDD that is kept.
#[derive(Debug, Clone)]
pub struct StoredRdd {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// How it is kept.
    pub level: String,
    /// How many partitions it has.
    pub partitions: i64,
    /// The partitions that are kept, by their block's name.
    pub blocks: BTreeMap<String, StoredBlock>,
}

/// A kept partition.
#[derive(Debug, Clone, Default)]
pub struct StoredBlock {
    /// How it is kept.
    pub level: String,
    /// Bytes in memory.
    pub memory_bytes: i64,
    /// Bytes on disk.
    pub disk_bytes: i64,
    /// The executor that has it.
    pub executor: String,
}

impl StoredRdd {
    pub(super) fn new(info: &RddInfo, level: &str) -> Self {
        let level = level.to_string();
        Self { id: info.id, name: info.name.clone(), level, partitions: info.partitions, blocks: BTreeMap::new() }
    }

    /// Reads a block's state; one without a storage level is gone.
    pub(super) fn update(&mut self, name: &str, executor: &str, state: &Value) {
        match level(state.field("Storage Level")) {
            Some(level) => {
                let (memory_bytes, disk_bytes) = (state.int("Memory Size"), state.int("Disk Size"));
                let block = StoredBlock { level, memory_bytes, disk_bytes, executor: executor.into() };
                self.blocks.insert(name.into(), block);
            }
            None => drop(self.blocks.remove(name)),
        }
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> i64 {
        self.blocks.values().map(|block| block.memory_bytes).sum()
    }

    /// Bytes on disk.
    pub fn disk_bytes(&self) -> i64 {
        self.blocks.values().map(|block| block.disk_bytes).sum()
    }
}

/// The RDD's number in `rdd_<id>_<partition>`.
pub(super) fn rdd_of_block(name: &str) -> Option<i64> {
    name.strip_prefix("rdd_")?.split('_').next()?.parse().ok()
}

/// Spark's words for a storage level; `None` for the one that keeps nothing.
fn level(json: &Value) -> Option<String> {
    let (disk, memory) = (json.flag("Use Disk"), json.flag("Use Memory"));
    if !disk && !memory {
        return None;
    }
    let off_heap = if json.flag("Use Off Heap") { " (off heap)" } else { "" };
    let mut words = String::new();
    if disk {
        words.push_str("Disk ");
    }
    if memory {
        words.push_str(&format!("Memory{off_heap} "));
    }
    words.push_str(if json.flag("Deserialized") { "Deserialized " } else { "Serialized " });
    words.push_str(&format!("{}x Replicated", json.optional_int("Replication").unwrap_or(1)));
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn storage_levels_are_in_sparks_words() {
        let memory = json!({"Use Memory": true, "Replication": 1});
        assert_eq!(level(&memory).as_deref(), Some("Memory Serialized 1x Replicated"));
        let both = json!({"Use Disk": true, "Use Memory": true, "Deserialized": true, "Replication": 2});
        assert_eq!(level(&both).as_deref(), Some("Disk Memory Deserialized 2x Replicated"));
        assert_eq!(level(&json!({})), None);
        assert_eq!((rdd_of_block("rdd_12_3"), rdd_of_block("broadcast_1")), (Some(12), None));
    }
}
