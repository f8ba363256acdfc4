//! What tasks share: settings, memory, blocks, shuffles, the event bus.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use firesteel_error::Result;
use firesteel_events::EventBus;

use crate::conf::SparkConf;
use crate::persist::Persisted;
use crate::shuffle::MapOutputs;
use crate::storage::{BlockStore, LocalDir, MemoryPool};

/// What tasks share. It knows nothing of the scheduler, so that a task cannot keep a context alive.
pub(crate) struct Env {
    pub(crate) conf: SparkConf,
    pub(crate) bus: EventBus,
    pub(crate) memory: MemoryPool,
    pub(crate) local_dir: Arc<LocalDir>,
    pub(crate) map_outputs: MapOutputs,
    pub(crate) blocks: Arc<BlockStore>,
    pub(crate) persisted: Persisted,
    pub(crate) task_cpus: usize,
    pub(crate) next_shuffle_id: AtomicUsize,
}

impl Env {
    pub(crate) fn new(conf: SparkConf, bus: EventBus, memory: MemoryPool) -> Result<Self> {
        let local_dir = Arc::new(LocalDir::new(conf.get("spark.local.dir")));
        let blocks = Arc::new(BlockStore::new(memory.clone(), local_dir.clone(), bus.clone()));
        let evictable = Arc::downgrade(&blocks);
        memory.set_evict(move |bytes| {
            if let Some(blocks) = evictable.upgrade() {
                blocks.evict(bytes, None);
            }
        });
        Ok(Self {
            local_dir,
            blocks,
            persisted: Persisted::default(),
            map_outputs: MapOutputs::default(),
            task_cpus: conf.number("spark.task.cpus", 1_usize)?.max(1),
            next_shuffle_id: AtomicUsize::new(0),
            conf,
            bus,
            memory,
        })
    }
}
