//! Updates of accumulators from the Python functions of queries, on their way to the driver.
//!
//! A task of a query reports them when it has ended well. They are sent to the driver before the query's last response, so
//! that a driver that has the result can read its accumulators.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::callbacks::DriverCallbacks;
use crate::classic::driver_updates;

/// The updates of a session. Clones share them.
#[derive(Debug, Clone)]
pub struct Accumulated {
    callbacks: DriverCallbacks,
    waiting: Arc<Mutex<Vec<Bytes>>>,
    /// One at a time, so that no one passes while another still sends what it waits for.
    sending: Arc<tokio::sync::Mutex<()>>,
}

impl Accumulated {
    /// For the driver behind `callbacks`.
    pub fn new(callbacks: DriverCallbacks) -> Self {
        Self { callbacks, waiting: Arc::default(), sending: Arc::default() }
    }

    /// Adds updates of a task.
    pub fn add(&self, updates: Vec<Bytes>) {
        self.waiting.lock().extend(updates);
    }

    /// Sends what is waiting, and waits until the driver has it.
    pub async fn send(&self) {
        let _sending = self.sending.lock().await;
        let updates = std::mem::take(&mut *self.waiting.lock());
        if updates.is_empty() {
            return;
        }
        if let Err(error) = driver_updates(&self.callbacks, &updates).await {
            tracing::warn!("{} updates of accumulators are lost: {error}", updates.len());
        }
    }
}
