//! Updates of accumulators from the Python functions of queries, on their way to the driver.
//!
//! A task of a query reports them when it has ended well. They are sent to the driver before the query's last response, so
//! that a driver that has the result can read its accumulators.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use spark_connect_proto::execute_plan_response::ObservedMetrics;
use spark_connect_proto::expression::Literal;
use spark_connect_proto::expression::literal::LiteralType;

use crate::callbacks::DriverCallbacks;
use crate::classic::driver_updates;

/// The id of the accumulator in which pyspark's workers collect what their profilers measure.
const PROFILES: i32 = -2;

/// The id in a pickled `(id, value)`; 0 for ids of users' accumulators that pickle writes in less than four bytes.
fn accumulator_id(update: &[u8]) -> i32 {
    let body = match update {
        [0x80, _, 0x95, rest @ ..] => rest.get(8..).unwrap_or_default(),
        [0x80, _, rest @ ..] => rest,
        _ => update,
    };
    match body {
        [b'(', b'J', a, b, c, d, ..] | [b'J', a, b, c, d, ..] => i32::from_le_bytes([*a, *b, *c, *d]),
        _ => 0,
    }
}

/// The updates of a session. Clones share them.
#[derive(Debug, Clone)]
pub struct Accumulated {
    callbacks: DriverCallbacks,
    waiting: Arc<Mutex<Vec<Bytes>>>,
    profiles: Arc<Mutex<Vec<Bytes>>>,
    /// One at a time, so that no one passes while another still sends what it waits for.
    sending: Arc<tokio::sync::Mutex<()>>,
}

impl Accumulated {
    /// For the driver behind `callbacks`.
    pub fn new(callbacks: DriverCallbacks) -> Self {
        Self { callbacks, waiting: Arc::default(), profiles: Arc::default(), sending: Arc::default() }
    }

    /// Adds updates of a task.
    pub fn add(&self, updates: Vec<Bytes>) {
        let (special, users): (Vec<_>, Vec<_>) = updates.into_iter().partition(|update| accumulator_id(update) < 0);
        self.waiting.lock().extend(users);
        let profiles = special.into_iter().filter(|update| accumulator_id(update) == PROFILES);
        self.profiles.lock().extend(profiles);
    }

    /// What profilers of Python functions measured since the last time, as a client reads it; `None` if nothing.
    pub fn profiled(&self) -> Option<ObservedMetrics> {
        let profiles = std::mem::take(&mut *self.profiles.lock());
        let values: Vec<Literal> = profiles
            .into_iter()
            .map(|profile| Literal { literal_type: Some(LiteralType::Binary(profile)), ..Default::default() })
            .collect();
        let name = "__python_accumulator__".to_string();
        (!values.is_empty()).then(|| ObservedMetrics { name, values, ..Default::default() })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accumulator_of_profilers_is_known_by_its_id() {
        // pickle.dumps((-2, {})) and pickle.dumps((7, 1)), with and without a frame.
        assert_eq!(accumulator_id(b"\x80\x05\x95\x09\0\0\0\0\0\0\0J\xfe\xff\xff\xff}\x86\x94."), PROFILES);
        assert_eq!(accumulator_id(b"\x80\x02J\xfe\xff\xff\xff}\x86q\x00."), PROFILES);
        assert_eq!(accumulator_id(b"\x80\x05K\x07K\x01\x86\x94."), 0);
    }
}
