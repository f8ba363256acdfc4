//! Local properties: what the jobs that a thread submits are told (group, description, pool, tags).

use std::cell::RefCell;
use std::collections::BTreeMap;

use firesteel_error::{Exception, Result, SparkError};
use hashbrown::HashMap;

use super::SparkContext;

type Properties = BTreeMap<String, String>;

thread_local! {
    static PROPERTIES: RefCell<HashMap<u64, Properties>> = RefCell::default();
}

impl SparkContext {
    /// Sets a property of the jobs that this thread will submit; `None` removes it (Spark's `setLocalProperty`).
    pub fn set_local_property(&self, key: &str, value: Option<&str>) {
        PROPERTIES.with_borrow_mut(|all| {
            let properties = all.entry(self.0.context_id).or_default();
            match value {
                Some(value) => properties.insert(key.to_string(), value.to_string()),
                None => properties.remove(key),
            };
        });
    }

    /// A property that this thread has set (Spark's `getLocalProperty`).
    pub fn local_property(&self, key: &str) -> Option<String> {
        self.local_properties().remove(key)
    }

    /// All properties that this thread has set.
    pub fn local_properties(&self) -> Properties {
        PROPERTIES.with_borrow(|all| all.get(&self.0.context_id).cloned().unwrap_or_default())
    }

    /// The jobs that this thread will submit belong to `group` (Spark's `setJobGroup`).
    pub fn set_job_group(&self, group: &str, description: &str, interrupt_on_cancel: bool) {
        self.set_local_property("spark.jobGroup.id", Some(group));
        self.set_local_property("spark.job.description", Some(description));
        self.set_local_property(
            "spark.job.interruptOnCancel",
            Some(if interrupt_on_cancel { "true" } else { "false" }),
        );
    }

    /// The jobs that this thread will submit belong to no group (Spark's `clearJobGroup`).
    pub fn clear_job_group(&self) {
        for key in ["spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel"] {
            self.set_local_property(key, None);
        }
    }

    /// Describes the jobs that this thread will submit (Spark's `setJobDescription`).
    pub fn set_job_description(&self, description: Option<&str>) {
        self.set_local_property("spark.job.description", description);
    }

    /// Adds a tag to the jobs that this thread will submit (Spark's `addJobTag`).
    pub fn add_job_tag(&self, tag: &str) -> Result<()> {
        check_tag(tag)?;
        let mut tags = self.job_tags();
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_string());
        }
        self.set_local_property("spark.job.tags", Some(&tags.join(",")));
        Ok(())
    }

    /// Removes a tag from the jobs that this thread will submit (Spark's `removeJobTag`).
    pub fn remove_job_tag(&self, tag: &str) -> Result<()> {
        check_tag(tag)?;
        let tags: Vec<String> = self.job_tags().into_iter().filter(|known| known != tag).collect();
        let tags = tags.join(",");
        self.set_local_property("spark.job.tags", Some(tags.as_str()).filter(|tags| !tags.is_empty()));
        Ok(())
    }

    /// The tags of the jobs that this thread will submit (Spark's `getJobTags`).
    pub fn job_tags(&self) -> Vec<String> {
        let tags = self.local_property("spark.job.tags").unwrap_or_default();
        tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_string).collect()
    }

    /// Removes all tags from the jobs that this thread will submit (Spark's `clearJobTags`).
    pub fn clear_job_tags(&self) {
        self.set_local_property("spark.job.tags", None);
    }

    /// Tells one job to stop (Spark's `cancelJob`); whether it runs.
    pub fn cancel_job(&self, job_id: usize) -> bool {
        self.0.runner.active.cancel(job_id, "")
    }

    /// Tells the jobs of a group to stop (Spark's `cancelJobGroup`).
    pub fn cancel_job_group(&self, group: &str) {
        self.0.runner.active.cancel_group(group, &format!("part of cancelled job group {group}"), false);
    }

    /// Tells the jobs of a group to stop, now and whenever there are new ones (Spark's `cancelJobGroupAndFutureJobs`).
    pub fn cancel_job_group_and_future_jobs(&self, group: &str) {
        self.0.runner.active.cancel_group(group, &format!("part of cancelled job group {group}"), true);
    }

    /// Tells the jobs with a tag to stop (Spark's `cancelJobsWithTag`).
    pub fn cancel_jobs_with_tag(&self, tag: &str) -> Result<()> {
        check_tag(tag)?;
        self.0.runner.active.cancel_tag(tag, &format!("part of cancelled job tags {tag}"));
        Ok(())
    }

    /// Tells all jobs to stop (Spark's `cancelAllJobs`).
    pub fn cancel_all_jobs(&self) {
        self.0.runner.active.cancel_all("as part of cancellation of all jobs");
    }

    /// Tells one attempt of a task to stop (Spark's `killTaskAttempt`); whether it runs.
    pub fn kill_task_attempt(&self, task_attempt_id: u64, reason: &str) -> bool {
        self.0.runner.workers.kill(task_attempt_id, reason)
    }
}

fn check_tag(tag: &str) -> Result<()> {
    if tag.is_empty() || tag.contains(',') {
        let text = if tag.is_empty() {
            "Spark job tag cannot be an empty string."
        } else {
            "Spark job tag cannot contain ','."
        };
        return Err(SparkError::plain(Exception::IllegalArgument, text));
    }
    Ok(())
}
