//! The seam between the micro-batch loop and the stateful operators of a query.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryPool;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_planner::ExtensionPlanner;
use firesteel_durable::DurableStore;
use firesteel_error::{Result, SparkError};
use firesteel_sql::streaming::is_streaming_leaf;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::operators::{
    BatchInput, EventTimeProgress, IncrementalPlan, StatefulExtensionPlanner, StatefulSettings, WatermarkTracker,
};
use crate::progress::iso_time;
use crate::start::OutputMode;

/// The stateful side of a running query.
#[derive(Debug)]
pub(crate) struct Stateful {
    plan: IncrementalPlan,
    tracker: WatermarkTracker,
    maintenance: JoinSet<()>,
}

/// What the stateful side says of a batch that it has committed.
#[derive(Debug, Default)]
pub(crate) struct StatefulReport {
    /// `stateOperators` of the progress.
    pub operators: Vec<Value>,
    /// `eventTime` of the progress, without the watermark.
    pub event_time: BTreeMap<String, String>,
    /// How late events were, in milliseconds.
    pub latency_ms: BTreeMap<&'static str, i64>,
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
    /// Finds the stateful parts of `plan`, or refuses it as Spark does. `setting` has the checkpoint's settings before the
    /// session's.
    pub fn new(plan: &LogicalPlan, mode: OutputMode, setting: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let settings = StatefulSettings::from_conf(setting)?;
        let tracker = WatermarkTracker::new(settings.watermark_policy);
        Ok(Self {
            plan: IncrementalPlan::new(plan, mode, settings, &is_streaming_leaf)?,
            tracker,
            maintenance: JoinSet::new(),
        })
    }

    /// The plan with stateful nodes in it; streams are still streams.
    pub fn logical(&self) -> &LogicalPlan {
        self.plan.logical()
    }

    /// The planner of the stateful nodes.
    pub fn planner(&self) -> Arc<dyn ExtensionPlanner + Send + Sync> {
        Arc::new(StatefulExtensionPlanner::new(Arc::clone(self.plan.runtime())))
    }

    /// Says where the state is that batch `batch_id` starts from; `is_new` if no batch was ever logged.
    pub async fn open(
        &self,
        state: Arc<dyn DurableStore>,
        batch_id: i64,
        is_new: bool,
        pool: Arc<dyn MemoryPool>,
    ) -> Result<()> {
        self.plan.runtime().check_metadata(state.as_ref(), is_new).await?;
        self.plan.runtime().open(state, number(batch_id)?, pool)
    }

    /// Takes up the watermark of an earlier run.
    pub fn restore_watermark(&mut self, watermark_ms: i64) {
        self.tracker.restore(watermark_ms);
    }

    /// Begins a batch.
    pub fn begin(&self, numbers: BatchNumbers) -> Result<()> {
        self.plan.runtime().begin(BatchInput {
            batch_id: number(numbers.batch_id)?,
            late_watermark_ms: numbers.late_watermark_ms,
            eviction_watermark_ms: numbers.watermark_ms,
            now_ms: numbers.now_ms,
        })
    }

    /// Makes the batch's state durable.
    pub async fn commit(&mut self) -> Result<StatefulReport> {
        let report = self.plan.runtime().commit().await?;
        let next_watermark_ms = (!report.watermarks.is_empty()).then(|| self.tracker.advance(&report.watermarks));
        let operators = report.operators.iter().map(|operator| serde_json::to_value(operator).unwrap_or_default());
        Ok(StatefulReport {
            operators: operators.collect(),
            event_time: report.event_time.as_ref().map(event_time).unwrap_or_default(),
            latency_ms: report.event_time.as_ref().map(latency).unwrap_or_default(),
            next_watermark_ms,
        })
    }

    /// Gives the batch up: the state is as it was before.
    pub fn abort(&self) {
        self.plan.runtime().abort();
    }

    /// Waits for what [`Stateful::maintain`] has begun.
    pub async fn settled(&mut self) {
        while self.maintenance.join_next().await.is_some() {}
    }

    /// After the batch is committed: snapshots, old versions. Runs beside the next batch.
    pub fn maintain(&mut self) {
        if !self.plan.is_stateful() {
            return;
        }
        while self.maintenance.try_join_next().is_some() {}
        let runtime = Arc::clone(self.plan.runtime());
        self.maintenance.spawn(async move {
            if let Err(error) = runtime.maintain().await {
                tracing::warn!(%error, "cannot write snapshots or remove old versions of the state; the next batch tries again");
            }
        });
    }

    /// Whether a watermark that has come to `watermark_ms` asks for a batch without data.
    pub fn wants_batch(&self, watermark_ms: i64) -> bool {
        self.plan.wants_batch(watermark_ms)
    }
}

fn number(batch_id: i64) -> Result<u64> {
    u64::try_from(batch_id).map_err(|_| SparkError::internal(format!("there is no batch {batch_id}")))
}

fn event_time(seen: &EventTimeProgress) -> BTreeMap<String, String> {
    let times = [("avg", seen.avg_ms), ("max", seen.max_ms), ("min", seen.min_ms)];
    times.into_iter().map(|(name, time_ms)| (name.to_string(), iso_time(time_ms))).collect()
}

fn latency(seen: &EventTimeProgress) -> BTreeMap<&'static str, i64> {
    BTreeMap::from([("p50", seen.latency_p50_ms), ("p95", seen.latency_p95_ms), ("p99", seen.latency_p99_ms)])
}
