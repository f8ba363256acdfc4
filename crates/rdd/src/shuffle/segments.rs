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
    buffers: Vec<Vec<u8>>,
    sealed: Vec<Vec<Vec<u8>>>,
    blocks: Vec<Block>,
    grant: MemoryGrant,
    held: usize,
    asked: usize,
    write_time_ns: u64,
    file: Option<(Arc<LocalFile>, File, u64)>,
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
            buffers: vec![Vec::new(); partitions],
            sealed: vec![Vec::new(); partitions],
            blocks: vec![Block::default(); partitions],
            held: 0,
            asked: 0,
            write_time_ns: 0,
            file: None,
        }
    }

    /// Adds a record to a partition.
    #[inline]
    pub(crate) fn push<T: Serialize>(&mut self, partition: usize, record: &T) -> Result<()> {
        let buffer = &mut self.buffers[partition];
        let before = buffer.len();
        encode(record, buffer)?;
        let after = buffer.len();
        self.held += after - before;
        self.blocks[partition].records += 1;
        if after >= PIECE_BYTES {
            let full = std::mem::take(buffer);
            self.sealed[partition].push(full);
        }
        if self.held > self.asked { self.ask() } else { Ok(()) }
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
        for (partition, block) in self.blocks.iter_mut().enumerate() {
            let last = std::mem::take(&mut self.buffers[partition]);
            for piece in self.sealed[partition].drain(..).chain([last]).filter(|piece| !piece.is_empty()) {
                file.write_all(&piece).map_err(|e| SparkError::io(format!("writing {}", local.path().display()), e))?;
                let length = piece.len() as u64;
                block.segments.push(Segment::File { file: local.clone(), offset: *offset, length });
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
            return Ok(MapOutput { blocks: self.blocks, memory: None });
        }
        for (partition, block) in self.blocks.iter_mut().enumerate() {
            let last = std::mem::take(&mut self.buffers[partition]);
            let pieces = self.sealed[partition].drain(..).chain([last]).filter(|piece| !piece.is_empty());
            block.segments.extend(pieces.map(|piece| Segment::Memory(piece.into())));
        }
        self.grant.settle();
        Ok(MapOutput { blocks: self.blocks, memory: Some(self.grant) })
    }
}
