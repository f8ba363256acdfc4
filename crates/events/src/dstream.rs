//! Events of a DStream program: what Spark's `StreamingListener` is told of batches, output operations and receivers.
//!
//! Times are milliseconds since the epoch. What has not happened yet is `None`, and `null` in the JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// An event of a DStream program.
#[derive(Debug, Clone, PartialEq)]
pub enum DStreamEvent {
    /// The streaming context has started.
    StreamingStarted {
        /// When.
        time_ms: i64,
    },
    /// A receiver has started, or started again.
    ReceiverStarted(ReceiverInfo),
    /// A receiver has reported an error.
    ReceiverError(ReceiverInfo),
    /// A receiver has stopped.
    ReceiverStopped(ReceiverInfo),
    /// A batch's jobs have been handed to the scheduler.
    BatchSubmitted(BatchInfo),
    /// The first job of a batch has started.
    BatchStarted(BatchInfo),
    /// The last job of a batch has ended.
    BatchCompleted(BatchInfo),
    /// The job of an output operation has started.
    OutputOperationStarted(OutputOperationInfo),
    /// The job of an output operation has ended.
    OutputOperationCompleted(OutputOperationInfo),
}

/// A batch, as far as it has come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchInfo {
    /// The end of the batch's interval, which names the batch.
    pub batch_time_ms: i64,
    /// What each input stream gave, by the stream's id.
    pub inputs: BTreeMap<i32, StreamInputInfo>,
    /// When its jobs were handed to the scheduler.
    pub submission_time_ms: i64,
    /// When its first job started.
    pub processing_start_time_ms: Option<i64>,
    /// When its last job ended.
    pub processing_end_time_ms: Option<i64>,
    /// Its output operations, by their number.
    pub output_operations: BTreeMap<i32, OutputOperationInfo>,
}

/// What an input stream gave to a batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamInputInfo {
    /// The stream's id.
    pub input_stream_id: i32,
    /// How many records; 0 where the stream cannot know (files).
    pub num_records: u64,
    /// What else the stream tells, as `files` or `Description`.
    pub metadata: BTreeMap<String, Value>,
}

/// The job of an output operation in one batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OutputOperationInfo {
    /// The batch.
    pub batch_time_ms: i64,
    /// The operation's number, in the order of its registration.
    pub id: i32,
    /// A short name, with the user's file and line.
    pub name: String,
    /// More of the user's call site.
    pub description: String,
    /// When it started.
    pub start_time_ms: Option<i64>,
    /// When it ended.
    pub end_time_ms: Option<i64>,
    /// Why it failed, if it did.
    pub failure_reason: Option<String>,
}

/// A receiver, as it is now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReceiverInfo {
    /// The id of its input stream.
    pub stream_id: i32,
    /// Its name, as `SocketReceiver-0`.
    pub name: String,
    /// Whether it is running.
    pub active: bool,
    /// The host it runs on.
    pub location: String,
    /// The executor it runs in.
    pub executor_id: String,
    /// What it last said of an error; empty if it never did.
    pub last_error_message: String,
    /// The last error itself; empty if there was none.
    pub last_error: String,
    /// When that was; -1 if it never was.
    pub last_error_time_ms: i64,
}

impl BatchInfo {
    /// How long the batch waited for its first job to start.
    pub fn scheduling_delay_ms(&self) -> Option<i64> {
        self.processing_start_time_ms.map(|start| start - self.submission_time_ms)
    }

    /// How long its jobs took, from the first start to the last end.
    pub fn processing_delay_ms(&self) -> Option<i64> {
        Some(self.processing_end_time_ms? - self.processing_start_time_ms?)
    }

    /// How long it took from the submission to the last end.
    pub fn total_delay_ms(&self) -> Option<i64> {
        Some(self.scheduling_delay_ms()? + self.processing_delay_ms()?)
    }

    /// The records of all its inputs.
    pub fn num_records(&self) -> u64 {
        self.inputs.values().map(|input| input.num_records).sum()
    }

