//! One job, driven by the thread that asked for it.
//!
//! Everything that happens to a job is a [`JobMessage`]: a task has ended, somebody cancels the job, another job has given
//! up a shuffle. Between messages the job's state is consistent, and only this thread changes it.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::job::{JobEvent, JobResult, StageInfo};

use super::active_jobs::Registered;
use super::barrier::BarrierStage;
use super::queue::DEFAULT_POOL;
use super::stage::{Progress, StageKind};
use super::stage_graph::StageGraph;
use super::status::{JobInfo, JobStatus, StageStatus};
use super::task::{PendingTask, TaskBody, TaskEnd, TaskOutput, TaskReport, TaskSet, now_ms};
use super::{ActiveJobs, StatusTracker, Workers};
use crate::dependency::Lineage;
use crate::env::Env;
use crate::shuffle::{Claim, FetchFailure};

/// Something that happens to a job.
pub(crate) enum JobMessage {
    /// An attempt of a task has ended.
    TaskEnded(Box<TaskReport>),
    /// The job is told to stop, and why.
    Cancel(String),
    /// Another job no longer makes this shuffle.
    ShuffleFree(usize),
}

/// What every job needs of its context.
pub(crate) struct JobRunner {
    pub(crate) env: Arc<Env>,
    pub(crate) workers: Workers,
    pub(crate) active: Arc<ActiveJobs>,
    pub(crate) status: StatusTracker,
    pub(crate) limits: JobLimits,
}

/// How often things may fail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JobLimits {
    /// `spark.task.maxFailures`.
    pub(crate) task_failures_max: usize,
    /// `spark.stage.maxConsecutiveAttempts`.
    pub(crate) stage_attempts_max: usize,
    /// `spark.barrier.sync.timeout`.
    pub(crate) barrier_timeout: Duration,
}

/// What a job is to do, and who is told of it.
pub(crate) struct JobSpec<'a> {
    pub(crate) rdd: Arc<dyn Lineage>,
    pub(crate) partitions: &'a [usize],
    pub(crate) body: TaskBody,
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    /// Gets each result with its place among the partitions.
    pub(crate) on_result: &'a mut dyn FnMut(usize, Box<dyn Any + Send>),
    /// Gets the foreign updates of each accepted task with the partition.
    pub(crate) on_accepted: Option<Box<dyn FnMut(usize, Vec<Bytes>) + 'a>>,
    pub(crate) on_start: Option<Box<dyn FnOnce(usize) + 'a>>,
}

/// A job that runs.
pub(crate) struct JobRun<'a> {
    runner: &'a JobRunner,
    spec: JobSpec<'a>,
    graph: StageGraph,
    registered: Registered,
    properties: Arc<BTreeMap<String, String>>,
    to_self: Sender<JobMessage>,
    messages: Receiver<JobMessage>,
    /// Shuffles that this job has claimed.
    claims: Vec<usize>,
}

impl<'a> JobRun<'a> {
    /// Runs a job to its end.
    pub(crate) fn run(runner: &'a JobRunner, mut spec: JobSpec<'a>) -> Result<()> {
        let body = spec.body.clone();
        let graph = StageGraph::new(&spec.rdd, spec.partitions, body, &runner.env)?;
        let (to_self, messages) = channel();
        let properties = Arc::new(std::mem::take(&mut spec.properties));
        let registered = runner.active.register(runner.env.bus.ids().job() as usize, &properties, to_self.clone());
        let mut job = Self { runner, spec, graph, registered, properties, to_self, messages, claims: Vec::new() };
        job.started();
        let outcome = job.submit(job.graph.last()).and_then(|()| job.drive());
        job.ended(&outcome);
        outcome
    }

    fn id(&self) -> usize {
        self.registered.job_id
    }

    fn started(&mut self) {
        let stages: Vec<StageInfo> = (0..self.graph.stages.len()).map(|place| self.stage_info(place)).collect();
        let tags = self.properties.get("spark.job.tags").map(|tags| tags.split(',').map(str::to_string).collect());
        self.runner.status.job_started(JobInfo {
            job_id: self.id(),
            stage_ids: stages.iter().map(|stage| stage.stage_id).collect(),
            status: JobStatus::Running,
            group: self.properties.get("spark.jobGroup.id").cloned(),
            tags: tags.unwrap_or_default(),
        });
        let (job_id, properties) = (self.id(), (*self.properties).clone());
        self.runner.env.bus.post(JobEvent::JobStart { job_id, time_ms: now_ms(), stages, properties });
        if let Some(on_start) = self.spec.on_start.take() {
            on_start(job_id);
        }
    }

    /// Handles messages until the last stage is done.
    fn drive(&mut self) -> Result<()> {
        while self.graph.stages[self.graph.last()].progress != Progress::Idle {
            match self.messages.recv() {
                Ok(JobMessage::TaskEnded(report)) => self.task_ended(*report)?,
                Ok(JobMessage::Cancel(reason)) => return Err(cancelled(self.id(), &reason)),
                Ok(JobMessage::ShuffleFree(shuffle_id)) => self.shuffle_free(shuffle_id)?,
                Err(_) => return Err(SparkError::internal("the job's messages ended before the job")),
            }
        }
        Ok(())
    }

