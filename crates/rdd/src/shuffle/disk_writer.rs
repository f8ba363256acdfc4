//! Records on their way to a file of their own, in pieces that can be read one by one.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use firesteel_error::{Result, SparkError};
use serde::Serialize;

use super::map_output::{Block, Segment};
use crate::codec::encode;
use crate::storage::{LocalDir, LocalFile};

/// A piece is written at this size.
const PIECE_BYTES: usize = 1 << 20;

/// A file being written.
pub(crate) struct DiskWriter {
    local: Arc<LocalFile>,
    file: File,
    buffer: Vec<u8>,
    offset: u64,
    block: Block,
}

impl DiskWriter {
    /// A new file, named after what it holds.
    pub(crate) fn create(dir: &LocalDir, what: &str) -> Result<Self> {
        let (local, file) = dir.create(what)?;
        Ok(Self { local: Arc::new(local), file, buffer: Vec::new(), offset: 0, block: Block::default() })
    }

    /// Adds a record.
    #[inline]
    pub(crate) fn push<T: Serialize>(&mut self, record: &T) -> Result<()> {
        encode(record, &mut self.buffer)?;
        self.block.records += 1;
        if self.buffer.len() >= PIECE_BYTES { self.write_piece() } else { Ok(()) }
    }

    /// Adds whole records that are bytes already.
    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.buffer.extend_from_slice(bytes);
        self.write_piece()
    }

    fn write_piece(&mut self) -> Result<()> {
        self.file
            .write_all(&self.buffer)
            .map_err(|e| SparkError::io(format!("writing {}", self.local.path().display()), e))?;
        let length = self.buffer.len() as u64;
        self.block.segments.push(Segment::File { file: self.local.clone(), offset: self.offset, length });
        self.offset += length;
        self.buffer.clear();
        Ok(())
    }

    /// The file's block.
    pub(crate) fn finish(mut self) -> Result<Block> {
        if !self.buffer.is_empty() {
            self.write_piece()?;
        }
        Ok(self.block)
    }
}
