//! The blocks of cached RDDs: in memory as values or bytes, or on disk.
//!
//! Memory blocks count against the pool. When it is full, the blocks used longest ago go, but never those of the RDD that
//! needs the room: to disk if their level says so, and away otherwise. A block that is gone, or whose file is, is simply
//! not there: its partition is computed again.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use firesteel_error::Result;
use firesteel_events::EventBus;
use firesteel_events::job::JobEvent;
use hashbrown::HashMap;
use parking_lot::Mutex;

use super::{LocalDir, MemoryPool, StorageLevel};
use crate::codec::{Decode, encode};
use crate::data::{Records, Storable, records};
use crate::shuffle::{Block, DiskWriter, Segment};

/// A partition of a cached RDD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlockId {
    pub(crate) rdd_id: usize,
    pub(crate) partition: usize,
}

/// All blocks.
pub(crate) struct BlockStore {
    memory: MemoryPool,
    local_dir: Arc<LocalDir>,
    bus: EventBus,
    blocks: Mutex<HashMap<BlockId, Entry>>,
    clock: AtomicU64,
}

struct Entry {
    content: Content,
    level: StorageLevel,
    memory_bytes: usize,
    disk_bytes: u64,
    last_used: u64,
}

#[derive(Clone)]
enum Content {
    Values(Arc<dyn Values>),
    Bytes(Block),
}

/// Values of a type that is not told.
trait Values: Send + Sync {
    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
    fn write(&self, to: &mut DiskWriter) -> Result<()>;
}

impl<T: Storable> Values for Vec<T> {
    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }

    fn write(&self, to: &mut DiskWriter) -> Result<()> {
        self.iter().try_for_each(|value| to.push(value))
    }
}

/// What an RDD has in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stored {
    pub(crate) blocks: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) disk_bytes: u64,
}

impl BlockStore {
    pub(crate) fn new(memory: MemoryPool, local_dir: Arc<LocalDir>, bus: EventBus) -> Self {
        Self { memory, local_dir, bus, blocks: Mutex::default(), clock: AtomicU64::new(0) }
    }

    /// The records of a block, if it is there.
    pub(crate) fn get<T: Storable>(&self, id: BlockId) -> Option<Records<T>> {
        let content = {
            let mut blocks = self.blocks.lock();
            let entry = blocks.get_mut(&id)?;
            entry.last_used = self.clock.fetch_add(1, Ordering::Relaxed);
            entry.content.clone()
        };
        match content {
            Content::Values(values) => {
                let values = values.any().downcast::<Vec<T>>().ok()?;
                Some(Box::new((0..values.len()).map(move |place| Ok(values[place].clone()))))
            }
            Content::Bytes(block) => {
                let pieces: std::io::Result<Vec<_>> = block.segments.iter().map(Segment::open).collect();
                match pieces {
                    Ok(pieces) => Some(Box::new(pieces.into_iter().flat_map(|piece| match piece.read() {
                        Ok(bytes) => Box::new(Decode::new(bytes)) as Records<T>,
                        Err(error) => {
                            let error = firesteel_error::SparkError::io("reading a cached block", error);
                            Box::new(std::iter::once(Err(error)))
                        }
                    }))),
                    Err(error) => {
                        tracing::warn!(?id, %error, "a cached block is lost and will be computed again");
                        self.remove(id);
                        None
                    }
                }
            }
        }
    }

    pub(crate) fn contains(&self, id: BlockId) -> bool {
        self.blocks.lock().contains_key(&id)
    }

    /// Keeps `records` as `level` says, as far as there is room, and gives them back.
    pub(crate) fn put<T: Storable>(&self, id: BlockId, level: StorageLevel, records: Records<T>) -> Result<Records<T>> {
        if !level.use_memory {
            return self.put_on_disk(id, level, Vec::new(), records);
        }
        if level.deserialized {
            return self.put_values(id, level, records);
        }
        self.put_bytes(id, level, records)
    }

    fn put_values<T: Storable>(&self, id: BlockId, level: StorageLevel, mut records: Records<T>) -> Result<Records<T>> {
        let (mut values, mut reserved, mut next_look) = (Vec::new(), 0, 64);
        while let Some(record) = records.next() {
            values.push(record?);
            if values.len() >= next_look {
                next_look = values.len() * 2;
                let bytes = super::estimate(values.iter(), values.len());
                if !self.reserve(&mut reserved, bytes, id.rdd_id) {
                    self.memory.release_store(reserved);
                    return self.too_large(id, level, values, records);
                }
            }
        }
        values.shrink_to_fit();
        let bytes = super::estimate(values.iter(), values.len());
        if !self.reserve(&mut reserved, bytes, id.rdd_id) {
            self.memory.release_store(reserved);
            return self.too_large(id, level, values, Box::new(std::iter::empty()));
        }
        self.memory.release_store(reserved - bytes.min(reserved));
        let values = Arc::new(values);
        self.insert(id, Content::Values(values.clone()), level, bytes, 0);
        Ok(Box::new((0..values.len()).map(move |place| Ok(values[place].clone()))))
    }

    fn put_bytes<T: Storable>(&self, id: BlockId, level: StorageLevel, mut records: Records<T>) -> Result<Records<T>> {
        let (mut bytes, mut count, mut reserved) = (Vec::new(), 0, 0);
        while let Some(record) = records.next() {
            encode(&record?, &mut bytes)?;
            count += 1;
            if bytes.len() > reserved && !self.reserve(&mut reserved, bytes.len() * 2, id.rdd_id) {
                self.memory.release_store(reserved);
                let before: Result<Vec<T>> = Decode::new(bytes.into()).collect();
                return self.too_large(id, level, before?, records);
            }
        }
        bytes.shrink_to_fit();
        self.memory.release_store(reserved - bytes.len().min(reserved));
        let size = bytes.len();
        let block = Block { segments: vec![Segment::Memory(bytes.into())], records: count };
        self.insert(id, Content::Bytes(block), level, size, 0);
        self.get(id).map_or_else(|| Ok(Box::new(std::iter::empty()) as Records<T>), Ok)
    }

