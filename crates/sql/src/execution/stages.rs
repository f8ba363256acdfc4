//! A plan cut into stages where rows change partitions.

use std::sync::Arc;

use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::plan;
use crate::cache;

/// Operators below which another stage begins.
const EXCHANGES: [&str; 4] = ["RepartitionExec", "CoalescePartitionsExec", "SortPreservingMergeExec", "OrderedMerge"];

/// A stage: operators that work on the same partitions.
#[derive(Debug, Default)]
pub(super) struct Stage {
    /// The operators' places (counted from the plan's last operator, each before those that feed it), names, and which of these
    /// they feed from.
    pub operators: Vec<Operator>,
    /// How many partitions it has.
    pub partitions: usize,
    /// The stages that feed it, by their place in the list of stages.
    pub parents: Vec<usize>,
}

/// An operator of a stage.
#[derive(Debug)]
pub(super) struct Operator {
    pub place: usize,
    pub name: String,
    pub children: Vec<usize>,
    /// Whether its rows come from another stage.
    pub is_exchange: bool,
    /// The number and name under which its rows are kept, if they are.
    pub kept: Option<(usize, String)>,
}

/// The stages of a plan; the one that gives the result is the first.
pub(super) fn of(plan: &Arc<dyn ExecutionPlan>) -> Vec<Stage> {
    let mut stages = vec![Stage { partitions: partitions(plan.as_ref()), ..Stage::default() }];
    cut(plan, 0, &mut stages, &mut 0);
    stages
}

fn cut(plan: &Arc<dyn ExecutionPlan>, stage: usize, stages: &mut Vec<Stage>, next: &mut usize) -> usize {
    let place = *next;
    *next += 1;
    let at = stages[stage].operators.len();
    let is_exchange = EXCHANGES.contains(&plan.name());
    stages[stage].operators.push(Operator {
        place,
        name: plan::name(plan.as_ref()),
        children: Vec::new(),
        is_exchange,
        kept: cache::kept_by(plan),
    });
    for child in plan.children() {
        if is_exchange {
            stages.push(Stage { partitions: partitions(child.as_ref()), ..Stage::default() });
            let below = stages.len() - 1;
            stages[stage].parents.push(below);
            cut(child, below, stages, next);
        } else {
            let child = cut(child, stage, stages, next);
            stages[stage].operators[at].children.push(child);
        }
    }
    place
}

fn partitions(plan: &dyn ExecutionPlan) -> usize {
    plan.output_partitioning().partition_count()
}

impl Stage {
    /// What it does, from what it reads to what it gives.
    pub fn name(&self) -> String {
        let names: Vec<&str> = self.operators.iter().rev().map(|operator| operator.name.as_str()).collect();
        names.join(", ")
    }
}
