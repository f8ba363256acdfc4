//! The jobs of one session that run now, so that it can cancel them and no one else's.

use std::collections::{BTreeMap, BTreeSet};

use firesteel_rdd::SparkContext;
use parking_lot::Mutex;

/// Spark's names of the local properties that say how a job can be found.
const GROUP: &str = "spark.jobGroup.id";
const TAGS: &str = "spark.job.tags";

/// The jobs of a session.
#[derive(Debug, Default)]
pub(crate) struct RunningJobs {
    running: Mutex<BTreeMap<usize, Marks>>,
    all: Mutex<BTreeSet<usize>>,
}

/// What a job can be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) group: Option<String>,
    pub(crate) tags: Vec<String>,
}

impl Marks {
    /// Out of a job's local properties.
    pub(crate) fn of(properties: &BTreeMap<String, String>) -> Self {
        let tags = properties.get(TAGS).map(|tags| tags.split(',').map(str::to_string).collect());
        Self { group: properties.get(GROUP).cloned(), tags: tags.unwrap_or_default() }
    }
}

impl RunningJobs {
    /// Notes that a job has started.
    pub(crate) fn started(&self, job: usize, marks: Marks) {
        self.running.lock().insert(job, marks);
        self.all.lock().insert(job);
    }

    /// Notes that it has ended.
    pub(crate) fn ended(&self, job: usize) {
        self.running.lock().remove(&job);
    }

    /// Whether any runs.
    pub(crate) fn any(&self) -> bool {
        !self.running.lock().is_empty()
    }

    /// Whether a job is, or was, one of this session.
    pub(crate) fn owns(&self, job: usize) -> bool {
        self.all.lock().contains(&job)
    }

    /// Cancels the chosen ones; how many there were.
    pub(crate) fn cancel(&self, spark: &SparkContext, chosen: impl Fn(&Marks) -> bool) -> usize {
        let running = self.running.lock().clone();
        let jobs: Vec<_> = running.iter().filter(|(_, marks)| chosen(marks)).map(|(job, _)| *job).collect();
        for job in &jobs {
            spark.cancel_job(*job);
        }
        jobs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_from_local_properties() {
        let properties = [(GROUP, "g"), (TAGS, "a,b")].map(|(key, value)| (key.to_string(), value.to_string()));
        let marks = Marks::of(&properties.into_iter().collect());
        assert_eq!(marks, Marks { group: Some("g".into()), tags: vec!["a".into(), "b".into()] });
    }
}
