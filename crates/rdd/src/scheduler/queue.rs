//! Which waiting task is next: pools of task sets, in FIFO or FAIR order (`spark.scheduler.mode`).
//!
//! FIFO takes the earliest job's earliest stage. FAIR first takes the pool that is furthest under its share: pools below
//! their minimum share come before the others, then the one with the fewest running tasks for its weight. Within a pool the
//! order is FIFO, or FAIR among its task sets if the pool says so.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use hashbrown::HashMap;

use super::task::{PendingTask, TaskSet};

/// The pool of jobs that name none.
pub(crate) const DEFAULT_POOL: &str = "default";

/// In which order pools, and the task sets of a pool, are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SchedulingMode {
    #[default]
    Fifo,
    Fair,
}

impl SchedulingMode {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text.to_ascii_uppercase().as_str() {
            "FIFO" => Ok(Self::Fifo),
            "FAIR" => Ok(Self::Fair),
            _ => {
                let text = format!("spark.scheduler.mode should be FIFO or FAIR, but was {text}");
                Err(SparkError::plain(Exception::IllegalArgument, text))
            }
        }
    }
}

/// How a pool shares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolConf {
    pub(crate) mode: SchedulingMode,
    pub(crate) weight: usize,
    pub(crate) min_share: usize,
}

impl Default for PoolConf {
    fn default() -> Self {
        Self { mode: SchedulingMode::Fifo, weight: 1, min_share: 0 }
    }
}

/// All task sets that have something waiting or running.
#[derive(Default)]
pub(crate) struct Queue {
    mode: SchedulingMode,
    pools: HashMap<String, PoolConf>,
    sets: Vec<Queued>,
}

struct Queued {
    set: Arc<TaskSet>,
    pending: VecDeque<PendingTask>,
    running: usize,
}

/// What is compared to share fairly.
struct Share {
    running: usize,
    conf: PoolConf,
}

impl Queue {
    pub(crate) fn new(mode: SchedulingMode, pools: HashMap<String, PoolConf>) -> Self {
        Self { mode, pools, sets: Vec::new() }
    }

    /// Adds tasks of a set, known or not.
    pub(crate) fn add(&mut self, set: &Arc<TaskSet>, tasks: impl IntoIterator<Item = PendingTask>) {
        match self.sets.iter_mut().find(|queued| Arc::ptr_eq(&queued.set, set)) {
            Some(queued) => queued.pending.extend(tasks),
            None => {
                self.sets.push(Queued { set: set.clone(), pending: tasks.into_iter().collect(), running: 0 });
                self.sets.sort_by_key(|queued| (queued.set.job_id, queued.set.stage_id, queued.set.stage_attempt));
            }
        }
    }

    /// The next task. A barrier set is passed over unless `free` threads are enough for all of it.
    pub(crate) fn next(&mut self, free: usize) -> Option<(Arc<TaskSet>, PendingTask)> {
        let ready = |queued: &&mut Queued| {
            !queued.pending.is_empty() && (queued.set.barrier.is_none() || queued.pending.len() <= free)
        };
        let chosen = if self.mode == SchedulingMode::Fifo {
            self.sets.iter_mut().find(ready)?
        } else {
            let running = self.running_by_pool();
            let pools = &self.pools;
            let conf = |pool: &str| pools.get(pool).copied().unwrap_or_default();
            self.sets.iter_mut().filter(ready).min_by(|left, right| {
                let (l, r) = (left.set.pool.as_str(), right.set.pool.as_str());
                if l == r {
                    return match conf(l).mode {
                        SchedulingMode::Fifo => Ordering::Equal,
                        SchedulingMode::Fair => left.running.cmp(&right.running),
                    };
                }
                let share = |pool| Share { running: running.get(pool).copied().unwrap_or(0), conf: conf(pool) };
                share(l).cmp_fairly(&share(r)).then_with(|| l.cmp(r))
            })?
        };
        let task = chosen.pending.pop_front()?;
        chosen.running += 1;
        Some((chosen.set.clone(), task))
    }

