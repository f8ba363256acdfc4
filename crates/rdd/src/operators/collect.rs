//! `collect`, `count`, `foreach`, `take`, `to_local_iterator`: elements, or their number, to the driver.

use std::hash::Hash;
use std::panic::Location;

use firesteel_error::{Exception, Result, SparkError};
use hashbrown::HashMap;

use crate::data::{Data, Records};
use crate::hasher::StableState;
use crate::rdd::Rdd;
use crate::scheduler::JobOptions;
use crate::task_context::TaskContext;

/// Each round of `take` looks at so many times the partitions of the rounds before, unless it can tell how many it needs
/// (`spark.rdd.limit.scaleUpFactor`).
const SCALE_UP: usize = 4;

impl<T: Data> Rdd<T> {
    /// All elements, in order of the partitions (Spark's `collect`).
    #[track_caller]
    pub fn collect(&self) -> Result<Vec<T>> {
        self.collect_at("collect", Location::caller())
    }

    pub(crate) fn collect_at(&self, action: &str, caller: &Location<'_>) -> Result<Vec<T>> {
        let all = |_: &TaskContext, records: Records<T>| records.collect::<Result<Vec<T>>>();
        let parts = self.context().run_on_all(self, action, caller, all)?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// The same, in a job group (PySpark's `collectWithJobGroup`).
    #[track_caller]
    pub fn collect_with_job_group(&self, group: &str, description: &str, interrupt_on_cancel: bool) -> Result<Vec<T>> {
        let caller = Location::caller();
        let partitions: Vec<usize> = (0..self.num_partitions()?).collect();
        let mut parts: Vec<Vec<T>> = partitions.iter().map(|_| Vec::new()).collect();
        let options = JobOptions {
            group: Some(group.to_string()),
            description: Some(description.to_string()),
            interrupt_on_cancel,
            call_site: Some(format!("collect at {caller}")),
            ..JobOptions::default()
        };
        let all = |_: &TaskContext, records: Records<T>| records.collect::<Result<Vec<T>>>();
        self.context().run_job(self, &partitions, all, options, |place, part| parts[place] = part)?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// How many elements there are (Spark's `count`).
    #[track_caller]
    pub fn count(&self) -> Result<u64> {
        self.count_at("count", Location::caller())
    }

    pub(crate) fn count_at(&self, action: &str, caller: &Location<'_>) -> Result<u64> {
        let count = |_: &TaskContext, mut records: Records<T>| {
            records.try_fold(0_u64, |count, record| record.map(|_| count + 1))
        };
        Ok(self.context().run_on_all(self, action, caller, count)?.into_iter().sum())
    }

    /// Calls `f` with every element, inside the tasks (Spark's `foreach`).
    #[track_caller]
    pub fn foreach(&self, f: impl Fn(T) + Send + Sync + 'static) -> Result<()> {
        let all = move |_: &TaskContext, mut records: Records<T>| records.try_for_each(|record| record.map(&f));
        self.context().run_on_all(self, "foreach", Location::caller(), all).map(drop)
    }

    /// Calls `f` with the records of every partition, inside the tasks (Spark's `foreachPartition`).
    #[track_caller]
    pub fn foreach_partition(&self, f: impl Fn(Records<T>) -> Result<()> + Send + Sync + 'static) -> Result<()> {
        let all = move |_: &TaskContext, records: Records<T>| f(records);
        self.context().run_on_all(self, "foreachPartition", Location::caller(), all).map(drop)
    }

    /// The first `count` elements (Spark's `take`). It computes as few partitions as it can tell.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.parallelize(10..1000, 100).take(3)?, [10, 11, 12]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn take(&self, count: usize) -> Result<Vec<T>> {
        self.take_at(count, "take", Location::caller())
    }

    fn take_at(&self, count: usize, action: &str, caller: &Location<'_>) -> Result<Vec<T>> {
        let total = self.num_partitions()?;
        let (mut taken, mut scanned) = (Vec::new(), 0);
        while taken.len() < count && scanned < total {
            let mut next = if scanned == 0 { 1 } else { scanned * SCALE_UP };
            if !taken.is_empty() {
                // Half as much again as what was found so far promises.
                let needed = (count - taken.len()) * scanned * 3 / (taken.len() * 2);
                next = next.min(needed.max(1));
            }
            let partitions: Vec<usize> = (scanned..total.min(scanned + next)).collect();
            let left = count - taken.len();
            let first = move |_: &TaskContext, records: Records<T>| records.take(left).collect::<Result<Vec<T>>>();
            for part in self.context().run_on(self, &partitions, action, caller, first)? {
                taken.extend(part);
            }
            scanned += partitions.len();
        }
        taken.truncate(count);
        Ok(taken)
    }

    /// The first element (Spark's `first`); an error if there is none.
    #[track_caller]
    pub fn first(&self) -> Result<T> {
        let first = self.take_at(1, "first", Location::caller())?.into_iter().next();
        first.ok_or_else(|| SparkError::plain(Exception::UnsupportedOperation, "empty collection"))
    }

    /// Whether there are no elements (Spark's `isEmpty`).
    #[track_caller]
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.take_at(1, "isEmpty", Location::caller())?.is_empty())
    }

    /// The elements, computed a partition at a time as they are asked for (Spark's `toLocalIterator`).
    #[track_caller]
    pub fn to_local_iterator(&self) -> Result<impl Iterator<Item = Result<T>> + use<T>> {
        let (rdd, caller) = (self.clone(), Location::caller());
        let all = |_: &TaskContext, records: Records<T>| records.collect::<Result<Vec<T>>>();
        let parts = (0..self.num_partitions()?).map(move |partition| {
            let parts = rdd.context().run_on(&rdd, &[partition], "toLocalIterator", caller, all)?;
            Ok(parts.into_iter().flatten())
        });
        Ok(parts.flat_map(|part: Result<_>| -> Records<T> {
            match part {
                Ok(values) => Box::new(values.map(Ok).collect::<Vec<_>>().into_iter()),
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        }))
    }
}

