//! The memory that all queries share.
//!
//! Reservations are of two kinds. *Elastic* ones belong to operators that go on with less: they spill (sorts, aggregates,
//! repartitioning) or merge fewer files at once. Each may grow up to an equal share of what is there for them all, where
//! only those count that hold something: an idle operator takes nothing from a busy one. *Pinned* ones (a join's table, rows
//! that are kept) come first, up to [`PINNED_SHARE`] of the pool, so that there is always something for the elastic ones. Kept rows
//! have a limit of their own, `spark.memory.storageFraction`.
//!
//! An elastic operator that was alone learns of others only when it next asks for more, and spills then. Until that moment
//! the pool may be promised beyond its size; this is how a second query starts at all, and how a window over sorted rows
//! starts while the sort beside it still has the whole pool. [`MERGES_TO`] and [`PINNED_TO`] say how far this goes.

use std::collections::HashMap;
use std::fmt;

use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, human_readable_size,
};
use parking_lot::Mutex;

/// What of the pool may be pinned, in hundredths.
const PINNED_SHARE: usize = 75;

/// How far merges may take what is promised, in hundredths of the pool.
const MERGES_TO: usize = 150;

/// How far pinned reservations may take it: what merges were promised is no reason to refuse those.
const PINNED_TO: usize = 175;

/// The consumer that rows are kept as.
pub(crate) const KEPT_ROWS: &str = "cached relation";

/// See the module.
#[derive(Debug)]
pub(crate) struct SharedPool {
    bytes: usize,
    /// The most that kept rows may take.
    kept_bytes: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    pinned: usize,
    /// What of it is kept rows.
    kept: usize,
    elastic: usize,
    /// What each elastic consumer holds; one that holds nothing is not in it.
    shares: HashMap<usize, usize>,
}

impl SharedPool {
    pub(crate) fn new(bytes: usize, kept_bytes: usize) -> Self {
        Self { bytes, kept_bytes, held: Mutex::default() }
    }
}

/// A merge of sorted rows holds little and for a while, though DataFusion does not call it spillable.
fn is_elastic(consumer: &MemoryConsumer) -> bool {
    let merges = ["ExternalSorterMerge", "SortPreservingMerge"];
    consumer.can_spill() || merges.iter().any(|merge| consumer.name().starts_with(merge))
}

impl Held {
    fn grow(&mut self, consumer: &MemoryConsumer, bytes: usize) {
        if !is_elastic(consumer) {
            self.pinned += bytes;
            self.kept += if consumer.name() == KEPT_ROWS { bytes } else { 0 };
        } else if bytes > 0 {
            self.elastic += bytes;
            *self.shares.entry(consumer.id()).or_default() += bytes;
        }
    }

    fn shrink(&mut self, consumer: &MemoryConsumer, bytes: usize) {
        if !is_elastic(consumer) {
            self.pinned = self.pinned.saturating_sub(bytes);
            self.kept = self.kept.saturating_sub(if consumer.name() == KEPT_ROWS { bytes } else { 0 });
            return;
        }
        self.elastic = self.elastic.saturating_sub(bytes);
        if let Some(share) = self.shares.get_mut(&consumer.id()) {
            *share = share.saturating_sub(bytes);
            if *share == 0 {
                self.shares.remove(&consumer.id());
            }
        }
    }

    /// How much more a consumer may take.
    fn room(&self, reservation: &MemoryReservation, pool: &SharedPool) -> usize {
        let consumer = reservation.consumer();
        let bytes = pool.bytes;
        if !is_elastic(consumer) {
            let free = (bytes / 100 * PINNED_TO).saturating_sub(self.pinned + self.elastic);
            let pinned = (bytes / 100 * PINNED_SHARE).saturating_sub(self.pinned);
            let kept = pool.kept_bytes.saturating_sub(self.kept);
            return free.min(pinned).min(if consumer.name() == KEPT_ROWS { kept } else { usize::MAX });
        }
        let sharers = self.shares.len() + usize::from(!self.shares.contains_key(&consumer.id()));
        // An operator that turns to merging what it spilled has a second reservation, and a share for that.
        let own = reservation.size();
        let share = (bytes.saturating_sub(self.pinned) / sharers.max(1)).saturating_sub(own);
        if consumer.can_spill() {
            return share;
        }
        // A merge empties what its sort holds, so it ends soon; without room it could not spill at all.
        let promised = self.pinned + self.elastic;
        let beyond = (bytes / 2).saturating_sub(own).min((bytes / 100 * MERGES_TO).saturating_sub(promised));
        share.max(beyond)
    }
}

