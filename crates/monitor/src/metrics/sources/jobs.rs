//! Jobs, stages and tasks: `DAGScheduler.*`, `appStatus.*` and `executor.*` with Spark's names, and named accumulators under
//! `AccumulatorSource.*`.

use std::collections::BTreeSet;

use firesteel_events::Event;
use firesteel_events::job::{Accumulable, JobEvent, JobResult, StageInfo, TaskEndReason, TaskMetrics};

use crate::metrics::Value;
use crate::metrics::registry::Registry;
use crate::metrics::snapshot::Family;
use crate::metrics::source::Source;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    active_jobs: BTreeSet<usize>,
    all_jobs: usize,
    running_stages: BTreeSet<(usize, usize)>,
    failed_stages: usize,
}

impl Jobs {
    pub(crate) fn new(registry: &Registry) -> Self {
        let jobs = Self::default();
        jobs.gauges(registry);
        jobs
    }

    fn gauges(&self, registry: &Registry) {
        let set = |name: &str, family: Option<Family>, count: usize| {
            registry.gauge(&format!("DAGScheduler.{name}"), family).set(i64::try_from(count).unwrap_or(i64::MAX));
        };
        let active = Family::new("spark_active_jobs", "Jobs that run or wait");
        set("job.activeJobs", Some(active), self.active_jobs.len());
        set("job.allJobs", None, self.all_jobs);
        set(
            "stage.runningStages",
            Some(Family::new("spark_running_stages", "Stages that run")),
            self.running_stages.len(),
        );
        set("stage.failedStages", None, self.failed_stages);
        set("stage.waitingStages", None, 0);
    }

    fn stage_ended(&mut self, stage: &StageInfo, registry: &Registry) {
        self.running_stages.remove(&(stage.stage_id, stage.attempt));
        let has_failed = stage.failure_reason.is_some();
        self.failed_stages += usize::from(has_failed);
        count(
            registry,
            if has_failed { "appStatus.stages.failedStages" } else { "appStatus.stages.completedStages" },
            1,
        );
        for accumulable in &stage.accumulables {
            accumulator(accumulable, registry);
        }
    }
}

fn count(registry: &Registry, name: &str, by: u64) {
    registry.counter(name, None).add(by);
}

/// A named accumulator whose value is a number, as Spark's `LongAccumulatorSource` and `DoubleAccumulatorSource` show it.
fn accumulator(accumulable: &Accumulable, registry: &Registry) {
    let (Some(name), Some(text)) = (&accumulable.name, &accumulable.value) else { return };
    let value = text.parse::<i64>().map(Value::Int).or_else(|_| text.parse::<f64>().map(Value::Float));
    if let Ok(value) = value {
        let family = Family::new("spark_accumulator", "A named accumulator").label("name", name);
        registry.gauge(&format!("AccumulatorSource.{name}"), Some(family)).set(value);
    }
}

