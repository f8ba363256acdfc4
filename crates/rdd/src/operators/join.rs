//! The joins: pairs of values that have the same key.

use std::hash::Hash;

use crate::data::Storable;
use crate::rdd::Rdd;

impl<K: Storable + Hash + Eq, V: Storable> Rdd<(K, V)> {
    /// Every pair of values that have the same key (Spark's `join`). If both RDDs are partitioned alike, nothing is
    /// shuffled.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let ages = sc.parallelize([("ann".to_string(), 41), ("bob".to_string(), 7)], 2);
    /// let towns = sc.parallelize([("ann".to_string(), 'B')], 1);
    /// assert_eq!(ages.join(&towns).collect()?, [("ann".to_string(), (41, 'B'))]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn join<W: Storable>(&self, other: &Rdd<(K, W)>) -> Rdd<(K, (V, W))> {
        self.cogroup(other).flat_map_values(|(left, right)| pairs(left, right))
    }

    /// Every pair of values that have the same key, and this RDD's values without a partner (Spark's `leftOuterJoin`).
    #[track_caller]
    pub fn left_outer_join<W: Storable>(&self, other: &Rdd<(K, W)>) -> Rdd<(K, (V, Option<W>))> {
        self.cogroup(other).flat_map_values(|(left, right)| pairs(left, or_none(right)))
    }

    /// Every pair of values that have the same key, and the other's values without a partner (Spark's `rightOuterJoin`).
    #[track_caller]
    pub fn right_outer_join<W: Storable>(&self, other: &Rdd<(K, W)>) -> Rdd<(K, (Option<V>, W))> {
        self.cogroup(other).flat_map_values(|(left, right)| pairs(or_none(left), right))
    }

    /// Every pair of values that have the same key, and the values of both without a partner (Spark's `fullOuterJoin`).
    #[track_caller]
    pub fn full_outer_join<W: Storable>(&self, other: &Rdd<(K, W)>) -> Rdd<(K, (Option<V>, Option<W>))> {
        self.cogroup(other).flat_map_values(|(left, right)| pairs(or_none(left), or_none(right)))
    }
}

fn or_none<V>(values: Vec<V>) -> Vec<Option<V>> {
    if values.is_empty() { vec![None] } else { values.into_iter().map(Some).collect() }
}

fn pairs<V: Clone + Send + 'static, W: Clone + Send + 'static>(
    left: Vec<V>,
    right: Vec<W>,
) -> impl Iterator<Item = (V, W)> + Send {
    left.into_iter().flat_map(move |v| right.clone().into_iter().map(move |w| (v.clone(), w)))
}
