//! An entry of `offsets/N`: what batch N reads, with the watermark, the time and the settings it runs with.
//!
//! ```text
//! v1
//! {"batchWatermarkMs":0,"batchTimestampMs":1700000000000,"conf":{"spark.sql.shuffle.partitions":"200",...}}
//! {"logOffset":3}          the end of source 0; "-" if it has none yet
//! ```
//!
//! A batch that is run again after a crash gets exactly these, so it computes exactly the same.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::batch_log::{LogEntry, Malformed, lines_after_version};

const VERSION: i64 = 1;
/// What stands for a source without an offset.
const NO_OFFSET: &str = "-";

/// The second line of an entry.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BatchMetadata {
    /// The watermark of the batch, in milliseconds since the epoch.
    pub batch_watermark_ms: i64,
    /// The time that the batch takes for "now".
    pub batch_timestamp_ms: i64,
    /// The settings that must not change while the checkpoint is in use.
    pub conf: Map<String, Value>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetEntry {
    /// `None` in entries of Spark before 2.1.
    pub metadata: Option<BatchMetadata>,
    /// The end offset of each source, as JSON text.
    pub offsets: Vec<Option<String>>,
}

impl LogEntry for OffsetEntry {
    fn to_text(&self) -> String {
        let metadata = self.metadata.as_ref().and_then(|m| serde_json::to_string(m).ok()).unwrap_or_default();
        let offsets = self.offsets.iter().map(|offset| offset.as_deref().unwrap_or(NO_OFFSET));
        let mut text = format!("v{VERSION}\n{metadata}");
        for offset in offsets {
            text.push('\n');
            text.push_str(offset);
        }
        text
    }

    fn from_text(text: &str) -> Result<Self, Malformed> {
        let (_, mut lines) = lines_after_version(text, VERSION)?;
        let metadata = match lines.next().unwrap_or_default() {
            "" => None,
            line => Some(serde_json::from_str(line).map_err(|e| Malformed::Content(e.to_string()))?),
        };
        let offsets = lines.map(|line| match line {
            "" => Err(Malformed::Content("the offset of a source is an empty line".into())),
            NO_OFFSET => Ok(None),
            offset => Ok(Some(offset.to_string())),
        });
        Ok(Self { metadata, offsets: offsets.collect::<Result<_, _>>()? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_entry_reads_back_as_written_with_absent_offsets_and_the_order_of_settings() {
        let text = "v1\n{\"batchWatermarkMs\":5,\"batchTimestampMs\":7,\"conf\":{\"b\":\"1\",\"a\":\"2\"}}\n{\"logOffset\":3}\n-";
        let entry = OffsetEntry::from_text(text).unwrap();
        assert_eq!(entry.offsets, [Some("{\"logOffset\":3}".to_string()), None]);
        assert_eq!(entry.to_text(), text);
    }

    #[test]
    fn a_cut_or_foreign_entry_says_what_is_wrong() {
        assert!(matches!(OffsetEntry::from_text("v1\n{\"batchW"), Err(Malformed::Content(_))));
        assert!(matches!(OffsetEntry::from_text("v1\n{}\n\n-"), Err(Malformed::Content(_))));
        assert_eq!(OffsetEntry::from_text("v9\n{}\n-"), Err(Malformed::UnknownVersion { found: 9, newest: 1 }));
        assert_eq!(OffsetEntry::from_text(""), Err(Malformed::NoVersion(String::new())));
    }
}
