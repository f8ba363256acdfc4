//! Records of several partitions on their way to becoming blocks: byte buffers that spill when memory runs out.
//!
//! Records are encoded at once, each into the buffer of its partition. A full buffer is sealed, so that a reader never has
//! to hold more than one such piece. When the memory pool refuses more, everything goes to a file.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use firesteel_error::{Result, SparkError};
use serde::Serialize;

use super::map_output::{Block, MapOutput, Segment};
use crate::codec::encode;
use crate::env::Env;
use crate::storage::{LocalFile, MemoryGrant};
use crate::task_context::TaskContext;

/// A buffer is sealed at this size.
const PIECE_BYTES: usize = 1 << 20;

/// The pool is asked for this much at a time.
const ASK_BYTES: usize = 1 << 20;

/// Blocks being made.
pub(crate) struct Segments {
    env: Arc<Env>,
    task: TaskContext,
    what: &'static str,
    /// By partition: the place of its block, counted from 1; 0 for a partition to which nothing has come.
    places: Vec<u32>,
    open: Vec<OpenBlock>,
    grant: MemoryGrant,
    held: usize,
    asked: usize,
    write_time_ns: u64,
    file: Option<(Arc<LocalFile>, File, u64)>,
}

/// A block being made.
struct OpenBlock {
    partition: usize,
    buffer: Vec<u8>,
    sealed: Vec<Vec<u8>>,
    block: Block,
}

impl OpenBlock {
    /// The pieces that are in memory, which it lets go of.
    fn take_pieces(&mut self) -> impl Iterator<Item = Vec<u8>> {
        let last = std::mem::take(&mut self.buffer);
        self.sealed.drain(..).chain([last]).filter(|piece| !piece.is_empty())
    }
}

impl Segments {
    /// For so many partitions. `what` names the files.
    pub(crate) fn new(partitions: usize, what: &'static str, task: &TaskContext) -> Self {
        let env = task.env().clone();
        Self {
            grant: env.memory.grant(),
            env,
            task: task.clone(),
            what,
            places: vec![0; partitions],
            open: Vec::new(),
            held: 0,
            asked: 0,
            write_time_ns: 0,
            file: None,
        }
    }

    /// Adds a record to a partition.
    #[inline]
    pub(crate) fn push<T: Serialize>(&mut self, partition: usize, record: &T) -> Result<()> {
        let place = match self.places[partition] {
            0 => self.open_block(partition),
            place => place as usize - 1,
        };
        let OpenBlock { buffer, sealed, block, .. } = &mut self.open[place];
        let before = buffer.len();
        encode(record, buffer)?;
        let after = buffer.len();
        self.held += after - before;
        block.records += 1;
        if after >= PIECE_BYTES {
            sealed.push(std::mem::take(buffer));
        }
        if self.held > self.asked { self.ask() } else { Ok(()) }
    }

    /// The place of a new block.
    #[cold]
    fn open_block(&mut self, partition: usize) -> usize {
        let block = OpenBlock { partition, buffer: Vec::new(), sealed: Vec::new(), block: Block::default() };
        self.open.push(block);
        self.places[partition] = self.open.len() as u32;
        self.open.len() - 1
    }

    fn ask(&mut self) -> Result<()> {
        self.asked = self.held + ASK_BYTES;
        if self.grant.try_hold(self.asked) { Ok(()) } else { self.spill() }
    }

    /// Writes everything to a file.
    fn spill(&mut self) -> Result<()> {
        let held = self.held as u64;
        self.write_out()?;
        self.grant.clear();
        self.asked = 0;
        self.task.with_metrics(|metrics| {
            metrics.memory_bytes_spilled += held;
            metrics.disk_bytes_spilled += held;
        });
        Ok(())
    }

    fn write_out(&mut self) -> Result<()> {
        if self.held == 0 {
            return Ok(());
        }
        let start = Instant::now();
        if self.file.is_none() {
            let (local, file) = self.env.local_dir.create(self.what)?;
            self.file = Some((Arc::new(local), file, 0));
        }
        let Some((local, file, offset)) = &mut self.file else { return Ok(()) };
        for open in &mut self.open {
            let pieces: Vec<_> = open.take_pieces().collect();
            for piece in pieces {
                file.write_all(&piece).map_err(|e| SparkError::io(format!("writing {}", local.path().display()), e))?;
                let length = piece.len() as u64;
                open.block.segments.push(Segment::File { file: local.clone(), offset: *offset, length });
                *offset += length;
            }
        }
        self.held = 0;
        self.write_time_ns += start.elapsed().as_nanos() as u64;
        Ok(())
    }

    /// The blocks. What is in memory stays there if the pool is at most half full, and goes to a file otherwise.
    pub(crate) fn finish(mut self) -> Result<MapOutput> {
        let memory = &self.env.memory;
        if memory.used() > memory.limit() / 2 {
            self.write_out()?;
            let write_time_ns = self.write_time_ns;
            self.task.with_metrics(|metrics| metrics.shuffle_write.write_time_ns += write_time_ns);
            return Ok(MapOutput::new(self.open.into_iter().map(|open| (open.partition, open.block)).collect(), None));
        }
        let in_memory = |mut open: OpenBlock| {
            let pieces: Vec<_> = open.take_pieces().map(|piece| Segment::Memory(piece.into())).collect();
            open.block.segments.extend(pieces);
            (open.partition, open.block)
        };
        let blocks = self.open.into_iter().map(in_memory).collect();
        self.grant.settle();
        Ok(MapOutput::new(blocks, Some(self.grant)))
    }
}
