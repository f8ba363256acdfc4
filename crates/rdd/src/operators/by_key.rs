//! `combine_by_key` and what follows from it: values of one key become one value.

use std::hash::Hash;

use crate::data::{Data, Storable};
use crate::partitioner::Placement;
use crate::rdd::Rdd;
use crate::shuffle::{Aggregator, combine_pairs};

impl<K: Storable + Hash + Eq, V: Storable> Rdd<(K, V)> {
    /// For each key, its values combined with an associative function (Spark's `reduceByKey`). Each task combines what it
    /// has before anything is shuffled.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let words = sc.parallelize(["to", "be", "or", "not", "to", "be"], 3).map(|word| (word.to_string(), 1));
    /// let mut counts = words.reduce_by_key(|a, b| a + b).collect()?;
    /// counts.sort();
    /// assert_eq!(counts[0], ("be".to_string(), 2));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn reduce_by_key(&self, f: impl Fn(V, V) -> V + Send + Sync + Clone + 'static) -> Rdd<(K, V)> {
        self.reduce_by_key_with(self.default_placement(), f)
    }

    /// The same, into so many partitions or with a partitioner.
    #[track_caller]
    pub fn reduce_by_key_with(
        &self,
        placement: impl Into<Placement<K>>,
        f: impl Fn(V, V) -> V + Send + Sync + Clone + 'static,
    ) -> Rdd<(K, V)> {
        let aggregator = Aggregator::new(|value| value, f.clone(), f);
        combine_pairs(self, "reduceByKey", &placement.into(), aggregator, true)
    }

    /// For each key, a value of another type that its values are combined to: `create` makes one of a first value,
    /// `merge_value` adds another one, `merge` joins two (Spark's `combineByKey`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let pairs = sc.parallelize([(1, 2.0), (1, 4.0)], 2);
    /// let sums = pairs.combine_by_key(|v| (v, 1), |(sum, n), v| (sum + v, n + 1), |a, b| (a.0 + b.0, a.1 + b.1));
    /// assert_eq!(sums.map_values(|(sum, n)| sum / f64::from(n)).collect()?, [(1, 3.0)]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn combine_by_key<C: Storable>(
        &self,
        create: impl Fn(V) -> C + Send + Sync + 'static,
        merge_value: impl Fn(C, V) -> C + Send + Sync + 'static,
        merge: impl Fn(C, C) -> C + Send + Sync + 'static,
    ) -> Rdd<(K, C)> {
        self.combine_by_key_with(self.default_placement(), create, merge_value, merge)
    }

    /// The same, into so many partitions or with a partitioner.
    #[track_caller]
    pub fn combine_by_key_with<C: Storable>(
        &self,
        placement: impl Into<Placement<K>>,
        create: impl Fn(V) -> C + Send + Sync + 'static,
        merge_value: impl Fn(C, V) -> C + Send + Sync + 'static,
        merge: impl Fn(C, C) -> C + Send + Sync + 'static,
    ) -> Rdd<(K, C)> {
        let aggregator = Aggregator::new(create, merge_value, merge);
        combine_pairs(self, "combineByKey", &placement.into(), aggregator, true)
    }

    /// For each key, its values added to a clone of `zero` (Spark's `aggregateByKey`).
    #[track_caller]
    pub fn aggregate_by_key<C: Storable>(
        &self,
        zero: C,
        add: impl Fn(C, V) -> C + Send + Sync + Clone + 'static,
        merge: impl Fn(C, C) -> C + Send + Sync + 'static,
    ) -> Rdd<(K, C)> {
        let first = add.clone();
        let aggregator = Aggregator::new(move |value| first(zero.clone(), value), add, merge);
        combine_pairs(self, "aggregateByKey", &self.default_placement(), aggregator, true)
    }

    /// For each key, its values folded into a clone of `zero`, which has to be neutral (Spark's `foldByKey`).
    #[track_caller]
    pub fn fold_by_key(&self, zero: V, f: impl Fn(V, V) -> V + Send + Sync + Clone + 'static) -> Rdd<(K, V)> {
        let first = f.clone();
        let aggregator = Aggregator::new(move |value| first(zero.clone(), value), f.clone(), f);
        combine_pairs(self, "foldByKey", &self.default_placement(), aggregator, true)
    }

    /// For each key, all its values (Spark's `groupByKey`). To sum or count them, [`reduce_by_key`](Self::reduce_by_key)
    /// moves far less data.
    #[track_caller]
    pub fn group_by_key(&self) -> Rdd<(K, Vec<V>)> {
        self.group_by_key_with(self.default_placement())
    }

    /// The same, into so many partitions or with a partitioner.
    #[track_caller]
    pub fn group_by_key_with(&self, placement: impl Into<Placement<K>>) -> Rdd<(K, Vec<V>)> {
        let aggregator = Aggregator::new(
            |value| vec![value],
            |mut group: Vec<V>, value| {
                group.push(value);
                group
            },
            |mut group: Vec<V>, mut other| {
                group.append(&mut other);
                group
            },
        );
        // Grouping makes nothing smaller, so combining before the shuffle would only cost.
        combine_pairs(self, "groupByKey", &placement.into(), aggregator, false)
    }
}

impl<T: Storable + Hash + Eq> Rdd<T> {
    /// Each element once (Spark's `distinct`).
    #[track_caller]
    pub fn distinct(&self) -> Rdd<T> {
        self.map(|value| (value, ())).reduce_by_key(|(), ()| ()).keys()
    }

    /// The same, into so many partitions.
    #[track_caller]
    pub fn distinct_with(&self, partitions: usize) -> Rdd<T> {
        self.map(|value| (value, ())).reduce_by_key_with(partitions, |(), ()| ()).keys()
    }
}

impl<T: Storable> Rdd<T> {
    /// The elements by what `f` makes of them (Spark's `groupBy`).
    #[track_caller]
    pub fn group_by<K: Storable + Hash + Eq>(&self, f: impl Fn(&T) -> K + Send + Sync + 'static) -> Rdd<(K, Vec<T>)> {
        self.key_by(f).group_by_key()
    }
}

impl<K: Data + Hash, V: Data> Rdd<(K, V)> {
    /// Where keys go when nobody says: see [`default_placement`].
    pub(crate) fn default_placement(&self) -> Placement<K> {
        default_placement(&self.context().clone(), &[(self.partitioner(), self.num_partitions().ok())])
    }
}

/// Where keys of several RDDs go when nobody says (Spark's `Partitioner.defaultPartitioner`): where the one with the most
/// partitions has them already, unless that is far fewer than others have; otherwise by hash into
/// `spark.default.parallelism` partitions, or as many as the largest of them has.
pub(crate) fn default_placement<K: Data + Hash>(
    sc: &crate::context::SparkContext,
    inputs: &[(Option<crate::partitioner::PartitionerRef>, Option<usize>)],
) -> Placement<K> {
    // An RDD whose partitions cannot be told fails when it is computed, with the reason.
    let most = inputs.iter().filter_map(|(_, partitions)| *partitions).max().unwrap_or(1).max(1);
    let setting = sc.conf().get("spark.default.parallelism").and_then(|text| text.parse().ok());
    let default = setting.unwrap_or(most);
    let known = inputs.iter().filter_map(|(partitioner, _)| partitioner.as_ref()).max_by_key(|p| p.partitions());
    match known {
        Some(known) if known.partitions() * 10 > most || default <= known.partitions() => {
            known.placement().unwrap_or_else(|| default.into())
        }
        _ => default.into(),
    }
}
