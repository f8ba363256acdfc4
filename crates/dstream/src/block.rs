//! Blocks: the records that a receiver stored within one block interval.
//!
//! A block is known by its stream and its number; numbers of a stream are given in order and without gaps. Its records
//! are kept in memory; with the write-ahead log they are on disk first, and after a restart they are read from there.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::Storable;
use parking_lot::Mutex;

use crate::log::{Log, Position};

/// Where a crash test may let the process die.
const AFTER_BLOCK: &str = "dstream-after-block";

/// What is known of a block without looking into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// The input stream.
    pub stream: i32,
    /// The block's number in its stream.
    pub number: u64,
    /// How many records it has.
    pub records: u64,
    pub(crate) position: Option<Position>,
}

/// A block with its records.
#[derive(Debug, Clone)]
pub struct Block<T> {
    /// What is known of it.
    pub info: BlockInfo,
    /// The records, in the order in which they were stored.
    pub records: Arc<Vec<T>>,
}

/// How records are written into the write-ahead log.
pub trait BlockCodec<T>: Send + Sync {
    /// Appends the records to `out`.
    fn encode(&self, records: &[T], out: &mut Vec<u8>) -> Result<()>;

    /// Reads as many records as there are in `bytes`.
    fn decode(&self, bytes: Bytes) -> Result<Vec<T>>;
}

/// Lines as strings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lines;

/// Lines as the bytes they came in.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineBytes;

impl BlockCodec<String> for Lines {
    fn encode(&self, records: &[String], out: &mut Vec<u8>) -> Result<()> {
        records.iter().try_for_each(|line| put(line.as_bytes(), out))
    }

    fn decode(&self, bytes: Bytes) -> Result<Vec<String>> {
        LineBytes.decode(bytes)?.iter().map(|line| Ok(String::from_utf8_lossy(line).into_owned())).collect()
    }
}

impl BlockCodec<Bytes> for LineBytes {
    fn encode(&self, records: &[Bytes], out: &mut Vec<u8>) -> Result<()> {
        records.iter().try_for_each(|line| put(line, out))
    }

    fn decode(&self, mut bytes: Bytes) -> Result<Vec<Bytes>> {
        let mut lines = Vec::new();
        while bytes.has_remaining() {
            let length = if bytes.remaining() < 4 { usize::MAX } else { bytes.get_u32_le() as usize };
            if length > bytes.remaining() {
                return Err(SparkError::internal("a block of the write-ahead log ends within a line"));
            }
            lines.push(bytes.split_to(length));
        }
        Ok(lines)
    }
}

/// Any records that serde can turn into bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stored;

/// Where postcard writes a record.
struct Append(Vec<u8>);

impl postcard::ser_flavors::Flavor for Append {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

impl<T: Storable> BlockCodec<T> for Stored {
    fn encode(&self, records: &[T], out: &mut Vec<u8>) -> Result<()> {
        for record in records {
            let bytes = postcard::serialize_with_flavor(record, Append(Vec::new())).map_err(|e| {
                let name = std::any::type_name::<T>();
                SparkError::io(format!("A record of type {name} cannot be written to the write-ahead log"), e)
            })?;
            put(&bytes, out)?;
        }
        Ok(())
    }

    fn decode(&self, bytes: Bytes) -> Result<Vec<T>> {
        let read = |record: &Bytes| {
            postcard::from_bytes(record).map_err(|e| {
                let name = std::any::type_name::<T>();
                SparkError::io(format!("A record of the write-ahead log is not of type {name}"), e)
            })
        };
        LineBytes.decode(bytes)?.iter().map(read).collect()
    }
}

fn put(line: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let length = u32::try_from(line.len()).map_err(|_| {
        SparkError::plain(Exception::Spark, format!("A line of {} bytes is too long for a block.", line.len()))
    })?;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(line);
    Ok(())
}

/// The blocks of one input stream.
pub(crate) struct BlockStore<T> {
    stream: i32,
    codec: Arc<dyn BlockCodec<T>>,
    log: Option<Log>,
    state: Mutex<StoreState<T>>,
}

struct StoreState<T> {
    next_number: u64,
    memory: HashMap<u64, Arc<Vec<T>>>,
}

impl<T: Send + Sync> BlockStore<T> {
    /// The store of `stream`; with a `directory` it writes ahead to a log there.
    /// Gives as well the blocks that the log had.
    pub(crate) fn open(
        stream: i32,
        codec: Arc<dyn BlockCodec<T>>,
        directory: Option<&Path>,
        rolling: Duration,
    ) -> Result<(Self, Vec<BlockInfo>)> {
        let mut blocks = Vec::new();
        let log = match directory {
            None => None,
            Some(directory) => {
                let (log, records) = Log::open(directory, rolling)?;
                for (position, mut record) in records {
                    let (number, records) = read_header(&mut record)?;
                    blocks.push(BlockInfo { stream, number, records, position: Some(position) });
                }
                Some(log)
            }
        };
        blocks.sort_unstable_by_key(|block| block.number);
        let next_number = blocks.last().map_or(0, |last| last.number + 1);
        let state = Mutex::new(StoreState { next_number, memory: HashMap::new() });
        Ok((Self { stream, codec, log, state }, blocks))
    }

