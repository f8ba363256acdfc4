//! A counter: it only grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Counter {
    count: Arc<AtomicU64>,
}

impl Counter {
    /// Adds to it.
    ///
    /// ```
    /// let counter = firesteel_monitor::metrics::kinds::Counter::default();
    /// counter.add(2);
    /// counter.add(3);
    /// assert_eq!(counter.count(), 5);
    /// ```
    pub fn add(&self, count: u64) {
        self.count.fetch_add(count, Ordering::Relaxed);
    }

    /// What it has come to.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}
