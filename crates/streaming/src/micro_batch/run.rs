//! One run of a query: from its logs to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::SchemaRef;
use datafusion::datasource::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::logical_expr::LogicalPlan;
use firesteel_durable::{Clock, failpoint};
use firesteel_error::Result;
use firesteel_formats::ZoneId;
use firesteel_settings::AutoInterval;
use firesteel_sql::execution::Execution;
use firesteel_sql::streaming::is_streaming_leaf;
use serde_json::{Map, Value};

use super::batch_states::{BatchScope, CommittedBatch, LoggedBatch, PlannedBatch};
use super::open_sources::open_sources;
use super::recovery::recover;
use super::trigger_report::TriggerReport;
use super::{conf, origin, progress_of};
use crate::batch::BatchRows;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::offset_log::BatchMetadata;
use crate::error::from_datafusion;
use crate::incremental::batch_table::Slot;
use crate::incremental::planner::{BatchPlanner, bind, streams};
use crate::incremental::stateful::{BatchNumbers, Stateful, StatefulReport};
use crate::incremental::static_joins::tables_first;
use crate::observed::metrics_of;
use crate::offset::Offset;
use crate::operators::check_at_run;
use crate::query::QueryHandle;
use crate::session::{Settings, StreamSession};
use crate::sinks::Sink;
use crate::sources::{ReadLimit, Source, Sources};
use crate::start::OutputMode;
use crate::trigger::Trigger;

/// What a run is made of.
pub(crate) struct RunParts {
    pub query: Arc<QueryHandle>,
    pub session: Arc<dyn StreamSession>,
    pub sources: Arc<Sources>,
    pub sink: Arc<dyn Sink>,
    pub checkpoint: Checkpoint,
    pub plan: LogicalPlan,
    pub schema: SchemaRef,
    pub output_mode: OutputMode,
    pub trigger: Trigger,
    pub clock: Arc<dyn Clock>,
}

/// The settings of a run, read once.
#[derive(Debug, Clone, Copy)]
struct RunSettings {
    batches_to_retain: i64,
    polling_delay_ms: i64,
    idle_progress_ms: i64,
    no_data_batches: bool,
    zone: ZoneId,
}

/// A source and how far the query has come in it.
#[derive(Debug)]
pub(super) struct RunningSource {
    pub source: Box<dyn Source>,
    pub schema: SchemaRef,
    pub slot: Arc<Slot>,
    pub committed: Option<Offset>,
}

/// A run that is under way. Made by [`MicroBatchRun::prepare`], driven by [`MicroBatchRun::drive`].
pub(crate) struct MicroBatchRun {
    pub(super) parts: RunParts,
    pub(super) sources: Vec<RunningSource>,
    planner: BatchPlanner,
    stateful: Stateful,
    settings: RunSettings,
    conf: Map<String, Value>,
    unfinished: Option<LoggedBatch>,
    pub(super) next_batch: i64,
    /// The watermark of the next batch, and of the last logged one.
    pub(super) watermark_ms: i64,
    logged_watermark_ms: i64,
    has_run_a_batch: bool,
    pub(super) triggered_before_ms: Option<i64>,
    idle_since_ms: Option<i64>,
    /// The trigger's interval, if it follows the load.
    interval: Option<AutoInterval>,
}

/// What a batch left for its progress.
#[derive(Debug, Default)]
pub(super) struct BatchOutcome {
    pub rows: i64,
    pub stateful: StatefulReport,
    pub watermark_ms: i64,
    /// What `observe` saw.
    pub observed: BTreeMap<String, Value>,
}

