//! The job of a plan: its stages and tasks as events.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};
use firesteel_events::EventBus;
use firesteel_events::job::{
    InputMetrics, JobEvent, JobResult, RddInfo, ShuffleReadMetrics, ShuffleWriteMetrics, StageInfo, TaskEndReason,
    TaskInfo, TaskMetrics,
};

use parking_lot::Mutex;

use super::stages::{self, Stage};
use super::{Ending, Origin, now_ms};
use crate::cache;

/// The most tasks of a stage that are told of one by one.
const TASKS_MAX: usize = 1000;

/// A job that runs.
#[derive(Debug)]
pub(super) struct Job {
    id: usize,
    stages: Vec<(StageInfo, Stage)>,
    first_tasks: Vec<Vec<u64>>,
    start_ms: u64,
    /// The tasks whose end has been told, by stage and partition.
    told: Mutex<BTreeSet<(usize, usize)>>,
}

impl Job {
    /// Tells that the job of `plan` has started, with all of its stages and tasks.
    pub fn start(bus: &EventBus, origin: &Origin, execution: u64, plan: &Arc<dyn ExecutionPlan>) -> Self {
        let start_ms = unsigned(now_ms());
        let cut = stages::of(plan);
        // Spark gives a stage its number after those that feed it.
        let mut ids: Vec<usize> = cut.iter().map(|_| bus.ids().stage() as usize).collect();
        ids.reverse();
        let rdds = rdd_ids(bus, &cut);
        let info = |(at, stage): (usize, &Stage)| StageInfo {
            stage_id: ids[at],
            name: stage.name(),
            num_tasks: stage.partitions,
            rdds: stage.operators.iter().map(|operator| rdd(operator, stage, &rdds)).collect(),
            parent_ids: stage.parents.iter().map(|parent| ids[*parent]).collect(),
            submission_time_ms: Some(start_ms),
            ..StageInfo::default()
        };
        let infos: Vec<StageInfo> = cut.iter().enumerate().map(info).collect();
        let id = bus.ids().job() as usize;
        let properties = properties(origin, execution);
        let in_order = infos.iter().rev().cloned().collect();
        bus.post(JobEvent::JobStart {
            job_id: id,
            time_ms: start_ms,
            stages: in_order,
            properties: properties.clone(),
        });
        let mut first_tasks = Vec::new();
        for info in &infos {
            bus.post(JobEvent::StageSubmitted { stage: info.clone(), properties: properties.clone() });
            let tasks: Vec<u64> = (0..info.num_tasks.min(TASKS_MAX)).map(|_| bus.ids().task()).collect();
            for (partition, task) in tasks.iter().enumerate() {
                let task = running(*task, partition, start_ms);
                bus.post(JobEvent::TaskStart { stage_id: info.stage_id, stage_attempt: 0, task });
            }
            first_tasks.push(tasks);
        }
        Self { id, stages: infos.into_iter().zip(cut).collect(), first_tasks, start_ms, told: Mutex::default() }
    }

    /// Tells of the tasks that have ended while the plan still runs: those whose last operator has.
    pub fn tell_ended(&self, bus: &EventBus, plan: &dyn ExecutionPlan) {
        let mut measured = HashMap::new();
        collect(plan, &mut 0, &mut measured);
        let end_ms = unsigned(now_ms());
        let mut told = self.told.lock();
        for (at, (info, stage)) in self.stages.iter().enumerate() {
            let Some(last) = stage.operators.first().and_then(|operator| measured.get(&operator.place)) else {
                continue;
            };
            for (partition, task) in self.first_tasks[at].iter().enumerate() {
                if last.has_ended(partition) && told.insert((at, partition)) {
                    let task = (partition, *task);
                    self.end_task(bus, (at, info, stage), task, &measured, end_ms, &Ending::Succeeded);
                }
            }
        }
    }

    /// Tells how its tasks, its stages and it ended.
    pub fn end(&self, bus: &EventBus, plan: &dyn ExecutionPlan, ending: &Ending) {
        let mut measured = HashMap::new();
        collect(plan, &mut 0, &mut measured);
        let end_ms = unsigned(now_ms());
        let told = std::mem::take(&mut *self.told.lock());
        for (at, (info, stage)) in self.stages.iter().enumerate() {
            let untold = self.first_tasks[at].iter().enumerate();
            for (partition, task) in untold.filter(|(partition, _)| !told.contains(&(at, *partition))) {
                self.end_task(bus, (at, info, stage), (partition, *task), &measured, end_ms, ending);
            }
            let stage = StageInfo {
                completion_time_ms: Some(end_ms),
                failure_reason: ending.error().map(str::to_string),
                ..info.clone()
            };
            bus.post(JobEvent::StageCompleted { stage });
        }
        let result = ending.error().map_or(JobResult::Succeeded, |error| JobResult::Failed(error.to_string()));
        bus.post(JobEvent::JobEnd { job_id: self.id, time_ms: end_ms, result });
    }

