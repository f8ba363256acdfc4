//! A DStream program: its batches, output operations and receivers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Fields;

/// A DStream program.
#[derive(Debug, Clone, Default)]
pub struct Streaming {
    /// When the streaming context started.
    pub start_ms: i64,
    /// The batches, by time.
    pub batches: BTreeMap<i64, Batch>,
    /// The receivers, by their stream.
    pub receivers: BTreeMap<i64, Receiver>,
    /// How many batches have ended, kept or not.
    pub completed: u64,
    /// How many records those had.
    pub processed_records: i64,
    /// How many records have come.
    pub received_records: i64,
}

/// A batch.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The end of its interval, which names it.
    pub time_ms: i64,
    /// When it was handed to the scheduler.
    pub submission_ms: i64,
    /// When its first job started.
    pub start_ms: Option<i64>,
    /// When its last job ended.
    pub end_ms: Option<i64>,
    /// What each input stream gave, by stream.
    pub inputs: BTreeMap<i64, Input>,
    /// Its output operations, by number.
    pub operations: BTreeMap<i64, Operation>,
    /// Its jobs: of which operation, and the job's number.
    pub jobs: Vec<(i64, i64)>,
}

/// What an input stream gave to a batch.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// How many records.
    pub records: i64,
    /// What the stream says of them.
    pub description: Option<String>,
}

/// An output operation in a batch.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    /// A short name.
    pub name: String,
    /// The call site.
    pub description: String,
    /// When it started.
    pub start_ms: Option<i64>,
    /// When it ended.
    pub end_ms: Option<i64>,
    /// Why it failed.
    pub failure: Option<String>,
}

/// A receiver.
#[derive(Debug, Clone, Default)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub active: bool,
    /// Its executor.
    pub executor: String,
    /// Its machine.
    pub location: String,
    /// What it last said of an error.
    pub error_message: String,
    /// That error.
    pub error: String,
    /// When that was.
    pub error_ms: Option<i64>,
}

impl Streaming {
    /// Reads a receiver's event.
    pub(super) fn receiver(&mut self, info: &Value) {
        let receiver = Receiver {
            name: info.text("name"),
            active: info.flag("active"),
            executor: info.text("executorId"),
            location: info.text("location"),
            error_message: info.text("lastErrorMessage"),
            error: info.text("lastError"),
            error_ms: info.time("lastErrorTime"),
        };
        self.receivers.insert(info.int("streamId"), receiver);
    }

    /// Reads a batch's event; beyond `kept` ended batches, the oldest goes.
    pub(super) fn batch(&mut self, info: &Value, kept: usize) {
        let read = Batch::of(info);
        let known = self.batches.insert(read.time_ms, read.clone());
        if known.is_none() {
            self.received_records += read.records();
        }
        if read.end_ms.is_some() && known.as_ref().is_none_or(|known| known.end_ms.is_none()) {
            self.completed += 1;
            self.processed_records += read.records();
        }
        if let (Some(known), Some(batch)) = (known, self.batches.get_mut(&read.time_ms)) {
            batch.jobs = known.jobs;
        }
        while self.batches.len() > kept {
            let ended = self.batches.values().find(|batch| batch.end_ms.is_some()).map(|batch| batch.time_ms);
            let oldest = ended.or_else(|| self.batches.keys().next().copied());
            oldest.map(|time| self.batches.remove(&time));
        }
    }

    /// Reads an output operation's event.
    pub(super) fn operation(&mut self, info: &Value) {
        if let Some(batch) = self.batches.get_mut(&info.int("batchTime")) {
            batch.operations.insert(info.int("id"), Operation::of(info));
        }
    }

    /// Notes a job of a batch.
    pub(super) fn job(&mut self, batch: (i64, i64), job: i64) {
        if let Some(known) = self.batches.get_mut(&batch.0) {
            known.jobs.push((batch.1, job));
        }
    }

    /// The time between batches: the shortest that two have been apart.
    pub fn interval_ms(&self) -> Option<i64> {
        let times: Vec<i64> = self.batches.keys().copied().collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).min()
    }

    /// The mean over ended batches.
    pub fn mean(&self, of: impl Fn(&Batch) -> Option<i64>) -> Option<i64> {
        let ended = self.batches.values().filter(|batch| batch.end_ms.is_some());
        let values: Vec<i64> = ended.filter_map(of).collect();
        let count = i64::try_from(values.len()).ok().filter(|count| *count > 0)?;
        Some(values.iter().sum::<i64>() / count)
    }
}

impl Batch {
    fn of(info: &Value) -> Self {
        let number = |key: &String| key.parse::<i64>().unwrap_or_default();
        let input = |json: &Value| Input {
            records: json.int("numRecords"),
            description: json.optional_text("metadataDescription"),
        };
        Self {
            time_ms: info.int("batchTime"),
            submission_ms: info.int("submissionTime"),
            start_ms: info.time("processingStartTime"),
            end_ms: info.time("processingEndTime"),
            inputs: info.members("streamIdToInputInfo").map(|(id, json)| (number(id), input(json))).collect(),
            operations: info.members("outputOperationInfos").map(|(id, op)| (number(id), Operation::of(op))).collect(),
            jobs: Vec::new(),
        }
    }

    /// Its records.
    pub fn records(&self) -> i64 {
        self.inputs.values().map(|input| input.records).sum()
    }

    /// How long it waited.
    pub fn scheduling_delay_ms(&self) -> Option<i64> {
        Some(self.start_ms? - self.submission_ms)
    }

    /// How long its jobs took.
    pub fn processing_ms(&self) -> Option<i64> {
        Some(self.end_ms? - self.start_ms?)
    }

    /// How long it took from its submission.
    pub fn total_delay_ms(&self) -> Option<i64> {
        Some(self.end_ms? - self.submission_ms)
    }

    /// Spark's name of how it stands.
    pub fn status(&self) -> &'static str {
        match (self.start_ms, self.end_ms) {
            (_, Some(_)) => "COMPLETED",
            (Some(_), None) => "PROCESSING",
            (None, None) => "QUEUED",
        }
    }

    /// Whether an output operation failed.
    pub fn has_failed(&self) -> bool {
        self.operations.values().any(|operation| operation.failure.is_some())
    }
}

impl Operation {
    fn of(info: &Value) -> Self {
        Self {
            name: info.text("name"),
            description: info.text("description"),
            start_ms: info.time("startTime"),
            end_ms: info.time("endTime"),
            failure: info.optional_text("failureReason"),
        }
    }

    /// How long it took.
    pub fn duration_ms(&self) -> Option<i64> {
        Some(self.end_ms? - self.start_ms?)
    }
}