    fn json(&self) -> Value {
        let inputs: Map<_, _> = self.inputs.iter().map(|(id, input)| (id.to_string(), input.json())).collect();
        let outputs: Map<_, _> = self.output_operations.iter().map(|(id, op)| (id.to_string(), op.json())).collect();
        json!({
            "batchTime": self.batch_time_ms,
            "streamIdToInputInfo": inputs,
            "submissionTime": self.submission_time_ms,
            "processingStartTime": self.processing_start_time_ms,
            "processingEndTime": self.processing_end_time_ms,
            "schedulingDelay": self.scheduling_delay_ms(),
            "processingDelay": self.processing_delay_ms(),
            "totalDelay": self.total_delay_ms(),
            "numRecords": self.num_records(),
            "outputOperationInfos": outputs,
        })
    }
}

impl StreamInputInfo {
    /// The metadata's description for people, if the stream gives one.
    pub fn metadata_description(&self) -> Option<&str> {
        self.metadata.get("Description").and_then(Value::as_str)
    }

    fn json(&self) -> Value {
        json!({
            "inputStreamId": self.input_stream_id,
            "numRecords": self.num_records,
            "metadata": self.metadata,
            "metadataDescription": self.metadata_description(),
        })
    }
}

impl OutputOperationInfo {
    /// How long it took.
    pub fn duration_ms(&self) -> Option<i64> {
        Some(self.end_time_ms? - self.start_time_ms?)
    }

    fn json(&self) -> Value {
        json!({
            "batchTime": self.batch_time_ms,
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "startTime": self.start_time_ms,
            "endTime": self.end_time_ms,
            "duration": self.duration_ms(),
            "failureReason": self.failure_reason,
        })
    }
}

impl ReceiverInfo {
    fn json(&self) -> Value {
        json!({
            "streamId": self.stream_id,
            "name": self.name,
            "active": self.active,
            "location": self.location,
            "executorId": self.executor_id,
            "lastErrorMessage": self.last_error_message,
            "lastError": self.last_error,
            "lastErrorTime": self.last_error_time_ms,
        })
    }
}

impl DStreamEvent {
    /// The name of Spark's listener event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StreamingStarted { .. } => "StreamingListenerStreamingStarted",
            Self::ReceiverStarted(_) => "StreamingListenerReceiverStarted",
            Self::ReceiverError(_) => "StreamingListenerReceiverError",
            Self::ReceiverStopped(_) => "StreamingListenerReceiverStopped",
            Self::BatchSubmitted(_) => "StreamingListenerBatchSubmitted",
            Self::BatchStarted(_) => "StreamingListenerBatchStarted",
            Self::BatchCompleted(_) => "StreamingListenerBatchCompleted",
            Self::OutputOperationStarted(_) => "StreamingListenerOutputOperationStarted",
            Self::OutputOperationCompleted(_) => "StreamingListenerOutputOperationCompleted",
        }
    }

    /// The event with Spark's field names.
    pub fn json(&self) -> Value {
        let (field, value) = match self {
            Self::StreamingStarted { time_ms } => ("time", json!(time_ms)),
            Self::ReceiverStarted(info) | Self::ReceiverError(info) | Self::ReceiverStopped(info) => {
                ("receiverInfo", info.json())
            }
            Self::BatchSubmitted(info) | Self::BatchStarted(info) | Self::BatchCompleted(info) => {
                ("batchInfo", info.json())
            }
            Self::OutputOperationStarted(info) | Self::OutputOperationCompleted(info) => {
                ("outputOperationInfo", info.json())
            }
        };
        json!({"Event": self.name(), field: value})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_tells_its_delays_as_far_as_it_has_come() {
        let mut batch = BatchInfo { batch_time_ms: 1000, submission_time_ms: 1002, ..BatchInfo::default() };
        assert_eq!((batch.scheduling_delay_ms(), batch.total_delay_ms()), (None, None));
        batch.processing_start_time_ms = Some(1005);
        assert_eq!((batch.scheduling_delay_ms(), batch.processing_delay_ms()), (Some(3), None));
        batch.processing_end_time_ms = Some(1015);
        assert_eq!((batch.processing_delay_ms(), batch.total_delay_ms()), (Some(10), Some(13)));
        let input = StreamInputInfo { input_stream_id: 4, num_records: 7, ..StreamInputInfo::default() };
        batch.inputs.insert(4, input);
        let json = DStreamEvent::BatchCompleted(batch).json();
        assert_eq!(json["Event"], "StreamingListenerBatchCompleted");
        assert_eq!(json["batchInfo"]["numRecords"], 7);
        assert_eq!(json["batchInfo"]["streamIdToInputInfo"]["4"]["numRecords"], 7);
        assert_eq!(json["batchInfo"]["totalDelay"], 13);
    }
}
