//! Records as JSON, with the fields of Spark's structured logs.

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, json};

use super::record::Record;

/// One line.
pub(super) fn line(record: &Record) -> String {
    let context: Map<_, _> = record.context.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
    let mut line = json!({
        "ts": record.time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Millis, true),
        "level": record.level.name(),
        "msg": record.message,
        "context": context,
        "logger": record.short_logger(),
    })
    .to_string();
    line.push('\n');
    line
}
