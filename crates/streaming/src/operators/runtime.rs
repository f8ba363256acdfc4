//! What the stateful operators of one query share with the micro-batch loop: the batch's inputs on the way in, the stores,
//! and what happened on the way out.
//!
//! The physical plan is kept between batches, so nothing that changes with a batch is in it. An operator reads the batch it
//! works on from here when it runs. For a cluster, the same would travel with the task: (batch id, the two watermarks,
//! output mode, operator number, state version) are a few numbers, and [`BatchInput`] holds just those.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use datafusion::execution::memory_pool::MemoryPool;
use firesteel_durable::DurableStore;
use firesteel_error::{Result, SparkError};
use futures::future::try_join_all;
use parking_lot::Mutex;

use super::event_time::EventTimeStats;
use super::metadata;
use super::progress::{BatchReport, StateOperatorProgress};
use super::settings::StatefulSettings;
use super::stateful_node::StatefulKind;
use super::watermark::WatermarkReport;
use crate::OutputMode;
use crate::state::{Provider, StateSchema, StateStore};

/// What a batch brings for its stateful operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchInput {
    /// The batch. It reads version `batch_id` of the state.
    pub batch_id: u64,
    /// Rows whose event time is not after this are late: the watermark of the batch before.
    pub late_watermark_ms: i64,
    /// Keys whose event time is not after this are done: the watermark of this batch.
    pub eviction_watermark_ms: i64,
    /// When the batch began, for the latency of events.
    pub now_ms: i64,
}

/// A stateful operator as the incremental planner found it.
#[derive(Debug, Clone)]
pub(crate) struct OperatorSpec {
    pub(crate) kind: StatefulKind,
    pub(crate) has_watermark: bool,
}

/// What an operator counts in a batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct OperatorCounts {
    pub(crate) updated: u64,
    pub(crate) removed: u64,
    pub(crate) late: u64,
    pub(crate) duplicates: Option<i64>,
    pub(crate) updates_ms: u64,
    pub(crate) removals_ms: u64,
}

/// One stateful operator between batches.
#[derive(Debug)]
pub(crate) struct Operator {
    spec: OperatorSpec,
    schema: Mutex<Option<StateSchema>>,
    store: tokio::sync::OnceCell<Arc<StateStore>>,
    counts: Mutex<OperatorCounts>,
    /// One run at a time: a plan that is run twice in a batch starts over.
    pub(crate) running: Arc<tokio::sync::Mutex<()>>,
}

/// Where the state is, and of which version.
#[derive(Debug, Clone)]
struct Location {
    files: Arc<dyn DurableStore>,
    version: u64,
    pool: Arc<dyn MemoryPool>,
}

#[derive(Debug, Default)]
struct Progress {
    location: Option<Location>,
    batch: Option<BatchInput>,
    /// The eviction watermark of the last batch of this run.
    evicted_to_ms: Option<i64>,
    /// A commit has failed half-way: only a restart from the logs knows where the state is.
    broken: bool,
}

/// What the stateful operators of one query share from batch to batch.
#[derive(Debug)]
pub struct StatefulRuntime {
    mode: OutputMode,
    settings: StatefulSettings,
    operators: Vec<Operator>,
    /// The delay of each watermark, and what its partitions have seen in this batch.
    watermarks: Vec<(i64, Mutex<BTreeMap<usize, EventTimeStats>>)>,
    /// A fault of the plan that Spark finds when the query runs.
    defect: Option<SparkError>,
    progress: Mutex<Progress>,
}

impl StatefulRuntime {
    pub(crate) fn new(
        mode: OutputMode,
        settings: StatefulSettings,
        operators: Vec<OperatorSpec>,
        watermarks: Vec<i64>,
        defect: Option<SparkError>,
    ) -> Self {
        let operator = |spec| Operator {
            spec,
            schema: Mutex::new(None),
            store: tokio::sync::OnceCell::new(),
            counts: Mutex::default(),
            running: Arc::default(),
        };
        Self {
            mode,
            settings,
            operators: operators.into_iter().map(operator).collect(),
            watermarks: watermarks.into_iter().map(|delay| (delay, Mutex::default())).collect(),
            defect,
            progress: Mutex::default(),
        }
    }

    /// Says where the state is: `state` is `<checkpoint>/state`, and the next batch is `batch_id`. Call it once, before the
    /// first batch.
    pub fn open(&self, state: Arc<dyn DurableStore>, batch_id: u64, pool: Arc<dyn MemoryPool>) -> Result<()> {
        if let Some(defect) = &self.defect {
            return Err(defect.clone());
        }
        if self.is_stateful() && self.settings.state.provider == Provider::Disk {
            tracing::warn!(
                "spark.sql.streaming.stateStore.providerClass = RocksDBStateStoreProvider: there is no state store on disk yet; \
                 state is kept in memory, with its changes in the checkpoint"
            );
        }
        self.progress.lock().location = Some(Location { files: state, version: batch_id, pool });
        Ok(())
    }

