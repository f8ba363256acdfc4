//! Accumulators: values that tasks only add to and that only the driver reads.
//!
//! An addition inside a task goes to a partial value of that task. It travels with the task's result, and is merged when
//! the driver accepts that result: once for each task of an action, whatever was retried. The partial values of a failed
//! attempt are dropped. An addition outside of tasks counts at once.
//!
//! What is accumulated, and how, is an [`Accumulate`]: [`LongSum`], [`DoubleSum`] and [`CollectionOf`] are there; another
//! one is another implementation.

mod builtin;

use std::any::Any;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::job::Accumulable;
use hashbrown::HashMap;
use parking_lot::Mutex;

use crate::hasher::StableState;
use crate::task_context::TaskContext;

pub use builtin::{CollectionOf, Counted, DoubleSum, LongSum, Sum};

/// How values are accumulated (Spark's `AccumulatorV2` and `AccumulatorParam`). Merging has to be associative and
/// commutative, with `zero` as its neutral value.
pub trait Accumulate: Send + Sync + 'static {
    /// What is added.
    type Item;
    /// What comes out.
    type Value: Clone + Send + 'static;

    /// The neutral value.
    fn zero(&self) -> Self::Value;

    /// Adds one item.
    fn add(&self, value: &mut Self::Value, item: Self::Item);

    /// Adds what another task has accumulated.
    fn merge(&self, value: &mut Self::Value, other: Self::Value);

    /// The value as the UI shows it.
    fn show(&self, value: &Self::Value) -> String;
}

/// A value that tasks add to. Clones are the same accumulator.
pub struct Accumulator<A: Accumulate>(Arc<Core<A>>);

struct Core<A: Accumulate> {
    id: u64,
    name: Option<String>,
    how: A,
    value: Mutex<A::Value>,
}

impl<A: Accumulate> Clone for Accumulator<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Accumulate> Accumulator<A> {
    pub(crate) fn new(id: u64, name: Option<String>, how: A, initial: A::Value) -> Self {
        Self(Arc::new(Core { id, name, how, value: Mutex::new(initial) }))
    }

    /// The accumulator's number.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The name under which the UI shows it.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Adds `item`: to the running task's part, or, outside of tasks, to the value.
    pub fn add(&self, item: A::Item) {
        match TaskContext::current() {
            Some(task) => task.updates().lock().add(self, item),
            None => self.0.how.add(&mut self.0.value.lock(), item),
        }
    }

    /// The value, with what accepted tasks have added. Tasks may not read it.
    pub fn value(&self) -> Result<A::Value> {
        match TaskContext::current() {
            Some(_) => Err(in_task()),
            None => Ok(self.0.value.lock().clone()),
        }
    }

    /// Replaces the value. Tasks may not.
    pub fn set_value(&self, value: A::Value) -> Result<()> {
        match TaskContext::current() {
            Some(_) => Err(in_task()),
            None => {
                *self.0.value.lock() = value;
                Ok(())
            }
        }
    }

    /// Back to the neutral value.
    pub fn reset(&self) -> Result<()> {
        self.set_value(self.0.how.zero())
    }
}

fn in_task() -> SparkError {
    SparkError::plain(Exception::UnsupportedOperation, "Accumulator.value cannot be accessed inside tasks")
}

/// What one attempt of a task has added, by accumulator.
#[derive(Default)]
pub(crate) struct TaskUpdates {
    parts: HashMap<u64, Box<dyn Part>, StableState>,
}

impl TaskUpdates {
    fn add<A: Accumulate>(&mut self, accumulator: &Accumulator<A>, item: A::Item) {
        let part = self
            .parts
            .entry(accumulator.id())
            .or_insert_with(|| Box::new(PartOf { accumulator: accumulator.clone(), value: accumulator.0.how.zero() }));
        if let Some(part) = part.as_any().downcast_mut::<PartOf<A>>() {
            accumulator.0.how.add(&mut part.value, item);
        }
    }

    /// Merges everything into the accumulators' values; tells what the named ones are now.
    pub(crate) fn accept(self) -> Vec<Accumulable> {
        let mut parts: Vec<_> = self.parts.into_iter().collect();
        parts.sort_unstable_by_key(|(id, _)| *id);
        parts.into_iter().filter_map(|(_, part)| part.accept()).collect()
    }
}

/// One task's part of an accumulator whose type is not told.
trait Part: Send {
    fn as_any(&mut self) -> &mut dyn Any;
    fn accept(self: Box<Self>) -> Option<Accumulable>;
}

struct PartOf<A: Accumulate> {
    accumulator: Accumulator<A>,
    value: A::Value,
}

impl<A: Accumulate> Part for PartOf<A> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn accept(self: Box<Self>) -> Option<Accumulable> {
        let Core { id, name, how, value } = &*self.accumulator.0;
        let mut value = value.lock();
        let update = name.is_some().then(|| how.show(&self.value));
        how.merge(&mut value, self.value);
        let (name, shown) = (name.clone()?, how.show(&value));
        Some(Accumulable { id: *id, name: Some(name), update, value: Some(shown) })
    }
}
