//! A flag that is set once, with a reason, and tells those who asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// A flag that is set once. Clones are the same flag.
#[derive(Clone, Default)]
pub(crate) struct CancelFlag(Arc<State>);

#[derive(Default)]
struct State {
    set: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    reason: Option<String>,
    next_id: u64,
    callbacks: Vec<(u64, Box<dyn FnOnce() + Send>)>,
}

impl CancelFlag {
    pub(crate) fn is_set(&self) -> bool {
        self.0.set.load(Ordering::Relaxed)
    }

    pub(crate) fn reason(&self) -> Option<String> {
        if self.is_set() { self.0.inner.lock().reason.clone() } else { None }
    }

    pub(crate) fn set(&self, reason: &str) {
        let callbacks = {
            let mut inner = self.0.inner.lock();
            if inner.reason.is_some() {
                return;
            }
            inner.reason = Some(reason.to_string());
            self.0.set.store(true, Ordering::Relaxed);
            std::mem::take(&mut inner.callbacks)
        };
        for (_, callback) in callbacks {
            callback();
        }
    }

    pub(crate) fn on_set(&self, callback: impl FnOnce() + Send + 'static) -> OnCancel {
        let mut inner = self.0.inner.lock();
        let id = inner.next_id;
        inner.next_id += 1;
        if inner.reason.is_some() {
            drop(inner);
            callback();
        } else {
            inner.callbacks.push((id, Box::new(callback)));
        }
        OnCancel { flag: self.clone(), id }
    }
}

/// While it lives, its callback is called when the task is told to stop.
#[must_use = "the callback is forgotten when this is dropped"]
pub struct OnCancel {
    flag: CancelFlag,
    id: u64,
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        let mut inner = self.flag.0.inner.lock();
        inner.callbacks.retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn callbacks_are_called_once_and_forgotten_with_their_guard() {
        let (flag, calls) = (CancelFlag::default(), Arc::new(AtomicUsize::new(0)));
        let count = |by: usize| {
            let calls = calls.clone();
            move || {
                calls.fetch_add(by, Ordering::SeqCst);
            }
        };
        let _kept = flag.on_set(count(1));
        drop(flag.on_set(count(10)));
        flag.set("first");
        flag.set("second");
        let _late = flag.on_set(count(100));
        assert_eq!(calls.load(Ordering::SeqCst), 101);
        assert_eq!(flag.reason().as_deref(), Some("first"));
    }
}