impl MicroBatchRun {
    /// Opens the sources, reads the logs, and loads the state.
    pub async fn prepare(mut parts: RunParts) -> Result<Self> {
        parts.query.set_message("Initializing sources");
        let settings = Settings::new(Arc::clone(&parts.session));
        let leaves = streams(&parts.plan)?;
        let recovered = recover(&parts.checkpoint, leaves.len()).await?;
        let conf = match &recovered.metadata {
            Some(metadata) => conf::of_log(&metadata.conf, &settings),
            None => conf::of_session(&settings),
        };
        let setting =
            |name: &str| conf.get(name).and_then(Value::as_str).map(str::to_string).or_else(|| settings.text(name));
        check_at_run(&parts.plan, parts.output_mode, &is_streaming_leaf)?;
        let mut stateful = Stateful::new(&parts.plan, parts.output_mode, &setting)?;
        stateful.restore_watermark(recovered.watermark_ms);
        let (sources, bound) = open_sources(&mut parts, leaves, &recovered).await?;
        let logical = bind(tables_first(stateful.logical().clone())?, &bound)?;
        let mut planners = parts.session.extension_planners();
        planners.push(stateful.planner());
        let planner = BatchPlanner::new(parts.session.state(), logical, planners)?;
        let pool = Arc::clone(&planner.state().runtime_env().memory_pool);
        let is_new = recovered.metadata.is_none() && recovered.next_batch == 0;
        stateful.open(parts.checkpoint.folder("state"), recovered.next_batch, is_new, pool).await?;
        let interval = parts.trigger.auto_interval(&settings)?;
        let settings = RunSettings {
            batches_to_retain: settings.number("spark.sql.streaming.minBatchesToRetain", 100, 1)?,
            polling_delay_ms: settings.time_ms("spark.sql.streaming.pollingDelay", 10)?,
            idle_progress_ms: settings.time_ms("spark.sql.streaming.noDataProgressEventInterval", 10_000)?,
            no_data_batches: settings.flag("spark.sql.streaming.noDataMicroBatches.enabled", true)?,
            zone: settings.zone(),
        };
        parts.query.set_initialized();
        super::started::log(parts.query.id(), &sources);
        Ok(Self {
            parts,
            sources,
            planner,
            stateful,
            settings,
            conf,
            unfinished: recovered.unfinished,
            next_batch: recovered.next_batch,
            watermark_ms: recovered.watermark_ms,
            logged_watermark_ms: recovered.logged_watermark_ms,
            has_run_a_batch: false,
            triggered_before_ms: None,
            idle_since_ms: None,
            interval,
        })
    }

    /// Runs batches until the trigger says that the query ends.
    pub async fn drive(&mut self) -> Result<()> {
        if self.parts.trigger == Trigger::AvailableNow {
            for running in &mut self.sources {
                running.source.freeze().await?;
            }
        }
        loop {
            let fired_ms = self.parts.clock.now_ms();
            let ran = self.trigger().await?;
            let took_ms = self.parts.clock.now_ms() - fired_ms;
            match self.parts.trigger {
                Trigger::Once => return Ok(()),
                Trigger::AvailableNow if !ran => return Ok(()),
                Trigger::AvailableNow => {}
                Trigger::Default if ran => {}
                Trigger::Default => self.wait(self.settings.polling_delay_ms).await,
                trigger @ Trigger::ProcessingTime { .. } => {
                    let trigger = if ran { self.follow_load(trigger, took_ms) } else { self.adapted(trigger) };
                    self.wait_for(trigger.next_ms(fired_ms), ran).await;
                }
            }
        }
    }

    /// The trigger with the interval of now.
    fn adapted(&self, trigger: Trigger) -> Trigger {
        self.interval.as_ref().map_or(trigger, |interval| Trigger::ProcessingTime { interval_ms: interval.ms() })
    }

    /// Takes note of how long a batch took.
    fn follow_load(&mut self, trigger: Trigger, took_ms: i64) -> Trigger {
        if let Some(changed_ms) = self.interval.as_mut().and_then(|interval| interval.observe(took_ms)) {
            let id = self.parts.query.id();
            tracing::info!(target: "firesteel_streaming::Query", "Query [id = {id}] is triggered every [{changed_ms}ms] from now on");
        }
        self.adapted(trigger)
    }

    async fn wait(&self, for_ms: i64) {
        self.parts.clock.wait_until(self.parts.clock.now_ms() + for_ms).await;
    }

    /// Waits for the next trigger; a batch that took longer than the interval is followed by the next multiple at once.
    async fn wait_for(&self, due_ms: i64, ran: bool) {
        if self.parts.clock.now_ms() < due_ms {
            self.parts.query.set_message(if ran { "Waiting for next trigger" } else { "Waiting for data to arrive" });
            self.parts.clock.wait_until(due_ms).await;
        }
    }

