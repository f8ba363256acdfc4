//! Rows that are kept: `cache`, `persist`, `CACHE TABLE`.
//!
//! A kept relation is a table whose first run gathers all rows of the relation, partition by partition, against the
//! engine's memory pool; later runs read them. Where they do not fit, nothing is kept and the relation is run again each
//! time. What was gathered before a table or path was written to is not read any more.

mod stored;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use firesteel_error::Result;
use firesteel_events::EventBus;
use parking_lot::RwLock;
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::relation;
pub(crate) use stored::LEVEL;
use table::KeptTable;
pub(crate) use table::kept_by;

/// Counts the writes of an engine, so that what is kept is known to be older or newer than a write.
#[derive(Debug, Default)]
pub struct Writes(AtomicU64);

/// What keeping rows needs of the engine.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    /// The engine's writes.
    pub writes: Arc<Writes>,
    /// Who hears of what is kept.
    pub bus: EventBus,
}

impl Writes {
    /// Notes a write to files or tables.
    pub fn note(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a session keeps.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// DataFrames, as the client describes them.
    relations: RwLock<Vec<(pb::Relation, Arc<Analyzed>)>>,
    /// Tables and views, by name.
    tables: RwLock<BTreeMap<String, KeptName>>,
}

/// A table that is kept.
#[derive(Debug)]
struct KeptName {
    analyzed: Arc<Analyzed>,
    /// How many writes there had been when its files were listed.
    listed: u64,
}

impl Cache {
    /// Keeps a DataFrame from its next run on; one that is kept already stays.
    pub(crate) fn persist(&self, message: &pb::Relation, analyzed: &Analyzed, keeper: &Keeper) -> Result<()> {
        if analyzed.is_streaming() || self.relation(message).is_some() {
            return Ok(());
        }
        let kept = Arc::new(kept("cached DataFrame", analyzed, keeper)?);
        self.relations.write().push((message.clone(), kept));
        Ok(())
    }

    /// Lets go of a DataFrame.
    pub(crate) fn unpersist(&self, message: &pb::Relation) {
        self.relations.write().retain(|(kept, _)| kept != message);
    }

    /// The relation that stands for a DataFrame, if it is kept.
    pub(crate) fn relation(&self, message: &pb::Relation) -> Option<Arc<Analyzed>> {
        let relations = self.relations.read();
        relations.iter().find(|(kept, _)| kept == message).map(|(_, analyzed)| analyzed.clone())
    }

    /// Keeps a table or view under a name.
    pub(crate) fn keep_table(&self, name: &str, analyzed: &Analyzed, keeper: &Keeper) -> Result<Arc<Analyzed>> {
        if let Some(known) = self.table(name) {
            return Ok(known);
        }
        let kept = Arc::new(kept(&format!("In-memory table {name}"), analyzed, keeper)?);
        let entry = KeptName { analyzed: kept.clone(), listed: keeper.writes.count() };
        self.tables.write().insert(name.to_string(), entry);
        Ok(kept)
    }

    /// The relation that stands for a table, if it is kept.
    pub(crate) fn table(&self, name: &str) -> Option<Arc<Analyzed>> {
        self.tables.read().get(name).map(|entry| entry.analyzed.clone())
    }

    /// Whether something was written since the files of a kept table were listed.
    pub(crate) fn is_old(&self, name: &str, writes: &Writes) -> bool {
        self.tables.read().get(name).is_some_and(|entry| entry.listed != writes.count())
    }

    /// Lets go of a table; says whether it was kept.
    pub(crate) fn drop_table(&self, name: &str) -> bool {
        self.tables.write().remove(name).is_some()
    }

    /// Lets go of everything.
    pub(crate) fn clear(&self) {
        self.relations.write().clear();
        self.tables.write().clear();
    }
}

/// The relation over a table that keeps the rows of `analyzed`.
fn kept(name: &str, analyzed: &Analyzed, keeper: &Keeper) -> Result<Analyzed> {
    let plan = analyzed.trimmed()?;
    let columns = plan.schema().fields().iter().map(|field| field.name().clone());
    let output = analyzed.output.iter().zip(columns).map(|(attribute, column)| {
        let mut attribute = attribute.clone();
        attribute.column = column;
        attribute
    });
    let output = output.collect();
    let table = Arc::new(KeptTable::new(name, plan, keeper));
    Ok(Analyzed::new(relation::scan_of(table)?, output))
}
