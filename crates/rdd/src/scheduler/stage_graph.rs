//! The stages of a job: its lineage, cut at shuffles.

use std::sync::Arc;

use firesteel_error::Result;
use hashbrown::{HashMap, HashSet};

use super::stage::{Progress, Stage, StageKind};
use super::task::{TaskBody, TaskOutput};
use crate::dependency::{Dependency, Lineage, ShuffleDependency};
use crate::env::Env;
use crate::storage::BlockId;

/// The stages of one job. A stage comes after those that it reads from; the last one makes the job's results.
pub(crate) struct StageGraph {
    pub(crate) stages: Vec<Stage>,
    by_shuffle: HashMap<usize, usize>,
}

impl StageGraph {
    /// Cuts the lineage of `rdd`.
    pub(crate) fn new(rdd: &Arc<dyn Lineage>, partitions: &[usize], body: TaskBody, env: &Env) -> Result<Self> {
        let mut graph = Self { stages: Vec::new(), by_shuffle: HashMap::new() };
        graph.add_map_stages(rdd, env)?;
        graph.add(StageKind::Result, rdd.clone(), partitions.to_vec(), body, env);
        Ok(graph)
    }

    /// The place of the last stage.
    pub(crate) fn last(&self) -> usize {
        self.stages.len() - 1
    }

    /// The place of the stage that makes a shuffle.
    pub(crate) fn of_shuffle(&self, shuffle_id: usize) -> Option<usize> {
        self.by_shuffle.get(&shuffle_id).copied()
    }

    /// The place of a stage.
    pub(crate) fn place_of(&self, stage_id: usize) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == stage_id)
    }

    /// The stages that have to run before `place` can, given what is cached and which map outputs are there.
    pub(crate) fn missing_parents(&self, place: usize, env: &Env) -> Vec<usize> {
        let shuffles = shuffles_before(&self.stages[place].rdd, |rdd| !is_cached(rdd, env));
        shuffles
            .iter()
            .filter(|shuffle| !env.map_outputs.is_complete(shuffle.shuffle_id()))
            .filter_map(|shuffle| self.of_shuffle(shuffle.shuffle_id()))
            .collect()
    }

    /// Adds the map stages beneath `rdd`, deepest first. Lineage can be long, so there is no recursion.
    fn add_map_stages(&mut self, rdd: &Arc<dyn Lineage>, env: &Env) -> Result<()> {
        let mut open: Vec<(Arc<dyn ShuffleDependency>, bool)> = to_visit(rdd);
        while let Some((shuffle, parents_added)) = open.pop() {
            if self.by_shuffle.contains_key(&shuffle.shuffle_id()) {
                continue;
            }
            if parents_added {
                self.add_map_stage(shuffle, env)?;
            } else {
                let parent = shuffle.parent();
                open.push((shuffle, true));
                open.extend(to_visit(&parent));
            }
        }
        Ok(())
    }

    fn add_map_stage(&mut self, shuffle: Arc<dyn ShuffleDependency>, env: &Env) -> Result<()> {
        let parent = shuffle.parent();
        let maps = parent.partitions()?;
        env.map_outputs.register(shuffle.shuffle_id(), maps);
        let write = shuffle.clone();
        let body: TaskBody = Arc::new(move |partition, task| Ok(TaskOutput::Blocks(write.write(partition, task)?)));
        self.by_shuffle.insert(shuffle.shuffle_id(), self.stages.len());
        self.add(StageKind::Map(shuffle), parent, (0..maps).collect(), body, env);
        Ok(())
    }

    fn add(&mut self, kind: StageKind, rdd: Arc<dyn Lineage>, partitions: Vec<usize>, body: TaskBody, env: &Env) {
        let parents = shuffles_before(&rdd, |_| true)
            .iter()
            .filter_map(|shuffle| self.of_shuffle(shuffle.shuffle_id()))
            .collect();
        self.stages.push(Stage {
            id: env.bus.ids().stage() as usize,
            kind,
            parents,
            barrier: has_barrier(&rdd),
            rdd,
            body,
            progress: Progress::Idle,
            attempts: 0,
            fetch_failures: 0,
            remaining: HashSet::new(),
            failures: vec![0; partitions.len()],
            partitions,
            accumulables: Vec::new(),
            submission_time_ms: None,
        });
    }
}

fn to_visit(rdd: &Arc<dyn Lineage>) -> Vec<(Arc<dyn ShuffleDependency>, bool)> {
    shuffles_before(rdd, |_| true).into_iter().rev().map(|shuffle| (shuffle, false)).collect()
}

/// The shuffles that the stage of `rdd` reads, looking only behind RDDs that `through` lets pass.
fn shuffles_before(
    rdd: &Arc<dyn Lineage>,
    through: impl Fn(&Arc<dyn Lineage>) -> bool,
) -> Vec<Arc<dyn ShuffleDependency>> {
    let (mut shuffles, mut seen, mut open) =
        (Vec::<Arc<dyn ShuffleDependency>>::new(), HashSet::new(), vec![rdd.clone()]);
    while let Some(rdd) = open.pop() {
        if !seen.insert(rdd.id()) || !through(&rdd) {
            continue;
        }
        for dependency in rdd.dependencies() {
            match dependency {
                Dependency::Narrow(parent) => open.push(parent),
                Dependency::Shuffle(shuffle) => {
                    if shuffles.iter().all(|known| known.shuffle_id() != shuffle.shuffle_id()) {
                        shuffles.push(shuffle);
                    }
                }
            }
        }
    }
    shuffles
}

fn has_barrier(rdd: &Arc<dyn Lineage>) -> bool {
    let (mut seen, mut open) = (HashSet::new(), vec![rdd.clone()]);
    while let Some(rdd) = open.pop() {
        if rdd.is_barrier() {
            return true;
        }
        if seen.insert(rdd.id()) {
            open.extend(rdd.dependencies().into_iter().filter_map(|dependency| match dependency {
                Dependency::Narrow(parent) => Some(parent),
                Dependency::Shuffle(_) => None,
            }));
        }
    }
    false
}

/// Whether every partition of `rdd` is kept somewhere.
fn is_cached(rdd: &Arc<dyn Lineage>, env: &Env) -> bool {
    rdd.storage_level().is_kept()
        && rdd.partitions().is_ok_and(|partitions| {
            (0..partitions).all(|partition| env.blocks.contains(BlockId { rdd_id: rdd.id(), partition }))
        })
}
