//! A physical plan as the tree that events carry.

use datafusion::physical_plan::{ExecutionPlan, displayable};
use firesteel_events::sql::PlanNode;

use super::metrics::Measurements;

/// Spark's names of operators, for those of DataFusion that do the same.
const NAMES: [(&str, &str); 20] = [
    ("AggregateExec", "HashAggregate"),
    ("CoalescePartitionsExec", "Exchange"),
    ("CrossJoinExec", "CartesianProduct"),
    ("DataSourceExec", "Scan"),
    ("FilterExec", "Filter"),
    ("GlobalLimitExec", "GlobalLimit"),
    ("HashJoinExec", "HashJoin"),
    ("LocalLimitExec", "LocalLimit"),
    ("NestedLoopJoinExec", "BroadcastNestedLoopJoin"),
    ("OrderedMerge", "Exchange"),
    ("ProjectionExec", "Project"),
    ("RepartitionExec", "Exchange"),
    ("SortExec", "Sort"),
    ("SortMergeJoinExec", "SortMergeJoin"),
    ("SortPreservingMergeExec", "Exchange (sorted)"),
    ("UnionExec", "Union"),
    ("UnnestExec", "Generate"),
    ("WindowAggExec", "Window"),
    ("BoundedWindowAggExec", "Window"),
    ("EmptyExec", "LocalTableScan"),
];

/// The operator's name as a Spark user knows it.
pub(super) fn name(plan: &dyn ExecutionPlan) -> String {
    let name = plan.name();
    let known = NAMES.iter().find(|(ours, _)| *ours == name).map(|(_, sparks)| *sparks);
    known.unwrap_or_else(|| name.strip_suffix("Exec").unwrap_or(name)).to_string()
}

/// The plan from its last operator down, with the metrics that are known of.
pub(super) fn node(plan: &dyn ExecutionPlan, measurements: &Measurements) -> PlanNode {
    build(plan, measurements, &mut 0)
}

fn build(plan: &dyn ExecutionPlan, measurements: &Measurements, place: &mut usize) -> PlanNode {
    let metrics = measurements.of(*place);
    *place += 1;
    let simple = displayable(plan).one_line().to_string().trim_end().to_string();
    let children = plan.children().into_iter().map(|child| build(child.as_ref(), measurements, place)).collect();
    PlanNode { name: name(plan), simple, children, metrics }
}
