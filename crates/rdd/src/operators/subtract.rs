//! `subtract`, `subtract_by_key`, `intersection`: what another RDD has not, or has too.

use std::hash::Hash;

use crate::data::Storable;
use crate::rdd::Rdd;

impl<K: Storable + Hash + Eq, V: Storable> Rdd<(K, V)> {
    /// The pairs whose key the other RDD does not have (Spark's `subtractByKey`).
    #[track_caller]
    pub fn subtract_by_key<W: Storable>(&self, other: &Rdd<(K, W)>) -> Rdd<(K, V)> {
        self.cogroup(&other.map_values(|_| ())).flat_map_values(
            |(left, right)| {
                if right.is_empty() { left } else { Vec::new() }
            },
        )
    }
}

impl<T: Storable + Hash + Eq> Rdd<T> {
    /// The elements that the other RDD does not have (Spark's `subtract`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let rest = sc.parallelize(1..=5, 2).subtract(&sc.parallelize([2, 4], 1));
    /// assert_eq!(rest.sort_by(|x| *x, true)?.collect()?, [1, 3, 5]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn subtract(&self, other: &Rdd<T>) -> Rdd<T> {
        self.map(|value| (value, ())).subtract_by_key(&other.map(|value| (value, ()))).keys()
    }

    /// The elements that both RDDs have, each once (Spark's `intersection`).
    #[track_caller]
    pub fn intersection(&self, other: &Rdd<T>) -> Rdd<T> {
        let both = self.map(|value| (value, ())).cogroup(&other.map(|value| (value, ())));
        both.filter(|(_, (left, right))| !left.is_empty() && !right.is_empty()).keys()
    }
}
