//! A window's reduced values, made from those of the window before: what came is added, what left is taken away.
//!
//! ```text
//!   |______ window before ______|
//!   |_left_|______ window now __________|
//!                               |_came__|
//! ```

use std::hash::Hash;
use std::sync::Arc;

use firesteel_error::Result;
use firesteel_rdd::{Rdd, Storable};

use crate::dstream::{DStream, StreamNode};
use crate::stream_graph::AnyStream;
use crate::time::Time;

type Reduce<V> = Arc<dyn Fn(V, V) -> V + Send + Sync>;
type Filter<K, V> = Arc<dyn Fn(&(K, V)) -> bool + Send + Sync>;

pub(crate) struct ReducedWindowNode<K: Storable, V: Storable> {
    /// Reduced by key within each batch.
    pub(crate) parent: DStream<(K, V)>,
    pub(crate) reduce: Reduce<V>,
    pub(crate) inverse: Reduce<V>,
    pub(crate) filter: Option<Filter<K, V>>,
    pub(crate) window_ms: i64,
    pub(crate) partitions: usize,
}

impl<K, V> StreamNode<(K, V)> for ReducedWindowNode<K, V>
where
    K: Storable + Hash + Eq,
    V: Storable,
{
    fn compute(&self, time: Time, own: &DStream<(K, V)>) -> Result<Option<Rdd<(K, V)>>> {
        let step = self.parent.slide_ms();
        let (start, before) = (time.minus_ms(self.window_ms), time.minus_ms(own.slide_ms()));
        let came_from = |rdd: &Option<_>| if rdd.is_some() { before } else { start };
        let previous = own.rdd_before(time)?;
        let came = self.parent.slice(came_from(&previous).plus_ms(step), time)?;
        let left = match &previous {
            Some(_) => self.parent.slice(start.minus_ms(own.slide_ms()).plus_ms(step), start)?,
            None => Vec::new(),
        };
        let mut signed = Vec::new();
        signed.extend(previous.map(|rdd| rdd.map(|(key, value)| (key, (Part::Before, value)))));
        signed.extend(came.iter().map(|rdd| rdd.map(|(key, value)| (key, (Part::Came, value)))));
        signed.extend(left.iter().map(|rdd| rdd.map(|(key, value)| (key, (Part::Left, value)))));
        let all = own.spark_context().union(signed);
        let grouped = all.group_by_key_with(self.partitions);
        let (reduce, inverse) = (self.reduce.clone(), self.inverse.clone());
        let window = grouped.flat_map(move |(key, parts)| Some((key, reduced(parts, &reduce, &inverse)?)));
        Ok(Some(match &self.filter {
            Some(filter) => {
                let filter = filter.clone();
                window.filter(move |pair| filter(pair))
            }
            None => window,
        }))
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        vec![self.parent.lineage()]
    }

    fn parents_remember_ms(&self, own_ms: i64) -> i64 {
        own_ms + self.window_ms
    }

    fn must_checkpoint(&self) -> bool {
        true
    }
}

/// What a key's value is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Part {
    Before,
    Came,
    Left,
}

/// The key's value in the window; `None` if only a filter can have removed what would be taken away.
fn reduced<V>(parts: Vec<(Part, V)>, reduce: &Reduce<V>, inverse: &Reduce<V>) -> Option<V> {
    let (mut before, mut came, mut left) = (None, None, None);
    for (part, value) in parts {
        let sum = match part {
            Part::Before => &mut before,
            Part::Came => &mut came,
            Part::Left => &mut left,
        };
        *sum = Some(match sum.take() {
            Some(so_far) => reduce(so_far, value),
            None => value,
        });
    }
    let kept = match (before, left) {
        (Some(before), Some(left)) => Some(inverse(before, left)),
        (before, _) => before,
    };
    match (kept, came) {
        (Some(kept), Some(came)) => Some(reduce(kept, came)),
        (kept, came) => kept.or(came),
    }
}
