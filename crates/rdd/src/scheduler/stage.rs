//! A stage of a job: its tasks, what each of them makes, and how far it is.

use std::sync::Arc;

use firesteel_events::job::{Accumulable, RddInfo, StageInfo};
use hashbrown::HashSet;

use super::task::TaskBody;
use crate::dependency::{Dependency, Lineage, ShuffleDependency};

/// What the tasks of a stage make.
#[derive(Clone)]
pub(crate) enum StageKind {
    /// A value for each of the job's partitions.
    Result,
    /// Blocks for a shuffle.
    Map(Arc<dyn ShuffleDependency>),
}

/// Where a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not asked for (any more).
    Idle,
    /// It waits for the stages it reads from, or for another job that makes the same.
    Waiting,
    /// Its tasks are submitted.
    Running,
}

/// A stage of a running job.
pub(crate) struct Stage {
    pub(crate) id: usize,
    pub(crate) kind: StageKind,
    pub(crate) rdd: Arc<dyn Lineage>,
    /// The partitions that its tasks compute, by the tasks' places.
    pub(crate) partitions: Vec<usize>,
    /// The stages it may read from: places in the graph.
    pub(crate) parents: Vec<usize>,
    pub(crate) barrier: bool,
    pub(crate) body: TaskBody,
    pub(crate) progress: Progress,
    /// How many attempts there were.
    pub(crate) attempts: usize,
    /// Attempts in a row that a lost block has ended.
    pub(crate) fetch_failures: usize,
    /// The places of tasks of the running attempt that have not succeeded.
    pub(crate) remaining: HashSet<usize>,
    /// How often each task has failed.
    pub(crate) failures: Vec<usize>,
    pub(crate) accumulables: Vec<Accumulable>,
    pub(crate) submission_time_ms: Option<u64>,
}

impl Stage {
    /// The attempt that runs, from 0.
    pub(crate) fn attempt(&self) -> usize {
        self.attempts.saturating_sub(1)
    }

    pub(crate) fn task_type(&self) -> &'static str {
        match self.kind {
            StageKind::Result => "ResultTask",
            StageKind::Map(_) => "ShuffleMapTask",
        }
    }

    /// Takes the newest value of each accumulator.
    pub(crate) fn note_accumulables(&mut self, accumulables: &[Accumulable]) {
        for new in accumulables {
            let new = Accumulable { update: None, ..new.clone() };
            match self.accumulables.iter_mut().find(|old| old.id == new.id) {
                Some(old) => *old = new,
                None => self.accumulables.push(new),
            }
        }
    }

    /// The stage as events tell of it.
    pub(crate) fn info(&self, name: &str, parent_ids: Vec<usize>) -> StageInfo {
        let name = match self.kind {
            StageKind::Result => name.to_string(),
            StageKind::Map(_) => self.rdd.made(),
        };
        StageInfo {
            stage_id: self.id,
            attempt: self.attempt(),
            details: name.clone(),
            name,
            num_tasks: self.partitions.len(),
            rdds: rdds_of_stage(&self.rdd),
            parent_ids,
            submission_time_ms: self.submission_time_ms,
            completion_time_ms: None,
            failure_reason: None,
            accumulables: self.accumulables.clone(),
        }
    }
}

/// The RDDs between `rdd` and the shuffles before it, `rdd` first.
fn rdds_of_stage(rdd: &Arc<dyn Lineage>) -> Vec<RddInfo> {
    let (mut infos, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![rdd.clone()]);
    while let Some(rdd) = open.pop() {
        if !seen.insert(rdd.id()) {
            continue;
        }
        let dependencies = rdd.dependencies();
        infos.push(rdd_info(&rdd, &dependencies));
        open.extend(dependencies.into_iter().filter_map(|dependency| match dependency {
            Dependency::Narrow(parent) => Some(parent),
            Dependency::Shuffle(_) => None,
        }));
    }
    infos
}

fn rdd_info(rdd: &Arc<dyn Lineage>, dependencies: &[Dependency]) -> RddInfo {
    RddInfo {
        id: rdd.id(),
        name: rdd.name().unwrap_or_else(|| rdd.operation().to_string()),
        scope: rdd.operation().to_string(),
        call_site: rdd.call_site(),
        parent_ids: dependencies.iter().map(|dependency| dependency.parent().id()).collect(),
        level: rdd.storage_level().info(),
        barrier: rdd.is_barrier(),
        num_partitions: rdd.partitions().unwrap_or(0),
        ..RddInfo::default()
    }
}
