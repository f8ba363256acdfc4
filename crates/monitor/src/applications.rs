//! Whose pages a server shows: the running application's, or those that history knows.

use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::watch;

use crate::store::Store;

/// A store that several read while one writes.
pub type SharedStore = Arc<RwLock<Store>>;

/// The applications that a server knows.
pub trait Applications: Send + Sync {
    /// All of them in REST's form, the newest first.
    fn list(&self, now_ms: i64) -> Vec<serde_json::Value>;

    /// What is known of one.
    fn open(&self, id: &str) -> Option<SharedStore>;

    /// The application whose pages stand at `/`; `None` if each has pages under `/history/<id>`.
    fn running(&self) -> Option<SharedStore>;

    /// Counts up whenever something has changed; `None` if nothing ever does.
    fn changes(&self) -> Option<watch::Receiver<u64>>;
}

/// What a person may stop from the pages, where `spark.ui.killEnabled` allows it. Each says whether there was such a thing.
pub trait Control: Send + Sync {
    /// Cancels a job.
    fn cancel_job(&self, id: i64) -> bool;

    /// Cancels a stage, and so the jobs that need it.
    fn cancel_stage(&self, id: i64) -> bool;

    /// Cancels a SQL execution.
    fn cancel_execution(&self, id: i64) -> bool;

    /// Stops a run of a streaming query.
    fn stop_query(&self, run_id: &str) -> bool;
}
