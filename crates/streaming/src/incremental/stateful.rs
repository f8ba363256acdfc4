//! The seam between the micro-batch loop and the stateful operators of a query.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryPool;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_planner::ExtensionPlanner;
use firesteel_durable::DurableStore;
use firesteel_error::Result;
use serde_json::Value;

use crate::start::OutputMode;

/// The stateful side of a running query.
#[derive(Debug)]
pub(crate) struct Stateful {
    logical: LogicalPlan,
}

/// What the stateful side says of a batch that it has committed.
#[derive(Debug, Default)]
pub(crate) struct StatefulReport {
    /// `stateOperators` of the progress.
    pub operators: Vec<Value>,
    /// `eventTime` of the progress, without the watermark.
    pub event_time: BTreeMap<String, String>,
    /// The watermark of the next batch; `None` if the query has none.
    pub next_watermark_ms: Option<i64>,
}

/// The numbers of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchNumbers {
    pub batch_id: i64,
    pub late_watermark_ms: i64,
    pub watermark_ms: i64,
    pub now_ms: i64,
}

impl Stateful {
    /// Finds the stateful parts of `plan`. `setting` has the checkpoint's settings before the session's.
    pub fn new(plan: &LogicalPlan, _mode: OutputMode, _setting: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        Ok(Self { logical: plan.clone() })
    }

    /// The plan with stateful nodes in it; streams are still streams.
    pub fn logical(&self) -> &LogicalPlan {
        &self.logical
    }

    /// The planner of the stateful nodes.
    pub fn planner(&self) -> Option<Arc<dyn ExtensionPlanner + Send + Sync>> {
        None
    }

    /// Loads the state that batch `batch_id` starts from.
    pub async fn open(&self, _state: Arc<dyn DurableStore>, _batch_id: i64, _pool: Arc<dyn MemoryPool>) -> Result<()> {
        Ok(())
    }

    /// Takes up the watermark of an earlier run.
    pub fn restore_watermark(&mut self, _watermark_ms: i64) {}

    /// Begins a batch.
    pub fn begin(&self, _numbers: BatchNumbers) -> Result<()> {
        Ok(())
    }

    /// Makes the batch's state durable.
    pub async fn commit(&mut self) -> Result<StatefulReport> {
        Ok(StatefulReport::default())
    }

    /// Gives the batch up: the state is as it was before.
    pub fn abort(&self) {}

    /// After the batch is committed: snapshots, old versions. Runs beside the next batch.
    pub fn maintain(&self, _batch_id: i64) {}

    /// Whether a watermark that has come to `watermark_ms` asks for a batch without data.
    pub fn wants_batch(&self, _watermark_ms: i64) -> bool {
        false
    }
}
