//! What a streaming query cannot do, refused under Spark's conditions before anything runs.
//!
//! Each check is one function over the plan. What Spark can do and this engine cannot yet is refused last, as such.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, NullEquality};
use datafusion::logical_expr::{Aggregate, Distinct, Expr, Join, LogicalPlan, SkipType};
use firesteel_error::{Result, SparkError};

use super::incremental::{IsStream, extension, grouping_event_time, reads_stream};
use super::settings::StatefulSettings;
use crate::OutputMode;
use firesteel_sql::nodes::{Deduplicate, event_time_columns};
use firesteel_sql::per_partition::is_sample;

/// The column in which set operations with ALL number equal rows.
const ROW_NUMBER: &str = "spark_row_number";

/// Refuses `plan` if a streaming query in `mode` cannot have it.
pub(crate) fn check(
    plan: &LogicalPlan,
    mode: OutputMode,
    settings: &StatefulSettings,
    is_stream: IsStream<'_>,
) -> Result<()> {
    let nodes = streaming_nodes(plan, is_stream);
    if settings.check_unsupported {
        check_mode(&nodes, mode)?;
        check_chain(&nodes, mode, settings, is_stream)?;
        for node in &nodes {
            check_node(node, mode, is_stream)?;
        }
    }
    // Not a matter of taste: without these the plan could not be run at all.
    nodes.iter().try_for_each(|node| check_supported(node, is_stream))
}

/// The nodes that read a stream, themselves or below.
fn streaming_nodes<'a>(plan: &'a LogicalPlan, is_stream: IsStream<'_>) -> Vec<&'a LogicalPlan> {
    let mut nodes = Vec::new();
    // The visitor of this function never fails.
    let _ = plan.apply(|node| {
        if !reads_stream(node, is_stream) {
            return Ok(TreeNodeRecursion::Jump);
        }
        nodes.push(node);
        Ok(TreeNodeRecursion::Continue)
    });
    nodes
}

fn aggregates<'a>(nodes: &[&'a LogicalPlan]) -> Vec<&'a Aggregate> {
    let aggregate = |node: &&'a LogicalPlan| if let LogicalPlan::Aggregate(found) = node { Some(found) } else { None };
    nodes.iter().filter_map(aggregate).collect()
}

/// Complete mode wants an aggregate; append mode wants to know when a group is done.
fn check_mode(nodes: &[&LogicalPlan], mode: OutputMode) -> Result<()> {
    let aggregates = aggregates(nodes);
    match mode {
        OutputMode::Complete if aggregates.is_empty() => Err(mode_unsupported(mode, "no streaming aggregations")),
        OutputMode::Append if aggregates.iter().any(|aggregate| grouping_event_time(aggregate).is_none()) => {
            Err(mode_unsupported(mode, "streaming aggregations without watermark"))
        }
        _ => Ok(()),
    }
}

/// An aggregate that is not in append mode gives rows that are older than the watermark: an operator after it that drops
/// late rows would drop them.
fn check_chain(
    nodes: &[&LogicalPlan],
    mode: OutputMode,
    settings: &StatefulSettings,
    is_stream: IsStream<'_>,
) -> Result<()> {
    let stateful = |node: &&&LogicalPlan| drops_late_rows(node);
    if !settings.allow_multiple && nodes.iter().filter(stateful).count() > 1 {
        return Err(legacy(
            "Multiple stateful operators are not allowed while spark.sql.streaming.statefulOperator.allowMultiple is false",
        ));
    }
    if mode == OutputMode::Append || !settings.check_correctness {
        return Ok(());
    }
    for node in nodes.iter().filter(stateful) {
        let below: Vec<_> = node.inputs().into_iter().flat_map(|input| streaming_nodes(input, is_stream)).collect();
        if !aggregates(&below).is_empty() {
            return Err(legacy(
                "Detected pattern of possible 'correctness' issue due to global watermark: a stateful operation follows one \
                 that can give rows older than the watermark, and would drop them. Use append mode. \
                 spark.sql.streaming.statefulOperator.checkCorrectness.enabled = false switches the check off",
            ));
        }
    }
    Ok(())
}

/// Whether a node is a stateful operation that looks at the watermark.
fn drops_late_rows(node: &LogicalPlan) -> bool {
    if let Some(deduplicate) = extension::<Deduplicate>(node) {
        let event_times = event_time_columns(deduplicate.input.schema());
        return deduplicate.within_watermark || deduplicate.keys.iter().any(|key| event_times.contains(key));
    }
    matches!(node, LogicalPlan::Aggregate(_))
}

