//! What one map task has made: a block of bytes for each reduce partition, in memory or in a file.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;

use crate::storage::{LocalFile, MemoryGrant};

/// What one map task has made.
pub struct MapOutput {
    /// In the order of their reduce partitions. A partition that gets nothing has no block, so it costs nothing.
    blocks: Vec<(usize, Block)>,
    /// The memory of the segments that are in memory.
    memory: Option<MemoryGrant>,
}

/// What one map task has made for one reduce partition.
#[derive(Default, Clone)]
pub(crate) struct Block {
    pub(crate) segments: Vec<Segment>,
    pub(crate) records: u64,
}

/// A piece of a block.
#[derive(Clone)]
pub(crate) enum Segment {
    Memory(Bytes),
    File { file: Arc<LocalFile>, offset: u64, length: u64 },
}

/// A piece whose file is open.
pub(crate) enum OpenSegment {
    Memory(Bytes),
    File { file: File, offset: u64, length: u64 },
}

/// A block of a shuffle is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchFailure {
    pub(crate) shuffle_id: usize,
    pub(crate) map_index: usize,
    pub(crate) reduce_id: usize,
    pub(crate) message: String,
}

impl MapOutput {
    /// Of some blocks, each with its reduce partition.
    pub(crate) fn new(mut blocks: Vec<(usize, Block)>, memory: Option<MemoryGrant>) -> Self {
        blocks.sort_unstable_by_key(|(reduce_id, _)| *reduce_id);
        Self { blocks, memory }
    }

    /// The block for a reduce partition, if there is anything for it.
    pub(crate) fn block(&self, reduce_id: usize) -> Option<&Block> {
        let place = self.blocks.binary_search_by_key(&reduce_id, |(reduce_id, _)| *reduce_id).ok()?;
        Some(&self.blocks[place].1)
    }

    /// The blocks, each with its reduce partition.
    pub(crate) fn blocks(&self) -> &[(usize, Block)] {
        &self.blocks
    }

    /// The blocks, and the memory that their segments take.
    pub(crate) fn into_parts(self) -> (Vec<(usize, Block)>, Option<MemoryGrant>) {
        (self.blocks, self.memory)
    }
}

impl Block {
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(Segment::length).sum()
    }
}

impl Segment {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// The bytes of a piece.
    pub(crate) fn read(&self) -> std::io::Result<Bytes> {
        self.open()?.read()
    }

    /// A piece that can be read whatever happens to its file's name.
    pub(crate) fn open(&self) -> std::io::Result<OpenSegment> {
        Ok(match self {
            Self::Memory(bytes) => OpenSegment::Memory(bytes.clone()),
            Self::File { file, offset, length } => {
                let opened = File::open(file.path())?;
                if opened.metadata()?.len() < offset + length {
                    return Err(std::io::Error::other(format!("{} is cut short", file.path().display())));
                }
                OpenSegment::File { file: opened, offset: *offset, length: *length }
            }
        })
    }
}

impl OpenSegment {
    pub(crate) fn read(mut self) -> std::io::Result<Bytes> {
        match &mut self {
            Self::Memory(bytes) => Ok(std::mem::take(bytes)),
            Self::File { file, offset, length } => {
                file.seek(SeekFrom::Start(*offset))?;
                let mut bytes = vec![0; usize::try_from(*length).map_err(std::io::Error::other)?];
                file.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

impl fmt::Display for FetchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shuffle_id, map_index, reduce_id, message } = self;
        write!(
            f,
            "FetchFailed(shuffleId={shuffle_id}, mapIndex={map_index}, reduceId={reduce_id}, message=\n{message}\n)"
        )
    }
}
