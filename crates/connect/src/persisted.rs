//! Which relations the client asked to keep, and how (`persist`, `cache`).
//!
//! Relations that mean the same are the same entry, as in Spark: the key is the plan's text with its columns numbered anew.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use firesteel_formats::FilesTable;
use firesteel_sql::Analyzed;
use parking_lot::Mutex;
use spark_connect_proto::{Relation, StorageLevel};

/// `MEMORY_AND_DISK_DESER`, which Spark takes if nothing is said.
pub const DEFAULT: StorageLevel =
    StorageLevel { use_disk: true, use_memory: true, use_off_heap: false, deserialized: true, replication: 1 };

/// `NONE`.
pub const NONE: StorageLevel =
    StorageLevel { use_disk: false, use_memory: false, use_off_heap: false, deserialized: false, replication: 1 };

/// The relations that are to be kept.
#[derive(Debug, Default)]
pub struct Persisted {
    kept: Mutex<Vec<Kept>>,
}

/// One of them.
#[derive(Debug)]
struct Kept {
    /// What it computes; the plan of a relation that is kept already reads the kept rows, and tells no more.
    meaning: String,
    /// As the client sent it.
    relation: Option<Relation>,
    level: StorageLevel,
}

impl Persisted {
    /// Keeps a relation; one that is kept already stays as it is.
    pub fn persist(&self, relation: Option<&Relation>, analyzed: &Analyzed, level: Option<StorageLevel>) {
        let meaning = canonical(analyzed);
        let mut kept = self.kept.lock();
        if !kept.iter().any(|one| one.is(relation, &meaning)) {
            kept.push(Kept { meaning, relation: relation.cloned(), level: level.unwrap_or(DEFAULT) });
        }
    }

    /// Lets a relation go.
    pub fn unpersist(&self, relation: Option<&Relation>, analyzed: &Analyzed) {
        let meaning = canonical(analyzed);
        self.kept.lock().retain(|one| !one.is(relation, &meaning));
    }

    /// How a relation is kept.
    pub fn level(&self, relation: Option<&Relation>, analyzed: &Analyzed) -> StorageLevel {
        let meaning = canonical(analyzed);
        self.kept.lock().iter().find(|one| one.is(relation, &meaning)).map_or(NONE, |one| one.level)
    }
}

impl Kept {
    fn is(&self, relation: Option<&Relation>, meaning: &str) -> bool {
        self.meaning == meaning || (relation.is_some() && self.relation.as_ref() == relation)
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

/// The plan's text with what its leaves read, and with columns (`delay#17`) by where they first come instead of by name.
fn canonical(analyzed: &Analyzed) -> String {
    let mut columns: Vec<String> = Vec::new();
    let mut leaves = String::new();
    let _ = analyzed.plan.apply_with_subqueries(|node| {
        columns
            .extend(node.schema().fields().iter().map(|field| field.name().clone()).filter(|name| name.contains('#')));
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
        {
            leaves.push_str(&leaf(provider.as_ref()));
            leaves.push('\n');
        }
        Ok(TreeNodeRecursion::Continue)
    });
    // The longest first: `a#12` is no `a#1`.
    columns.sort_by_key(|name| std::cmp::Reverse(name.len()));
    columns.dedup();
    let shown: Vec<&str> = analyzed.output.iter().map(|attribute| attribute.column.as_str()).collect();
    let mut text = format!("{}\n{}\n{leaves}", shown.join(", "), analyzed.plan.display_indent());
    for column in columns {
        if let Some((_, number)) = column.rsplit_once('#') {
            text = text.replace(&column, &format!("#{number}"));
        }
    }
    renumbered(&text)
}

/// What a leaf reads: files by their names, rows by what they are, anything else by how it describes itself.
fn leaf(provider: &dyn TableProvider) -> String {
    let any = provider as &dyn std::any::Any;
    if let Some(files) = any.downcast_ref::<FilesTable>() {
        return files.files().iter().map(|file| file.path.to_string()).collect::<Vec<_>>().join(" ");
    }
    let Some(table) = any.downcast_ref::<MemTable>() else { return format!("{provider:?}") };
    let mut hasher = DefaultHasher::new();
    for partition in &table.batches {
        let Ok(batches) = partition.try_read() else { return format!("{:p}", table) };
        for batch in batches.iter() {
            match crate::results::ipc(&numbered(batch)) {
                Ok(bytes) => bytes.hash(&mut hasher),
                Err(_) => return format!("{:p}", table),
            }
        }
    }
    format!("{:x}", hasher.finish())
}

/// The batch with its columns numbered: their names inside the plan differ each time.
fn numbered(batch: &RecordBatch) -> RecordBatch {
    let fields: Vec<Field> = batch
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| field.as_ref().clone().with_name(at.to_string()))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), batch.columns().to_vec(), &options)
        .unwrap_or_else(|_| batch.clone())
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
