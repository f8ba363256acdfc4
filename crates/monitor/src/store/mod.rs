//! The store: what the events of one application add up to.
//!
//! It is a fold over the lines of Spark's event log ([`Store::apply`]): the running engine's bus feeds it the same JSON that the
//! log has, so the pages of a running and of an ended application cannot differ, and Spark's own logs can be read as well.
//! It keeps a bounded part ([`Limits`]); what it has forgotten is gone from the pages, but not from a log.
//!
//! Readers take a lock for as long as it takes to write a page. Events wait meanwhile, on the bus and not in the engine.

mod application;
mod execution;
mod fields;
mod job;
mod limits;
mod query;
mod rdd;
mod stage;
mod streaming;
mod task;
pub mod task_metrics;

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

pub use application::{Application, Environment, Executor, Worker};
pub use execution::{Execution, PlanMetric, PlanNode, write as write_metric};
pub(crate) use fields::{Fields, shorten};
pub use job::{Job, JobStatus, StageCounts, TaskCounts};
pub use limits::Limits;
pub use query::{Progress, StreamRun};
pub use rdd::{RddInfo, StoredBlock, StoredRdd};
pub use stage::{ExecutorShare, Stage, StageKey, StageStatus};
pub use streaming::{Batch, Input, Operation, Receiver, Streaming};
pub use task::{Accumulable, Task};

/// The most reasons that are told apart in a count by reason.
const REASONS_MAX: usize = 50;

/// What an application's events add up to.
#[derive(Debug, Clone, Default)]
pub struct Store {
    limits: Limits,
    /// The application.
    pub application: Application,
    /// Jobs, by number.
    pub jobs: BTreeMap<i64, Job>,
    /// Stages, by number and attempt.
    pub stages: BTreeMap<StageKey, Stage>,
    /// RDDs that are kept, by number.
    pub rdds: BTreeMap<i64, StoredRdd>,
    /// SQL executions, by number.
    pub executions: BTreeMap<i64, Execution>,
    /// Runs of streaming queries, the newest last.
    pub runs: VecDeque<StreamRun>,
    /// The DStream program, if there is one.
    pub streaming: Option<Streaming>,
    /// How many events were lost because they came faster than they could be taken in.
    pub lost: u64,
    /// Runs of streaming queries in earlier applications, by query id, the oldest first.
    pub earlier: HashMap<String, Vec<StreamRun>>,
    /// Where the clock stands for an application that does not run any more.
    pub stands_at: Option<i64>,
    tasks_kept: usize,
}

impl Store {
    /// An empty store with these bounds.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes in one line of an event log. An event of an unknown kind changes nothing.
    pub fn apply(&mut self, event: &Value, now_ms: i64) {
        self.application.updated_ms = now_ms;
        let name = event.field("Event").as_str().unwrap_or_default();
        let name = name.rsplit(['.', '$']).next().unwrap_or_default();
        match name.strip_prefix("SparkListener").unwrap_or(name) {
            "LogStart" => self.application.spark_version = event.text("Spark Version"),
            "ApplicationStart" => self.application.start(event),
            "ApplicationEnd" => self.application.end_ms = event.time("Timestamp"),
            "EnvironmentUpdate" => self.application.environment(event),
            "ExecutorAdded" => self.application.executor_added(event),
            "ExecutorRemoved" => self.application.executor_removed(event),
            "BlockManagerAdded" => self.application.block_manager_added(event),
            "ExecutorMetricsUpdate" | "StageExecutorMetrics" => self.executor_metrics(event),
            "EventsLost" => self.lost += event.int("Count").unsigned_abs(),
            "PythonWorkerStarted" => self.application.worker_started(event, self.limits.others),
            "PythonWorkerEnded" => self.application.worker_ended(event),
            "JobStart" => self.job_start(event),
            "JobEnd" => self.job_end(event),
            "StageSubmitted" => self.stage_submitted(event),
            "StageCompleted" => self.stage_completed(event),
            "TaskStart" => self.task_start(event),
            "TaskEnd" => self.task_end(event),
            "BlockUpdated" => self.block_updated(event.field("Block Updated Info")),
            "UnpersistRDD" => drop(self.rdds.remove(&event.int("RDD ID"))),
            "SQLExecutionStart" => self.execution_start(event),
            "SQLAdaptiveExecutionUpdate" => self.with_execution(event, |execution| execution.plan(event)),
            "DriverAccumUpdates" => self.with_execution(event, |execution| execution.values(event)),
            "SQLExecutionEnd" => self.with_execution(event, |execution| execution.end(event)),
            "QueryStartedEvent" => self.run_started(StreamRun::of(event)),
            "QueryProgressEvent" => self.progress(event.field("progress"), now_ms),
            "QueryTerminatedEvent" => self.run_ended(event, now_ms),
            _ => self.streaming_event(name, event),
        }
    }

