//! The memory that cached blocks, shuffles and sorts share (`spark.memory.*`).
//!
//! One number is the limit. Whoever needs memory asks for a [`MemoryGrant`] and grows it; when that is refused, it spills.
//! When a shuffle or sort asks and cached blocks stand in the way, the pool asks their owner to evict some first, down to
//! the part that belongs to storage (`spark.memory.storageFraction`).

use std::sync::Arc;

use firesteel_error::Result;
use parking_lot::{Mutex, RwLock};

use crate::conf::SparkConf;

/// What Spark's JVM keeps for itself, taken off before the fraction.
const RESERVED_BYTES: u64 = 300 << 20;

/// The part of the limit that one consumer always gets, so that it spills runs of a useful size.
const WORKING_SET_SHARE: usize = 32;

/// Memory for cached blocks, shuffles and sorts. Clones are the same pool.
#[derive(Clone)]
pub struct MemoryPool(Arc<Pool>);

struct Pool {
    limit: usize,
    storage_limit: usize,
    used: Mutex<Used>,
    evict: RwLock<Option<Arc<dyn Fn(usize) + Send + Sync>>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Used {
    execution: usize,
    storage: usize,
    /// Grants that hold something and may still grow.
    growing: usize,
}

impl MemoryPool {
    /// A pool of `limit` bytes, of which half are safe for cached blocks.
    pub fn new(limit: usize) -> Self {
        Self::with_storage_fraction(limit, 0.5)
    }

    /// A pool of `limit` bytes, of which a part is safe for cached blocks.
    pub fn with_storage_fraction(limit: usize, storage_fraction: f64) -> Self {
        let storage_limit = (limit as f64 * storage_fraction.clamp(0.0, 1.0)) as usize;
        Self(Arc::new(Pool { limit, storage_limit, used: Mutex::default(), evict: RwLock::default() }))
    }

    /// The pool that the settings ask for: (`spark.executor.memory` or `spark.driver.memory`, 1 GB if neither is set, less
    /// what a JVM reserves) times `spark.memory.fraction`. `spark.testing.memory` replaces the first and reserves nothing.
    pub fn from_conf(conf: &SparkConf) -> Result<Self> {
        let driver = conf.bytes("spark.driver.memory", 1 << 20, 1 << 30)?;
        let heap = conf.bytes("spark.executor.memory", 1 << 20, driver)?;
        let usable = match conf.bytes("spark.testing.memory", 1, 0)? {
            0 => heap.saturating_sub(RESERVED_BYTES).max(heap / 4),
            bytes => bytes,
        };
        let limit = usable as f64 * conf.number("spark.memory.fraction", 0.6_f64)?;
        Ok(Self::with_storage_fraction(limit as usize, conf.number("spark.memory.storageFraction", 0.5)?))
    }

    /// The limit, in bytes.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// What is in use, in bytes.
    pub fn used(&self) -> usize {
        let used = *self.0.used.lock();
        used.execution + used.storage
    }

    /// An empty grant for a shuffle, sort or aggregation.
    pub fn grant(&self) -> MemoryGrant {
        MemoryGrant { pool: self.clone(), bytes: 0, growing: false }
    }

    /// A consumer may always hold this much.
    pub(crate) fn working_set(&self) -> usize {
        self.0.limit / WORKING_SET_SHARE
    }

    /// Who is asked to evict so many bytes of cached blocks.
    pub(crate) fn set_evict(&self, evict: impl Fn(usize) + Send + Sync + 'static) {
        *self.0.evict.write() = Some(Arc::new(evict));
    }

    /// Takes `bytes` for a cached block, if they are free.
    pub(crate) fn try_store(&self, bytes: usize) -> bool {
        let mut used = self.0.used.lock();
        if used.execution + used.storage + bytes > self.0.limit {
            return false;
        }
        used.storage += bytes;
        true
    }

    /// Gives back the bytes of a cached block.
    pub(crate) fn release_store(&self, bytes: usize) {
        let mut used = self.0.used.lock();
        used.storage = used.storage.saturating_sub(bytes);
    }

    fn try_take(&self, bytes: usize) -> bool {
        if self.try_take_free(bytes) {
            return true;
        }
        let evictable = {
            let used = self.0.used.lock();
            used.storage.saturating_sub(self.0.storage_limit)
        };
        let evict = self.0.evict.read().clone();
        match evict {
            Some(evict) if evictable > 0 => {
                evict(bytes.min(evictable));
                self.try_take_free(bytes)
            }
            _ => false,
        }
    }

    fn try_take_free(&self, bytes: usize) -> bool {
        let mut used = self.0.used.lock();
        if used.execution + used.storage + bytes > self.0.limit {
            return false;
        }
        used.execution += bytes;
        true
    }

    fn give_back(&self, bytes: usize) {
        let mut used = self.0.used.lock();
        used.execution = used.execution.saturating_sub(bytes);
    }

    fn take_anyway(&self, bytes: usize) {
        self.0.used.lock().execution += bytes;
    }
}

/// Memory that one consumer holds; given back when dropped.
pub struct MemoryGrant {
    pool: MemoryPool,
    bytes: usize,
    growing: bool,
}

impl MemoryGrant {
    /// How much is held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes it hold `bytes` in all, if there is room; otherwise it stays as it is and the answer is `false`: spill.
    /// Growing grants share the pool evenly, and a small working set is always granted.
    #[must_use = "spill when it is refused"]
    pub fn try_hold(&mut self, bytes: usize) -> bool {
        if bytes <= self.bytes {
            return true;
        }
        let share = self.pool.limit() / self.start_growing();
        let more = bytes - self.bytes;
        if bytes <= self.pool.working_set() {
            if !self.pool.try_take(more) {
                self.pool.take_anyway(more);
            }
        } else if bytes > share || !self.pool.try_take(more) {
            return false;
        }
        self.bytes = bytes;
        true
    }

    /// It will not grow any more: others may share what is left.
    pub fn settle(&mut self) {
        if std::mem::take(&mut self.growing) {
            let mut used = self.pool.0.used.lock();
            used.growing = used.growing.saturating_sub(1);
        }
    }

    /// Holds nothing any more.
    pub fn clear(&mut self) {
        self.settle();
        self.pool.give_back(self.bytes);
        self.bytes = 0;
    }

    /// How many grants grow, this one among them.
    fn start_growing(&mut self) -> usize {
        let mut used = self.pool.0.used.lock();
        if !std::mem::replace(&mut self.growing, true) {
            used.growing += 1;
        }
        used.growing
    }
}

impl Drop for MemoryGrant {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_grant_is_refused_over_the_limit_and_given_back() {
        let pool = MemoryPool::new(1000);
        let mut first = pool.grant();
        assert!(first.try_hold(900));
        first.settle();
        let mut second = pool.grant();
        assert!(second.try_hold(20), "a working set is always there");
        assert!(!second.try_hold(200));
        first.clear();
        assert!(second.try_hold(200));
        drop(second);
        assert_eq!(pool.used(), 0);
    }

    #[test]
    fn growing_grants_share_evenly() {
        let pool = MemoryPool::new(1000);
        let (mut first, mut second) = (pool.grant(), pool.grant());
        assert!(first.try_hold(600));
        assert!(second.try_hold(300));
        assert!(!first.try_hold(650), "more than half");
        first.clear();
        assert!(second.try_hold(900));
    }

    #[test]
    fn the_settings_decide_the_limit() {
        let conf = SparkConf::new().set("spark.driver.memory", "2348m").set("spark.memory.fraction", "0.25");
        assert_eq!(MemoryPool::from_conf(&conf).unwrap().limit(), 512 << 20);
    }
}
