//! A gauge: the value of something now.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::metrics::Value;

/// See the module.
#[derive(Debug, Clone)]
pub struct Gauge {
    value: Arc<Mutex<Value>>,
}

impl Gauge {
    /// A gauge that stands at `value`.
    pub fn new(value: impl Into<Value>) -> Self {
        Self { value: Arc::new(Mutex::new(value.into())) }
    }

    /// Moves it.
    ///
    /// ```
    /// use firesteel_monitor::metrics::{Value, kinds::Gauge};
    ///
    /// let gauge = Gauge::new(0);
    /// gauge.set(7);
    /// assert_eq!(gauge.value(), Value::Int(7));
    /// ```
    pub fn set(&self, value: impl Into<Value>) {
        *self.value.lock() = value.into();
    }

    /// Where it stands.
    pub fn value(&self) -> Value {
        *self.value.lock()
    }
}
