//! Plans as `explain` prints them: DataFusion's operators under the names and in the tree layout that Spark's have.

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, displayable};

/// A logical plan.
pub fn logical_tree(plan: &LogicalPlan) -> String {
    tree(&plan.display_indent().to_string(), |line| line.replacen("Projection:", "Project", 1))
}

/// A physical plan.
pub fn physical_tree(plan: &dyn ExecutionPlan) -> String {
    tree(&displayable(plan).indent(false).to_string(), operator)
}

/// Names of operators that both have.
const NAMES: &[(&str, &str)] = &[
    ("AggregateExec:", "HashAggregate"),
    ("BoundedWindowAggExec:", "Window"),
    ("CrossJoinExec", "CartesianProduct"),
    ("CoalescePartitionsExec", "Exchange SinglePartition"),
    ("EmptyExec", "LocalTableScan <empty>"),
    ("FilterExec:", "Filter"),
    ("GlobalLimitExec:", "GlobalLimit"),
    ("HashJoinExec: mode=CollectLeft,", "BroadcastHashJoin"),
    ("HashJoinExec: mode=Partitioned,", "ShuffledHashJoin"),
    ("InMemoryRelation", "InMemoryTableScan"),
    ("LocalLimitExec:", "LocalLimit"),
    ("NestedLoopJoinExec:", "BroadcastNestedLoopJoin"),
    ("OrderedMerge", "Exchange SinglePartition"),
    ("PlaceholderRowExec", "Scan OneRowRelation[]"),
    ("ProjectionExec: expr=", "Project "),
    ("RepartitionExec: partitioning=Hash", "Exchange hashpartitioning"),
    ("RepartitionExec: partitioning=RoundRobinBatch", "Exchange RoundRobinPartitioning"),
    ("SortExec: expr=", "Sort "),
    ("SortExec: TopK", "TakeOrderedAndProject TopK"),
    ("SortMergeJoinExec:", "SortMergeJoin"),
    ("SortPreservingMergeExec:", "Exchange SinglePartition, sorted by"),
    ("StreamingTableExec:", "Range"),
    ("UnionExec", "Union"),
    ("UnnestExec", "Generate"),
    ("WindowAggExec:", "Window"),
];

/// The line of an operator.
fn operator(line: &str) -> String {
    if let Some(scan) = line.strip_prefix("DataSourceExec:") {
        let name = if scan.contains("partition_sizes=") { "LocalTableScan" } else { "FileScan" };
        return format!("{name}{scan}");
    }
    match NAMES.iter().find_map(|(ours, spark)| Some((line.strip_prefix(ours)?, spark))) {
        Some((rest, spark)) => format!("{spark}{rest}"),
        None => line.to_string(),
    }
}

/// Lines that are indented by their depth, as Spark draws trees: `+-` before an only or last child, `:-` before others.
pub(super) fn tree(indented: &str, name: impl Fn(&str) -> String) -> String {
    const STEP: usize = 2;
    let lines: Vec<(usize, &str)> = indented
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| ((line.len() - line.trim_start().len()) / STEP, line.trim_start()))
        .collect();
    let mut text = String::new();
    for (at, (depth, line)) in lines.iter().enumerate() {
        // Whether the ancestor at a depth, or this node, has a sibling further down.
        let more = |level: usize| lines[at + 1..].iter().find(|(d, _)| *d <= level).is_some_and(|(d, _)| *d == level);
        for level in 1..*depth {
            text.push_str(if more(level) { ":  " } else { "   " });
        }
        if *depth > 0 {
            text.push_str(if more(*depth) { ":- " } else { "+- " });
        }
        text.push_str(&name(line));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_hang_below_their_parents() {
        let drawn = tree("Join\n  Filter\n    Scan a\n  Scan b\n", str::to_string);
        assert_eq!(drawn, "Join\n:- Filter\n:  +- Scan a\n+- Scan b\n");
    }

    #[test]
    fn operators_have_sparks_names() {
        assert_eq!(operator("HashJoinExec: mode=CollectLeft, join_type=Inner"), "BroadcastHashJoin join_type=Inner");
        assert_eq!(
            operator("DataSourceExec: partitions=1, partition_sizes=[1]"),
            "LocalTableScan partitions=1, partition_sizes=[1]"
        );
    }
}
