//! How much the store keeps: Spark's `spark.ui.retained*` settings. Beyond them the oldest that has ended is forgotten.

use std::collections::BTreeMap;

/// The bounds of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `spark.ui.retainedJobs`.
    pub jobs: usize,
    /// `spark.ui.retainedStages`.
    pub stages: usize,
    /// `spark.ui.retainedTasks`: of a stage, and here of all stages together as well.
    pub tasks: usize,
    /// `spark.sql.ui.retainedExecutions`.
    pub executions: usize,
    /// `spark.sql.streaming.ui.retainedQueries`: ended ones.
    pub queries: usize,
    /// `spark.sql.streaming.ui.retainedProgressUpdates`: of a query.
    pub progress_updates: usize,
    /// `spark.streaming.ui.retainedBatches`.
    pub batches: usize,
    /// Python workers that have ended, and persisted RDDs.
    pub others: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            jobs: 1000,
            stages: 1000,
            tasks: 100_000,
            executions: 1000,
            queries: 100,
            progress_updates: 100,
            batches: 1000,
            others: 1000,
        }
    }
}

impl Limits {
    /// The bounds that `settings` ask for; what cannot be read is Spark's default.
    ///
    /// ```
    /// use firesteel_monitor::store::Limits;
    ///
    /// let limits = Limits::of(&[("spark.ui.retainedJobs".to_string(), "5".to_string())].into());
    /// assert_eq!((limits.jobs, limits.stages), (5, 1000));
    /// ```
    pub fn of(settings: &BTreeMap<String, String>) -> Self {
        let usual = Self::default();
        let read = |name: &str, usual: usize| {
            settings.get(name).and_then(|text| text.trim().parse().ok()).filter(|n| *n > 0).unwrap_or(usual)
        };
        Self {
            jobs: read("spark.ui.retainedJobs", usual.jobs),
            stages: read("spark.ui.retainedStages", usual.stages),
            tasks: read("spark.ui.retainedTasks", usual.tasks),
            executions: read("spark.sql.ui.retainedExecutions", usual.executions),
            queries: read("spark.sql.streaming.ui.retainedQueries", usual.queries),
            progress_updates: read("spark.sql.streaming.ui.retainedProgressUpdates", usual.progress_updates),
            batches: read("spark.streaming.ui.retainedBatches", usual.batches),
            others: usual.others,
        }
    }
}
