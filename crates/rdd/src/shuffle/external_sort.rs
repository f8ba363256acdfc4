//! Sorting more records than fit in memory: sorted runs on disk, merged as they are read.
//!
//! The sort is stable: records that compare equal keep the order in which they came.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use firesteel_error::Result;

use super::disk_writer::DiskWriter;
use super::external_map::block_records;
use crate::data::{Records, Storable};
use crate::storage::estimate;
use crate::task_context::TaskContext;

/// The first look at how much memory the records take.
const FIRST_LOOK: usize = 256;

/// The records in the order of `compare`.
pub(crate) fn sort<T, F>(records: Records<T>, compare: F, task: &TaskContext) -> Result<Records<T>>
where
    T: Storable,
    F: Fn(&T, &T) -> Ordering + Clone + Send + 'static,
{
    let mut grant = task.env().memory.grant();
    let (mut held, mut runs, mut next_look) = (Vec::<T>::new(), Vec::new(), FIRST_LOOK);
    for record in records {
        held.push(record?);
        if held.len() >= next_look {
            next_look = held.len() + (held.len() / 4).max(FIRST_LOOK);
            // Sorting takes half of it once more.
            let bytes = estimate(held.iter().rev(), next_look.max(held.capacity())) / 2 * 3;
            if !grant.try_hold(bytes) {
                runs.push(spill(&mut held, &compare, task, bytes)?);
                grant.clear();
                next_look = FIRST_LOOK;
            }
        }
    }
    held.sort_by(&compare);
    if runs.is_empty() {
        let last = held.into_iter();
        return Ok(Box::new(last.map(move |record| {
            let _ = &grant;
            Ok(record)
        })));
    }
    runs.push(Box::new(held.into_iter().map(move |record| {
        let _ = &grant;
        Ok(record)
    })));
    merge(runs, compare)
}

/// Writes the records as one sorted run.
fn spill<T, F>(held: &mut Vec<T>, compare: &F, task: &TaskContext, bytes: usize) -> Result<Records<T>>
where
    T: Storable,
    F: Fn(&T, &T) -> Ordering,
{
    held.sort_by(compare);
    let mut writer = DiskWriter::create(&task.env().local_dir, "run")?;
    for record in std::mem::take(held) {
        writer.push(&record)?;
    }
    let block = writer.finish()?;
    task.with_metrics(|metrics| {
        metrics.memory_bytes_spilled += bytes as u64;
        metrics.disk_bytes_spilled += block.bytes();
    });
    Ok(block_records(block))
}

/// A run with its next record.
struct Run<T, F> {
    next: T,
    rest: Records<T>,
    index: usize,
    compare: F,
}

impl<T, F: Fn(&T, &T) -> Ordering> Ord for Run<T, F> {
    // The heap gives the greatest first, so the order is turned round; of equal records the earlier run comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.compare)(&other.next, &self.next).then_with(|| other.index.cmp(&self.index))
    }
}

impl<T, F: Fn(&T, &T) -> Ordering> PartialOrd for Run<T, F> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T, F: Fn(&T, &T) -> Ordering> PartialEq for Run<T, F> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T, F: Fn(&T, &T) -> Ordering> Eq for Run<T, F> {}

struct Merge<T, F: Fn(&T, &T) -> Ordering> {
    heap: BinaryHeap<Run<T, F>>,
    failed: bool,
}

fn merge<T, F>(runs: Vec<Records<T>>, compare: F) -> Result<Records<T>>
where
    T: Storable,
    F: Fn(&T, &T) -> Ordering + Clone + Send + 'static,
{
    let mut heap = BinaryHeap::with_capacity(runs.len());
    for (index, mut rest) in runs.into_iter().enumerate() {
        if let Some(next) = rest.next().transpose()? {
            heap.push(Run { next, rest, index, compare: compare.clone() });
        }
    }
    Ok(Box::new(Merge { heap, failed: false }))
}

impl<T, F: Fn(&T, &T) -> Ordering> Iterator for Merge<T, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.failed {
            return None;
        }
        let mut top = self.heap.peek_mut()?;
        match top.rest.next() {
            Some(Ok(next)) => Some(Ok(std::mem::replace(&mut top.next, next))),
            Some(Err(error)) => {
                self.failed = true;
                Some(Err(error))
            }
            None => Some(Ok(std::collections::binary_heap::PeekMut::pop(top).next)),
        }
    }
}
