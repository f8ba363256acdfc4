//! Which blocks have been received, and which batch has which of them.
//!
//! A batch takes every block that no batch has yet. Since the numbers of a stream's blocks are without gaps, an
//! allocation is one range of numbers per stream, and the last allocation tells of every block whether it was taken.
//! With the write-ahead log each allocation is on disk before the batch is generated, so that the same batch has the
//! same blocks after a restart.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::Duration;

use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::block::BlockInfo;
use crate::log::{Log, Position};
use crate::time::Time;

/// The blocks of all receivers.
#[derive(Debug, Default)]
pub struct BlockTracker {
    state: Mutex<TrackerState>,
}

#[derive(Debug, Default)]
struct TrackerState {
    log: Option<Log>,
    received: BTreeMap<i32, VecDeque<BlockInfo>>,
    /// The number after the last block that a batch has, by stream.
    taken: BTreeMap<i32, u64>,
    batches: BTreeMap<Time, Allocation>,
}

#[derive(Debug, Default)]
struct Allocation {
    blocks: BTreeMap<i32, Vec<BlockInfo>>,
    position: Option<Position>,
}

/// A record of the log: the numbers `from..to` of each stream belong to the batch.
#[derive(Debug, Serialize, Deserialize)]
struct Allocated {
    time: Time,
    streams: BTreeMap<i32, (u64, u64)>,
}

impl BlockTracker {
    /// A tracker that forgets with its process.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on with the log in `directory`. `blocks` are those that the streams' own logs had.
    /// Gives the blocks that belong to no batch that the log knows, but to one that is long over.
    pub(crate) fn recover(
        &self,
        directory: &Path,
        rolling: Duration,
        blocks: Vec<BlockInfo>,
    ) -> Result<Vec<BlockInfo>> {
        let (log, records) = Log::open(directory, rolling)?;
        let mut state = self.state.lock();
        let mut known: BTreeMap<(i32, u64), BlockInfo> =
            blocks.into_iter().map(|block| ((block.stream, block.number), block)).collect();
        for (position, record) in records {
            let allocated: Allocated = serde_json::from_slice(&record).map_err(|e| {
                SparkError::io(format!("The log of batches in {} has a record that is no JSON", directory.display()), e)
            })?;
            let mut allocation = Allocation { blocks: BTreeMap::new(), position: Some(position) };
            for (stream, (from, to)) in allocated.streams {
                let blocks = (from..to).filter_map(|number| known.remove(&(stream, number))).collect();
                allocation.blocks.insert(stream, blocks);
                let taken = state.taken.entry(stream).or_default();
                *taken = (*taken).max(to);
            }
            state.batches.insert(allocated.time, allocation);
        }
        let mut over = Vec::new();
        for block in known.into_values() {
            if block.number < state.taken.get(&block.stream).copied().unwrap_or_default() {
                over.push(block);
            } else {
                state.received.entry(block.stream).or_default().push_back(block);
            }
        }
        state.log = Some(log);
        Ok(over)
    }

    /// A block has been received.
    pub fn add(&self, block: BlockInfo) {
        self.state.lock().received.entry(block.stream).or_default().push_back(block);
    }

    /// The number that the next block of `stream` must have at least.
    pub(crate) fn taken(&self, stream: i32) -> u64 {
        self.state.lock().taken.get(&stream).copied().unwrap_or_default()
    }

    /// Gives every block that no batch has to the batch at `time`, unless that batch was given its blocks before.
    ///
    /// # Errors
    /// If the log could not be written; the blocks then wait for the next batch.
    pub fn allocate(&self, time: Time) -> Result<()> {
        let mut state = self.state.lock();
        if state.batches.last_key_value().is_some_and(|(last, _)| *last >= time) {
            return Ok(());
        }
        let state = &mut *state;
        let mut streams: BTreeMap<i32, (u64, u64)> =
            state.taken.iter().map(|(stream, taken)| (*stream, (*taken, *taken))).collect();
        for (stream, blocks) in &state.received {
            if let (Some(first), Some(last)) = (blocks.front(), blocks.back()) {
                streams.insert(*stream, (first.number, last.number + 1));
            }
        }
        let position = match &state.log {
            None => None,
            Some(log) => {
                let record = serde_json::to_vec(&Allocated { time, streams: streams.clone() })
                    .map_err(|e| SparkError::internal(format!("an allocation is no JSON: {e}")))?;
                Some(log.append(&[&record])?)
            }
        };
        state.taken.extend(streams.iter().map(|(stream, (_, to))| (*stream, *to)));
        let blocks = state.received.iter_mut().map(|(stream, blocks)| (*stream, blocks.drain(..).collect())).collect();
        state.batches.insert(time, Allocation { blocks, position });
        Ok(())
    }

