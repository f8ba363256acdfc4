//! Broadcast variables: one value that all tasks read.

use std::fmt;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use parking_lot::RwLock;

use crate::context::SparkContext;

/// A value that tasks read (Spark's `Broadcast`). Clones are the same variable.
///
/// ```
/// # use firesteel_rdd::{SparkConf, SparkContext};
/// # fn main() -> firesteel_error::Result<()> {
/// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
/// let words = sc.broadcast(vec!["zero", "one", "two"]);
/// let value = words.value()?;
/// assert_eq!(sc.parallelize(0..3, 2).map(move |i| value[i]).collect()?, ["zero", "one", "two"]);
/// words.destroy();
/// assert!(words.value().is_err());
/// # Ok(())
/// # }
/// ```
pub struct Broadcast<T>(Arc<Core<T>>);

struct Core<T> {
    id: u64,
    value: RwLock<Option<Arc<T>>>,
}

impl<T> Clone for Broadcast<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Broadcast<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broadcast({})", self.0.id)
    }
}

impl<T> Broadcast<T> {
    /// The variable's number.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The value. Ask once for a task, not for each record.
    pub fn value(&self) -> Result<Arc<T>> {
        self.0.value.read().clone().ok_or_else(|| self.destroyed())
    }

    /// Drops the copies of the value that tasks have made (Spark's `unpersist`). Tasks share the value itself here, so
    /// there are none, and the variable can be used as before.
    pub fn unpersist(&self) -> Result<()> {
        self.value().map(drop)
    }

    /// Drops the value; whoever asks for it later gets an error (Spark's `destroy`).
    pub fn destroy(&self) {
        self.0.value.write().take();
    }

    fn destroyed(&self) -> SparkError {
        let id = self.0.id;
        SparkError::plain(Exception::Spark, format!("Attempted to use Broadcast({id}) after it was destroyed"))
    }
}

impl SparkContext {
    /// A value that tasks read (Spark's `broadcast`).
    pub fn broadcast<T: Send + Sync + 'static>(&self, value: T) -> Broadcast<T> {
        Broadcast(Arc::new(Core { id: self.next_broadcast_id(), value: RwLock::new(Some(Arc::new(value))) }))
    }
}