fn task_ended(reason: &TaskEndReason, metrics: &TaskMetrics, registry: &Registry) {
    let (status, page) = match reason {
        TaskEndReason::Success => ("completedTasks", "succeeded"),
        TaskEndReason::TaskKilled { .. } => ("killedTasks", "killed"),
        _ => ("failedTasks", "failed"),
    };
    let family = Family::new("spark_tasks", "Attempts of tasks that ended").label("how", page);
    registry.counter(&format!("appStatus.tasks.{status}"), Some(family)).add(1);
    if matches!(reason, TaskEndReason::Success) {
        count(registry, "executor.succeededTasks", 1);
    }
    let (read, write) = (&metrics.shuffle_read, &metrics.shuffle_write);
    let family = |name, help| Some(Family::new(name, help));
    let counts = [
        ("runTime", metrics.executor_run_time_ms, None),
        ("cpuTime", metrics.executor_cpu_time_ns, None),
        ("resultSize", metrics.result_size, None),
        (
            "memoryBytesSpilled",
            metrics.memory_bytes_spilled,
            family("spark_spilled_memory_bytes", "Memory that tasks spilled"),
        ),
        (
            "diskBytesSpilled",
            metrics.disk_bytes_spilled,
            family("spark_spilled_disk_bytes", "Bytes that spilling wrote"),
        ),
        ("bytesRead", metrics.input.bytes_read, family("spark_input_bytes", "Bytes that tasks read")),
        ("recordsRead", metrics.input.records_read, None),
        ("bytesWritten", metrics.output.bytes_written, family("spark_output_bytes", "Bytes that tasks wrote")),
        ("recordsWritten", metrics.output.records_written, None),
        (
            "shuffleTotalBytesRead",
            read.local_bytes_read,
            family("spark_shuffle_read_bytes", "Bytes read from shuffles"),
        ),
        ("shuffleLocalBytesRead", read.local_bytes_read, None),
        ("shuffleLocalBlocksFetched", read.local_blocks_fetched, None),
        ("shuffleRecordsRead", read.records_read, None),
        (
            "shuffleBytesWritten",
            write.bytes_written,
            family("spark_shuffle_written_bytes", "Bytes written to shuffles"),
        ),
        ("shuffleRecordsWritten", write.records_written, None),
        ("shuffleWriteTime", write.write_time_ns, None),
    ];
    for (name, by, family) in counts {
        registry.counter(&format!("executor.{name}"), family).add(by);
    }
}

impl Source for Jobs {
    fn observe(&mut self, event: &Event, registry: &Registry) {
        let Event::Job(event) = event else { return };
        match &**event {
            JobEvent::JobStart { job_id, .. } => {
                self.active_jobs.insert(*job_id);
                self.all_jobs += 1;
            }
            JobEvent::JobEnd { job_id, result, .. } => {
                self.active_jobs.remove(job_id);
                let succeeded = matches!(result, JobResult::Succeeded);
                count(
                    registry,
                    if succeeded { "appStatus.jobs.succeededJobs" } else { "appStatus.jobs.failedJobs" },
                    1,
                );
            }
            JobEvent::StageSubmitted { stage, .. } => {
                self.running_stages.insert((stage.stage_id, stage.attempt));
            }
            JobEvent::StageCompleted { stage } => self.stage_ended(stage, registry),
            JobEvent::TaskEnd { reason, metrics, task, .. } => {
                task_ended(reason, metrics, registry);
                for accumulable in &task.accumulables {
                    accumulator(accumulable, registry);
                }
                return;
            }
            _ => return,
        }
        self.gauges(registry);
    }
}

#[cfg(test)]
mod tests {
    use firesteel_events::job::TaskInfo;

    use super::*;
    use crate::metrics::snapshot::Reading;

    #[test]
    fn tasks_are_counted_and_accumulators_shown() {
        let (registry, mut jobs) = (Registry::new(""), Jobs::default());
        let named = Accumulable { name: Some("bad rows".into()), value: Some("7".into()), ..Accumulable::default() };
        let end = |reason, accumulables| JobEvent::TaskEnd {
            stage_id: 0,
            stage_attempt: 0,
            task_type: "ResultTask",
            reason,
            task: TaskInfo { accumulables, ..TaskInfo::default() },
            metrics: TaskMetrics { memory_bytes_spilled: 5, ..TaskMetrics::default() },
        };
        jobs.observe(&end(TaskEndReason::Success, vec![named]).into(), &registry);
        jobs.observe(&end(TaskEndReason::TaskKilled { reason: String::new() }, Vec::new()).into(), &registry);
        let snapshot = registry.snapshot();
        assert_eq!(snapshot.get("AccumulatorSource.bad rows"), Some(&Reading::Gauge(Value::Int(7))));
        assert_eq!(snapshot.get("appStatus.tasks.completedTasks"), Some(&Reading::Counter(1)));
        assert_eq!(snapshot.get("appStatus.tasks.killedTasks"), Some(&Reading::Counter(1)));
        assert_eq!(snapshot.get("executor.memoryBytesSpilled"), Some(&Reading::Counter(10)));
    }
}
