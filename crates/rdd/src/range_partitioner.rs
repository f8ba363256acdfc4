//! Ranges of keys, of about the same size, found by looking at some of the keys.

use std::any::Any;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use firesteel_error::Result;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::{Records, Storable};
use crate::partitioner::{AnyPartitioner, Partitioner};
use crate::rdd::Rdd;
use crate::task_context::TaskContext;

/// So many keys are looked at for each partition that is wanted.
const SAMPLE_PER_PARTITION: usize = 20;

/// Each partition of the input is asked for more than its share, in case others are small.
const OVERSAMPLING: usize = 3;

/// No more keys than this are looked at.
const SAMPLE_MAX: usize = 1_000_000;

/// Places keys by ranges (Spark's `RangePartitioner`).
#[derive(Clone)]
pub struct RangePartitioner<K> {
    /// The last key of each partition but the last.
    bounds: Arc<Vec<K>>,
    ascending: bool,
}

/// Some keys of one partition, and how many there are.
struct Sample<K> {
    keys: Vec<K>,
    count: u64,
}

impl<K: Storable + Ord> RangePartitioner<K> {
    /// Of bounds in ascending order: one partition more than there are.
    pub fn new(bounds: Vec<K>, ascending: bool) -> Self {
        Self { bounds: Arc::new(bounds), ascending }
    }

    /// So many ranges (at most) that the pairs of `rdd` spread evenly over them. It runs a job.
    pub(crate) fn of<V: Storable>(
        rdd: &Rdd<(K, V)>,
        partitions: usize,
        ascending: bool,
        caller: &Location<'_>,
    ) -> Result<Self> {
        let inputs = rdd.num_partitions()?;
        if partitions <= 1 || inputs == 0 {
            return Ok(Self::new(Vec::new(), ascending));
        }
        let wanted = (partitions * SAMPLE_PER_PARTITION).min(SAMPLE_MAX);
        let size = (wanted * OVERSAMPLING).div_ceil(inputs);
        let rdd_id = rdd.id() as u64;
        let look = move |task: &TaskContext, records: Records<(K, V)>| {
            reservoir(
                records.map(|record| record.map(|(key, _)| key)),
                size,
                rdd_id ^ (task.partition_id() as u64) << 32,
            )
        };
        let samples = rdd.context().run_on_all(rdd, "sortByKey", caller, look)?;
        Ok(Self::new(bounds_of(samples, partitions), ascending))
    }
}

/// Up to `size` of the keys, each as likely as the others.
fn reservoir<K>(keys: impl Iterator<Item = Result<K>>, size: usize, seed: u64) -> Result<Sample<K>> {
    let (mut random, mut sample) = (StdRng::seed_from_u64(seed), Sample { keys: Vec::new(), count: 0 });
    for key in keys {
        let key = key?;
        sample.count += 1;
        if sample.keys.len() < size {
            sample.keys.push(key);
        } else {
            let place = random.random_range(0..sample.count) as usize;
            if place < size {
                sample.keys[place] = key;
            }
        }
    }
    Ok(sample)
}

/// The keys that cut the samples into parts of about the same weight.
fn bounds_of<K: Ord + Clone>(samples: Vec<Sample<K>>, partitions: usize) -> Vec<K> {
    let mut weighed: Vec<(K, f64)> = Vec::new();
    for Sample { keys, count } in samples {
        let weight = count as f64 / keys.len().max(1) as f64;
        weighed.extend(keys.into_iter().map(|key| (key, weight)));
    }
    weighed.sort_by(|left, right| left.0.cmp(&right.0));
    let step = weighed.iter().map(|(_, weight)| weight).sum::<f64>() / partitions as f64;
    let (mut bounds, mut seen, mut target) = (Vec::<K>::new(), 0.0, step);
    for (key, weight) in weighed {
        seen += weight;
        if seen >= target && bounds.len() < partitions - 1 && bounds.last().is_none_or(|last| *last < key) {
            bounds.push(key);
            target += step;
        }
    }
    bounds
}

impl<K> RangePartitioner<K> {
    /// The last key of each partition but the last.
    pub fn bounds(&self) -> &[K] {
        &self.bounds
    }
}

impl<K> fmt::Debug for RangePartitioner<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RangePartitioner({})", self.bounds.len() + 1)
    }
}

impl<K: Storable + Ord> AnyPartitioner for RangePartitioner<K> {
    fn partitions(&self) -> usize {
        self.bounds.len() + 1
    }

    fn same_as(&self, other: &dyn AnyPartitioner) -> bool {
        (other as &dyn Any)
            .downcast_ref::<Self>()
            .is_some_and(|other| self.ascending == other.ascending && self.bounds == other.bounds)
    }
}

impl<K: Storable + Ord> Partitioner<K> for RangePartitioner<K> {
    fn partition(&self, key: &K) -> usize {
        let place = self.bounds.partition_point(|bound| bound < key);
        if self.ascending { place } else { self.bounds.len() - place }
    }
}