    /// Checks that the checkpoint is one of a query with these operators; a new one becomes that.
    ///
    /// # Errors
    /// `STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA` if it is not.
    pub async fn check_metadata(&self, state: &dyn DurableStore, is_new: bool) -> Result<()> {
        let names: Vec<&str> = self.operators.iter().map(|operator| operator_name(&operator.spec.kind)).collect();
        metadata::check(state, &names, self.settings.shuffle_partitions, is_new).await
    }

    /// Begins a batch, or begins it over: state that was not committed is undone.
    pub fn begin(&self, batch: BatchInput) -> Result<()> {
        let mut progress = self.progress.lock();
        if progress.broken {
            return Err(SparkError::internal(
                "a batch was begun after a commit of state had failed; restart the query",
            ));
        }
        progress.batch = Some(batch);
        progress.evicted_to_ms = Some(batch.eviction_watermark_ms);
        drop(progress);
        for operator in &self.operators {
            operator.restart();
            if let Some(store) = operator.store.get()
                && store.version() != batch.batch_id
            {
                let version = store.version();
                return Err(SparkError::internal(format!(
                    "batch {} was begun on version {version} of the state",
                    batch.batch_id
                )));
            }
        }
        for (_, seen) in &self.watermarks {
            seen.lock().clear();
        }
        Ok(())
    }

    /// Makes the batch's state durable as version `batch_id + 1`, and reports. Write the commit log entry after it.
    ///
    /// After an error the query must be restarted from its logs.
    pub async fn commit(&self) -> Result<BatchReport> {
        let commits = (0..self.operators.len()).map(|number| self.commit_operator(number));
        let committed = try_join_all(commits).await;
        let operators = committed.inspect_err(|_| {
            self.progress.lock().broken = true;
            self.abort();
        })?;
        let watermarks: Vec<EventTimeStats> = self.watermarks.iter().map(|(_, seen)| merged(&seen.lock())).collect();
        let report = |(node, ((delay_ms, _), stats)): (usize, (&(i64, _), &EventTimeStats))| WatermarkReport {
            node,
            delay_ms: *delay_ms,
            max_event_time_ms: stats.max_ms(),
        };
        self.progress.lock().batch = None;
        Ok(BatchReport {
            operators: operators.into_iter().flatten().collect(),
            event_time: watermarks.iter().find_map(EventTimeStats::progress),
            watermarks: self.watermarks.iter().zip(&watermarks).enumerate().map(report).collect(),
        })
    }

    /// Gives the batch up: the state is as it was before [`StatefulRuntime::begin`].
    pub fn abort(&self) {
        self.operators.iter().for_each(Operator::restart);
        self.progress.lock().batch = None;
    }

    /// Writes snapshots that are due and removes versions that are not to be kept. Spawn it after the commit log entry; the
    /// next batch need not wait for it.
    pub async fn maintain(&self) -> Result<()> {
        for store in self.operators.iter().filter_map(|operator| operator.store.get()) {
            store.maintain().await?;
        }
        Ok(())
    }

    /// Whether the query remembers anything between batches.
    pub fn is_stateful(&self) -> bool {
        !self.operators.is_empty()
    }

    /// Whether a watermark that has come this far asks for a batch although there is no new data.
    pub fn wants_batch(&self, watermark_ms: i64) -> bool {
        let Some(evicted_to_ms) = self.progress.lock().evicted_to_ms else { return false };
        let wants = |operator: &Operator| match operator.spec.kind {
            StatefulKind::Aggregate { .. } => operator.spec.has_watermark && self.mode != OutputMode::Complete,
            StatefulKind::Deduplicate { .. } => operator.spec.has_watermark,
            StatefulKind::Limit { .. } | StatefulKind::Watermark { .. } => false,
        };
        watermark_ms > evicted_to_ms && self.operators.iter().any(wants)
    }

    /// The query's output mode.
    pub(crate) fn mode(&self) -> OutputMode {
        self.mode
    }

    /// The batch that runs.
    pub(crate) fn batch(&self) -> Result<BatchInput> {
        let batch = self.progress.lock().batch;
        batch.ok_or_else(|| SparkError::internal("a stateful operator ran outside a batch"))
    }

    pub(crate) fn operator(&self, number: usize) -> &Operator {
        &self.operators[number]
    }

