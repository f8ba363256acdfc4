//! Events of jobs, stages, tasks and cached blocks, with the JSON of Spark's event log.
//!
//! The scheduler posts them; the UI's store, the REST interface and the event log read them. Field names in the JSON are
//! Spark's (`JsonProtocol`), so that a history server of Spark can read the log.

mod metrics;
mod reason;
mod stage;
mod task;

/// The port of an executor that has none: Spark's readers of event logs insist on one.
pub(crate) const PORT_MIN: u16 = 1;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub use metrics::{InputMetrics, OutputMetrics, ShuffleReadMetrics, ShuffleWriteMetrics, TaskMetrics};
pub use reason::{JobResult, TaskEndReason};
pub use stage::{RddInfo, StageInfo, StorageLevelInfo};
pub use task::{Accumulable, TaskInfo};

/// Something that happened to a job, or to what it runs on. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEvent {
    /// A job was submitted.
    JobStart {
        /// The job.
        job_id: usize,
        /// When.
        time_ms: u64,
        /// Its stages, the final one last.
        stages: Vec<StageInfo>,
        /// The local properties it was submitted with (`spark.jobGroup.id`, `spark.job.description` ...).
        properties: BTreeMap<String, String>,
    },
    /// A job ended.
    JobEnd {
        /// The job.
        job_id: usize,
        /// When.
        time_ms: u64,
        /// How.
        result: JobResult,
    },
    /// An attempt of a stage was submitted.
    StageSubmitted {
        /// The stage.
        stage: StageInfo,
        /// The local properties of its job.
        properties: BTreeMap<String, String>,
    },
    /// An attempt of a stage ended, well or not.
    StageCompleted {
        /// The stage, with its completion time, accumulators and failure reason.
        stage: StageInfo,
    },
    /// A task was started.
    TaskStart {
        /// Its stage.
        stage_id: usize,
        /// The attempt of its stage.
        stage_attempt: usize,
        /// The task.
        task: TaskInfo,
    },
    /// A task ended.
    TaskEnd {
        /// Its stage.
        stage_id: usize,
        /// The attempt of its stage.
        stage_attempt: usize,
        /// `ResultTask` or `ShuffleMapTask`.
        task_type: &'static str,
        /// How it ended.
        reason: TaskEndReason,
        /// The task.
        task: TaskInfo,
        /// What it used.
        metrics: TaskMetrics,
    },
    /// A block of a cached RDD (`rdd_3_0`) or a broadcast variable came, moved or went.
    BlockUpdated {
        /// The block.
        block_id: String,
        /// Where it is now; all `false` when it is gone.
        level: StorageLevelInfo,
        /// Bytes in memory.
        memory_size: u64,
        /// Bytes on disk.
        disk_size: u64,
    },
    /// An RDD is no longer cached.
    UnpersistRdd {
        /// The RDD.
        rdd_id: usize,
    },
}

impl JobEvent {
    /// The event as one line of Spark's event log.
    pub fn json(&self) -> Value {
        match self {
            Self::JobStart { job_id, time_ms, stages, properties } => json!({
                "Event": "SparkListenerJobStart",
                "Job ID": job_id,
                "Submission Time": time_ms,
                "Stage Infos": stages.iter().map(StageInfo::json).collect::<Vec<_>>(),
                "Stage IDs": stages.iter().map(|stage| stage.stage_id).collect::<Vec<_>>(),
                "Properties": properties,
            }),
            Self::JobEnd { job_id, time_ms, result } => json!({
                "Event": "SparkListenerJobEnd",
                "Job ID": job_id,
                "Completion Time": time_ms,
                "Job Result": result.json(),
            }),
            Self::StageSubmitted { stage, properties } => json!({
                "Event": "SparkListenerStageSubmitted",
                "Stage Info": stage.json(),
                "Properties": properties,
            }),
            Self::StageCompleted { stage } => json!({
                "Event": "SparkListenerStageCompleted",
                "Stage Info": stage.json(),
            }),
            Self::TaskStart { stage_id, stage_attempt, task } => json!({
                "Event": "SparkListenerTaskStart",
                "Stage ID": stage_id,
                "Stage Attempt ID": stage_attempt,
                "Task Info": task.json(),
            }),
            Self::TaskEnd { stage_id, stage_attempt, task_type, reason, task, metrics } => json!({
                "Event": "SparkListenerTaskEnd",
                "Stage ID": stage_id,
                "Stage Attempt ID": stage_attempt,
                "Task Type": task_type,
                "Task End Reason": reason.json(),
                "Task Info": task.json(),
                "Task Executor Metrics": {},
                "Task Metrics": metrics.json(),
            }),
            Self::BlockUpdated { block_id, level, memory_size, disk_size } => json!({
                "Event": "SparkListenerBlockUpdated",
                "Block Updated Info": {
                    "Block Manager ID": {"Executor ID": "driver", "Host": "localhost", "Port": PORT_MIN},
                    "Block ID": block_id,
                    "Storage Level": level.json(),
                    "Memory Size": memory_size,
                    "Disk Size": disk_size,
                },
            }),
            Self::UnpersistRdd { rdd_id } => json!({"Event": "SparkListenerUnpersistRDD", "RDD ID": rdd_id}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_end_has_the_event_logs_names() {
        let event = JobEvent::JobEnd { job_id: 3, time_ms: 17, result: JobResult::Failed("why".into()) };
        assert_eq!(
            event.json().to_string(),
            r#"{"Event":"SparkListenerJobEnd","Job ID":3,"Completion Time":17,"Job Result":{"Result":"JobFailed","Exception":{"Message":"why","Stack Trace":[]}}}"#
        );
    }

    #[test]
    fn a_job_start_lists_its_stages() {
        let stage = StageInfo { stage_id: 7, name: "count at x.rs:1".into(), ..StageInfo::default() };
        let event = JobEvent::JobStart { job_id: 0, time_ms: 1, stages: vec![stage], properties: BTreeMap::new() };
        assert_eq!(event.json()["Stage IDs"], json!([7]));
        assert_eq!(event.json()["Stage Infos"][0]["Stage Name"], "count at x.rs:1");
    }
}
