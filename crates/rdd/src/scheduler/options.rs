//! What a job may be told beside what it computes.

use std::collections::BTreeMap;

use bytes::Bytes;

/// What a job may be told beside what it computes.
#[derive(Default)]
pub struct JobOptions<'a> {
    /// What the UI shows (`spark.job.description`).
    pub description: Option<String>,
    /// The group it can be cancelled with (`spark.jobGroup.id`).
    pub group: Option<String>,
    /// The tags it can be cancelled with (`spark.job.tags`).
    pub tags: Vec<String>,
    /// The pool it is scheduled in (`spark.scheduler.pool`).
    pub pool: Option<String>,
    /// Recorded as `spark.job.interruptOnCancel`. Tasks hear of a cancellation in any case; threads are not interrupted.
    pub interrupt_on_cancel: bool,
    /// Properties that its tasks can read; the fields above win over them.
    pub local_properties: BTreeMap<String, String>,
    /// What asked for it, and where: `collect at job.py:12`.
    pub call_site: Option<String>,
    /// Told, for each partition, the [updates](crate::TaskContext::add_update) of the attempt that counts.
    pub on_accepted: Option<Box<dyn FnMut(usize, Vec<Bytes>) + 'a>>,
    /// Told the job's number before its first task starts.
    pub on_start: Option<Box<dyn FnOnce(usize) + 'a>>,
}

impl JobOptions<'_> {
    /// Everything as the properties that events and tasks see.
    pub(crate) fn properties(&self) -> BTreeMap<String, String> {
        let mut properties = self.local_properties.clone();
        let mut set = |key: &str, value: Option<&String>| {
            if let Some(value) = value {
                properties.insert(key.to_string(), value.clone());
            }
        };
        set("spark.job.description", self.description.as_ref());
        set("spark.jobGroup.id", self.group.as_ref());
        set("spark.scheduler.pool", self.pool.as_ref());
        set("callSite.short", self.call_site.as_ref());
        if !self.tags.is_empty() {
            set("spark.job.tags", Some(&self.tags.join(",")));
        }
        if self.interrupt_on_cancel {
            set("spark.job.interruptOnCancel", Some(&"true".to_string()));
        }
        properties
    }
}
