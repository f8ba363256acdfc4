//! Two streams, key by key.

use std::hash::Hash;

use firesteel_rdd::Storable;

use crate::dstream::DStream;

impl<K: Storable + Hash + Eq, V: Storable> DStream<(K, V)> {
    /// The values of each key in both streams (Spark's `cogroup`).
    pub fn cogroup<W: Storable>(&self, other: &DStream<(K, W)>) -> DStream<(K, (Vec<V>, Vec<W>))> {
        let partitions = self.default_partitions();
        self.transform_with(other, move |ours, theirs| Ok(ours.cogroup_with(partitions, &theirs)))
    }

    /// Every pair of values of a key that both streams have (Spark's `join`).
    pub fn join<W: Storable>(&self, other: &DStream<(K, W)>) -> DStream<(K, (V, W))> {
        self.cogroup(other).flat_map(|(key, (ours, theirs))| pairs(&key, &ours, &theirs))
    }

    /// As [`join`](Self::join), with the keys that only this stream has (Spark's `leftOuterJoin`).
    pub fn left_outer_join<W: Storable>(&self, other: &DStream<(K, W)>) -> DStream<(K, (V, Option<W>))> {
        self.cogroup(other).flat_map(|(key, (ours, theirs))| pairs(&key, &ours, &or_none(theirs)))
    }

    /// As [`join`](Self::join), with the keys that only the other stream has (Spark's `rightOuterJoin`).
    pub fn right_outer_join<W: Storable>(&self, other: &DStream<(K, W)>) -> DStream<(K, (Option<V>, W))> {
        self.cogroup(other).flat_map(|(key, (ours, theirs))| pairs(&key, &or_none(ours), &theirs))
    }

    /// As [`join`](Self::join), with the keys that only one stream has (Spark's `fullOuterJoin`).
    pub fn full_outer_join<W: Storable>(&self, other: &DStream<(K, W)>) -> DStream<(K, (Option<V>, Option<W>))> {
        self.cogroup(other).flat_map(|(key, (ours, theirs))| pairs(&key, &or_none(ours), &or_none(theirs)))
    }
}

fn or_none<T>(values: Vec<T>) -> Vec<Option<T>> {
    if values.is_empty() { vec![None] } else { values.into_iter().map(Some).collect() }
}

fn pairs<K: Clone, A: Clone, B: Clone>(key: &K, ours: &[A], theirs: &[B]) -> Vec<(K, (A, B))> {
    let with_all = |a: &A| theirs.iter().map(|b| (key.clone(), (a.clone(), b.clone()))).collect::<Vec<_>>();
    ours.iter().flat_map(with_all).collect()
}