    /// The newest run with this id: a run's own, or a query's.
    pub fn run(&self, id: &str) -> Option<&StreamRun> {
        let of_run = self.runs.iter().rev().find(|run| run.run_id == id);
        let of_query = || self.runs.iter().rev().find(|run| run.id == id);
        let of_earlier = || self.earlier.values().flatten().find(|run| run.run_id == id);
        of_run.or_else(of_query).or_else(of_earlier)
    }

    /// The runs of a query before one of its runs, the oldest first: in earlier applications, and in this one.
    pub fn runs_before(&self, run: &StreamRun) -> Vec<&StreamRun> {
        let earlier = self.earlier.get(&run.id).into_iter().flatten();
        let all = earlier.chain(self.runs.iter().filter(|other| other.id == run.id));
        all.take_while(|other| other.run_id != run.run_id).collect()
    }

    /// The latest attempt of a stage.
    pub fn latest_attempt(&self, stage: i64) -> Option<&Stage> {
        self.stages.range((stage, 0)..=(stage, i64::MAX)).next_back().map(|(_, stage)| stage)
    }

    fn executor_metrics(&mut self, event: &Value) {
        let executor = event.text("Executor ID");
        for update in event.list("Executor Metrics Updated") {
            self.application.measured(&executor, update.field("Executor Metrics"));
        }
        self.application.measured(&executor, event.field("Executor Metrics"));
    }

    fn job_start(&mut self, event: &Value) {
        let job = Job::of(event);
        for info in event.list("Stage Infos") {
            let mut stage = Stage::of(info);
            stage.description.clone_from(&job.description);
            self.stages.entry(stage.key()).or_insert(stage).job_ids.push(job.id);
        }
        if let Some(execution) = job.execution_id.and_then(|id| self.executions.get_mut(&id)) {
            execution.jobs.insert(job.id);
        }
        if let (Some(batch), Some(streaming)) = (job.batch, &mut self.streaming) {
            streaming.job(batch, job.id);
        }
        self.jobs.insert(job.id, job);
        forget(&mut self.jobs, self.limits.jobs, |job| job.status != JobStatus::Running);
        self.forget_stages();
    }

    fn job_end(&mut self, event: &Value) {
        let Some(job) = self.jobs.get_mut(&event.int("Job ID")) else { return };
        job.end(event);
        for id in job.stage_ids.clone() {
            let waiting = self.stages.range_mut((id, 0)..=(id, i64::MAX)).next_back();
            if let Some((_, stage)) = waiting.filter(|(_, stage)| stage.status == StageStatus::Pending) {
                stage.status = StageStatus::Skipped;
                job.stages.skipped += 1;
                job.tasks.skipped += stage.num_tasks;
            }
        }
    }

