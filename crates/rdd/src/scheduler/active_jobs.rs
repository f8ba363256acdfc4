//! The jobs that run, and how they are told to stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use hashbrown::{HashMap, HashSet};
use parking_lot::Mutex;

use super::JobMessage;

/// The jobs that run.
#[derive(Default)]
pub(crate) struct ActiveJobs {
    jobs: Mutex<HashMap<usize, ActiveJob>>,
    /// Groups whose later jobs are refused too.
    refused_groups: Mutex<HashSet<String>>,
}

struct ActiveJob {
    group: Option<String>,
    tags: Vec<String>,
    to_job: Sender<JobMessage>,
}

/// While it lives, the job can be told to stop.
pub(crate) struct Registered {
    jobs: Arc<ActiveJobs>,
    pub(crate) job_id: usize,
}

impl ActiveJobs {
    /// Makes a job known.
    pub(crate) fn register(
        self: &Arc<Self>,
        job_id: usize,
        properties: &BTreeMap<String, String>,
        to_job: Sender<JobMessage>,
    ) -> Registered {
        let group = properties.get("spark.jobGroup.id").cloned();
        let tags = properties.get("spark.job.tags").map(|tags| tags.split(',').map(str::to_string).collect());
        if let Some(group) = group.as_ref().filter(|group| self.refused_groups.lock().contains(*group)) {
            let reason = format!("part of cancelled job group {group}");
            // The receiver is the caller's own.
            let _ = to_job.send(JobMessage::Cancel(reason));
        }
        self.jobs.lock().insert(job_id, ActiveJob { group, tags: tags.unwrap_or_default(), to_job });
        Registered { jobs: self.clone(), job_id }
    }

    /// Tells one job to stop; whether it runs.
    pub(crate) fn cancel(&self, job_id: usize, reason: &str) -> bool {
        let jobs = self.jobs.lock();
        jobs.get(&job_id).is_some_and(|job| job.to_job.send(JobMessage::Cancel(reason.to_string())).is_ok())
    }

    /// Tells every job to stop.
    pub(crate) fn cancel_all(&self, reason: &str) {
        self.cancel_if(reason, |_| true);
    }

    /// Tells the jobs of a group to stop, and those that it will have if `future`.
    pub(crate) fn cancel_group(&self, group: &str, reason: &str, future: bool) {
        if future {
            self.refused_groups.lock().insert(group.to_string());
        }
        self.cancel_if(reason, |job| job.group.as_deref() == Some(group));
    }

    /// Tells the jobs with a tag to stop.
    pub(crate) fn cancel_tag(&self, tag: &str, reason: &str) {
        self.cancel_if(reason, |job| job.tags.iter().any(|t| t == tag));
    }

    fn cancel_if(&self, reason: &str, chosen: impl Fn(&ActiveJob) -> bool) {
        for job in self.jobs.lock().values().filter(|job| chosen(job)) {
            // A job that has just ended need not be told.
            let _ = job.to_job.send(JobMessage::Cancel(reason.to_string()));
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.jobs.jobs.lock().remove(&self.job_id);
    }
}
