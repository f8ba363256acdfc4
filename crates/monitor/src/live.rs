//! The running application: its store follows the engine's bus.

use std::path::PathBuf;
use std::sync::Arc;

use firesteel_events::{Event, EventBus, Received, Subscription};
use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::applications::{Applications, SharedStore};
use crate::history::earlier;
use crate::store::{Limits, Store};
use crate::{rest, time};

/// How many events are taken in under one lock, so that readers come between.
const EVENTS_AT_ONCE: usize = 256;

/// The running application.
#[derive(Debug)]
pub struct Live {
    store: SharedStore,
    changes: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Live {
    /// Follows `bus` from now on, until it is dropped.
    pub fn follow(bus: &EventBus, limits: Limits) -> Self {
        let mut store = Store::new(limits);
        store.application.spark_version = rest::SPARK_VERSION.to_string();
        let store = Arc::new(RwLock::new(store));
        let (changed, changes) = watch::channel(0);
        let task = tokio::spawn(follow(bus.subscribe(), store.clone(), changed));
        Self { store, changes, task }
    }

    /// Looks in the logs of `directory` for what this application's streaming queries did before, in the background.
    pub fn look_back(&self, directory: PathBuf, application: String, limits: Limits) {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || {
            let found = earlier::runs(&directory, &application, &limits);
            store.write().earlier = found;
        });
    }

    /// The store.
    pub fn store(&self) -> &SharedStore {
        &self.store
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Applications for Live {
    fn list(&self, now_ms: i64) -> Vec<serde_json::Value> {
        vec![rest::application_json(&self.store.read().application, now_ms)]
    }

    fn open(&self, id: &str) -> Option<SharedStore> {
        (self.store.read().application.id == id).then(|| self.store.clone())
    }

    fn running(&self) -> Option<SharedStore> {
        Some(self.store.clone())
    }

    fn changes(&self) -> Option<watch::Receiver<u64>> {
        Some(self.changes.clone())
    }
}

async fn follow(mut events: Subscription, store: SharedStore, changed: watch::Sender<u64>) {
    while let Some(first) = events.next().await {
        let mut received = vec![first];
        while received.len() < EVENTS_AT_ONCE
            && let Some(next) = events.try_next()
        {
            received.push(next);
        }
        take_in(&store, &received);
        changed.send_modify(|version| *version += 1);
    }
}

fn take_in(store: &SharedStore, received: &[Received]) {
    let now_ms = time::now_ms();
    let lines: Vec<_> = received.iter().flat_map(|received| event(received).map(Event::log_lines)).flatten().collect();
    let mut store = store.write();
    for line in &lines {
        store.apply(line, now_ms);
    }
    store.lost += received.iter().map(lost).sum::<u64>();
}

fn event(received: &Received) -> Option<&Event> {
    match received {
        Received::Event(event) => Some(event),
        Received::Lost(_) => None,
    }
}

fn lost(received: &Received) -> u64 {
    match received {
        Received::Event(_) => 0,
        Received::Lost(count) => *count,
    }
}