    /// Makes a block of records and tells `known` of it before another block can be made.
    pub(crate) fn put(&self, records: Vec<T>, known: impl FnOnce(BlockInfo)) -> Result<()> {
        let mut state = self.state.lock();
        let number = state.next_number;
        let count = records.len() as u64;
        let position = match &self.log {
            None => None,
            Some(log) => {
                let mut bytes = Vec::new();
                self.codec.encode(&records, &mut bytes)?;
                Some(log.append(&[&number.to_le_bytes(), &count.to_le_bytes(), &bytes])?)
            }
        };
        firesteel_durable::failpoint::reached(AFTER_BLOCK);
        state.next_number += 1;
        state.memory.insert(number, Arc::new(records));
        known(BlockInfo { stream: self.stream, number, records: count, position });
        Ok(())
    }

    /// No block that is made from now on has a number below `number`.
    pub(crate) fn skip_to(&self, number: u64) {
        let mut state = self.state.lock();
        state.next_number = state.next_number.max(number);
    }

    /// A block with its records, from memory or from the log.
    pub(crate) fn get(&self, info: BlockInfo) -> Result<Block<T>> {
        if let Some(records) = self.state.lock().memory.get(&info.number) {
            return Ok(Block { info, records: records.clone() });
        }
        let (Some(log), Some(position)) = (&self.log, info.position) else {
            return Err(SparkError::plain(
                Exception::Spark,
                format!(
                    "Block {} of the input stream {} is gone: it was received before a restart, and the write-ahead \
                     log was off. Set spark.streaming.receiver.writeAheadLog.enable to keep received blocks.",
                    info.number, info.stream
                ),
            ));
        };
        let mut record = log.read(position)?;
        read_header(&mut record)?;
        let records = Arc::new(self.codec.decode(record)?);
        self.state.lock().memory.insert(info.number, records.clone());
        Ok(Block { info, records })
    }

    /// Removes a block from memory and, with its last neighbour, from disk.
    pub(crate) fn remove(&self, info: BlockInfo) -> Result<()> {
        self.state.lock().memory.remove(&info.number);
        match (&self.log, info.position) {
            (Some(log), Some(position)) => log.release(position),
            _ => Ok(()),
        }
    }
}

fn read_header(record: &mut Bytes) -> Result<(u64, u64)> {
    if record.remaining() < 16 {
        return Err(SparkError::internal("a block of the write-ahead log has no header"));
    }
    Ok((record.get_u64_le(), record.get_u64_le()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_read_as_they_were_written(lines in proptest::collection::vec(".{0,20}", 0..20)) {
            let mut bytes = Vec::new();
            Lines.encode(&lines, &mut bytes).unwrap();
            prop_assert_eq!(Lines.decode(bytes.into()).unwrap(), lines);
        }
    }

    #[test]
    fn with_the_log_a_block_survives_its_store() {
        let directory = tempfile::tempdir().unwrap();
        let rolling = Duration::from_secs(60);
        let open = || BlockStore::<String>::open(3, Arc::new(Lines), Some(directory.path()), rolling).unwrap();
        let (store, blocks) = open();
        assert!(blocks.is_empty());
        store.put(vec!["a".into(), "b".into()], |_| ()).unwrap();
        store.put(vec!["c".into()], |_| ()).unwrap();
        drop(store);
        let (store, blocks) = open();
        let seen: Vec<_> = blocks.iter().map(|block| (block.number, block.records)).collect();
        assert_eq!(seen, [(0, 2), (1, 1)]);
        assert_eq!(*store.get(blocks[0]).unwrap().records, ["a", "b"]);
        store.remove(blocks[0]).unwrap();
        store.remove(blocks[1]).unwrap();
        assert!(open().1.is_empty());
    }

    #[test]
    fn any_records_that_serde_knows_can_be_logged() {
        let records = vec![("a".to_string(), Some(1_u64)), (String::new(), None)];
        let mut bytes = Vec::new();
        Stored.encode(&records, &mut bytes).unwrap();
        let read: Vec<(String, Option<u64>)> = Stored.decode(bytes.into()).unwrap();
        assert_eq!(read, records);
    }

    #[test]
    fn without_the_log_a_lost_block_says_what_would_have_kept_it() {
        let (store, _) = BlockStore::<String>::open(0, Arc::new(Lines), None, Duration::from_secs(60)).unwrap();
        let info = BlockInfo { stream: 0, number: 9, records: 1, position: None };
        assert!(store.get(info).unwrap_err().message().contains("writeAheadLog.enable"));
    }
}