impl MemoryPool for SharedPool {
    fn name(&self) -> &str {
        "shared"
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.held.lock().grow(reservation.consumer(), additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, bytes: usize) {
        self.held.lock().shrink(reservation.consumer(), bytes);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let consumer = reservation.consumer();
        let mut held = self.held.lock();
        let room = held.room(reservation, self);
        if additional > room {
            return Err(resources_datafusion_err!(
                "{} asked for {} more than the {} it has, and {} can be had of a pool of {}",
                consumer.name(),
                human_readable_size(additional),
                human_readable_size(reservation.size()),
                human_readable_size(room),
                human_readable_size(self.bytes)
            ));
        }
        held.grow(consumer, additional);
        Ok(())
    }

    fn reserved(&self) -> usize {
        let held = self.held.lock();
        held.pinned + held.elastic
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}

impl fmt::Display for SharedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name(), human_readable_size(self.bytes))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;

    fn pool() -> Arc<dyn MemoryPool> {
        Arc::new(SharedPool::new(1000, 500))
    }

    fn spills(name: &str, pool: &Arc<dyn MemoryPool>) -> MemoryReservation {
        MemoryConsumer::new(name).with_can_spill(true).register(pool)
    }

    #[test]
    fn idle_operators_take_no_share() {
        let pool = pool();
        let idle: Vec<_> = (0..100).map(|_| spills("idle", &pool)).collect();
        let busy = spills("busy", &pool);
        busy.try_grow(1000).unwrap();
        assert!(busy.try_grow(1).is_err());
        // One that comes late gets its half; the other one has to give up some before it may take more.
        idle[0].try_grow(500).unwrap();
        assert!(idle[0].try_grow(1).is_err());
        busy.free();
        busy.try_grow(500).unwrap();
        assert!(busy.try_grow(1).is_err());
        assert_eq!(pool.reserved(), 1000);
    }

    #[test]
    fn what_is_pinned_leaves_a_quarter_for_those_that_spill() {
        let pool = pool();
        let table = MemoryConsumer::new("table").register(&pool);
        assert!(table.try_grow(751).is_err());
        table.try_grow(750).unwrap();
        let sort = spills("sort", &pool);
        sort.try_grow(250).unwrap();
        assert!(sort.try_grow(1).is_err());
        drop(table);
        sort.try_grow(750).unwrap();
        drop(sort);
        assert_eq!(pool.reserved(), 0);
    }

    #[test]
    fn what_spills_or_merges_does_not_keep_the_pinned_ones_from_their_part() {
        let pool = pool();
        let (sort, merge) =
            (spills("ExternalSorter[0]", &pool), MemoryConsumer::new("ExternalSorterMerge[1]").register(&pool));
        sort.try_grow(1000).unwrap();
        merge.try_grow(500).unwrap();
        let window = MemoryConsumer::new("Window[1]").register(&pool);
        window.try_grow(250).unwrap();
        assert!(window.try_grow(1).is_err(), "the pool is promised as far as it may be");
        assert!(sort.try_grow(1).is_err(), "the sort learns that it is not alone");
        sort.free();
        window.try_grow(500).unwrap();
        assert!(window.try_grow(1).is_err());
    }

    #[test]
    fn kept_rows_leave_room_for_joins() {
        let pool = pool();
        let rows = MemoryConsumer::new(KEPT_ROWS).register(&pool);
        assert!(rows.try_grow(501).is_err());
        rows.try_grow(500).unwrap();
        MemoryConsumer::new("table").register(&pool).try_grow(250).unwrap();
        rows.free();
        rows.try_grow(500).unwrap();
    }

    #[test]
    fn a_merge_of_files_shares_with_the_others() {
        let pool = pool();
        let (first, second) =
            (MemoryConsumer::new("ExternalSorterMerge[0]").register(&pool), spills("ExternalSorter[1]", &pool));
        second.try_grow(1000).unwrap();
        assert!(first.try_grow(501).is_err());
        // What it needs to empty the sort it gets beyond the pool's size, once.
        first.try_grow(500).unwrap();
        assert!(first.try_grow(1).is_err());
        assert!(second.try_grow(1).is_err());
    }
}