    fn ended(&mut self, outcome: &Result<()>) {
        let job_id = self.id();
        if let Err(error) = outcome {
            self.runner.workers.cancel("job ended", |set| set.job_id == job_id);
            for place in 0..self.graph.stages.len() {
                if self.graph.stages[place].progress == Progress::Running {
                    self.stage_ended(place, Some(error.message()));
                }
            }
        }
        for shuffle_id in std::mem::take(&mut self.claims) {
            self.runner.env.map_outputs.release(shuffle_id, job_id);
        }
        let (status, result) = match outcome {
            Ok(()) => (JobStatus::Succeeded, JobResult::Succeeded),
            Err(error) => (JobStatus::Failed, JobResult::Failed(error.message())),
        };
        self.runner.status.job_ended(job_id, status);
        self.runner.env.bus.post(JobEvent::JobEnd { job_id, time_ms: now_ms(), result });
    }

    /// Runs a stage, after those that it needs.
    fn submit(&mut self, place: usize) -> Result<()> {
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            if self.graph.stages[place].progress == Progress::Running {
                continue;
            }
            let missing = self.graph.missing_parents(place, &self.runner.env);
            self.graph.stages[place].progress = Progress::Waiting;
            if missing.is_empty() {
                self.launch(place)?;
            } else {
                open.extend(missing);
            }
        }
        Ok(())
    }

    /// Submits the tasks of a stage whose inputs are there.
    fn launch(&mut self, place: usize) -> Result<()> {
        let remaining: Vec<usize> = match &self.graph.stages[place].kind {
            StageKind::Result if self.graph.stages[place].attempts == 0 => (0..self.spec.partitions.len()).collect(),
            StageKind::Result => self.graph.stages[place].remaining.iter().copied().collect(),
            StageKind::Map(shuffle) => {
                let shuffle_id = shuffle.shuffle_id();
                match self.runner.env.map_outputs.claim(shuffle_id, self.id(), &self.to_self) {
                    Claim::Busy => return Ok(()),
                    Claim::Granted(missing) => {
                        self.claims.push(shuffle_id);
                        missing
                    }
                }
            }
        };
        self.check_barrier(place, remaining.len())?;
        let stage = &mut self.graph.stages[place];
        // A barrier stage starts as a whole or not at all.
        let mut indexes =
            if stage.barrier && !remaining.is_empty() { (0..stage.partitions.len()).collect() } else { remaining };
        indexes.sort_unstable();
        stage.remaining = indexes.iter().copied().collect();
        stage.attempts += 1;
        stage.progress = Progress::Running;
        stage.submission_time_ms = Some(now_ms());
        self.stage_submitted(place);
        if indexes.is_empty() {
            return self.stage_done(place);
        }
        self.launch_tasks(place, &indexes);
        Ok(())
    }

    fn launch_tasks(&mut self, place: usize, indexes: &[usize]) {
        let stage = &self.graph.stages[place];
        let timeout = self.runner.limits.barrier_timeout;
        let set = Arc::new(TaskSet {
            job_id: self.id(),
            stage_id: stage.id,
            stage_attempt: stage.attempt(),
            task_type: stage.task_type(),
            pool: self.properties.get("spark.scheduler.pool").cloned().unwrap_or_else(|| DEFAULT_POOL.to_string()),
            body: stage.body.clone(),
            properties: self.properties.clone(),
            barrier: stage.barrier.then(|| Arc::new(BarrierStage::new(stage.partitions.len(), timeout))),
            to_job: self.to_self.clone(),
        });
        let tasks = indexes.iter().map(|&index| PendingTask {
            index,
            partition: stage.partitions[index],
            attempt: stage.failures[index],
        });
        self.runner.workers.submit(&set, tasks.collect::<Vec<_>>());
    }

    fn check_barrier(&self, place: usize, tasks: usize) -> Result<()> {
        let slots = self.runner.workers.slots();
        if self.graph.stages[place].barrier && tasks > slots {
            return Err(SparkError::plain(
                Exception::Spark,
                format!(
                    "[SPARK-24819]: Barrier execution mode does not allow run a barrier stage that requires more slots than \
                     the total number of slots in the cluster currently: {tasks} tasks, {slots} slots. Use fewer partitions or \
                     a master with more cores."
                ),
            ));
        }
        Ok(())
    }

    fn task_ended(&mut self, mut report: TaskReport) -> Result<()> {
        let Some(place) = self.graph.place_of(report.set.stage_id) else { return Ok(()) };
        let end = std::mem::replace(&mut report.end, TaskEnd::Killed(String::new()));
        match end {
            TaskEnd::Success(output) => self.succeeded(place, report, output),
            TaskEnd::Killed(reason) => {
                report.end = TaskEnd::Killed(reason.clone());
                let (set, task, attempt) = (report.set.clone(), report.task, report.set.stage_attempt);
                self.post_end(place, report, Vec::new());
                // Somebody killed this attempt, not the job: the task runs again, and that is no failure of it.
                let stage = &self.graph.stages[place];
                if stage.progress == Progress::Running
                    && stage.attempt() == attempt
                    && stage.remaining.contains(&task.index)
                {
                    if stage.barrier {
                        return self.restart_barrier(place, &reason);
                    }
                    self.runner.workers.submit(&set, [PendingTask { attempt: task.attempt + 1, ..task }]);
                }
                Ok(())
            }
            TaskEnd::FetchFailed(failure) => {
                report.end = TaskEnd::FetchFailed(failure.clone());
                let attempt = report.set.stage_attempt;
                self.post_end(place, report, Vec::new());
                self.fetch_failed(place, attempt, &failure)
            }
            TaskEnd::ExceptionFailure(error) => {
                report.end = TaskEnd::ExceptionFailure(error.clone());
                let (set, task, task_id) = (report.set.clone(), report.task, report.info.task_id);
                self.post_end(place, report, Vec::new());
                self.failed(place, set, task, task_id, error)
            }
        }
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
        self.post_success(place, report, accumulables);
        let stage = &self.graph.stages[place];
        if stage.remaining.is_empty() && stage.progress == Progress::Running {
            return self.stage_done(place);
        }
        Ok(())
    }

    fn failed(
        &mut self,
        place: usize,
        set: Arc<TaskSet>,
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
        self.runner.workers.submit(&set, [PendingTask { attempt: failures, ..task }]);
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

    fn stage_done(&mut self, place: usize) -> Result<()> {
        self.graph.stages[place].fetch_failures = 0;
        self.stage_ended(place, None);
        if let StageKind::Map(shuffle) = &self.graph.stages[place].kind {
            let shuffle_id = shuffle.shuffle_id();
            self.claims.retain(|claim| *claim != shuffle_id);
            self.runner.env.map_outputs.release(shuffle_id, self.id());
            return self.submit_waiting();
        }
        Ok(())
    }

    fn shuffle_free(&mut self, shuffle_id: usize) -> Result<()> {
        if let Some(place) = self.graph.of_shuffle(shuffle_id)
            && self.runner.env.map_outputs.is_complete(shuffle_id)
        {
            self.graph.stages[place].progress = Progress::Idle;
        }
        self.submit_waiting()
    }

    fn submit_waiting(&mut self) -> Result<()> {
        for place in 0..self.graph.stages.len() {
            if self.graph.stages[place].progress == Progress::Waiting {
                self.submit(place)?;
            }
        }
        Ok(())
    }

    fn stage_info(&self, place: usize) -> StageInfo {
        let parents = self.graph.stages[place].parents.iter().map(|&parent| self.graph.stages[parent].id).collect();
        self.graph.stages[place].info(&self.spec.name, parents)
    }

    fn stage_submitted(&self, place: usize) {
        let (info, properties) = (self.stage_info(place), (*self.properties).clone());
        self.runner.status.stage_started(StageStatus {
            stage_id: info.stage_id,
            attempt: info.attempt,
            submission_time_ms: info.submission_time_ms.unwrap_or(0),
            name: info.name.clone(),
            num_tasks: info.num_tasks,
            num_active_tasks: self.graph.stages[place].remaining.len(),
            active: true,
            ..StageStatus::default()
        });
        self.runner.env.bus.post(JobEvent::StageSubmitted { stage: info, properties });
    }

    fn stage_ended(&mut self, place: usize, failure_reason: Option<String>) {
        let info = self.stage_info(place);
        self.graph.stages[place].progress = Progress::Idle;
        self.runner.status.with_stage(info.stage_id, |stage| {
            stage.active = false;
            stage.num_active_tasks = 0;
        });
        let stage = StageInfo { completion_time_ms: Some(now_ms()), failure_reason, ..info };
        self.runner.env.bus.post(JobEvent::StageCompleted { stage });
    }

    fn post_end(&self, place: usize, report: TaskReport, accumulables: Vec<firesteel_events::job::Accumulable>) {
        self.runner.status.with_stage(self.graph.stages[place].id, |stage| {
            stage.num_active_tasks = stage.num_active_tasks.saturating_sub(1);
            stage.num_failed_tasks += 1;
        });
        self.runner.env.bus.post(report.end_event(accumulables));
    }

    fn post_success(
        &self,
        place: usize,
        mut report: TaskReport,
        accumulables: Vec<firesteel_events::job::Accumulable>,
    ) {
        self.runner.status.with_stage(self.graph.stages[place].id, |stage| {
            stage.num_active_tasks = stage.num_active_tasks.saturating_sub(1);
            stage.num_completed_tasks += 1;
        });
        report.end = TaskEnd::Success(TaskOutput::Result(Box::new(())));
        self.runner.env.bus.post(report.end_event(accumulables));
    }
}

fn cancelled(job_id: usize, reason: &str) -> SparkError {
    SparkError::new("SPARK_JOB_CANCELLED")
        .param("jobId", job_id.to_string())
        .param("reason", reason)
        .text(format!("Job {job_id} cancelled {reason}"))
}
