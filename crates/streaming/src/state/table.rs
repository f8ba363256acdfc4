//! One key group in memory: a hash index over entries, the entries by event time, and the undo log of the open batch.
//!
//! A change is made in place and its opposite is logged, so that readers of the same batch see it at once, an aborted
//! batch costs what it changed, and a commit has nothing to copy. There is a table for each key group, so that a growing
//! index is rebuilt a sixty-fourth at a time.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The event time of an entry that has none: it is never evicted.
pub(crate) const NO_EVENT_TIME: i64 = i64::MAX;

/// What an entry costs besides its bytes: the entry, its place in the index, its place in the event-time index.
const ENTRY_OVERHEAD_BYTES: usize = size_of::<Option<Entry>>() + 2 * size_of::<Place>() + size_of::<u32>();

/// A key and its value, both as arrow rows, in one allocation.
#[derive(Debug)]
pub(crate) struct Entry {
    bytes: Box<[u8]>,
    key_length: u32,
    event_time: i64,
}

impl Entry {
    fn new(key: &[u8], value: &[u8], event_time: i64) -> Self {
        let mut bytes = Vec::with_capacity(key.len() + value.len());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value);
        Self { bytes: bytes.into_boxed_slice(), key_length: key.len() as u32, event_time }
    }

    pub(crate) fn key(&self) -> &[u8] {
        &self.bytes[..self.key_length as usize]
    }

    pub(crate) fn value(&self) -> &[u8] {
        &self.bytes[self.key_length as usize..]
    }

    fn memory(&self) -> usize {
        self.bytes.len() + ENTRY_OVERHEAD_BYTES
    }
}

/// Where an entry is, with the half of its hash that saves looking at it when the index grows.
#[derive(Debug, Clone, Copy)]
struct Place {
    hash: u32,
    slot: u32,
}

impl Place {
    /// The index wants 64 well-mixed bits.
    fn spread(self) -> u64 {
        spread(self.hash)
    }
}

fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The opposite of one change.
#[derive(Debug)]
enum Undo {
    Inserted(u32),
    Replaced(u32, Entry),
    Removed(u32, Entry),
}

impl Undo {
    fn slot(&self) -> u32 {
        match self {
            Self::Inserted(slot) | Self::Replaced(slot, _) | Self::Removed(slot, _) => *slot,
        }
    }
}