    fn stage_submitted(&mut self, event: &Value) {
        let info = event.field("Stage Info");
        let fresh = Stage::of(info);
        let (key, id) = (fresh.key(), fresh.id);
        let jobs: Vec<i64> = self.jobs.values().filter(|job| job.stage_ids.contains(&id)).map(|job| job.id).collect();
        let stage = self.stages.entry(key).or_insert(fresh);
        stage.submit(event);
        stage.job_ids = jobs;
        for rdd in &stage.rdds {
            if let Some(level) = &rdd.level {
                let known = self.rdds.entry(rdd.id).or_insert_with(|| StoredRdd::new(rdd, level));
                known.name.clone_from(&rdd.name);
                known.level.clone_from(level);
            }
        }
        let jobs = stage.job_ids.clone();
        self.each_job(&jobs, |job| job.stages.active += 1);
        while self.rdds.len() > self.limits.others {
            self.rdds.pop_first();
        }
        self.forget_stages();
    }

    fn stage_completed(&mut self, event: &Value) {
        let info = event.field("Stage Info");
        let key = (info.int("Stage ID"), info.int("Stage Attempt ID"));
        let stage = self.stages.entry(key).or_insert_with(|| Stage::of(info));
        let was_active = stage.status == StageStatus::Active;
        stage.complete(event);
        let (jobs, failed) = (stage.job_ids.clone(), stage.status == StageStatus::Failed);
        self.each_job(&jobs, |job| {
            job.stages.active -= i64::from(was_active);
            if failed { job.stages.failed += 1 } else { job.stages.completed += 1 }
        });
    }

    fn task_start(&mut self, event: &Value) {
        let task = Task::of(event, None);
        self.application.task_started(&task.executor);
        let Some(stage) = self.stages.get_mut(&stage_key(event)) else { return };
        stage.start_task(task);
        self.tasks_kept += 1;
        let jobs = stage.job_ids.clone();
        self.each_job(&jobs, |job| job.tasks.active += 1);
        self.forget_tasks(stage_key(event));
    }

    fn task_end(&mut self, event: &Value) {
        let ending = task::ending(event);
        let task = Task::of(event, Some(&ending));
        // The executor did its work, whether or not the stage is still kept.
        self.application.task_ended(&task, &ending);
        let Some(stage) = self.stages.get_mut(&stage_key(event)) else { return };
        let (executor, kept) = (task.executor.clone(), stage.tasks.len());
        let accumulables = event.field("Task Info").list("Accumulables");
        let new_index = stage.end_task(task, &ending, accumulables);
        self.tasks_kept += stage.tasks.len() - kept;
        let jobs = stage.job_ids.clone();
        let execution = jobs.iter().find_map(|id| self.jobs.get(id)?.execution_id);
        self.each_job(&jobs, |job| job.count(&ending, new_index));
        self.add_to_execution(execution, accumulables);
        for block in event.field("Task Metrics").list("Updated Blocks") {
            self.block(&block.text("Block ID"), &executor, block.field("Status"));
        }
    }

    /// Metrics of SQL operators that Spark's tasks report.
    fn add_to_execution(&mut self, execution: Option<i64>, accumulables: &[Value]) {
        let Some(execution) = execution.and_then(|id| self.executions.get_mut(&id)) else { return };
        for accumulable in accumulables.iter().filter(|json| json.text("Metadata") == "sql") {
            let id = accumulable.int("ID");
            if execution.values.contains_key(&id) || execution.measures(id) {
                // Sizes and times that were not measured are -1.
                *execution.values.entry(id).or_default() += accumulable.int("Update").max(0);
            }
        }
    }

    fn block_updated(&mut self, info: &Value) {
        let executor = info.field("Block Manager ID").text("Executor ID");
        self.block(&info.text("Block ID"), &executor, info);
    }

    fn block(&mut self, name: &str, executor: &str, state: &Value) {
        if let Some(rdd) = rdd::rdd_of_block(name).and_then(|id| self.rdds.get_mut(&id)) {
            rdd.update(name, executor, state);
        }
    }

    fn execution_start(&mut self, event: &Value) {
        let execution = Execution::of(event);
        self.executions.insert(execution.id, execution);
        forget(&mut self.executions, self.limits.executions, |execution| execution.completion_ms.is_some());
    }

    fn with_execution(&mut self, event: &Value, change: impl FnOnce(&mut Execution)) {
        if let Some(execution) = self.executions.get_mut(&event.int("executionId")) {
            change(execution);
        }
    }

