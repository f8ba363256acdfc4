//! How far an operation has come, told to its client now and then: the stages of its jobs, with their tasks and the bytes read.
//!
//! As in Spark a message comes each `spark.connect.progress.reportInterval` if something has changed, and a last one at the end; 0 turns
//! them off. They go through the operation's log like all responses, so a client that reattaches misses none.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use firesteel_error::Result;
use firesteel_events::job::JobEvent;
use firesteel_events::{Event, Received, Subscription};
use firesteel_settings::{MILLISECOND, micros};
use spark_connect_proto::ExecutePlanResponse;
use spark_connect_proto::command::CommandType;
use spark_connect_proto::execute_plan_response::execution_progress::StageInfo;
use spark_connect_proto::execute_plan_response::{ExecutionProgress, ResponseType};

use crate::operation::Operation;
use crate::origin;
use crate::plan::Request;
use crate::session::ClientSession;

const INTERVAL: &str = "spark.connect.progress.reportInterval";
const INTERVAL_MS: i64 = 2_000;

/// Carries out `work`, and tells the client once an `interval` how far it has come.
///
/// # Errors
/// Those of the work.
pub(crate) async fn told<W: Future<Output = Result<()>>>(
    session: &ClientSession,
    operation: &Operation,
    interval: Option<Duration>,
    work: impl FnOnce() -> W,
) -> Result<()> {
    let Some(interval) = interval else { return work().await };
    let mut watch = Watch {
        events: session.sql.engine().bus().subscribe(),
        tag: origin::operation_tag(operation),
        jobs: Jobs::default(),
    };
    let mut work = std::pin::pin!(work());
    loop {
        tokio::select! {
            biased;
            ended = &mut work => {
                if let Some(progress) = watch.news() {
                    operation.send(progress).await;
                }
                return ended;
            }
            () = tokio::time::sleep(interval) => {}
        }
        if let Some(progress) = watch.news() {
            // A client that does not read must not hold up the work, which then waits itself.
            tokio::select! {
                () = operation.send(progress) => {}
                ended = &mut work => return ended,
            }
        }
    }
}

/// How often the client of this request is told; `None` if it is not. A command that waits, as for the end of a streaming query,
/// has no jobs of its own.
pub(crate) fn interval(session: &ClientSession, request: &Request) -> Option<Duration> {
    let has_jobs = match request {
        Request::Relation(_) => true,
        Request::Command(command) => matches!(
            command.command_type,
            Some(
                CommandType::WriteOperation(_)
                    | CommandType::WriteOperationV2(_)
                    | CommandType::SqlCommand(_)
                    | CommandType::CheckpointCommand(_)
            )
        ),
    };
    let set = session.sql.conf().get(INTERVAL);
    let ms = set.and_then(|text| micros(&text, MILLISECOND)).map_or(INTERVAL_MS, |us| us / MILLISECOND);
    (has_jobs && ms > 0).then(|| Duration::from_millis(ms.unsigned_abs()))
}

struct Watch {
    events: Subscription,
    tag: String,
    jobs: Jobs,
}

impl Watch {
    /// A message, if something has changed since the last one.
    fn news(&mut self) -> Option<ExecutePlanResponse> {
        let mut changed = false;
        while let Some(received) = self.events.try_next() {
            if let Received::Event(Event::Job(event)) = received {
                changed |= self.jobs.take_in(&event, &self.tag);
            }
        }
        changed.then(|| ExecutePlanResponse {
            response_type: Some(ResponseType::ExecutionProgress(self.jobs.progress())),
            ..Default::default()
        })
    }
}

/// The stages of an operation's jobs.
#[derive(Debug, Default)]
struct Jobs {
    stages: BTreeMap<usize, Stage>,
}

#[derive(Debug, Default)]
struct Stage {
    tasks: usize,
    running: usize,
    done: usize,
    read_bytes: u64,
    has_ended: bool,
}

impl Jobs {
    /// Says whether something has changed.
    fn take_in(&mut self, event: &JobEvent, tag: &str) -> bool {
        match event {
            JobEvent::JobStart { stages, properties, .. } => {
                let tags = properties.get("spark.job.tags").map(String::as_str).unwrap_or_default();
                if !tags.split(',').any(|one| one == tag) {
                    return false;
                }
                for stage in stages {
                    self.stages.insert(stage.stage_id, Stage { tasks: stage.num_tasks, ..Stage::default() });
                }
                true
            }
            JobEvent::TaskStart { stage_id, .. } => self.change(*stage_id, |stage| stage.running += 1),
            JobEvent::TaskEnd { stage_id, task, metrics, .. } => self.change(*stage_id, |stage| {
                stage.running = stage.running.saturating_sub(1);
                stage.done += usize::from(!task.failed && !task.killed);
                stage.read_bytes += metrics.input.bytes_read;
            }),
            JobEvent::StageCompleted { stage } => self.change(stage.stage_id, |stage| stage.has_ended = true),
            _ => false,
        }
    }

    fn change(&mut self, stage: usize, change: impl FnOnce(&mut Stage)) -> bool {
        self.stages.get_mut(&stage).map(change).is_some()
    }

    fn progress(&self) -> ExecutionProgress {
        let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let stages = self.stages.iter().map(|(id, stage)| StageInfo {
            stage_id: whole(*id),
            num_tasks: whole(stage.tasks),
            num_completed_tasks: whole(stage.done.min(stage.tasks)),
            input_bytes_read: i64::try_from(stage.read_bytes).unwrap_or(i64::MAX),
            done: stage.has_ended,
        });
        let running = self.stages.values().map(|stage| stage.running).sum();
        ExecutionProgress { stages: stages.collect(), num_inflight_tasks: whole(running) }
    }
}

#[cfg(test)]
mod tests {
    use firesteel_events::job::{InputMetrics, StageInfo as Info, TaskEndReason, TaskInfo, TaskMetrics};

    use super::*;

    fn start(tags: &str) -> JobEvent {
        let stages = vec![Info { stage_id: 3, num_tasks: 2, ..Info::default() }];
        JobEvent::JobStart {
            job_id: 0,
            time_ms: 0,
            stages,
            properties: [("spark.job.tags".into(), tags.into())].into(),
        }
    }

    #[test]
    fn the_stages_of_its_own_jobs_are_counted() {
        let mut jobs = Jobs::default();
        assert!(!jobs.take_in(&start("spark-session-1,operation-2"), "operation-1"), "another operation's");
        assert!(jobs.take_in(&start("spark-session-1,operation-1"), "operation-1"));
        let task = TaskInfo::default();
        for _ in 0..2 {
            jobs.take_in(&JobEvent::TaskStart { stage_id: 3, stage_attempt: 0, task: task.clone() }, "");
        }
        let end = JobEvent::TaskEnd {
            stage_id: 3,
            stage_attempt: 0,
            task_type: "ResultTask",
            reason: TaskEndReason::Success,
            task,
            metrics: TaskMetrics { input: InputMetrics { bytes_read: 10, records_read: 1 }, ..TaskMetrics::default() },
        };
        assert!(jobs.take_in(&end, ""));
        let progress = jobs.progress();
        let stage = &progress.stages[0];
        assert_eq!((progress.num_inflight_tasks, stage.num_tasks, stage.num_completed_tasks), (1, 2, 1));
        assert_eq!((stage.stage_id, stage.input_bytes_read, stage.done), (3, 10, false));
    }
}
