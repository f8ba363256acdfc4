//! A hash table that combines the values of each key, and that knows when it has grown too large.

use std::hash::Hash;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::aggregator::Aggregator;
use crate::data::Storable;
use crate::hasher::hash_of;
use crate::storage::{MemoryGrant, estimate};

/// The first look at the table's size; later ones follow as it grows.
const FIRST_LOOK: usize = 64;

/// Combined values by key, under a memory grant.
pub(crate) struct CombineTable<K, V, C> {
    aggregator: Aggregator<V, C>,
    table: HashTable<(u64, (K, Option<C>))>,
    grant: MemoryGrant,
    /// Values added since the table was last empty.
    added: usize,
    next_look: usize,
}

impl<K: Storable + Hash + Eq, V, C: Storable> CombineTable<K, V, C> {
    pub(crate) fn new(aggregator: Aggregator<V, C>, grant: MemoryGrant) -> Self {
        Self { aggregator, table: HashTable::new(), grant, added: 0, next_look: FIRST_LOOK }
    }

    /// Combines `value` with what its key has. When the answer is `false`, memory is used up: drain the table.
    #[inline]
    pub(crate) fn add(&mut self, key: K, value: V) -> bool {
        let hash = hash_of(&key);
        match self.table.entry(hash, |(h, (k, _))| *h == hash && *k == key, |(h, _)| *h) {
            Entry::Occupied(mut entry) => {
                let slot = &mut entry.get_mut().1.1;
                // The slot is empty only while a function runs; if that panics, the task is over.
                if let Some(before) = slot.take() {
                    *slot = Some((self.aggregator.merge_value)(before, value));
                }
            }
            Entry::Vacant(entry) => {
                entry.insert((hash, (key, Some((self.aggregator.create)(value)))));
            }
        }
        self.added += 1;
        self.added < self.next_look || self.look()
    }

    fn look(&mut self) -> bool {
        self.next_look = self.added + (self.added / 4).max(FIRST_LOOK);
        let entries = estimate(self.table.iter().map(|(_, entry)| entry), self.table.len());
        let buckets = self.table.capacity() * (size_of::<(u64, (K, Option<C>))>() + 1);
        let values = self.table.len() * size_of::<(K, Option<C>)>();
        self.grant.try_hold(buckets + entries.saturating_sub(values))
    }

    /// Takes everything out, with the keys' hashes.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (u64, K, C)> + use<K, V, C> {
        let table = std::mem::replace(&mut self.table, HashTable::new());
        self.added = 0;
        self.next_look = FIRST_LOOK;
        table.into_iter().filter_map(|(hash, (key, value))| Some((hash, key, value?)))
    }

    /// Gives the memory back, after a drain.
    pub(crate) fn release(&mut self) {
        self.grant.clear();
    }

    /// The grant, for whoever holds what was drained.
    pub(crate) fn into_grant(self) -> MemoryGrant {
        self.grant
    }
}