    /// The blocks of `stream` in the batch at `time`.
    pub fn blocks(&self, time: Time, stream: i32) -> Vec<BlockInfo> {
        let state = self.state.lock();
        state.batches.get(&time).and_then(|batch| batch.blocks.get(&stream)).cloned().unwrap_or_default()
    }

    /// The batches that are not forgotten: how many blocks of each stream they have.
    pub fn counts(&self) -> BTreeMap<Time, BTreeMap<i32, usize>> {
        let count = |batch: &Allocation| batch.blocks.iter().map(|(stream, blocks)| (*stream, blocks.len())).collect();
        self.state.lock().batches.iter().map(|(time, batch)| (*time, count(batch))).collect()
    }

    /// Whether there are blocks that no batch has.
    pub fn has_unallocated(&self) -> bool {
        self.state.lock().received.values().any(|blocks| !blocks.is_empty())
    }

    /// Forgets the batches before `time`; gives their blocks. The last batch is kept, since it tells what was taken.
    pub(crate) fn forget(&self, time: Time) -> Result<Vec<BlockInfo>> {
        let mut state = self.state.lock();
        let last = state.batches.last_key_value().map_or(time, |(last, _)| *last);
        let kept = state.batches.split_off(&time.min(last));
        let forgotten = std::mem::replace(&mut state.batches, kept);
        let mut blocks = Vec::new();
        for allocation in forgotten.into_values() {
            blocks.extend(allocation.blocks.into_values().flatten());
            if let (Some(log), Some(position)) = (&state.log, allocation.position) {
                log.release(position)?;
            }
        }
        Ok(blocks)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const ROLLING: Duration = Duration::from_secs(60);

    fn block(stream: i32, number: u64) -> BlockInfo {
        BlockInfo { stream, number, records: 1, position: None }
    }

    fn numbers(tracker: &BlockTracker, time: i64, stream: i32) -> Vec<u64> {
        tracker.blocks(Time::from_ms(time), stream).iter().map(|block| block.number).collect()
    }

    #[test]
    fn a_batch_takes_all_that_no_batch_has() {
        let tracker = BlockTracker::new();
        tracker.add(block(0, 0));
        tracker.add(block(1, 0));
        tracker.add(block(0, 1));
        tracker.allocate(Time::from_ms(10)).unwrap();
        tracker.add(block(0, 2));
        assert!(tracker.has_unallocated());
        tracker.allocate(Time::from_ms(10)).unwrap();
        assert_eq!((numbers(&tracker, 10, 0), numbers(&tracker, 10, 1)), (vec![0, 1], vec![0]));
        tracker.allocate(Time::from_ms(20)).unwrap();
        assert_eq!((numbers(&tracker, 20, 0), numbers(&tracker, 20, 1)), (vec![2], vec![]));
        assert!(!tracker.has_unallocated());
        assert_eq!(tracker.forget(Time::from_ms(20)).unwrap().len(), 3);
    }

    proptest! {
        // Each case writes its log to disk.
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// Whatever is received, allocated and forgotten, and wherever the process dies: no block is in two batches,
        /// none is lost, and a batch that was allocated keeps its blocks.
        #[test]
        fn a_restart_changes_no_allocation(steps in proptest::collection::vec(0..4, 1..40)) {
            let directory = tempfile::tempdir().unwrap();
            let mut tracker = BlockTracker::new();
            tracker.recover(directory.path(), ROLLING, Vec::new()).unwrap();
            let (mut on_disk, mut next, mut time) = (Vec::new(), 0, 0);
            let mut expected: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
            let mut waiting = Vec::new();
            for step in steps {
                match step {
                    0 => {
                        tracker.add(block(0, next));
                        on_disk.push(block(0, next));
                        waiting.push(next);
                        next += 1;
                    }
                    1 => {
                        time += 10;
                        tracker.allocate(Time::from_ms(time)).unwrap();
                        expected.insert(time, std::mem::take(&mut waiting));
                    }
                    2 => {
                        tracker.forget(Time::from_ms(time - 10)).unwrap();
                        expected.retain(|batch, _| *batch >= time - 10);
                    }
                    _ => {
                        tracker = BlockTracker::new();
                        tracker.recover(directory.path(), ROLLING, on_disk.clone()).unwrap();
                    }
                }
                for (time, blocks) in &expected {
                    prop_assert_eq!(&numbers(&tracker, *time, 0), blocks);
                }
                prop_assert_eq!(tracker.has_unallocated(), !waiting.is_empty());
            }
        }
    }
}
