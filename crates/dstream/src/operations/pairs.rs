//! Operations on pairs, key by key.

use std::hash::Hash;
use std::sync::Arc;

use firesteel_rdd::{Data, Placement, Storable};

use crate::dstream::DStream;

impl<K: Data, V: Data> DStream<(K, V)> {
    /// `f` of every value; the keys stay where they are (Spark's `mapValues`).
    pub fn map_values<U: Data>(&self, f: impl Fn(V) -> U + Send + Sync + 'static) -> DStream<(K, U)> {
        let f = Arc::new(f);
        self.transform(move |rdd| {
            let f = f.clone();
            Ok(rdd.map_values(move |value| f(value)))
        })
    }

    /// Everything that `f` makes of every value, with its key (Spark's `flatMapValues`).
    pub fn flat_map_values<U, I>(&self, f: impl Fn(V) -> I + Send + Sync + 'static) -> DStream<(K, U)>
    where
        U: Data,
        I: IntoIterator<Item = U>,
        I::IntoIter: Send + 'static,
    {
        let f = Arc::new(f);
        self.transform(move |rdd| {
            let f = f.clone();
            Ok(rdd.flat_map_values(move |value| f(value)))
        })
    }
}

impl<K: Storable + Hash + Eq, V: Storable> DStream<(K, V)> {
    /// Each RDD partitioned by key (Spark's `partitionBy`).
    pub fn partition_by(&self, placement: impl Into<Placement<K>>) -> DStream<(K, V)> {
        let placement = placement.into();
        self.transform(move |rdd| Ok(rdd.partition_by(placement.clone())))
    }

    /// The values of each key reduced by `f` (Spark's `reduceByKey`).
    pub fn reduce_by_key(&self, f: impl Fn(V, V) -> V + Send + Sync + 'static) -> DStream<(K, V)> {
        self.reduce_by_key_in(f, self.default_partitions())
    }

    /// The values of each key reduced by `f`, into so many partitions.
    pub fn reduce_by_key_in(
        &self,
        f: impl Fn(V, V) -> V + Send + Sync + 'static,
        partitions: usize,
    ) -> DStream<(K, V)> {
        let f = Arc::new(f);
        self.transform(move |rdd| {
            let f = f.clone();
            Ok(rdd.reduce_by_key_with(partitions, move |a, b| f(a, b)))
        })
    }

    /// The values of each key combined (Spark's `combineByKey`): `create` makes a combiner of a first value, `add` adds a
    /// value, `merge` merges two combiners.
    pub fn combine_by_key<C: Storable>(
        &self,
        create: impl Fn(V) -> C + Send + Sync + 'static,
        add: impl Fn(C, V) -> C + Send + Sync + 'static,
        merge: impl Fn(C, C) -> C + Send + Sync + 'static,
    ) -> DStream<(K, C)> {
        let partitions = self.default_partitions();
        let (create, add, merge) = (Arc::new(create), Arc::new(add), Arc::new(merge));
        self.transform(move |rdd| {
            let (create, add, merge) = (create.clone(), add.clone(), merge.clone());
            Ok(rdd.combine_by_key_with(
                partitions,
                move |value| create(value),
                move |combiner, value| add(combiner, value),
                move |a, b| merge(a, b),
            ))
        })
    }

    /// The values of each key (Spark's `groupByKey`).
    pub fn group_by_key(&self) -> DStream<(K, Vec<V>)> {
        let partitions = self.default_partitions();
        self.transform(move |rdd| Ok(rdd.group_by_key_with(partitions)))
    }

    pub(crate) fn default_partitions(&self) -> usize {
        self.spark_context().default_parallelism()
    }
}
