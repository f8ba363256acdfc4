//! An entry of `commits/N`: batch N happened, and this is the watermark it leaves behind.

use serde_json::Value;

use super::batch_log::{LogEntry, Malformed, lines_after_version};

/// Version 2 adds the ids of the state stores' checkpoints; they do not matter to a stateless query.
const NEWEST: i64 = 2;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitEntry {
    /// The watermark for the next batch, in milliseconds since the epoch.
    pub next_batch_watermark_ms: i64,
}

impl LogEntry for CommitEntry {
    fn to_text(&self) -> String {
        format!("v1\n{{\"nextBatchWatermarkMs\":{}}}", self.next_batch_watermark_ms)
    }

    fn from_text(text: &str) -> Result<Self, Malformed> {
        let (_, mut lines) = lines_after_version(text, NEWEST)?;
        // Spark before 2.4 wrote `{}`.
        let json: Value =
            serde_json::from_str(lines.next().unwrap_or("{}")).map_err(|e| Malformed::Content(e.to_string()))?;
        Ok(Self { next_batch_watermark_ms: json.get("nextBatchWatermarkMs").and_then(Value::as_i64).unwrap_or(0) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_commit_is_written_as_spark_writes_it() {
        let entry = CommitEntry { next_batch_watermark_ms: 1_704_067_202_000 };
        assert_eq!(entry.to_text(), "v1\n{\"nextBatchWatermarkMs\":1704067202000}");
        assert_eq!(CommitEntry::from_text(&entry.to_text()).unwrap(), entry);
        assert_eq!(CommitEntry::from_text("v1\n{}").unwrap().next_batch_watermark_ms, 0);
        assert_eq!(CommitEntry::from_text("zz"), Err(Malformed::NoVersion("zz".into())));
    }
}