impl<T: Data + Hash + Eq> Rdd<T> {
    /// How often each element occurs (Spark's `countByValue`).
    #[track_caller]
    pub fn count_by_value(&self) -> Result<HashMap<T, u64, StableState>> {
        count_each(self, "countByValue", Location::caller(), |value| value)
    }
}

impl<K: Data + Hash + Eq, V: Data> Rdd<(K, V)> {
    /// How many values each key has (Spark's `countByKey`).
    #[track_caller]
    pub fn count_by_key(&self) -> Result<HashMap<K, u64, StableState>> {
        count_each(self, "countByKey", Location::caller(), |(key, _)| key)
    }

    /// The pairs as a map; of equal keys, the last one stays (Spark's `collectAsMap`).
    #[track_caller]
    pub fn collect_as_map(&self) -> Result<HashMap<K, V, StableState>> {
        Ok(self.collect_at("collectAsMap", Location::caller())?.into_iter().collect())
    }

    /// For each key, its values combined, at the driver (Spark's `reduceByKeyLocally`).
    #[track_caller]
    pub fn reduce_by_key_locally(
        &self,
        f: impl Fn(V, V) -> V + Send + Sync + Clone + 'static,
    ) -> Result<HashMap<K, V, StableState>> {
        let combine = f.clone();
        let each = move |_: &TaskContext, records: Records<(K, V)>| {
            let mut combined = HashMap::default();
            for record in records {
                let (key, value) = record?;
                merge_into(&mut combined, key, value, &combine);
            }
            Ok(combined)
        };
        let parts = self.context().run_on_all(self, "reduceByKeyLocally", Location::caller(), each)?;
        let mut all = HashMap::default();
        for (key, value) in parts.into_iter().flatten() {
            merge_into(&mut all, key, value, &f);
        }
        Ok(all)
    }

    /// The values of `key` (Spark's `lookup`). If the RDD is partitioned, only the key's partition is computed.
    #[track_caller]
    pub fn lookup(&self, key: &K) -> Result<Vec<V>> {
        let placement = self.partitioner().and_then(|partitioner| partitioner.placement::<K>());
        let partitions: Vec<usize> = match placement {
            Some(placement) => vec![placement.0.partition(key)],
            None => (0..self.num_partitions()?).collect(),
        };
        let key = key.clone();
        let find = move |_: &TaskContext, records: Records<(K, V)>| {
            let values = records.filter_map(|record| match record {
                Ok((k, value)) => (k == key).then_some(Ok(value)),
                Err(error) => Some(Err(error)),
            });
            values.collect::<Result<Vec<V>>>()
        };
        let parts = self.context().run_on(self, &partitions, "lookup", Location::caller(), find)?;
        Ok(parts.into_iter().flatten().collect())
    }
}

fn merge_into<K: Hash + Eq, V>(map: &mut HashMap<K, V, StableState>, key: K, value: V, f: impl Fn(V, V) -> V) {
    let merged = match map.remove(&key) {
        Some(before) => f(before, value),
        None => value,
    };
    map.insert(key, merged);
}

fn count_each<T: Data, K: Data + Hash + Eq>(
    rdd: &Rdd<T>,
    action: &str,
    caller: &Location<'_>,
    key: impl Fn(T) -> K + Send + Sync + 'static,
) -> Result<HashMap<K, u64, StableState>> {
    let each = move |_: &TaskContext, records: Records<T>| {
        let mut counts = HashMap::<K, u64, StableState>::default();
        for record in records {
            *counts.entry(key(record?)).or_insert(0) += 1;
        }
        Ok(counts)
    };
    let mut all = HashMap::<K, u64, StableState>::default();
    for (key, count) in rdd.context().run_on_all(rdd, action, caller, each)?.into_iter().flatten() {
        *all.entry(key).or_insert(0) += count;
    }
    Ok(all)
}
