//! Waiting for something that another thread does: who changes what a test looks at says so, and the test looks again.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

static LOOK: Mutex<()> = Mutex::new(());
static CHANGED: Condvar = Condvar::new();

const WAIT_MAX: Duration = Duration::from_secs(30);

/// Something that [`eventually`] may wait for has changed.
pub fn changed() {
    let _look = LOOK.lock();
    CHANGED.notify_all();
}

/// Returns when a condition holds; fails the test if that does not happen.
pub fn eventually(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + WAIT_MAX;
    let mut look = LOOK.lock();
    while !holds() {
        let late = CHANGED.wait_until(&mut look, deadline).timed_out();
        assert!(!late || holds(), "it never came to hold");
    }
}