    fn end_task(
        &self,
        bus: &EventBus,
        (at, info, stage): (usize, &StageInfo, &Stage),
        (partition, task_id): (usize, u64),
        measured: &HashMap<usize, Operator>,
        end_ms: u64,
        ending: &Ending,
    ) {
        let operator = |place: usize| measured.get(&place);
        let share = Share::of(stage.operators.iter().filter_map(|o| operator(o.place)), partition);
        let launch_time_ms = share.start_ms.unwrap_or(self.start_ms).min(end_ms);
        let finish_time_ms = share.end_ms.unwrap_or(end_ms).max(launch_time_ms);
        // An operator that is dropped notes its end as well, so of a cancelled plan's tasks only those have ended that were told.
        let has_ended = share.end_ms.is_some() && !matches!(ending, Ending::Cancelled);
        let reason = if has_ended { TaskEndReason::Success } else { reason(ending) };
        let read = self.read(stage, partition, measured);
        // The result's stage gives its rows to nobody's exchange.
        let written = stage.operators.first().filter(|_| at > 0).and_then(|o| operator(o.place));
        let written = Given::of(written.into_iter(), Some(partition));
        let task = TaskInfo {
            finish_time_ms,
            failed: matches!(reason, TaskEndReason::ExceptionFailure { .. }),
            killed: matches!(reason, TaskEndReason::TaskKilled { .. }),
            ..running(task_id, partition, launch_time_ms)
        };
        bus.post(JobEvent::TaskEnd {
            stage_id: info.stage_id,
            stage_attempt: 0,
            task_type: if at == 0 { "ResultTask" } else { "ShuffleMapTask" },
            reason,
            task,
            metrics: TaskMetrics {
                executor_run_time_ms: finish_time_ms - launch_time_ms,
                executor_cpu_time_ns: share.compute_ns,
                disk_bytes_spilled: share.spilled_bytes,
                peak_execution_memory: share.peak_bytes,
                input: InputMetrics { bytes_read: share.read_bytes, records_read: share.read_rows },
                shuffle_read: ShuffleReadMetrics {
                    local_blocks_fetched: read.batches,
                    local_bytes_read: read.bytes,
                    records_read: read.rows,
                },
                shuffle_write: ShuffleWriteMetrics {
                    bytes_written: written.bytes,
                    records_written: written.rows,
                    write_time_ns: 0,
                },
                ..TaskMetrics::default()
            },
        });
    }
}

impl Job {
    /// What a stage takes from those before it in one partition: the rows that its exchange gave, and their share of the bytes
    /// that were given to it. An exchange's own bytes are those of buffers that it fills again.
    fn read(&self, stage: &Stage, partition: usize, measured: &HashMap<usize, Operator>) -> Given {
        let last = |stage: &Stage| stage.operators.first().and_then(|operator| measured.get(&operator.place));
        let parents = stage.parents.iter().filter_map(|parent| last(&self.stages.get(*parent)?.1));
        let given = Given::of(parents, None);
        if stage.partitions == 1 {
            return given;
        }
        let exchanges = stage.operators.iter().filter(|operator| operator.is_exchange);
        let taken = Given::of(exchanges.filter_map(|operator| measured.get(&operator.place)), Some(partition));
        let bytes = u128::from(given.bytes) * u128::from(taken.rows) / u128::from(given.rows.max(1));
        Given { bytes: u64::try_from(bytes).unwrap_or(u64::MAX), ..taken }
    }
}

/// Why a task ended that was not done when its plan ended.
fn reason(ending: &Ending) -> TaskEndReason {
    match ending {
        Ending::Succeeded => TaskEndReason::Success,
        Ending::Cancelled => TaskEndReason::TaskKilled { reason: "the execution was cancelled".into() },
        Ending::Failed(error) => TaskEndReason::ExceptionFailure {
            class_name: "SparkException".into(),
            description: error.clone(),
            full_stack_trace: error.clone(),
        },
    }
}

/// What operators gave to the next one, in one partition or in all. Rows that change partitions stay in memory, so these bytes are those of
/// the columns, and no file's.
#[derive(Debug, Default)]
struct Given {
    rows: u64,
    bytes: u64,
    batches: u64,
}

impl Given {
    fn of<'a>(operators: impl Iterator<Item = &'a Operator>, partition: Option<usize>) -> Self {
        let mut given = Self::default();
        for operator in operators {
            for metric in
                operator.metrics.iter().filter(|metric| partition.is_none() || metric.partition() == partition)
            {
                let number = metric.value().as_usize() as u64;
                match metric.value() {
                    MetricValue::OutputRows(_) => given.rows += number,
                    MetricValue::OutputBytes(_) => given.bytes += number,
                    MetricValue::OutputBatches(_) => given.batches += number,
                    _ => {}
                }
            }
        }
        given
    }
}