fn check_node(node: &LogicalPlan, mode: OutputMode, is_stream: IsStream<'_>) -> Result<()> {
    if let Some(deduplicate) = extension::<Deduplicate>(node)
        && deduplicate.within_watermark
        && event_time_columns(deduplicate.input.schema()).is_empty()
    {
        return Err(legacy(
            "dropDuplicatesWithinWatermark is not supported on streaming DataFrames/DataSets without watermark",
        ));
    }
    match node {
        LogicalPlan::Aggregate(aggregate) => check_distinct(aggregate),
        LogicalPlan::Sort(sort) => {
            let below = streaming_nodes(&sort.input, is_stream);
            if mode == OutputMode::Complete && !aggregates(&below).is_empty() {
                return Ok(());
            }
            Err(legacy(
                "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated DataFrame/Dataset in \
                 Complete output mode",
            ))
        }
        LogicalPlan::Limit(limit) => {
            if !matches!(limit.get_skip_type(), Ok(SkipType::Literal(0))) {
                return Err(legacy("Offset is not supported on streaming DataFrames/Datasets"));
            }
            if limit.fetch.is_some() && mode == OutputMode::Update {
                return Err(legacy("Limits are not supported on streaming DataFrames/Datasets in Update output mode"));
            }
            Ok(())
        }
        LogicalPlan::Union(union) => {
            let streams = union.inputs.iter().filter(|input| reads_stream(input, is_stream)).count();
            if streams < union.inputs.len() {
                return Err(legacy("Union between streaming and batch DataFrames/Datasets is not supported"));
            }
            Ok(())
        }
        LogicalPlan::Join(join) => {
            let (left, right) = (reads_stream(&join.left, is_stream), reads_stream(&join.right, is_stream));
            check_set_operation(join, right)?;
            check_stream_join(join, left && right)?;
            check_static_join(join.join_type, left, right)
        }
        node if is_sample(node) => Err(legacy("Sampling is not supported on streaming DataFrames/Datasets")),
        LogicalPlan::Window(window) if is_numbering(&window.window_expr) => Ok(()),
        LogicalPlan::Window(window) => check_window(window.window_expr.first()),
        _ => Ok(()),
    }
}

fn check_distinct(aggregate: &Aggregate) -> Result<()> {
    for expr in &aggregate.aggr_expr {
        let distinct = expr.exists(|part| Ok(matches!(part, Expr::AggregateFunction(call) if call.params.distinct)));
        if distinct.unwrap_or(false) {
            return Err(legacy(
                "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider using \
                 approx_count_distinct() instead.",
            ));
        }
    }
    Ok(())
}

/// A static side may not be the one whose unmatched rows are kept: a later batch could match them.
fn check_static_join(join_type: JoinType, left: bool, right: bool) -> Result<()> {
    let stream_left =
        "with a streaming DataFrame/Dataset on the left and a static DataFrame/DataSet on the right not supported";
    let stream_right =
        "with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left is not supported";
    match (left, right, join_type) {
        (true, false, JoinType::Right) => Err(legacy(&format!("RightOuter join {stream_left}"))),
        (false, true, JoinType::Left) => Err(legacy(&format!("LeftOuter join {stream_right}"))),
        (false, true, JoinType::LeftSemi) => Err(legacy(&format!("LeftSemi join {stream_right}"))),
        (_, true, JoinType::LeftAnti) => {
            Err(legacy("LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported"))
        }
        (true, false, JoinType::Full) => Err(legacy(
            "FullOuter joins with streaming DataFrames/Datasets on the left and a static DataFrame/Dataset on the right is not \
             supported",
        )),
        (false, true, JoinType::Full) => Err(legacy(
            "FullOuter joins with streaming DataFrames/Datasets on the right and a static DataFrame/Dataset on the left is not \
             supported",
        )),
        _ => Ok(()),
    }
}

/// `intersect` and `except` are joins in which NULL meets NULL.
fn check_set_operation(join: &Join, right_streams: bool) -> Result<()> {
    if join.null_equality != NullEquality::NullEqualsNull {
        return Ok(());
    }
    match join.join_type {
        JoinType::LeftSemi => Err(legacy("Intersect of streaming DataFrames/Datasets is not supported")),
        JoinType::LeftAnti if right_streams => {
            Err(legacy("Except on a streaming DataFrame/Dataset on the right is not supported"))
        }
        _ => Ok(()),
    }
}

