//! Which map outputs of which shuffle are there, and which job is making the others.
//!
//! Two jobs may need the same shuffle. One of them claims it and runs the map tasks that are missing; the other is told
//! when the claim is given up, and looks again.

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
        self.shuffles.lock().get(&shuffle_id).is_some_and(|shuffle| shuffle.outputs.iter().all(Option::is_some))
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
        slot.get_or_insert_with(|| Arc::new(output));
        !std::mem::replace(&mut shuffle.counted[map_index], true)
    }

    pub(crate) fn remove_output(&self, shuffle_id: usize, map_index: usize) {
        if let Some(shuffle) = self.shuffles.lock().get_mut(&shuffle_id)
            && let Some(slot) = shuffle.outputs.get_mut(map_index)
        {
            *slot = None;
        }
    }

    /// Forgets the outputs of a shuffle, which stays known.
    pub(crate) fn remove_outputs(&self, shuffle_id: usize) {
        if let Some(shuffle) = self.shuffles.lock().get_mut(&shuffle_id) {
            shuffle.outputs.iter_mut().for_each(|output| *output = None);
        }
    }

    /// The outputs of a shuffle; the number of a missing one if there is one.
    pub(crate) fn outputs(&self, shuffle_id: usize) -> Result<Vec<Arc<MapOutput>>, usize> {
        let shuffles = self.shuffles.lock();
        let shuffle = shuffles.get(&shuffle_id).ok_or(0_usize)?;
        shuffle.outputs.iter().enumerate().map(|(index, output)| output.clone().ok_or(index)).collect()
    }
}