    /// Lets go of what the run holds.
    pub async fn close(&mut self) {
        self.stateful.abort();
        self.stateful.settled().await;
        for running in &mut self.sources {
            running.source.stop().await;
        }
    }

    /// One trigger: runs a batch if there is one to run. Says whether there was.
    async fn trigger(&mut self) -> Result<bool> {
        let mut report = TriggerReport::start(&self.parts.clock);
        let query = Arc::clone(&self.parts.query);
        query.set_trigger_active(true);
        let check = query.start_check();
        let batch = match self.unfinished.take() {
            Some(logged) => Some(logged),
            None => self.next(&mut report).await?,
        };
        let Some(batch) = batch else {
            query.set_message("Waiting for data to arrive");
            query.set_data_available(false);
            self.report_idle(&report);
            query.set_trigger_active(false);
            query.found_nothing(check);
            return Ok(false);
        };
        let has_data = batch.scope().has_new_data();
        query.set_data_available(has_data);
        query.set_message(if has_data { "Processing new data" } else { "No new data but cleaning up state" });
        let available: Vec<Option<Offset>> = batch.scope().ends.clone();
        self.show_offsets(Some(&available));
        let (committed, outcome) = self.run_batch(batch, &mut report).await?;
        self.has_run_a_batch = true;
        self.idle_since_ms = None;
        progress_of::batch(self, &committed.scope, &outcome, &report);
        self.took(committed);
        self.triggered_before_ms = Some(report.triggered_ms);
        query.set_trigger_active(false);
        Ok(true)
    }

    /// A new batch, logged, if there are new rows or the watermark asks for one.
    async fn next(&mut self, report: &mut TriggerReport) -> Result<Option<LoggedBatch>> {
        let limit = if self.parts.trigger == Trigger::Once { ReadLimit::Everything } else { ReadLimit::Options };
        let mut ends = Vec::with_capacity(self.sources.len());
        for running in &mut self.sources {
            self.parts.query.set_message(&format!("Getting offsets from {}", running.source.description()));
            let latest = running.source.latest_offset(running.committed.as_ref(), limit);
            let end = report.time("latestOffset", latest).await?;
            ends.push(end.or_else(|| running.committed.clone()));
        }
        let starts: Vec<Option<Offset>> = self.sources.iter().map(|running| running.committed.clone()).collect();
        let has_new_data = starts != ends;
        let wants_cleanup =
            self.settings.no_data_batches && self.has_run_a_batch && self.stateful.wants_batch(self.watermark_ms);
        self.parts.query.set_data_available(has_new_data);
        if !has_new_data && !wants_cleanup {
            return Ok(None);
        }
        let scope = BatchScope {
            batch_id: self.next_batch,
            starts,
            ends,
            metadata: BatchMetadata {
                batch_watermark_ms: self.watermark_ms,
                batch_timestamp_ms: self.parts.clock.now_ms(),
                conf: self.conf.clone(),
            },
            late_watermark_ms: self.logged_watermark_ms,
        };
        let logged = report.time("walCommit", self.log(PlannedBatch::new(scope))).await?;
        Ok(Some(logged))
    }

    /// Logs a batch, and tells sources and logs what will not be needed again: everything before the last batch.
    async fn log(&mut self, planned: PlannedBatch) -> Result<LoggedBatch> {
        let logged = planned.log(&mut self.parts.checkpoint).await?;
        if logged.scope().batch_id > 0 {
            for running in &mut self.sources {
                if let Some(committed) = &running.committed {
                    running.source.commit(committed).await?;
                }
            }
        }
        let retain = self.settings.batches_to_retain;
        self.parts.checkpoint.purge(logged.scope().batch_id, retain).await?;
        Ok(logged)
    }

