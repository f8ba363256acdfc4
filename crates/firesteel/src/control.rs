//! What a person may stop from the web UI, found in the engine's sessions.

use std::sync::Arc;

use firesteel_connect::SessionRegistry;
use firesteel_monitor::Control;
use firesteel_monitor::applications::SharedStore;

/// Stops operations and queries of all sessions.
pub(crate) struct EngineControl {
    registry: Arc<SessionRegistry>,
    store: SharedStore,
}

impl EngineControl {
    pub fn new(registry: Arc<SessionRegistry>, store: SharedStore) -> Self {
        Self { registry, store }
    }

    /// Cancels the operation that has one of these tags.
    fn interrupt(&self, tags: &[String]) -> bool {
        let sessions = self.registry.sessions();
        sessions.iter().any(|session| session.interrupt_tagged(tags))
    }

    fn cancel_rdd_job(&self, id: i64) -> bool {
        let sessions = self.registry.sessions();
        usize::try_from(id).is_ok_and(|id| sessions.iter().any(|session| session.cancel_rdd_job(id)))
    }
}

impl Control for EngineControl {
    fn cancel_job(&self, id: i64) -> bool {
        let job = self.store.read().jobs.get(&id).cloned();
        let Some(job) = job else { return false };
        // A micro-batch has no operation of its own: its job's group is the run of its query.
        self.interrupt(&job.tags) || self.cancel_rdd_job(id) || job.group.is_some_and(|group| self.stop_query(&group))
    }

    fn cancel_stage(&self, id: i64) -> bool {
        let jobs = self.store.read().latest_attempt(id).map(|stage| stage.job_ids.clone()).unwrap_or_default();
        // Every job that needs the stage goes.
        jobs.into_iter().map(|job| self.cancel_job(job)).fold(false, |any, done| any | done)
    }

    fn cancel_execution(&self, id: i64) -> bool {
        let execution = self.store.read().executions.get(&id).cloned();
        let Some(execution) = execution else { return false };
        self.interrupt(&execution.tags) || execution.group.is_some_and(|group| self.stop_query(&group))
    }

    fn stop_query(&self, run_id: &str) -> bool {
        let sessions = self.registry.sessions();
        sessions.iter().any(|session| session.stop_query(run_id))
    }
}
