//! `keys`, `values`, `map_values`, `flat_map_values`, `key_by`: one side of a pair.

use std::sync::Arc;

use crate::data::Data;
use crate::rdd::Rdd;

impl<T: Data> Rdd<T> {
    /// Pairs of what `f` makes of an element, and the element (Spark's `keyBy`).
    #[track_caller]
    pub fn key_by<K: Data>(&self, f: impl Fn(&T) -> K + Send + Sync + 'static) -> Rdd<(K, T)> {
        self.map(move |value| (f(&value), value))
    }
}

impl<K: Data, V: Data> Rdd<(K, V)> {
    /// The keys (Spark's `keys`).
    #[track_caller]
    pub fn keys(&self) -> Rdd<K> {
        self.map(|(key, _)| key)
    }

    /// The values (Spark's `values`).
    #[track_caller]
    pub fn values(&self) -> Rdd<V> {
        self.map(|(_, value)| value)
    }

    /// The pairs with `f` of each value; keys stay where they are (Spark's `mapValues`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let lengths = sc.parallelize([("a", "one"), ("b", "three")], 2).map_values(str::len);
    /// assert_eq!(lengths.collect()?, [("a", 3), ("b", 5)]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn map_values<U: Data>(&self, f: impl Fn(V) -> U + Send + Sync + 'static) -> Rdd<(K, U)> {
        let f = Arc::new(f);
        self.step("mapValues", true, move |_, records, _| {
            let f = f.clone();
            Ok(Box::new(records.map(move |record| record.map(|(key, value)| (key, f(value))))))
        })
    }

    /// A pair for everything that `f` makes of each value; keys stay where they are (Spark's `flatMapValues`).
    #[track_caller]
    pub fn flat_map_values<U, I>(&self, f: impl Fn(V) -> I + Send + Sync + 'static) -> Rdd<(K, U)>
    where
        U: Data,
        I: IntoIterator<Item = U>,
        I::IntoIter: Send + 'static,
    {
        let f = Arc::new(f);
        self.step("flatMapValues", true, move |_, records, _| {
            let f = f.clone();
            Ok(super::map::flatten(records, move |(key, value): (K, V)| {
                f(value).into_iter().map(move |value| (key.clone(), value))
            }))
        })
    }
}
