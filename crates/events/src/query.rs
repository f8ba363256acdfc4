//! Events of a streaming query, with the fields and the JSON that Spark's listeners see.

use serde_json::{Map, Value, json};

/// An event of a streaming query.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryEvent {
    /// The query has started.
    Started(QueryStarted),
    /// A micro-batch has ended, or a first trigger found nothing to do.
    Progress(QueryProgress),
    /// The query has waited for data for a while.
    Idle(QueryIdle),
    /// The query has ended.
    Terminated(QueryTerminated),
}

/// The query has started.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryStarted {
    /// The query's id, the same over restarts from one checkpoint.
    pub id: String,
    /// This run's id.
    pub run_id: String,
    /// The user's name for the query.
    pub name: Option<String>,
    /// When, as `2024-01-01T00:00:00.000Z`.
    pub timestamp: String,
    /// The job tags of the thread that started it.
    pub job_tags: Vec<String>,
}

/// A micro-batch has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryProgress {
    /// The query's id.
    pub id: String,
    /// This run's id.
    pub run_id: String,
    /// The progress, as `lastProgress` shows it.
    pub progress: Value,
}

/// The query has waited for data.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryIdle {
    /// The query's id.
    pub id: String,
    /// This run's id.
    pub run_id: String,
    /// When.
    pub timestamp: String,
}

/// The query has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerminated {
    /// The query's id.
    pub id: String,
    /// This run's id.
    pub run_id: String,
    /// What ended it, if it failed.
    pub exception: Option<String>,
    /// The error condition of what ended it.
    pub error_class: Option<String>,
}

impl QueryEvent {
    /// The query's id.
    pub fn id(&self) -> &str {
        match self {
            Self::Started(event) => &event.id,
            Self::Progress(event) => &event.id,
            Self::Idle(event) => &event.id,
            Self::Terminated(event) => &event.id,
        }
    }

    /// The run's id.
    pub fn run_id(&self) -> &str {
        match self {
            Self::Started(event) => &event.run_id,
            Self::Progress(event) => &event.run_id,
            Self::Idle(event) => &event.run_id,
            Self::Terminated(event) => &event.run_id,
        }
    }

    /// The event as Spark Connect's listeners get it.
    pub fn json(&self) -> Value {
        match self {
            Self::Started(e) => json!({
                "id": e.id, "runId": e.run_id, "name": e.name, "timestamp": e.timestamp, "jobTags": e.job_tags,
            }),
            Self::Progress(e) => Value::Object(Map::from_iter([("progress".to_string(), e.progress.clone())])),
            Self::Idle(e) => json!({"id": e.id, "runId": e.run_id, "timestamp": e.timestamp}),
            Self::Terminated(e) => json!({
                "id": e.id, "runId": e.run_id, "exception": e.exception, "errorClassOnException": e.error_class,
            }),
        }
    }

    /// The event as Spark's event log has it.
    pub fn log_json(&self) -> Value {
        let name = match self {
            Self::Started(_) => "QueryStartedEvent",
            Self::Progress(_) => "QueryProgressEvent",
            Self::Idle(_) => "QueryIdleEvent",
            Self::Terminated(_) => "QueryTerminatedEvent",
        };
        let name = format!("org.apache.spark.sql.streaming.StreamingQueryListener${name}");
        let mut line = Map::from_iter([("Event".to_string(), Value::String(name))]);
        if let Value::Object(fields) = self.json() {
            line.extend(fields);
        }
        Value::Object(line)
    }
}
