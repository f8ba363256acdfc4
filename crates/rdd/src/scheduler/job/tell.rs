//! What a job tells the event bus and the status tracker.

use firesteel_error::Result;
use firesteel_events::job::{Accumulable, JobEvent, JobResult, StageInfo};

use super::JobRun;
use crate::scheduler::stage::Progress;
use crate::scheduler::status::{JobInfo, JobStatus, StageStatus};
use crate::scheduler::task::{TaskReport, now_ms};

impl JobRun<'_> {
    pub(super) fn started(&mut self) {
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

    pub(super) fn ended(&mut self, outcome: &Result<()>) {
        let job_id = self.id();
        if let Err(error) = outcome {
            self.runner.workers.cancel("job ended", |set| set.job_id == job_id);
            for place in 0..self.graph.stages.len() {
                if self.graph.stages[place].progress == Progress::Running {
                    self.stage_ended(place, Some(error.message()));
                }
            }
        }
        let (status, result) = match outcome {
            Ok(()) => (JobStatus::Succeeded, JobResult::Succeeded),
            Err(error) => (JobStatus::Failed, JobResult::Failed(error.message())),
        };
        self.runner.status.job_ended(job_id, status);
        self.runner.env.bus.post(JobEvent::JobEnd { job_id, time_ms: now_ms(), result });
    }

    pub(super) fn stage_info(&self, place: usize) -> StageInfo {
        let parents = self.graph.stages[place].parents.iter().map(|&parent| self.graph.stages[parent].id).collect();
        self.graph.stages[place].info(&self.spec.name, parents)
    }

    pub(super) fn stage_submitted(&self, place: usize) {
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

    pub(super) fn stage_ended(&mut self, place: usize, failure_reason: Option<String>) {
        let info = self.stage_info(place);
        self.graph.stages[place].progress = Progress::Idle;
        self.runner.status.with_stage(info.stage_id, |stage| {
            stage.active = false;
            stage.num_active_tasks = 0;
        });
        let stage = StageInfo { completion_time_ms: Some(now_ms()), failure_reason, ..info };
        self.runner.env.bus.post(JobEvent::StageCompleted { stage });
    }

    pub(super) fn tell_task_failed(&self, place: usize, report: TaskReport) {
        self.runner.status.with_stage(self.graph.stages[place].id, |stage| {
            stage.num_active_tasks = stage.num_active_tasks.saturating_sub(1);
            stage.num_failed_tasks += 1;
        });
        self.runner.env.bus.post(report.end_event(Vec::new()));
    }

    pub(super) fn tell_task_succeeded(&self, place: usize, report: TaskReport, accumulables: Vec<Accumulable>) {
        self.runner.status.with_stage(self.graph.stages[place].id, |stage| {
            stage.num_active_tasks = stage.num_active_tasks.saturating_sub(1);
            stage.num_completed_tasks += 1;
        });
        self.runner.env.bus.post(report.end_event(accumulables));
    }
}