/// The net effect of the open batch on one key.
pub(crate) enum Change<'a> {
    /// The key now has this value.
    Put(&'a Entry),
    /// The key had this value before the batch and is gone.
    Remove(&'a Entry),
}

/// The entries of one key group.
#[derive(Debug, Default)]
pub(crate) struct GroupTable {
    index: HashTable<Place>,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// May name slots that are empty or hold another event time by now; eviction looks.
    by_event_time: BTreeMap<i64, Vec<u32>>,
    undo: Vec<Undo>,
    memory: usize,
    hasher: DefaultHashBuilder,
}

impl GroupTable {
    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Bytes of the entries and their indexes.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// Makes room for `rows` more keys, so that loading does not rebuild the index over and over.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.index.reserve(rows, |place| place.spread());
        self.entries.reserve(rows);
    }

    /// All entries, in no particular order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten()
    }

    /// The entry of `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Entry> {
        let place = self.find(key, self.hash(key))?;
        self.entries[place.slot as usize].as_ref()
    }

    /// Gives `key` a value.
    pub(crate) fn put(&mut self, key: &[u8], value: &[u8], event_time: i64) {
        let hash = self.hash(key);
        let entry = Entry::new(key, value, event_time);
        self.memory += entry.memory();
        if let Some(place) = self.find(key, hash) {
            let slot = &mut self.entries[place.slot as usize];
            if let Some(old) = slot.replace(entry) {
                self.memory -= old.memory();
                if old.event_time != event_time {
                    self.note_event_time(event_time, place.slot);
                }
                self.undo.push(Undo::Replaced(place.slot, old));
            }
            return;
        }
        let slot = self.free.pop().unwrap_or(self.entries.len() as u32);
        if slot as usize == self.entries.len() {
            self.entries.push(Some(entry));
        } else {
            self.entries[slot as usize] = Some(entry);
        }
        self.index.insert_unique(spread(hash), Place { hash, slot }, |place| place.spread());
        self.note_event_time(event_time, slot);
        self.undo.push(Undo::Inserted(slot));
    }

    /// Removes `key`; says whether it was there.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        match self.find(key, self.hash(key)) {
            Some(place) => self.remove_slot(place.slot),
            None => false,
        }
    }

    /// Removes the keys whose event time is at most `until`; gives them back. Costs what it removes.
    pub(crate) fn evict(&mut self, until: i64) -> Vec<&Entry> {
        let first = self.undo.len();
        while let Some((time, _)) = self.by_event_time.first_key_value()
            && *time <= until
            && let Some((time, slots)) = self.by_event_time.pop_first()
        {
            for slot in slots {
                let current = self.entries[slot as usize].as_ref();
                if current.is_some_and(|entry| entry.event_time == time) {
                    self.remove_slot(slot);
                }
            }
        }
        let removed = self.undo[first..].iter();
        removed.filter_map(|undo| if let Undo::Removed(_, entry) = undo { Some(entry) } else { None }).collect()
    }

    /// The net changes since the last commit: removals, then puts.
    pub(crate) fn changes(&self) -> Vec<Change<'_>> {
        let mut slots: Vec<u32> = self.undo.iter().map(Undo::slot).collect();
        slots.sort_unstable();
        slots.dedup();
        let mut first_undo: BTreeMap<u32, &Undo> = BTreeMap::new();
        for undo in self.undo.iter().filter(|undo| self.entries[undo.slot() as usize].is_none()) {
            first_undo.entry(undo.slot()).or_insert(undo);
        }
        let removed = first_undo.values().filter_map(|undo| match undo {
            Undo::Inserted(_) => None,
            Undo::Replaced(_, before) | Undo::Removed(_, before) => Some(Change::Remove(before)),
        });
        let put = slots.iter().filter_map(|slot| self.entries[*slot as usize].as_ref()).map(Change::Put);
        removed.chain(put).collect()
    }

    /// Makes the changes since the last commit final.
    pub(crate) fn commit(&mut self) {
        let undo = std::mem::take(&mut self.undo);
        let removed = undo.iter().filter_map(|undo| if let Undo::Removed(slot, _) = undo { Some(*slot) } else { None });
        // A slot is not used again before its removal is final, so it is freed once.
        self.free.extend(removed);
    }

    /// Undoes the changes since the last commit.
    pub(crate) fn rollback(&mut self) {
        for undo in std::mem::take(&mut self.undo).into_iter().rev() {
            match undo {
                Undo::Inserted(slot) => {
                    self.take_slot(slot);
                    self.free.push(slot);
                }
                Undo::Replaced(slot, old) => self.restore_slot(slot, old),
                Undo::Removed(slot, old) => {
                    let hash = self.hash(old.key());
                    self.index.insert_unique(spread(hash), Place { hash, slot }, |place| place.spread());
                    self.restore_slot(slot, old);
                }
            }
        }
    }

    fn hash(&self, key: &[u8]) -> u32 {
        (self.hasher.hash_one(key) >> 32) as u32
    }

    fn find(&self, key: &[u8], hash: u32) -> Option<Place> {
        let same = |place: &Place| {
            place.hash == hash && self.entries[place.slot as usize].as_ref().is_some_and(|entry| entry.key() == key)
        };
        self.index.find(spread(hash), same).copied()
    }

    fn note_event_time(&mut self, event_time: i64, slot: u32) {
        if event_time != NO_EVENT_TIME {
            self.by_event_time.entry(event_time).or_default().push(slot);
        }
    }

    fn remove_slot(&mut self, slot: u32) -> bool {
        match self.take_slot(slot) {
            Some(entry) => {
                self.undo.push(Undo::Removed(slot, entry));
                true
            }
            None => false,
        }
    }

    /// Empties a slot and forgets it in the index.
    fn take_slot(&mut self, slot: u32) -> Option<Entry> {
        let entry = self.entries[slot as usize].take()?;
        let hash = self.hash(entry.key());
        if let Ok(found) = self.index.find_entry(spread(hash), |place| place.slot == slot) {
            found.remove();
        }
        self.memory -= entry.memory();
        Some(entry)
    }

    fn restore_slot(&mut self, slot: u32, old: Entry) {
        self.memory += old.memory();
        self.note_event_time(old.event_time, slot);
        if let Some(replaced) = self.entries[slot as usize].replace(old) {
            self.memory -= replaced.memory();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn content(table: &GroupTable) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut rows: Vec<_> = table.entries().map(|e| (e.key().to_vec(), e.value().to_vec())).collect();
        rows.sort();
        rows
    }

    #[test]
    fn a_rollback_leaves_content_memory_and_event_times_as_they_were() {
        let mut table = GroupTable::default();
        table.put(b"a", b"1", 10);
        table.put(b"b", b"2", 20);
        table.commit();
        let (before, memory) = (content(&table), table.memory());

        table.put(b"a", b"changed", 30);
        table.put(b"c", b"3", 5);
        assert!(table.remove(b"b"));
        table.put(b"b", b"again", 1);
        assert_eq!(table.evict(40).len(), 3);
        table.rollback();

        assert_eq!((content(&table), table.memory()), (before, memory));
        let evicted: Vec<_> = table.evict(15).iter().map(|entry| entry.key().to_vec()).collect();
        assert_eq!(evicted, [b"a".to_vec()]);
    }

    #[test]
    fn the_net_change_of_a_key_inserted_and_removed_is_nothing() {
        let mut table = GroupTable::default();
        table.put(b"a", b"1", NO_EVENT_TIME);
        table.remove(b"a");
        assert!(table.changes().is_empty());
        table.put(b"b", b"1", NO_EVENT_TIME);
        table.commit();
        table.put(b"b", b"2", NO_EVENT_TIME);
        table.remove(b"b");
        assert!(matches!(table.changes().as_slice(), [Change::Remove(before)] if before.value() == b"1"));
    }

    #[test]
    fn an_evicted_slot_is_reused_only_after_the_commit() {
        let mut table = GroupTable::default();
        table.put(b"a", b"1", 1);
        table.commit();
        assert_eq!(table.evict(1).len(), 1);
        table.put(b"b", b"2", 2);
        table.commit();
        assert_eq!(table.entries.len(), 2);
        table.put(b"c", b"3", 3);
        assert_eq!(table.entries.len(), 2);
    }
}
