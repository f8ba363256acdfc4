//! What jobs and stages are doing (Spark's `StatusTracker`).

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

/// How many ended jobs and stages are remembered (`spark.ui.retainedJobs`, `spark.ui.retainedStages`).
const RETAINED: usize = 1000;

/// How a job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// It runs.
    Running,
    /// It has its result.
    Succeeded,
    /// It failed or was cancelled.
    Failed,
}

impl JobStatus {
    /// Spark's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}

/// A job (Spark's `SparkJobInfo`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobInfo {
    /// Its number.
    pub job_id: usize,
    /// Its stages.
    pub stage_ids: Vec<usize>,
    /// How it is doing.
    pub status: JobStatus,
    /// The group it belongs to.
    pub group: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// A stage (Spark's `SparkStageInfo`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageStatus {
    /// Its number.
    pub stage_id: usize,
    /// Its latest attempt.
    pub attempt: usize,
    /// When that was submitted.
    pub submission_time_ms: u64,
    /// What it does, and where the user asked for it.
    pub name: String,
    /// How many tasks it has.
    pub num_tasks: usize,
    /// How many run.
    pub num_active_tasks: usize,
    /// How many have succeeded.
    pub num_completed_tasks: usize,
    /// How many attempts have failed.
    pub num_failed_tasks: usize,
    /// Whether it runs.
    pub active: bool,
}

/// Tells what jobs and stages are doing. Clones look at the same context.
#[derive(Clone, Default)]
pub struct StatusTracker(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    jobs: BTreeMap<usize, JobInfo>,
    stages: BTreeMap<usize, StageStatus>,
}

impl StatusTracker {
    /// The jobs of a group, or those without one (`getJobIdsForGroup`).
    pub fn job_ids_for_group(&self, group: Option<&str>) -> Vec<usize> {
        self.job_ids(|job| job.group.as_deref() == group)
    }

    /// The jobs with a tag (`getJobIdsForTag`).
    pub fn job_ids_for_tag(&self, tag: &str) -> Vec<usize> {
        self.job_ids(|job| job.tags.iter().any(|t| t == tag))
    }

    /// The jobs that run (`getActiveJobsIds`).
    pub fn active_job_ids(&self) -> Vec<usize> {
        self.job_ids(|job| job.status == JobStatus::Running)
    }

    /// The stages that run (`getActiveStageIds`).
    pub fn active_stage_ids(&self) -> Vec<usize> {
        self.0.read().stages.values().filter(|stage| stage.active).map(|stage| stage.stage_id).collect()
    }

    /// A job, unless it is unknown or long forgotten (`getJobInfo`).
    pub fn job_info(&self, job_id: usize) -> Option<JobInfo> {
        self.0.read().jobs.get(&job_id).cloned()
    }

    /// A stage, unless it is unknown or long forgotten (`getStageInfo`).
    pub fn stage_info(&self, stage_id: usize) -> Option<StageStatus> {
        self.0.read().stages.get(&stage_id).cloned()
    }

    fn job_ids(&self, chosen: impl Fn(&JobInfo) -> bool) -> Vec<usize> {
        self.0.read().jobs.values().filter(|job| chosen(job)).map(|job| job.job_id).collect()
    }

    pub(crate) fn job_started(&self, job: JobInfo) {
        let mut known = self.0.write();
        known.jobs.insert(job.job_id, job);
        while known.jobs.len() > RETAINED {
            known.jobs.pop_first();
        }
    }

    pub(crate) fn job_ended(&self, job_id: usize, status: JobStatus) {
        if let Some(job) = self.0.write().jobs.get_mut(&job_id) {
            job.status = status;
        }
    }

    pub(crate) fn stage_started(&self, stage: StageStatus) {
        let mut known = self.0.write();
        known.stages.insert(stage.stage_id, stage);
        while known.stages.len() > RETAINED {
            known.stages.pop_first();
        }
    }

    pub(crate) fn with_stage(&self, stage_id: usize, change: impl FnOnce(&mut StageStatus)) {
        if let Some(stage) = self.0.write().stages.get_mut(&stage_id) {
            change(stage);
        }
    }
}