    fn run_started(&mut self, run: StreamRun) {
        // A log that is continued in another file says again what is running.
        if self.runs.iter().any(|known| known.run_id == run.run_id) {
            return;
        }
        self.runs.push_back(run);
        while self.runs.iter().filter(|run| !run.is_active()).count() > self.limits.queries {
            let oldest = self.runs.iter().position(|run| !run.is_active());
            oldest.map(|at| self.runs.remove(at));
        }
    }

    fn progress(&mut self, progress: &Value, now_ms: i64) {
        let run_id = progress.text("runId");
        if !self.runs.iter().any(|run| run.run_id == run_id) {
            self.run_started(StreamRun::new(progress, now_ms));
        }
        if let Some(run) = self.runs.iter_mut().rev().find(|run| run.run_id == run_id) {
            run.report(progress, self.limits.progress_updates);
        }
    }

    fn run_ended(&mut self, event: &Value, now_ms: i64) {
        let run_id = event.text("runId");
        if let Some(run) = self.runs.iter_mut().rev().find(|run| run.run_id == run_id) {
            run.end(event, now_ms);
        }
    }

    fn streaming_event(&mut self, name: &str, event: &Value) {
        let Some(kind) = name.strip_prefix("StreamingListener") else { return };
        let streaming = self.streaming.get_or_insert_default();
        match kind {
            "StreamingStarted" => streaming.start_ms = event.int("time"),
            "ReceiverStarted" | "ReceiverError" | "ReceiverStopped" => streaming.receiver(event.field("receiverInfo")),
            "BatchSubmitted" | "BatchStarted" | "BatchCompleted" => {
                streaming.batch(event.field("batchInfo"), self.limits.batches);
            }
            "OutputOperationStarted" | "OutputOperationCompleted" => {
                streaming.operation(event.field("outputOperationInfo"));
            }
            _ => {}
        }
    }

    fn each_job(&mut self, jobs: &[i64], mut change: impl FnMut(&mut Job)) {
        for id in jobs {
            if let Some(job) = self.jobs.get_mut(id) {
                change(job);
            }
        }
    }

    fn forget_stages(&mut self) {
        let before = self.stages.len();
        forget(&mut self.stages, self.limits.stages, Stage::has_ended);
        if self.stages.len() < before {
            self.tasks_kept = self.stages.values().map(|stage| stage.tasks.len()).sum();
        }
    }

    /// Tasks are the bulk of the store: the oldest of the same stage go first, then those of the oldest stages.
    fn forget_tasks(&mut self, current: StageKey) {
        if self.tasks_kept <= self.limits.tasks {
            return;
        }
        let other = self.stages.iter_mut().find(|(key, stage)| **key != current && !stage.tasks.is_empty());
        if let Some((_, stage)) = other {
            self.tasks_kept -= stage.tasks.len();
            stage.tasks = BTreeMap::new();
        } else if let Some(stage) = self.stages.get_mut(&current) {
            stage.tasks.pop_first();
            self.tasks_kept -= 1;
        }
    }
}

fn stage_key(event: &Value) -> StageKey {
    (event.int("Stage ID"), event.int("Stage Attempt ID"))
}

/// Counts a reason; beyond a number of different ones, the rest is counted together.
fn count_reason(counts: &mut BTreeMap<String, i64>, reason: &str) {
    let known = counts.len() < REASONS_MAX || counts.contains_key(reason);
    *counts.entry(if known { reason } else { "other reasons" }.to_string()).or_default() += 1;
}

/// Removes the oldest that has ended, or the oldest at all, until no more than `kept` are left.
fn forget<K: Ord + Copy, V>(all: &mut BTreeMap<K, V>, kept: usize, has_ended: impl Fn(&V) -> bool) {
    while all.len() > kept {
        let ended = all.iter().find(|(_, value)| has_ended(value)).map(|(key, _)| *key);
        let oldest = ended.or_else(|| all.keys().next().copied());
        oldest.map(|key| all.remove(&key));
    }
}
