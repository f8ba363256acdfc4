//! Combining more keys than fit in memory.
//!
//! While a [`CombineTable`] fits, that is all. When it does not, its entries are spilled to sixteen buckets by bits of
//! their keys' hashes, and so is everything after. Then each bucket is combined by itself, and cut again if it has to be.
//! Bits that have been used are not used again, so after a few levels a bucket holds keys that no hash tells apart: those
//! are combined in memory whatever that takes.

use std::hash::Hash;

use firesteel_error::Result;

use super::aggregator::Aggregator;
use super::combine::CombineTable;
use super::map_output::Block;
use super::segments::Segments;
use crate::codec::Decode;
use crate::data::{Records, Storable};
use crate::storage::MemoryGrant;
use crate::task_context::TaskContext;

/// Bits of the hash that choose a bucket at each level; from bit 48 up, since partitions and tables use others.
const BITS: u32 = 4;
const FIRST_BIT: u32 = 48;
const LEVELS_MAX: u32 = 4;

/// The combined values of all keys of `records`.
pub(crate) fn combine<K, V, C>(
    records: Records<(K, V)>,
    aggregator: Aggregator<V, C>,
    task: &TaskContext,
) -> Result<Records<(K, C)>>
where
    K: Storable + Hash + Eq,
    V: 'static,
    C: Storable,
{
    combine_level(records, &aggregator, task, 0)
}

fn combine_level<K, V, C>(
    records: Records<(K, V)>,
    aggregator: &Aggregator<V, C>,
    task: &TaskContext,
    level: u32,
) -> Result<Records<(K, C)>>
where
    K: Storable + Hash + Eq,
    V: 'static,
    C: Storable,
{
    let mut table = CombineTable::new(aggregator.clone(), task.env().memory.grant());
    let mut buckets: Option<Segments> = None;
    for record in records {
        let (key, value) = record?;
        if !table.add(key, value) && level < LEVELS_MAX {
            let buckets = buckets.get_or_insert_with(|| Segments::new(1 << BITS, "spill", task));
            spill(&mut table, buckets, level)?;
        }
    }
    let Some(mut buckets) = buckets else {
        let entries = table.drain();
        return Ok(Box::new(Granted { _grant: table.into_grant(), entries: entries.map(|(_, key, c)| Ok((key, c))) }));
    };
    spill(&mut table, &mut buckets, level)?;
    drop(table);
    let (blocks, memory) = buckets.finish()?.into_parts();
    let (of_combiners, task) = (aggregator.of_combiners(), task.clone());
    let combined = blocks.into_iter().map(move |(_, block)| -> Result<Records<(K, C)>> {
        combine_level(block_records(block), &of_combiners, &task, level + 1)
    });
    let flattened = combined.flat_map(|bucket| match bucket {
        Ok(records) => records,
        Err(error) => Box::new(std::iter::once(Err(error))),
    });
    Ok(match memory {
        Some(grant) => Box::new(Granted { _grant: grant, entries: flattened }),
        None => Box::new(flattened),
    })
}

fn spill<K, V, C>(table: &mut CombineTable<K, V, C>, buckets: &mut Segments, level: u32) -> Result<()>
where
    K: Storable + Hash + Eq,
    C: Storable,
{
    let (shift, mask) = (FIRST_BIT + BITS * level, (1_u64 << BITS) - 1);
    for (hash, key, value) in table.drain() {
        buckets.push(((hash >> shift) & mask) as usize, &(key, value))?;
    }
    table.release();
    Ok(())
}

/// The records of a block that this task has written itself.
pub(crate) fn block_records<T: Storable>(block: Block) -> Records<T> {
    Box::new(block.segments.into_iter().flat_map(|segment| -> Records<T> {
        match segment.read() {
            Ok(bytes) => Box::new(Decode::new(bytes)),
            Err(error) => {
                let error = firesteel_error::SparkError::io("reading back what was spilled", error);
                Box::new(std::iter::once(Err(error)))
            }
        }
    }))
}

/// Entries, and the memory that they take.
struct Granted<I> {
    _grant: MemoryGrant,
    entries: I,
}

impl<I: Iterator> Iterator for Granted<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}
