//! One job, driven by the thread that asked for it.
//!
//! Everything that happens to a job is a [`JobMessage`]: a task has ended, somebody cancels the job, another job has given
//! up a shuffle. Between messages the job's state is consistent, and only this thread changes it.

mod outcome;
mod tell;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};

use super::active_jobs::Registered;
use super::barrier::BarrierStage;
use super::queue::DEFAULT_POOL;
use super::stage::{Progress, StageKind};
use super::stage_graph::StageGraph;
use super::task::{PendingTask, TaskBody, TaskEnd, TaskReport, TaskSet, now_ms};
use super::{ActiveJobs, StatusTracker, Workers};
use crate::dependency::Lineage;
use crate::env::Env;
use crate::shuffle::Claim;

/// Something that happens to a job.
pub(crate) enum JobMessage {
    /// An attempt of a task has ended.
    TaskEnded(Box<TaskReport>, TaskEnd),
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

    /// Handles messages until the last stage is done.
    fn drive(&mut self) -> Result<()> {
        while self.graph.stages[self.graph.last()].progress != Progress::Idle {
            match self.messages.recv() {
                Ok(JobMessage::TaskEnded(report, end)) => self.task_ended(*report, end)?,
                Ok(JobMessage::Cancel(reason)) => return Err(cancelled(self.id(), &reason)),
                Ok(JobMessage::ShuffleFree(shuffle_id)) => self.shuffle_free(shuffle_id)?,
                Err(_) => return Err(SparkError::internal("the job's messages ended before the job")),
            }
        }
        Ok(())
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
}

impl Drop for JobRun<'_> {
    /// However the job ends, even by a panic of whoever gets its results: others may make what it has claimed.
    fn drop(&mut self) {
        for shuffle_id in std::mem::take(&mut self.claims) {
            self.runner.env.map_outputs.release(shuffle_id, self.registered.job_id);
        }
    }
}

fn cancelled(job_id: usize, reason: &str) -> SparkError {
    SparkError::new("SPARK_JOB_CANCELLED")
        .param("jobId", job_id.to_string())
        .param("reason", reason)
        .text(format!("Job {job_id} cancelled {reason}"))
}
