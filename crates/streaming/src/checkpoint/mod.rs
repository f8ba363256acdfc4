//! The checkpoint of a query: the folder of logs from which a restarted query knows what happened.
//!
//! ```text
//! metadata         {"id":"..."}          the query's id, written once
//! offsets/N        what batch N reads    written before batch N runs
//! commits/N        batch N happened      written after its sink and state are committed
//! sources/K/N      source K's own log
//! state/           the operators' state, in a format of ours
//! ```
//!
//! Layout and bytes are Spark's, so that either engine continues the other's stateless query.

pub mod batch_log;
pub mod commit_log;
pub mod compactible_log;
pub mod file_entry;
mod metadata;
pub mod offset_log;

use std::sync::Arc;

use firesteel_durable::{DurableStore, sub_store};
use firesteel_error::Result;

use batch_log::BatchLog;
use commit_log::CommitEntry;
use offset_log::OffsetEntry;

/// The logs of a query.
#[derive(Debug)]
pub struct Checkpoint {
    store: Arc<dyn DurableStore>,
    /// The query's id.
    pub id: String,
    /// `offsets/`.
    pub offsets: BatchLog<OffsetEntry>,
    /// `commits/`.
    pub commits: BatchLog<CommitEntry>,
}

impl Checkpoint {
    /// Opens the checkpoint in `store`; gives it an id if it has none.
    pub async fn open(store: Arc<dyn DurableStore>) -> Result<Self> {
        let id = metadata::read_or_create_id(store.as_ref()).await?;
        let offsets = BatchLog::open(sub_store(Arc::clone(&store), "offsets")).await?;
        let commits = BatchLog::open(sub_store(Arc::clone(&store), "commits")).await?;
        Ok(Self { store, id, offsets, commits })
    }

    /// A folder of the checkpoint: `sources/0`, `state`.
    pub fn folder(&self, name: &str) -> Arc<dyn DurableStore> {
        sub_store(Arc::clone(&self.store), name)
    }

    /// Where it is.
    pub fn location(&self) -> String {
        self.store.location()
    }

    /// Removes the entries of batches that are too old to be needed (`spark.sql.streaming.minBatchesToRetain`).
    pub async fn purge(&mut self, batch_id: i64, batches_to_retain: i64) -> Result<()> {
        if batch_id > batches_to_retain {
            self.offsets.purge(batch_id - batches_to_retain).await?;
            self.commits.purge(batch_id - batches_to_retain).await?;
        }
        Ok(())
    }
}
