//! `update_state_by_key`: a state for each key over all batches.

use std::hash::Hash;
use std::sync::Arc;

use firesteel_rdd::{Placement, Rdd, Storable};

use crate::dstream::DStream;
use crate::streams::StateNode;
use crate::time::Time;

impl<K: Storable + Hash + Eq, V: Storable> DStream<(K, V)> {
    /// A state for each key: in every batch `update` makes the new one from the batch's values and the old one; a key whose
    /// new state is `None` has none any more (Spark's `updateStateByKey`).
    ///
    /// ```no_run
    /// # use firesteel_dstream::DStream;
    /// # fn example(words: DStream<(String, u64)>) {
    /// let counts = words.update_state_by_key(|new, count: Option<u64>| {
    ///     Some(count.unwrap_or_default() + new.iter().sum::<u64>())
    /// });
    /// # }
    /// ```
    pub fn update_state_by_key<S: Storable>(
        &self,
        update: impl Fn(&[V], Option<S>) -> Option<S> + Send + Sync + 'static,
    ) -> DStream<(K, S)> {
        let partitions = self.default_partitions();
        self.update_state_by_key_with(move |_, _, new, state| update(new, state), partitions, None)
    }

    /// As [`update_state_by_key`](Self::update_state_by_key), with a function that knows the batch's time and the key, with
    /// a partitioner for the states, and with states before the first batch.
    pub fn update_state_by_key_with<S: Storable>(
        &self,
        update: impl Fn(Time, &K, &[V], Option<S>) -> Option<S> + Send + Sync + 'static,
        placement: impl Into<Placement<K>>,
        initial: Option<Rdd<(K, S)>>,
    ) -> DStream<(K, S)> {
        let update = Arc::new(move |time, key: &K, new: Vec<V>, state| update(time, key, &new, state));
        self.derive(StateNode { parent: self.clone(), update, placement: placement.into(), initial }).cache()
    }
}