    /// Tasks of a set that all have to start now that one of them does: the rest of a barrier set.
    pub(crate) fn take_rest(&mut self, set: &Arc<TaskSet>) -> Vec<PendingTask> {
        let Some(queued) = self.sets.iter_mut().find(|queued| Arc::ptr_eq(&queued.set, set)) else { return Vec::new() };
        let rest: Vec<_> = queued.pending.drain(..).collect();
        queued.running += rest.len();
        rest
    }

    /// A task of `set` has ended.
    pub(crate) fn ended(&mut self, set: &Arc<TaskSet>) {
        if let Some(place) = self.sets.iter().position(|queued| Arc::ptr_eq(&queued.set, set)) {
            let queued = &mut self.sets[place];
            queued.running = queued.running.saturating_sub(1);
            if queued.running == 0 && queued.pending.is_empty() {
                self.sets.remove(place);
            }
        }
    }

    /// Forgets the waiting tasks of the sets that `chosen` names.
    pub(crate) fn drop_pending(&mut self, chosen: impl Fn(&TaskSet) -> bool) {
        for queued in &mut self.sets {
            if chosen(&queued.set) {
                queued.pending.clear();
            }
        }
        self.sets.retain(|queued| queued.running > 0 || !queued.pending.is_empty());
    }

    fn running_by_pool(&self) -> HashMap<String, usize> {
        let mut running = HashMap::new();
        for queued in &self.sets {
            *running.entry_ref(queued.set.pool.as_str()).or_insert(0) += queued.running;
        }
        running
    }
}

impl Share {
    fn cmp_fairly(&self, other: &Self) -> Ordering {
        let needy = |share: &Self| share.running < share.conf.min_share;
        let of_minimum = |share: &Self| share.running as f64 / share.conf.min_share.max(1) as f64;
        let of_weight = |share: &Self| share.running as f64 / share.conf.weight.max(1) as f64;
        match (needy(self), needy(other)) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => of_minimum(self).total_cmp(&of_minimum(other)),
            (false, false) => of_weight(self).total_cmp(&of_weight(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::scheduler::TaskOutput;

    fn set(job_id: usize, pool: &str) -> Arc<TaskSet> {
        Arc::new(TaskSet {
            job_id,
            stage_id: job_id,
            stage_attempt: 0,
            task_type: "ResultTask",
            pool: pool.to_string(),
            body: Arc::new(|_, _| Ok(TaskOutput::Result(Box::new(())))),
            properties: Arc::default(),
            barrier: None,
            to_job: channel().0,
        })
    }

    /// In which pools the first tasks of three jobs of four tasks run, none of which ends.
    fn order(mode: SchedulingMode, pools: &[(&str, PoolConf)], tasks: usize) -> String {
        let pools = pools.iter().map(|(name, conf)| (name.to_string(), *conf)).collect();
        let mut queue = Queue::new(mode, pools);
        for (job_id, pool) in ["c", "a", "b"].into_iter().enumerate() {
            queue.add(&set(job_id, pool), (0..4).map(|index| PendingTask { index, partition: index, attempt: 0 }));
        }
        (0..tasks).filter_map(|_| queue.next(1)).map(|(set, _)| set.pool.clone()).collect()
    }

    #[test]
    fn fifo_runs_the_first_job_first() {
        assert_eq!(order(SchedulingMode::Fifo, &[], 12), "ccccaaaabbbb");
    }

    #[test]
    fn fair_pools_take_turns() {
        assert_eq!(order(SchedulingMode::Fair, &[], 12), "abcabcabcabc");
    }

    #[test]
    fn a_heavy_pool_has_more_turns_and_a_minimum_comes_first() {
        let heavy = PoolConf { weight: 2, ..PoolConf::default() };
        assert_eq!(order(SchedulingMode::Fair, &[("b", heavy)], 8), "abcbabcb");
        let needy = PoolConf { min_share: 2, ..PoolConf::default() };
        assert_eq!(order(SchedulingMode::Fair, &[("c", needy)], 5), "ccaba");
    }

    #[test]
    fn a_set_whose_job_is_gone_is_forgotten() {
        let mut queue = Queue::new(SchedulingMode::Fifo, HashMap::new());
        let set = set(0, "a");
        queue.add(&set, [PendingTask { index: 0, partition: 0, attempt: 0 }]);
        queue.drop_pending(|set| set.job_id == 0);
        assert!(queue.next(1).is_none());
    }
}