fn running(task_id: u64, partition: usize, launch_time_ms: u64) -> TaskInfo {
    TaskInfo { task_id, index: partition, partition_id: partition, launch_time_ms, ..TaskInfo::default() }
}

/// Each operator is an RDD of its own, as in Spark; the one that keeps rows has the number of what it keeps.
fn rdd_ids(bus: &EventBus, stages: &[Stage]) -> HashMap<usize, usize> {
    let operators = stages.iter().flat_map(|stage| &stage.operators);
    let id = |operator: &stages::Operator| match &operator.kept {
        Some((id, _)) => *id,
        None => bus.ids().rdd() as usize,
    };
    operators.map(|operator| (operator.place, id(operator))).collect()
}

fn rdd(operator: &stages::Operator, stage: &Stage, ids: &HashMap<usize, usize>) -> RddInfo {
    let id_of = |place: &usize| ids.get(place).copied().unwrap_or_default();
    let kept = operator.kept.as_ref();
    RddInfo {
        id: id_of(&operator.place),
        name: kept.map_or_else(|| operator.name.clone(), |(_, name)| name.clone()),
        scope: operator.name.clone(),
        parent_ids: operator.children.iter().map(id_of).collect(),
        level: kept.map(|_| cache::LEVEL).unwrap_or_default(),
        num_partitions: stage.partitions,
        ..RddInfo::default()
    }
}

fn properties(origin: &Origin, execution: u64) -> BTreeMap<String, String> {
    let mut properties = origin.properties.clone();
    let mut set = |name: &str, value: String| drop(properties.insert(name.to_string(), value));
    set("spark.sql.execution.id", execution.to_string());
    set("spark.job.description", origin.description.clone());
    if let Some(group) = &origin.group {
        set("spark.jobGroup.id", group.clone());
    }
    if !origin.tags.is_empty() {
        set("spark.job.tags", origin.tags.join(","));
    }
    properties
}

/// An operator's metrics, and whether it reads what no other operator gives.
struct Operator {
    metrics: MetricsSet,
    is_leaf: bool,
}

impl Operator {
    /// Whether it has given all of its rows in one partition.
    fn has_ended(&self, partition: usize) -> bool {
        self.metrics
            .iter()
            .filter(|metric| metric.partition() == Some(partition))
            .any(|metric| matches!(metric.value(), MetricValue::EndTimestamp(time) if time.value().is_some()))
    }
}

fn collect(plan: &dyn ExecutionPlan, place: &mut usize, all: &mut HashMap<usize, Operator>) {
    if let Some(metrics) = plan.metrics() {
        all.insert(*place, Operator { metrics, is_leaf: plan.children().is_empty() });
    }
    *place += 1;
    for child in plan.children() {
        collect(child.as_ref(), place, all);
    }
}

/// What the operators of a stage measured in one partition.
#[derive(Debug, Default)]
struct Share {
    start_ms: Option<u64>,
    end_ms: Option<u64>,
    compute_ns: u64,
    spilled_bytes: u64,
    peak_bytes: u64,
    read_rows: u64,
    read_bytes: u64,
}

impl Share {
    fn of<'a>(operators: impl Iterator<Item = &'a Operator>, partition: usize) -> Self {
        let mut share = Self::default();
        for operator in operators {
            for metric in operator.metrics.iter().filter(|metric| metric.partition() == Some(partition)) {
                share.add(metric.value(), operator.is_leaf);
            }
        }
        share
    }

    fn add(&mut self, value: &MetricValue, is_leaf: bool) {
        let number = value.as_usize() as u64;
        match value {
            MetricValue::StartTimestamp(time) => {
                let ms = time.value().map(|time| unsigned(time.timestamp_millis()));
                self.start_ms = [self.start_ms, ms].into_iter().flatten().min();
            }
            MetricValue::EndTimestamp(time) => {
                let ms = time.value().map(|time| unsigned(time.timestamp_millis()));
                self.end_ms = [self.end_ms, ms].into_iter().flatten().max();
            }
            MetricValue::ElapsedCompute(_) => self.compute_ns += number,
            MetricValue::SpilledBytes(_) => self.spilled_bytes += number,
            MetricValue::PeakMemoryUsage { .. } => self.peak_bytes += number,
            MetricValue::OutputRows(_) if is_leaf => self.read_rows += number,
            MetricValue::Count { name, .. } if is_leaf && name == "bytes_scanned" => self.read_bytes += number,
            _ => {}
        }
    }
}

fn unsigned(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or_default()
}
