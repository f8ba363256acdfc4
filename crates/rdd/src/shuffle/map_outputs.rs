//! Which map outputs of which shuffle are there, and which job is making the others.
//!
//! Two jobs may need the same shuffle. One of them claims it and runs the map tasks that are missing; the other is told
//! when the claim is given up, and looks again.
//!
//! A reduce task asks for the outputs that have a block for it, and gets those alone: of many map tasks that each have
//! little, most have nothing for it.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use hashbrown::HashMap;
use parking_lot::Mutex;

use super::MapOutput;
use crate::scheduler::JobMessage;

/// The map outputs of all shuffles.
#[derive(Default)]
pub(crate) struct MapOutputs {
    shuffles: Mutex<HashMap<usize, Shuffle>>,
}

struct Shuffle {
    outputs: Vec<Option<Arc<MapOutput>>>,
    /// How many outputs are not there.
    missing: usize,
    /// By reduce partition, the map tasks whose outputs have a block for it, in no order.
    sources: HashMap<usize, Vec<usize>>,
    /// Whether the accumulator updates of a map task were merged: a task that runs again is not counted again.
    counted: Vec<bool>,
    claimed_by: Option<usize>,
    waiting: Vec<Sender<JobMessage>>,
}

/// The answer to a job that wants to make the missing outputs of a shuffle.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The job may run these map tasks.
    Granted(Vec<usize>),
    /// Another job is at it; a message will follow.
    Busy,
}

impl MapOutputs {
    /// Makes a shuffle of so many map tasks known, if it is not.
    pub(crate) fn register(&self, shuffle_id: usize, maps: usize) {
        self.shuffles.lock().entry(shuffle_id).or_insert_with(|| Shuffle {
            outputs: vec![None; maps],
            missing: maps,
            sources: HashMap::new(),
            counted: vec![false; maps],
            claimed_by: None,
            waiting: Vec::new(),
        });
    }

    /// Forgets a shuffle, and with it its files.
    pub(crate) fn remove(&self, shuffle_id: usize) {
        let removed = self.shuffles.lock().remove(&shuffle_id);
        drop(removed);
    }

    pub(crate) fn is_complete(&self, shuffle_id: usize) -> bool {
        self.shuffles.lock().get(&shuffle_id).is_some_and(|shuffle| shuffle.missing == 0)
    }

    pub(crate) fn claim(&self, shuffle_id: usize, job_id: usize, tell: &Sender<JobMessage>) -> Claim {
        let mut shuffles = self.shuffles.lock();
        let Some(shuffle) = shuffles.get_mut(&shuffle_id) else { return Claim::Granted(Vec::new()) };
        match shuffle.claimed_by {
            Some(other) if other != job_id => {
                shuffle.waiting.push(tell.clone());
                Claim::Busy
            }
            _ => {
                shuffle.claimed_by = Some(job_id);
                let missing = shuffle.outputs.iter().enumerate().filter(|(_, output)| output.is_none());
                Claim::Granted(missing.map(|(index, _)| index).collect())
            }
        }
    }

    pub(crate) fn release(&self, shuffle_id: usize, job_id: usize) {
        let mut shuffles = self.shuffles.lock();
        let Some(shuffle) = shuffles.get_mut(&shuffle_id) else { return };
        if shuffle.claimed_by == Some(job_id) {
            shuffle.claimed_by = None;
            for waiting in shuffle.waiting.drain(..) {
                // A job that is gone need not be told.
                let _ = waiting.send(JobMessage::ShuffleFree(shuffle_id));
            }
        }
    }

    /// Adds an output, unless there is one. The answer is whether the task's accumulator updates are to be counted.
    pub(crate) fn add(&self, shuffle_id: usize, map_index: usize, output: MapOutput) -> bool {
        let mut shuffles = self.shuffles.lock();
        let Some(shuffle) = shuffles.get_mut(&shuffle_id) else { return false };
        let Some(slot) = shuffle.outputs.get_mut(map_index) else { return false };
        if slot.is_none() {
            for (reduce_id, _) in output.blocks() {
                shuffle.sources.entry(*reduce_id).or_default().push(map_index);
            }
            *slot = Some(Arc::new(output));
            shuffle.missing -= 1;
        }
        !std::mem::replace(&mut shuffle.counted[map_index], true)
    }