/// Unmatched rows of two streams can be told only when a watermark says that no match will come.
fn check_stream_join(join: &Join, both_stream: bool) -> Result<()> {
    let name = match join.join_type {
        JoinType::Left => "LeftOuter",
        JoinType::Right => "RightOuter",
        JoinType::Full => "FullOuter",
        JoinType::LeftSemi => "LeftSemi",
        _ => return Ok(()),
    };
    let has_watermark = |side: &LogicalPlan| !event_time_columns(side.schema()).is_empty();
    if !both_stream || has_watermark(&join.left) || has_watermark(&join.right) {
        return Ok(());
    }
    Err(legacy(&format!(
        "Stream-stream {name} join between two streaming DataFrame/Datasets is not supported without a watermark in the join \
         keys, or a watermark on the nullable side and an appropriate range condition"
    )))
}

/// Whether a window only numbers equal rows for `exceptAll`, which is refused in the run ([`check_at_run`]).
fn is_numbering(exprs: &[Expr]) -> bool {
    matches!(exprs, [Expr::Alias(alias)] if alias.name == ROW_NUMBER)
}

/// What Spark notices only when the query runs: `except` of a stream drops duplicates for good.
pub(crate) fn check_at_run(plan: &LogicalPlan, mode: OutputMode, is_stream: IsStream<'_>) -> Result<()> {
    let excepts = |node: &&LogicalPlan| match node {
        LogicalPlan::Join(join) => {
            join.join_type == JoinType::LeftAnti && join.null_equality == NullEquality::NullEqualsNull
        }
        _ => false,
    };
    if mode == OutputMode::Append && streaming_nodes(plan, is_stream).iter().any(excepts) {
        return Err(SparkError::new("UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK")
            .param("outputMode", "append")
            .param("statefulOperator", "aggregations")
            .text(
                "Append output mode is not supported for aggregations on streaming DataFrames without a watermark.",
            ));
    }
    Ok(())
}

fn check_window(expr: Option<&Expr>) -> Result<()> {
    let shown = expr.map(|expr| expr.clone().unalias().to_string()).unwrap_or_default();
    let name = expr.map(|expr| expr.schema_name().to_string()).unwrap_or_default();
    let function = shown.split_once(" PARTITION BY").or_else(|| shown.split_once(" ORDER BY"));
    let (function, spec) = function.unwrap_or((&shown, ""));
    Err(SparkError::new("NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING")
        .param("windowFunc", function.to_uppercase())
        .param("columnName", format!("`{name}`"))
        .param("windowSpec", spec.to_uppercase())
        .text(format!(
            "{function} (column `{name}`) is a window function over rows, which a stream has no end of; a streaming query \
             groups by window(), a window in time."
        )))
}

/// What Spark has and this engine has not.
fn check_supported(node: &LogicalPlan, is_stream: IsStream<'_>) -> Result<()> {
    match node {
        LogicalPlan::Join(join) if reads_stream(&join.left, is_stream) && reads_stream(&join.right, is_stream) => {
            Err(SparkError::unsupported("A join of two streams"))
        }
        LogicalPlan::Distinct(Distinct::On(_)) => Err(SparkError::unsupported("DISTINCT ON in a streaming query")),
        LogicalPlan::RecursiveQuery(_) => Err(SparkError::unsupported("A recursive query over a stream")),
        LogicalPlan::Aggregate(aggregate) => check_python(aggregate).and_then(|()| check_distinct(aggregate)),
        _ => Ok(()),
    }
}

/// An aggregate function in Python has no state that could be kept between batches.
fn check_python(aggregate: &Aggregate) -> Result<()> {
    if aggregate.aggr_expr.iter().any(firesteel_sql::python::is_python_aggregate) {
        return Err(legacy("Streaming aggregation doesn't support group aggregate pandas UDF"));
    }
    Ok(())
}

fn mode_unsupported(mode: OutputMode, operation: &str) -> SparkError {
    SparkError::new("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION")
        .param("outputMode", mode.name())
        .param("operation", operation)
        .text(format!("A query with {operation} cannot have the output mode {}.", mode.name()))
}

/// A refusal that has no condition of its own in Spark.
fn legacy(message: &str) -> SparkError {
    SparkError::new("_LEGACY_ERROR_TEMP_3102").param("msg", message).text(message)
}
