//! A run of a streaming query, with its latest progresses.

use std::collections::VecDeque;

use serde_json::Value;

use super::fields::{Fields, cut};
use crate::time;

/// A run of a streaming query.
#[derive(Debug, Clone)]
pub struct StreamRun {
    /// The query's id, the same over restarts.
    pub id: String,
    /// The run's id.
    pub run_id: String,
    /// The user's name for it.
    pub name: Option<String>,
    /// When it started.
    pub start_ms: i64,
    /// When it ended.
    pub end_ms: Option<i64>,
    /// What ended it, if it failed.
    pub exception: Option<String>,
    /// Its latest progresses, the newest last.
    pub progress: VecDeque<Progress>,
    /// How many batches it has reported.
    pub batches: u64,
    /// How many rows it has read.
    pub rows: i64,
}

/// What a batch told of itself.
#[derive(Debug, Clone)]
pub struct Progress {
    /// When the trigger fired.
    pub time_ms: i64,
    /// The whole progress, with Spark's fields.
    pub json: Value,
}

impl StreamRun {
    /// Reads a `QueryStartedEvent`.
    pub(super) fn of(event: &Value) -> Self {
        Self::new(event, time::parse(event.field("timestamp")).unwrap_or_default())
    }

    /// A run whose start was not seen.
    pub(super) fn new(ids: &Value, start_ms: i64) -> Self {
        Self {
            id: ids.text("id"),
            run_id: ids.text("runId"),
            name: ids.optional_text("name"),
            start_ms,
            end_ms: None,
            exception: None,
            progress: VecDeque::new(),
            batches: 0,
            rows: 0,
        }
    }

    /// Takes a progress in; the oldest beyond `kept` goes.
    pub(super) fn report(&mut self, progress: &Value, kept: usize) {
        let progress =
            Progress { time_ms: time::parse(progress.field("timestamp")).unwrap_or_default(), json: progress.clone() };
        self.batches += 1;
        self.rows += progress.rows();
        self.progress.push_back(progress);
        while self.progress.len() > kept {
            self.progress.pop_front();
        }
    }

    /// Reads a `QueryTerminatedEvent`, which has no time of its own.
    pub(super) fn end(&mut self, event: &Value, now_ms: i64) {
        self.exception = event.optional_text("exception");
        self.end_ms = Some(now_ms);
    }

    /// Whether it runs.
    pub fn is_active(&self) -> bool {
        self.end_ms.is_none()
    }

    /// The name, or what stands for it.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or("<no name>")
    }

    /// Spark's name of how it stands.
    pub fn status(&self) -> &'static str {
        match (&self.end_ms, &self.exception) {
            (None, _) => "RUNNING",
            (Some(_), None) => "FINISHED",
            (Some(_), Some(_)) => "FAILED",
        }
    }

    /// How long it has run, or ran.
    pub fn duration_ms(&self, now_ms: i64) -> i64 {
        (self.end_ms.unwrap_or(now_ms) - self.start_ms).max(0)
    }

    /// The mean of the kept progresses' values under a name; `None` if there is none.
    pub fn mean(&self, of: impl Fn(&Progress) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = self.progress.iter().filter_map(of).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The number of the newest batch.
    pub fn last_batch(&self) -> Option<i64> {
        self.progress.back().map(Progress::batch)
    }
}

impl Progress {
    /// The batch's number.
    pub fn batch(&self) -> i64 {
        self.json.int("batchId")
    }

    /// How many rows were read; Spark's event log has it for each source only.
    pub fn rows(&self) -> i64 {
        let sources = || self.json.list("sources").iter().map(|source| source.int("numInputRows")).sum();
        self.json.optional_int("numInputRows").unwrap_or_else(sources)
    }

    /// A rate in rows a second, over all sources.
    pub fn rate(&self, name: &str) -> Option<f64> {
        let of = |json: &Value| json.field(name).as_f64();
        of(&self.json).or_else(|| {
            let rates: Vec<f64> = self.json.list("sources").iter().filter_map(of).collect();
            (!rates.is_empty()).then(|| rates.iter().sum())
        })
    }

    /// How long the batch took.
    pub fn duration_ms(&self) -> i64 {
        let steps = self.json.field("durationMs");
        self.json.optional_int("batchDuration").unwrap_or_else(|| steps.int("triggerExecution"))
    }

    /// How long the steps of the batch took.
    pub fn steps(&self) -> Vec<(String, i64)> {
        let steps = self.json.members("durationMs").filter(|(name, _)| *name != "triggerExecution");
        steps.map(|(name, ms)| (cut(name), ms.as_i64().unwrap_or_default())).collect()
    }

    /// How far the watermark is behind the newest event, in seconds.
    pub fn watermark_gap_s(&self) -> Option<f64> {
        let times = self.json.field("eventTime");
        let (max, watermark) = (time::parse(times.field("max"))?, time::parse(times.field("watermark"))?);
        // Before there is a watermark it stands at 1970.
        (watermark > 0).then(|| (max - watermark) as f64 / 1000.0)
    }

    /// The sum of a number over all stateful operators; `None` without such operators.
    pub fn state(&self, name: &str) -> Option<f64> {
        let operators = self.json.list("stateOperators");
        (!operators.is_empty()).then(|| operators.iter().map(|operator| operator.int(name) as f64).sum())
    }

    /// How much later than their event time rows were processed: `p50`, `p95`, `p99`, in milliseconds.
    pub fn latency_ms(&self, percentile: &str) -> Option<f64> {
        self.json.field("eventTimeLatencyMs").field(percentile).as_f64()
    }
}
