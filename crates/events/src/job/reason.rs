//! How a task and how a job ended.

use serde_json::{Value, json};

use super::PORT_MIN;

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskEndReason {
    /// It has a result.
    Success,
    /// A block of a shuffle that it needs is lost; its stage runs again after the stage that makes the block.
    FetchFailed {
        /// The shuffle.
        shuffle_id: usize,
        /// The map task whose output is lost.
        map_index: usize,
        /// The partition that was being read.
        reduce_id: usize,
        /// What went wrong.
        message: String,
    },
    /// Its body failed.
    ExceptionFailure {
        /// The class of the exception.
        class_name: String,
        /// What it says.
        description: String,
        /// All there is to tell, over several lines.
        full_stack_trace: String,
    },
    /// It was told to stop.
    TaskKilled {
        /// Why.
        reason: String,
    },
}

impl TaskEndReason {
    /// The reason as Spark's event log has it.
    pub fn json(&self) -> Value {
        match self {
            Self::Success => json!({"Reason": "Success"}),
            Self::FetchFailed { shuffle_id, map_index, reduce_id, message } => json!({
                "Reason": "FetchFailed",
                "Block Manager Address": {"Executor ID": "driver", "Host": "localhost", "Port": PORT_MIN},
                "Shuffle ID": shuffle_id,
                "Map ID": map_index,
                "Map Index": map_index,
                "Reduce ID": reduce_id,
                "Message": message,
            }),
            Self::ExceptionFailure { class_name, description, full_stack_trace } => json!({
                "Reason": "ExceptionFailure",
                "Class Name": class_name,
                "Description": description,
                "Stack Trace": [],
                "Full Stack Trace": full_stack_trace,
                "Accumulator Updates": [],
            }),
            Self::TaskKilled { reason } => json!({
                "Reason": "TaskKilled", "Kill Reason": reason, "Accumulator Updates": [],
            }),
        }
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum JobResult {
    /// All its partitions have a result.
    Succeeded,
    /// It failed or was cancelled; why.
    Failed(String),
}

impl JobResult {
    /// The result as Spark's event log has it.
    pub fn json(&self) -> Value {
        match self {
            Self::Succeeded => json!({"Result": "JobSucceeded"}),
            Self::Failed(message) => {
                json!({"Result": "JobFailed", "Exception": {"Message": message, "Stack Trace": []}})
            }
        }
    }
}
