//! What a job makes of a task's end.

use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};

use super::JobRun;
use crate::scheduler::stage::{Progress, StageKind};
use crate::scheduler::task::{PendingTask, TaskEnd, TaskOutput, TaskReport, TaskSet};
use crate::shuffle::FetchFailure;

impl JobRun<'_> {
    pub(super) fn task_ended(&mut self, report: TaskReport, end: TaskEnd) -> Result<()> {
        let Some(place) = self.graph.place_of(report.set.stage_id) else { return Ok(()) };
        if let TaskEnd::Success(output) = end {
            return self.succeeded(place, report, output);
        }
        let (set, task, task_id) = (report.set.clone(), report.task, report.info.task_id);
        self.tell_task_failed(place, report);
        match end {
            TaskEnd::Success(_) => Ok(()),
            TaskEnd::Killed(reason) => self.killed(place, &set, task, &reason),
            TaskEnd::FetchFailed(failure) => self.fetch_failed(place, set.stage_attempt, &failure),
            TaskEnd::ExceptionFailure(error) => self.failed(place, &set, task, task_id, error),
        }
    }

    /// Somebody killed this attempt and not the job: the task runs again, and that is no failure of it.
    fn killed(&mut self, place: usize, set: &Arc<TaskSet>, task: PendingTask, reason: &str) -> Result<()> {
        let stage = &self.graph.stages[place];
        let wanted = stage.attempt() == set.stage_attempt && stage.remaining.contains(&task.index);
        if stage.progress != Progress::Running || !wanted {
            return Ok(());
        }
        if stage.barrier {
            return self.restart_barrier(place, reason);
        }
        self.runner.workers.submit(set, [PendingTask { attempt: task.attempt + 1, ..task }]);
        Ok(())
    }

    fn succeeded(&mut self, place: usize, mut report: TaskReport, output: TaskOutput) -> Result<()> {
        let (index, partition) = (report.task.index, report.task.partition);
        // A barrier stage that starts again does not take what its attempts before have made.
        let stale = self.graph.stages[place].barrier && report.set.stage_attempt != self.graph.stages[place].attempt();
        let accepted = match output {
            _ if stale => false,
            TaskOutput::Result(value) => {
                let first = self.graph.stages[place].remaining.remove(&index);
                if first {
                    (self.spec.on_result)(index, value);
                }
                first
            }
            TaskOutput::Blocks(blocks) => {
                self.graph.stages[place].remaining.remove(&index);
                match &self.graph.stages[place].kind {
                    StageKind::Map(shuffle) => self.runner.env.map_outputs.add(shuffle.shuffle_id(), partition, blocks),
                    StageKind::Result => false,
                }
            }
        };
        let mut accumulables = Vec::new();
        if accepted {
            accumulables = std::mem::take(&mut report.updates).accept();
            self.graph.stages[place].note_accumulables(&accumulables);
            let foreign = std::mem::take(&mut report.foreign_updates);
            if let Some(on_accepted) = self.spec.on_accepted.as_mut().filter(|_| !foreign.is_empty()) {
                on_accepted(partition, foreign);
            }
        }
        self.tell_task_succeeded(place, report, accumulables);
        let stage = &self.graph.stages[place];
        if stage.remaining.is_empty() && stage.progress == Progress::Running {
            return self.stage_done(place);
        }
        Ok(())
    }

    fn failed(
        &mut self,
        place: usize,
        set: &Arc<TaskSet>,
        task: PendingTask,
        task_id: u64,
        error: SparkError,
    ) -> Result<()> {
        let stage = &mut self.graph.stages[place];
        if set.stage_attempt != stage.attempt() || !stage.remaining.contains(&task.index) {
            return Ok(());
        }
        stage.failures[task.index] += 1;
        let failures = stage.failures[task.index];
        let where_ = format!("{} in stage {}.{}", task.index, stage.id, stage.attempt());
        let lost = format!(
            "Lost task {}.{} in stage {}.{} (TID {task_id})",
            task.index,
            task.attempt,
            stage.id,
            stage.attempt()
        );
        tracing::warn!("{lost}: {error}");
        if failures >= self.runner.limits.task_failures_max {
            let text = format!(
                "Job aborted due to stage failure: Task {where_} failed {failures} times, most recent failure: {lost} \
                 (localhost executor driver): {error}\n\nDriver stacktrace:"
            );
            return Err(SparkError::plain(Exception::Spark, text).cause(error));
        }
        if stage.barrier {
            return self.restart_barrier(place, &error.message());
        }
        self.runner.workers.submit(set, [PendingTask { attempt: task.attempt + 1, ..task }]);
        Ok(())
    }

    /// One task of a barrier stage is lost, so all of them start again.
    fn restart_barrier(&mut self, place: usize, why: &str) -> Result<()> {
        let (job_id, stage_id) = (self.id(), self.graph.stages[place].id);
        self.stage_ended(place, Some(format!("Stage failed because barrier task {why}")));
        let chosen = |set: &TaskSet| set.job_id == job_id && set.stage_id == stage_id;
        self.runner.workers.cancel("another task of the barrier stage failed", chosen);
        self.submit(place)
    }

    /// A block is lost: the stage that made it runs again, then this one.
    fn fetch_failed(&mut self, place: usize, attempt: usize, failure: &FetchFailure) -> Result<()> {
        self.runner.env.map_outputs.remove_output(failure.shuffle_id, failure.map_index);
        let stage = &mut self.graph.stages[place];
        if stage.progress != Progress::Running || stage.attempt() != attempt {
            return Ok(());
        }
        stage.fetch_failures += 1;
        let (failures, stage_id) = (stage.fetch_failures, stage.id);
        tracing::warn!("stage {stage_id}.{attempt} runs again: {failure}");
        if failures >= self.runner.limits.stage_attempts_max {
            let text = format!(
                "Job aborted due to stage failure: ResultStage {stage_id} has failed the maximum allowable number of times: \
                 {failures}. Most recent failure reason: {failure}"
            );
            return Err(SparkError::plain(Exception::Spark, text));
        }
        self.stage_ended(place, Some(failure.to_string()));
        let job_id = self.id();
        self.runner.workers.cancel("Stage is resubmitted", |set| set.job_id == job_id && set.stage_id == stage_id);
        self.submit(place)
    }
}