    pub(crate) fn remove_output(&self, shuffle_id: usize, map_index: usize) {
        if let Some(shuffle) = self.shuffles.lock().get_mut(&shuffle_id)
            && let Some(output) = shuffle.outputs.get_mut(map_index).and_then(Option::take)
        {
            shuffle.missing += 1;
            for (reduce_id, _) in output.blocks() {
                if let Some(sources) = shuffle.sources.get_mut(reduce_id) {
                    sources.retain(|source| *source != map_index);
                }
            }
        }
    }

    /// Forgets the outputs of a shuffle, which stays known.
    pub(crate) fn remove_outputs(&self, shuffle_id: usize) {
        if let Some(shuffle) = self.shuffles.lock().get_mut(&shuffle_id) {
            shuffle.outputs.iter_mut().for_each(|output| *output = None);
            shuffle.missing = shuffle.outputs.len();
            shuffle.sources.clear();
        }
    }

    /// The outputs of a shuffle that have a block for `reduce_id`, in order of their map tasks and with their numbers; the
    /// number of a missing one if there is one.
    pub(crate) fn outputs(&self, shuffle_id: usize, reduce_id: usize) -> Result<Vec<(usize, Arc<MapOutput>)>, usize> {
        let shuffles = self.shuffles.lock();
        let shuffle = shuffles.get(&shuffle_id).ok_or(0_usize)?;
        if shuffle.missing > 0 {
            return Err(shuffle.outputs.iter().position(Option::is_none).unwrap_or(0));
        }
        let sources = shuffle.sources.get(&reduce_id).map_or(&[][..], Vec::as_slice);
        let output = |map_index: &usize| Some((*map_index, shuffle.outputs[*map_index].clone()?));
        let mut outputs: Vec<_> = sources.iter().filter_map(output).collect();
        drop(shuffles);
        outputs.sort_unstable_by_key(|(map_index, _)| *map_index);
        Ok(outputs)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::shuffle::Block;

    fn output(reduce_ids: &[usize]) -> MapOutput {
        MapOutput::new(reduce_ids.iter().map(|reduce_id| (*reduce_id, Block::default())).collect(), None)
    }

    fn sources(outputs: &MapOutputs, reduce_id: usize) -> Result<Vec<usize>, usize> {
        Ok(outputs.outputs(7, reduce_id)?.into_iter().map(|(map_index, _)| map_index).collect())
    }

    #[test]
    fn a_reduce_task_gets_the_outputs_that_have_a_block_for_it() {
        let outputs = MapOutputs::default();
        outputs.register(7, 3);
        outputs.add(7, 2, output(&[5, 0]));
        outputs.add(7, 0, output(&[5]));
        assert_eq!(sources(&outputs, 5), Err(1), "the second is missing");
        outputs.add(7, 1, output(&[]));
        assert!(outputs.is_complete(7));
        assert_eq!(sources(&outputs, 5), Ok(vec![0, 2]));
        assert_eq!(sources(&outputs, 0), Ok(vec![2]));
        assert_eq!(sources(&outputs, 1), Ok(vec![]));
    }

    #[test]
    fn an_output_that_is_lost_and_made_again_is_there_once() {
        let outputs = MapOutputs::default();
        outputs.register(7, 2);
        assert!(outputs.add(7, 0, output(&[3])));
        assert!(outputs.add(7, 1, output(&[3])));
        outputs.remove_output(7, 0);
        outputs.remove_output(7, 0);
        assert_eq!(sources(&outputs, 3), Err(0));
        assert!(!outputs.add(7, 0, output(&[3])), "its updates were counted before");
        assert!(!outputs.add(7, 0, output(&[3])), "there is one");
        assert_eq!(sources(&outputs, 3), Ok(vec![0, 1]));
        outputs.remove_outputs(7);
        assert_eq!(sources(&outputs, 3), Err(0));
        assert!(!outputs.is_complete(7));
    }
}
