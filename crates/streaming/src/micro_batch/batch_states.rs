//! The four states of a batch. See the module above.

use firesteel_durable::failpoint;
use firesteel_error::Result;

use crate::checkpoint::Checkpoint;
use crate::checkpoint::commit_log::CommitEntry;
use crate::checkpoint::offset_log::{BatchMetadata, OffsetEntry};
use crate::offset::Offset;

/// What a batch reads and runs with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BatchScope {
    /// The batch's number.
    pub batch_id: i64,
    /// Where each source starts: the end of the batch before.
    pub starts: Vec<Option<Offset>>,
    /// Where each source ends.
    pub ends: Vec<Option<Offset>>,
    /// Watermark, time and settings.
    pub metadata: BatchMetadata,
    /// The watermark of the batch before: what is older was late already.
    pub late_watermark_ms: i64,
}

impl BatchScope {
    /// Whether some source has rows for the batch.
    pub fn has_new_data(&self) -> bool {
        self.starts != self.ends
    }
}

/// A batch that could run: nothing knows of it yet.
#[derive(Debug)]
pub(super) struct PlannedBatch(BatchScope);

/// A batch whose offsets are durable: it will run, now or after a restart, and always the same.
#[derive(Debug)]
pub(super) struct LoggedBatch(BatchScope);

/// A batch whose rows and state are durable.
#[derive(Debug)]
pub(super) struct ComputedBatch(BatchScope);

/// A batch that happened.
#[derive(Debug)]
pub(super) struct CommittedBatch {
    /// What it was.
    pub scope: BatchScope,
    /// The watermark it leaves behind.
    pub next_watermark_ms: i64,
}

impl PlannedBatch {
    pub fn new(scope: BatchScope) -> Self {
        Self(scope)
    }

    /// Writes `offsets/N`. From here on the batch must happen.
    pub async fn log(self, checkpoint: &mut Checkpoint) -> Result<LoggedBatch> {
        let offsets = self.0.ends.iter().map(|end| end.as_ref().map(|offset| offset.json().to_string()));
        let entry = OffsetEntry { metadata: Some(self.0.metadata.clone()), offsets: offsets.collect() };
        checkpoint.offsets.add(self.0.batch_id, &entry).await?;
        failpoint::reached("after-offsets");
        Ok(LoggedBatch(self.0))
    }
}

impl LoggedBatch {
    /// A batch that an earlier run logged and did not commit.
    pub fn recovered(scope: BatchScope) -> Self {
        Self(scope)
    }

    pub fn scope(&self) -> &BatchScope {
        &self.0
    }

    /// Says that sink and state of the batch are durable.
    pub fn computed(self) -> ComputedBatch {
        ComputedBatch(self.0)
    }
}

impl ComputedBatch {
    /// Writes `commits/N`. The batch has happened.
    pub async fn commit(self, checkpoint: &mut Checkpoint, next_watermark_ms: i64) -> Result<CommittedBatch> {
        failpoint::reached("before-commit");
        let entry = CommitEntry { next_batch_watermark_ms: next_watermark_ms };
        checkpoint.commits.add(self.0.batch_id, &entry).await?;
        failpoint::reached("after-commit");
        Ok(CommittedBatch { scope: self.0, next_watermark_ms })
    }
}