    /// What an operator keeps. It is known when the query is made physical, and must not change with a later plan.
    pub(crate) fn set_schema(&self, number: usize, schema: StateSchema) -> Result<()> {
        let mut known = self.operators[number].schema.lock();
        match known.as_ref() {
            Some(before) if *before != schema => Err(SparkError::internal(format!(
                "the state of operator {number} was planned as {before:?} and as {schema:?}"
            ))),
            _ => {
                *known = Some(schema);
                Ok(())
            }
        }
    }

    /// The store of an operator; opens it the first time.
    pub(crate) async fn store(&self, number: usize) -> Result<Arc<StateStore>> {
        let operator = &self.operators[number];
        let open = || async {
            let location = self.progress.lock().location.clone();
            let schema = operator.schema.lock().clone();
            let (Some(location), Some(schema)) = (location, schema) else {
                return Err(SparkError::internal(format!(
                    "the state of operator {number} was used before it was opened"
                )));
            };
            let Location { files, version, pool } = location;
            let settings = self.settings.state.clone();
            StateStore::open(files, number as u64, schema, settings, version, &pool).await.map(Arc::new)
        };
        operator.store.get_or_try_init(open).await.map(Arc::clone)
    }

    /// Takes in what a partition of a watermark has seen; once more, if it was run again.
    pub(crate) fn saw(&self, watermark: usize, partition: usize, stats: EventTimeStats) {
        self.watermarks[watermark].1.lock().insert(partition, stats);
    }

    async fn commit_operator(&self, number: usize) -> Result<Option<StateOperatorProgress>> {
        let operator = &self.operators[number];
        if operator.schema.lock().is_none() {
            // The optimizer found that it never has rows.
            return Ok(None);
        }
        let store = self.store(number).await?;
        let started = Instant::now();
        store.commit().await?;
        let commit_time_ms = started.elapsed().as_millis() as u64;
        Ok(Some(self.progress_of(operator, &store, commit_time_ms)))
    }

    fn progress_of(&self, operator: &Operator, store: &StateStore, commit_time_ms: u64) -> StateOperatorProgress {
        let counts = operator.counts.lock().clone();
        let memory = store.memory_bytes();
        let mut custom_metrics = BTreeMap::from([("stateOnCurrentVersionSizeBytes".to_string(), memory as i64)]);
        custom_metrics
            .insert("loadedMapCacheHitCount".to_string(), store.version() as i64 - store.opened_at() as i64 - 1);
        custom_metrics.insert("loadedMapCacheMissCount".to_string(), i64::from(store.opened_at() > 0));
        custom_metrics.insert("forceSnapshotCount".to_string(), 0);
        custom_metrics.insert("numSnapshotsAutoRepaired".to_string(), store.snapshots_passed_over() as i64);
        if let Some(duplicates) = counts.duplicates {
            custom_metrics.insert("numDroppedDuplicateRows".to_string(), duplicates);
        }
        StateOperatorProgress {
            operator_name: operator_name(&operator.spec.kind).to_string(),
            num_rows_total: store.len(),
            num_rows_updated: counts.updated,
            all_updates_time_ms: counts.updates_ms,
            num_rows_removed: counts.removed,
            all_removals_time_ms: counts.removals_ms,
            commit_time_ms,
            memory_used_bytes: memory,
            num_rows_dropped_by_watermark: counts.late,
            num_shuffle_partitions: self.settings.shuffle_partitions,
            // Spark opens one for each partition; what is open here follows the cores and would only puzzle.
            num_state_store_instances: self.settings.shuffle_partitions,
            custom_metrics,
        }
    }
}

impl Operator {
    /// Notes what a run of the operator has counted.
    pub(crate) fn count(&self, counts: OperatorCounts) {
        *self.counts.lock() = counts;
    }

    fn restart(&self) {
        if let Some(store) = self.store.get() {
            store.begin();
        }
        *self.counts.lock() = OperatorCounts::default();
    }
}

fn merged(seen: &BTreeMap<usize, EventTimeStats>) -> EventTimeStats {
    seen.values().fold(EventTimeStats::default(), |mut all, stats| {
        all.merge(stats);
        all
    })
}

/// Spark's name of an operator in the progress.
fn operator_name(kind: &StatefulKind) -> &'static str {
    match kind {
        StatefulKind::Aggregate { .. } => "stateStoreSave",
        StatefulKind::Deduplicate { within_ms: None, .. } => "dedupe",
        StatefulKind::Deduplicate { .. } => "dedupeWithinWatermark",
        StatefulKind::Limit { .. } => "globalLimit",
        StatefulKind::Watermark { .. } => "eventTimeWatermark",
    }
}
