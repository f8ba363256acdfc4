//! What a trigger did, with the fields and the JSON of classic Spark's `StreamingQueryProgress`.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use crate::offset::Offset;

/// One source's part of a progress.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceProgress {
    /// What the source is.
    pub description: String,
    /// Where the batch started; `None` for the first.
    pub start_offset: Option<Offset>,
    /// Where it ended.
    pub end_offset: Option<Offset>,
    /// The newest offset that there was; null if the source does not tell.
    pub latest_offset: Value,
    /// How many rows the batch read.
    pub num_input_rows: i64,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamingQueryProgress {
    /// The query's id.
    pub id: String,
    /// The run's id.
    pub run_id: String,
    /// The query's name.
    pub name: Option<String>,
    /// When the trigger fired, in milliseconds since the epoch.
    pub triggered_ms: i64,
    /// When the trigger before it fired.
    pub triggered_before_ms: Option<i64>,
    /// The batch that ran, or that would have run next.
    pub batch_id: i64,
    /// How long the trigger took, in milliseconds.
    pub batch_duration_ms: i64,
    /// How long its steps took, in milliseconds.
    pub durations_ms: BTreeMap<&'static str, i64>,
    /// `max`, `min`, `avg`, `watermark`: times as text.
    pub event_time: BTreeMap<String, String>,
    /// How much later than their event time rows were processed: `p50`, `p95`, `p99`. Spark does not have it.
    pub event_time_latency_ms: BTreeMap<&'static str, i64>,
    /// One object for each stateful operator.
    pub state_operators: Vec<Value>,
    /// One for each source.
    pub sources: Vec<SourceProgress>,
    /// The sink's description and row count.
    pub sink: Value,
    /// The metrics of `observe`, by name.
    pub observed_metrics: BTreeMap<String, Value>,
}

impl StreamingQueryProgress {
    /// How many rows the batch read from all sources.
    pub fn num_input_rows(&self) -> i64 {
        self.sources.iter().map(|source| source.num_input_rows).sum()
    }

    /// The progress as a JSON object.
    pub fn value(&self) -> Value {
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_string(), value);
        put("id", json!(self.id));
        put("runId", json!(self.run_id));
        put("name", json!(self.name));
        put("timestamp", json!(iso_time(self.triggered_ms)));
        put("batchId", json!(self.batch_id));
        put("batchDuration", json!(self.batch_duration_ms));
        let rows = self.num_input_rows();
        put("numInputRows", json!(rows));
        put("inputRowsPerSecond", json!(self.input_rate(rows)));
        put("processedRowsPerSecond", json!(self.processing_rate(rows)));
        put("durationMs", json!(self.durations_ms));
        if !self.event_time.is_empty() {
            put("eventTime", json!(self.event_time));
        }
        if !self.event_time_latency_ms.is_empty() {
            put("eventTimeLatencyMs", json!(self.event_time_latency_ms));
        }
        put("stateOperators", json!(self.state_operators));
        put("sources", Value::Array(self.sources.iter().map(|source| self.source_value(source)).collect()));
        put("sink", self.sink.clone());
        if !self.observed_metrics.is_empty() {
            put("observedMetrics", json!(self.observed_metrics));
        }
        Value::Object(all)
    }

    /// The progress as JSON text.
    pub fn json(&self) -> String {
        self.value().to_string()
    }

    fn source_value(&self, source: &SourceProgress) -> Value {
        let offset = |offset: &Option<Offset>| offset.as_ref().map_or(Value::Null, Offset::value);
        json!({
            "description": source.description,
            "startOffset": offset(&source.start_offset),
            "endOffset": offset(&source.end_offset),
            "latestOffset": source.latest_offset,
            "numInputRows": source.num_input_rows,
            "inputRowsPerSecond": self.input_rate(source.num_input_rows),
            "processedRowsPerSecond": self.processing_rate(source.num_input_rows),
        })
    }

    /// Rows per second since the trigger before.
    fn input_rate(&self, rows: i64) -> f64 {
        self.triggered_before_ms.map_or(0.0, |before| per_second(rows, self.triggered_ms - before))
    }

    /// Rows per second of the trigger's own time.
    fn processing_rate(&self, rows: i64) -> f64 {
        per_second(rows, self.batch_duration_ms)
    }
}

/// A rate with one decimal; 0 if there is no time to divide by.
fn per_second(rows: i64, elapsed_ms: i64) -> f64 {
    if elapsed_ms <= 0 {
        return 0.0;
    }
    (rows as f64 * 10_000.0 / elapsed_ms as f64).round() / 10.0
}

/// `2024-01-01T00:00:00.000Z`.
pub fn iso_time(time_ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(time_ms).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_progress_is_sparks_text() {
        let progress = StreamingQueryProgress {
            id: "i".into(),
            run_id: "r".into(),
            name: None,
            triggered_ms: 1_700_000_001_000,
            triggered_before_ms: Some(1_700_000_000_000),
            batch_id: 2,
            batch_duration_ms: 975,
            durations_ms: BTreeMap::from([("walCommit", 115), ("addBatch", 522)]),
            event_time: BTreeMap::new(),
            event_time_latency_ms: BTreeMap::new(),
            state_operators: Vec::new(),
            sources: vec![SourceProgress {
                description: "FileStreamSource[file:/in]".into(),
                start_offset: None,
                end_offset: Some(Offset::from_json("{\"logOffset\":2}")),
                latest_offset: Value::Null,
                num_input_rows: 1,
            }],
            sink: json!({"description": "ForeachBatchSink", "numOutputRows": -1}),
            observed_metrics: BTreeMap::new(),
        };
        let expected = concat!(
            "{\"id\":\"i\",\"runId\":\"r\",\"name\":null,\"timestamp\":\"2023-11-14T22:13:21.000Z\",\"batchId\":2,",
            "\"batchDuration\":975,\"numInputRows\":1,\"inputRowsPerSecond\":1.0,\"processedRowsPerSecond\":1.0,",
            "\"durationMs\":{\"addBatch\":522,\"walCommit\":115},\"stateOperators\":[],",
            "\"sources\":[{\"description\":\"FileStreamSource[file:/in]\",\"startOffset\":null,",
            "\"endOffset\":{\"logOffset\":2},\"latestOffset\":null,\"numInputRows\":1,\"inputRowsPerSecond\":1.0,",
            "\"processedRowsPerSecond\":1.0}],\"sink\":{\"description\":\"ForeachBatchSink\",\"numOutputRows\":-1}}",
        );
        assert_eq!(progress.json(), expected);
    }
}
