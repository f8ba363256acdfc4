//! What the engine's listeners hear of a gathering of rows: it is an RDD that is kept in memory, as in Spark.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use firesteel_events::EventBus;
use firesteel_events::job::{JobEvent, StorageLevelInfo};

/// The level of kept rows.
pub(crate) const LEVEL: StorageLevelInfo =
    StorageLevelInfo { use_disk: false, use_memory: true, use_off_heap: false, deserialized: true, replication: 1 };

/// The name and number of a gathering. When it is dropped, listeners hear that the rows are gone.
#[derive(Clone)]
pub(super) struct Stored(Arc<Told>);

struct Told {
    id: usize,
    name: String,
    bus: EventBus,
}

impl Stored {
    pub(super) fn new(name: &str, bus: &EventBus) -> Self {
        let id = usize::try_from(bus.ids().rdd()).unwrap_or(usize::MAX);
        Self(Arc::new(Told { id, name: name.to_string(), bus: bus.clone() }))
    }

    pub(super) fn id(&self) -> usize {
        self.0.id
    }

    pub(super) fn name(&self) -> &str {
        &self.0.name
    }

    /// Tells of the rows of all partitions.
    pub(super) fn tell(&self, partitions: &[Vec<RecordBatch>]) {
        for (number, rows) in partitions.iter().enumerate() {
            self.0.bus.post(JobEvent::BlockUpdated {
                block_id: format!("rdd_{}_{number}", self.0.id),
                level: LEVEL,
                memory_size: rows.iter().map(|batch| batch.get_array_memory_size() as u64).sum(),
                disk_size: 0,
            });
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.bus.post(JobEvent::UnpersistRdd { rdd_id: self.id });
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (rdd_{})", self.0.name, self.0.id)
    }
}