    fn too_large<T: Storable>(
        &self,
        id: BlockId,
        level: StorageLevel,
        values: Vec<T>,
        rest: Records<T>,
    ) -> Result<Records<T>> {
        if level.use_disk {
            return self.put_on_disk(id, level, values, rest);
        }
        tracing::warn!(?id, "not enough memory to cache a block; it will be computed again when it is needed");
        Ok(Box::new(records(values).chain(rest)))
    }

    fn put_on_disk<T: Storable>(
        &self,
        id: BlockId,
        level: StorageLevel,
        values: Vec<T>,
        rest: Records<T>,
    ) -> Result<Records<T>> {
        let mut writer = self.disk_writer(id)?;
        for value in values {
            writer.push(&value)?;
        }
        for record in rest {
            writer.push(&record?)?;
        }
        let block = writer.finish()?;
        let (bytes, kept) = (block.bytes(), block.clone());
        self.insert(id, Content::Bytes(block), level, 0, bytes);
        Ok(crate::shuffle::block_records(kept))
    }

    fn disk_writer(&self, id: BlockId) -> Result<DiskWriter> {
        DiskWriter::create(&self.local_dir, &format!("rdd_{}_{}", id.rdd_id, id.partition))
    }

    /// Raises what is reserved to `bytes`, evicting others if it must.
    fn reserve(&self, reserved: &mut usize, bytes: usize, for_rdd: usize) -> bool {
        let more = bytes.saturating_sub(*reserved);
        if more > 0 && !self.memory.try_store(more) {
            self.evict(more, Some(for_rdd));
            if !self.memory.try_store(more) {
                return false;
            }
        }
        *reserved += more;
        true
    }

    /// Makes room of `bytes` if it can, without blocks of `except`.
    pub(crate) fn evict(&self, bytes: usize, except: Option<usize>) {
        let mut freed = 0;
        while freed < bytes {
            let taken = {
                let mut blocks = self.blocks.lock();
                let oldest = blocks
                    .iter()
                    .filter(|(id, entry)| entry.memory_bytes > 0 && Some(id.rdd_id) != except)
                    .min_by_key(|(_, entry)| entry.last_used)
                    .map(|(id, _)| *id);
                oldest.and_then(|id| blocks.remove(&id).map(|entry| (id, entry)))
            };
            let Some((id, entry)) = taken else { return };
            freed += entry.memory_bytes;
            self.memory.release_store(entry.memory_bytes);
            if let Err(error) = self.to_disk(id, entry) {
                tracing::warn!(?id, %error, "a cached block could not be moved to disk and is dropped");
            }
        }
    }

    fn to_disk(&self, id: BlockId, entry: Entry) -> Result<()> {
        if !entry.level.use_disk {
            self.post(id, StorageLevel::NONE, 0, 0);
            return Ok(());
        }
        let mut writer = self.disk_writer(id)?;
        match &entry.content {
            Content::Values(values) => values.write(&mut writer)?,
            Content::Bytes(block) => {
                for segment in &block.segments {
                    let bytes = segment.read();
                    writer.push_bytes(
                        &bytes.map_err(|e| firesteel_error::SparkError::io("reading a cached block", e))?,
                    )?;
                }
            }
        }
        let block = writer.finish()?;
        let bytes = block.bytes();
        self.insert(id, Content::Bytes(block), entry.level, 0, bytes);
        Ok(())
    }

    fn insert(&self, id: BlockId, content: Content, level: StorageLevel, memory_bytes: usize, disk_bytes: u64) {
        let last_used = self.clock.fetch_add(1, Ordering::Relaxed);
        let entry = Entry { content, level, memory_bytes, disk_bytes, last_used };
        let before = self.blocks.lock().insert(id, entry);
        if let Some(before) = before {
            self.memory.release_store(before.memory_bytes);
        }
        self.post(id, level, memory_bytes as u64, disk_bytes);
    }

    fn remove(&self, id: BlockId) {
        let removed = self.blocks.lock().remove(&id);
        if let Some(entry) = removed {
            self.memory.release_store(entry.memory_bytes);
            self.post(id, StorageLevel::NONE, 0, 0);
        }
    }

    /// Forgets all blocks of an RDD.
    pub(crate) fn remove_rdd(&self, rdd_id: usize) {
        let ids: Vec<BlockId> = self.blocks.lock().keys().filter(|id| id.rdd_id == rdd_id).copied().collect();
        ids.into_iter().for_each(|id| self.remove(id));
    }

    /// What an RDD has in the store.
    pub(crate) fn stored(&self, rdd_id: usize) -> Stored {
        let blocks = self.blocks.lock();
        blocks.iter().filter(|(id, _)| id.rdd_id == rdd_id).fold(Stored::default(), |sum, (_, entry)| Stored {
            blocks: sum.blocks + 1,
            memory_bytes: sum.memory_bytes + entry.memory_bytes as u64,
            disk_bytes: sum.disk_bytes + entry.disk_bytes,
        })
    }

    fn post(&self, id: BlockId, level: StorageLevel, memory_size: u64, disk_size: u64) {
        let mut level = level.info();
        level.use_memory = memory_size > 0;
        level.use_disk = disk_size > 0;
        let block_id = format!("rdd_{}_{}", id.rdd_id, id.partition);
        self.bus.post(JobEvent::BlockUpdated { block_id, level, memory_size, disk_size });
    }
}
