//! What the logs say about where to go on.
//!
//! ```text
//! newest offsets  newest commit   go on with
//! none            any             batch 0, new
//! N               N               batch N + 1, new
//! N               below N         batch N again, as it was logged
//! ```

use firesteel_error::{Exception, Result, SparkError};

use super::batch_states::{BatchScope, LoggedBatch};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::offset_log::{BatchMetadata, OffsetEntry};
use crate::offset::Offset;

/// See the module.
#[derive(Debug)]
pub(super) struct Recovered {
    /// A batch to run again before anything new.
    pub unfinished: Option<LoggedBatch>,
    /// The number of the next new batch, if nothing is unfinished.
    pub next_batch: i64,
    /// Where each source stands: the end of the last committed batch.
    pub committed: Vec<Option<Offset>>,
    /// The watermark of the next new batch.
    pub watermark_ms: i64,
    /// The watermark of the newest logged batch.
    pub logged_watermark_ms: i64,
    /// Settings, time and watermark of the newest logged batch.
    pub metadata: Option<BatchMetadata>,
}

/// Reads the logs of a query with so many sources.
pub(super) async fn recover(checkpoint: &Checkpoint, sources: usize) -> Result<Recovered> {
    let Some((batch_id, entry)) = checkpoint.offsets.newest().await? else {
        return Ok(Recovered {
            unfinished: None,
            next_batch: 0,
            committed: vec![None; sources],
            watermark_ms: 0,
            logged_watermark_ms: 0,
            metadata: None,
        });
    };
    check_sources(&entry, sources)?;
    let metadata = entry.metadata.clone().unwrap_or_default();
    let ends = offsets(&entry);
    let logged_watermark_ms = metadata.batch_watermark_ms;
    if checkpoint.commits.latest() == Some(batch_id) {
        let commit = checkpoint.commits.get(batch_id).await?;
        let left = commit.map_or(0, |commit| commit.next_batch_watermark_ms);
        return Ok(Recovered {
            unfinished: None,
            next_batch: batch_id + 1,
            committed: ends,
            watermark_ms: left.max(logged_watermark_ms),
            logged_watermark_ms,
            metadata: Some(metadata),
        });
    }
    let before = match batch_id {
        0 => None,
        _ => Some(needed(checkpoint, batch_id - 1).await?),
    };
    let committed = before.as_ref().map_or_else(|| vec![None; sources], offsets);
    let late = before.and_then(|entry| entry.metadata).map_or(0, |metadata| metadata.batch_watermark_ms);
    let scope =
        BatchScope { batch_id, starts: committed.clone(), ends, metadata: metadata.clone(), late_watermark_ms: late };
    Ok(Recovered {
        unfinished: Some(LoggedBatch::recovered(scope)),
        next_batch: batch_id,
        committed,
        watermark_ms: logged_watermark_ms,
        logged_watermark_ms,
        metadata: Some(metadata),
    })
}

async fn needed(checkpoint: &Checkpoint, batch_id: i64) -> Result<OffsetEntry> {
    checkpoint.offsets.get(batch_id).await?.ok_or_else(|| {
        let text = format!(
            "batch {batch_id} doesn't exist: {}/offsets/{batch_id} is missing, so the start of batch {} is not known. \
             Restore the file, or start the query with another checkpointLocation.",
            checkpoint.location(),
            batch_id + 1
        );
        SparkError::plain(Exception::Spark, text)
    })
}

fn check_sources(entry: &OffsetEntry, sources: usize) -> Result<()> {
    if entry.offsets.len() == sources {
        return Ok(());
    }
    let text = format!(
        "There are [{}] sources in the checkpoint offsets and now there are [{sources}] sources requested by the query. \
         Cannot continue.",
        entry.offsets.len()
    );
    Err(SparkError::plain(Exception::Spark, text))
}

fn offsets(entry: &OffsetEntry) -> Vec<Option<Offset>> {
    entry.offsets.iter().map(|offset| offset.clone().map(Offset::from_json)).collect()
}