    async fn run_batch(
        &mut self,
        batch: LoggedBatch,
        report: &mut TriggerReport,
    ) -> Result<(CommittedBatch, BatchOutcome)> {
        let scope = batch.scope().clone();
        let tables = report.time("getBatch", self.tables(&scope)).await?;
        let timestamp_ms = scope.metadata.batch_timestamp_ms;
        let plan = report.time("queryPlanning", self.planner.plan(timestamp_ms)).await?;
        self.parts.query.set_batch_plan(plan.clone());
        let plan = plan.physical;
        for (running, table) in self.sources.iter().zip(&tables) {
            running.slot.bind(table.as_ref(), self.planner.state()).await.map_err(from_datafusion)?;
        }
        self.stateful.begin(BatchNumbers {
            batch_id: scope.batch_id,
            late_watermark_ms: scope.late_watermark_ms,
            watermark_ms: scope.metadata.batch_watermark_ms,
            now_ms: timestamp_ms,
        })?;
        let execution = Execution::start(self.parts.query.bus(), &origin::of(&self.parts.query, scope.batch_id), &plan);
        let rows = BatchRows::new(Arc::clone(&plan), self.planner.state().task_ctx(), Arc::clone(&self.parts.schema));
        let counter = rows.counter();
        failpoint::reached("before-sink");
        let sink = Arc::clone(&self.parts.sink);
        let stateful = &mut self.stateful;
        let work = async {
            sink.add_batch(scope.batch_id, rows).await?;
            failpoint::reached("after-sink");
            let report = stateful.commit().await;
            failpoint::reached("after-state");
            report
        };
        let worked = report.time("addBatch", work).await;
        execution.into_iter().for_each(|execution| execution.end(worked.as_ref().err()));
        let committed_state = worked?;
        let observed = metrics_of(&plan, self.settings.zone)?;
        let next_watermark_ms = committed_state.next_watermark_ms.unwrap_or(self.watermark_ms);
        let computed = batch.computed();
        let commit = computed.commit(&mut self.parts.checkpoint, next_watermark_ms);
        let committed = report.time("commitOffsets", commit).await?;
        self.stateful.maintain();
        let outcome = BatchOutcome {
            rows: counter.load(Ordering::SeqCst),
            stateful: committed_state,
            watermark_ms: scope.metadata.batch_watermark_ms,
            observed,
        };
        Ok((committed, outcome))
    }

    /// Each source's rows of the batch; none for a source that has nothing new.
    async fn tables(&mut self, scope: &BatchScope) -> Result<Vec<Arc<dyn TableProvider>>> {
        let mut tables = Vec::with_capacity(self.sources.len());
        for (at, running) in self.sources.iter_mut().enumerate() {
            let (start, end) = (scope.starts[at].as_ref(), scope.ends[at].as_ref());
            let table: Arc<dyn TableProvider> = match end {
                Some(end) if start != Some(end) => running.source.batch(start, end).await?,
                _ => Arc::new(EmptyTable::new(Arc::clone(&running.schema))),
            };
            tables.push(table);
        }
        Ok(tables)
    }

    /// The query stands after this batch.
    fn took(&mut self, batch: CommittedBatch) {
        for (running, end) in self.sources.iter_mut().zip(&batch.scope.ends) {
            running.committed.clone_from(end);
            running.slot.clear();
        }
        self.next_batch = batch.scope.batch_id + 1;
        self.logged_watermark_ms = batch.scope.metadata.batch_watermark_ms;
        self.watermark_ms = batch.next_watermark_ms;
        self.show_offsets(None);
    }

    /// Tells a progress now and then while there is nothing to do: at the first idle trigger, then at intervals.
    fn report_idle(&mut self, report: &TriggerReport) {
        let now_ms = self.parts.clock.now_ms();
        let first = self.idle_since_ms.is_none() && !self.has_run_a_batch;
        let since = *self.idle_since_ms.get_or_insert(now_ms);
        if first || now_ms - since >= self.settings.idle_progress_ms {
            self.idle_since_ms = Some(now_ms);
            progress_of::idle(self, report);
        }
        self.triggered_before_ms = Some(report.triggered_ms);
    }

    fn show_offsets(&self, available: Option<&[Option<Offset>]>) {
        let show = |at: usize, offset: Option<&Offset>| {
            let description = self.sources[at].source.description();
            offset.map(|offset| format!("{description}: {}", offset.json()))
        };
        let committed = (0..self.sources.len()).filter_map(|at| show(at, self.sources[at].committed.as_ref()));
        let committed = committed.collect::<Vec<_>>().join(",");
        let available = available.map(|ends| {
            let shown = ends.iter().enumerate().filter_map(|(at, offset)| show(at, offset.as_ref()));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
        });
        self.parts.query.set_offsets(format!("{{{committed}}}"), available);
    }
}
