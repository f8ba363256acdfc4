//! `cogroup`: for each key, all its values in each of several RDDs.
//!
//! An RDD that is partitioned as the result is read where it is; the others are shuffled.

use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use firesteel_error::Result;

use super::by_key::default_placement;
use crate::data::{Records, Storable};
use crate::dependency::{Dependency, ShuffleDependency};
use crate::partitioner::{PartitionerRef, Placement};
use crate::rdd::{Rdd, RddNode};
use crate::shuffle::{Aggregator, combine, read, write_pairs};
use crate::task_context::TaskContext;

/// One of the RDDs that are grouped together.
enum Input<K: Storable, V: Storable> {
    InPlace(Rdd<(K, V)>),
    Shuffled(Arc<dyn ShuffleDependency>, PhantomData<fn() -> (K, V)>),
}

impl<K: Storable, V: Storable> Input<K, V> {
    fn of(rdd: &Rdd<(K, V)>, placement: &Placement<K>) -> Self {
        if rdd.partitioner().is_some_and(|known| known.same_as(&placement.into())) {
            Self::InPlace(rdd.clone())
        } else {
            Self::Shuffled(write_pairs(rdd, placement), PhantomData)
        }
    }

    fn records(&self, partition: usize, task: &TaskContext) -> Result<Records<(K, V)>> {
        match self {
            Self::InPlace(rdd) => rdd.records(partition, task),
            Self::Shuffled(shuffle, _) => read(shuffle.shuffle_id(), partition, task),
        }
    }

    fn dependency(&self) -> Dependency {
        match self {
            Self::InPlace(rdd) => rdd.narrow(),
            Self::Shuffled(shuffle, _) => Dependency::Shuffle(shuffle.clone()),
        }
    }
}

/// A value of one of two RDDs.
enum Side<V, W> {
    Left(V),
    Right(W),
}

struct CoGrouped<K: Storable, V: Storable, W: Storable> {
    left: Input<K, V>,
    right: Input<K, W>,
    placement: Placement<K>,
    aggregator: Aggregator<Side<V, W>, (Vec<V>, Vec<W>)>,
}

impl<K, V, W> RddNode<(K, (Vec<V>, Vec<W>))> for CoGrouped<K, V, W>
where
    K: Storable + Hash + Eq,
    V: Storable,
    W: Storable,
{
    fn partitions(&self) -> Result<usize> {
        Ok(self.placement.0.partitions())
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<(K, (Vec<V>, Vec<W>))>> {
        let left = self.left.records(partition, task)?.map(|pair| pair.map(|(key, value)| (key, Side::Left(value))));
        let right = self.right.records(partition, task)?.map(|pair| pair.map(|(key, value)| (key, Side::Right(value))));
        combine(Box::new(left.chain(right)), self.aggregator.clone(), task)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.left.dependency(), self.right.dependency()]
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        Some(PartitionerRef::from(&self.placement))
    }
}

fn add<V, W>(mut groups: (Vec<V>, Vec<W>), side: Side<V, W>) -> (Vec<V>, Vec<W>) {
    match side {
        Side::Left(value) => groups.0.push(value),
        Side::Right(value) => groups.1.push(value),
    }
    groups
}

impl<K: Storable + Hash + Eq, V: Storable> Rdd<(K, V)> {
    /// For each key of either RDD, its values in this one and in the other (Spark's `cogroup` and `groupWith`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let (left, right) = (sc.parallelize([(1, 'a'), (1, 'b')], 2), sc.parallelize([(1, "x")].map(|(k, v)| (k, v.to_string())), 1));
    /// assert_eq!(left.cogroup(&right).collect()?, [(1, (vec!['a', 'b'], vec!["x".to_string()]))]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cogroup<W: Storable>(&self, other: &Rdd<(K, W)>) -> Rdd<(K, (Vec<V>, Vec<W>))> {
        self.cogroup_with(self.placement_with(other), other)
    }

    /// The same, into so many partitions or with a partitioner.
    #[track_caller]
    pub fn cogroup_with<W: Storable>(
        &self,
        placement: impl Into<Placement<K>>,
        other: &Rdd<(K, W)>,
    ) -> Rdd<(K, (Vec<V>, Vec<W>))> {
        let placement = placement.into();
        let aggregator = Aggregator::new(
            |side| add((Vec::new(), Vec::new()), side),
            add,
            |mut left: (Vec<V>, Vec<W>), mut right: (Vec<V>, Vec<W>)| {
                left.0.append(&mut right.0);
                left.1.append(&mut right.1);
                left
            },
        );
        let (left, right) = (Input::of(self, &placement), Input::of(other, &placement));
        self.derive("cogroup", CoGrouped { left, right, placement, aggregator })
    }

    /// For each key of three RDDs, its values in each.
    #[track_caller]
    pub fn cogroup2<W: Storable, X: Storable>(
        &self,
        second: &Rdd<(K, W)>,
        third: &Rdd<(K, X)>,
    ) -> Rdd<(K, (Vec<V>, Vec<W>, Vec<X>))> {
        // The first two are then partitioned as the result, so each RDD is shuffled once at most.
        self.cogroup(second).cogroup(third).map_values(|(pairs, third)| {
            let (first, second) = pairs.into_iter().next().unwrap_or_default();
            (first, second, third)
        })
    }

    /// For each key of four RDDs, its values in each.
    #[track_caller]
    pub fn cogroup3<W: Storable, X: Storable, Y: Storable>(
        &self,
        second: &Rdd<(K, W)>,
        third: &Rdd<(K, X)>,
        fourth: &Rdd<(K, Y)>,
    ) -> Rdd<(K, (Vec<V>, Vec<W>, Vec<X>, Vec<Y>))> {
        self.cogroup2(second, third).cogroup(fourth).map_values(|(groups, fourth)| {
            let (first, second, third) = groups.into_iter().next().unwrap_or_default();
            (first, second, third, fourth)
        })
    }

    fn placement_with<W: Storable>(&self, other: &Rdd<(K, W)>) -> Placement<K> {
        let inputs =
            [(self.partitioner(), self.num_partitions().ok()), (other.partitioner(), other.num_partitions().ok())];
        default_placement(self.context(), &inputs)
    }
}
