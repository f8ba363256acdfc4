//! Time as an argument: the system's clock, and one that a test moves by hand.
//!
//! A thread waits for a time and for a [`Wake`] at once, so that whoever has news for it can wake it early. Unlike the
//! clock of `firesteel-durable` this one is for plain threads.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::{Condvar, Mutex};

/// Tells the time and waits for it.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Milliseconds since the epoch.
    fn now_ms(&self) -> i64;

    /// Returns when the clock shows `time_ms` or more, or when `wake` has been notified since it was last waited for.
    fn wait_until(&self, time_ms: i64, wake: &Arc<Wake>);
}

/// Wakes the one thread that waits with it; a notification that comes first is not lost.
#[derive(Debug, Default)]
pub struct Wake {
    notified: Mutex<bool>,
    changed: Condvar,
}

impl Wake {
    /// Wakes the thread that waits, or the next one to wait.
    pub fn notify(&self) {
        *self.notified.lock() = true;
        self.changed.notify_all();
    }

    /// Waits for a notification.
    pub fn wait(&self) {
        let mut notified = self.notified.lock();
        while !*notified {
            self.changed.wait(&mut notified);
        }
        *notified = false;
    }

    fn look_at_the_clock(&self) {
        // Taken so that the waiting thread is not between its look at the clock and its wait.
        drop(self.notified.lock());
        self.changed.notify_all();
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn wait_until(&self, time_ms: i64, wake: &Arc<Wake>) {
        let mut notified = wake.notified.lock();
        while !*notified && self.now_ms() < time_ms {
            let wait = Duration::from_millis((time_ms - self.now_ms()).max(1).unsigned_abs());
            wake.changed.wait_for(&mut notified, wait);
        }
        *notified = false;
    }
}

/// A clock that stands still until it is moved; with it a streaming program can be tested in milliseconds.
///
/// ```
/// use firesteel_dstream::{Clock, ManualClock};
///
/// let clock = ManualClock::at(1_000);
/// clock.advance(500);
/// assert_eq!(clock.now_ms(), 1_500);
/// ```
#[derive(Debug, Default)]
pub struct ManualClock {
    now_ms: Mutex<i64>,
    waiting: Mutex<Vec<Weak<Wake>>>,
}

impl ManualClock {
    /// A clock that shows `now_ms`.
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms: Mutex::new(now_ms), waiting: Mutex::new(Vec::new()) }
    }

    /// Moves the clock forward and wakes who waits for it.
    pub fn advance(&self, by_ms: i64) {
        *self.now_ms.lock() += by_ms;
        let waiting = std::mem::take(&mut *self.waiting.lock());
        for wake in waiting.iter().filter_map(Weak::upgrade) {
            wake.look_at_the_clock();
        }
        self.waiting.lock().extend(waiting.into_iter().filter(|wake| wake.strong_count() > 0));
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        *self.now_ms.lock()
    }

    fn wait_until(&self, time_ms: i64, wake: &Arc<Wake>) {
        let this = Arc::downgrade(wake);
        let mut notified = wake.notified.lock();
        {
            let mut waiting = self.waiting.lock();
            waiting.retain(|other| other.strong_count() > 0 && !other.ptr_eq(&this));
            waiting.push(this.clone());
        }
        while !*notified && self.now_ms() < time_ms {
            // A move in between may have taken the list; the wake is in it again after the next move at the latest.
            wake.changed.wait_for(&mut notified, Duration::from_millis(20));
        }
        *notified = false;
        drop(notified);
        self.waiting.lock().retain(|other| !other.ptr_eq(&this));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_wakes_those_who_wait_for_the_time_it_comes_to() {
        let clock = Arc::new(ManualClock::at(10));
        let wake = Arc::new(Wake::default());
        let waiter = std::thread::spawn({
            let clock = clock.clone();
            move || {
                clock.wait_until(12, &wake);
                clock.now_ms()
            }
        });
        clock.advance(1);
        clock.advance(1);
        assert_eq!(waiter.join().ok(), Some(12));
    }

    #[test]
    fn a_notification_is_not_lost_when_it_comes_before_the_wait() {
        let wake = Arc::new(Wake::default());
        wake.notify();
        SystemClock.wait_until(i64::MAX, &wake);
        wake.notify();
        ManualClock::at(0).wait_until(1, &wake);
    }
}
