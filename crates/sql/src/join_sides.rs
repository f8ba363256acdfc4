//! Which side of a hash join is held in memory, where no statistics say it.
//!
//! DataFusion goes by counts of rows, and holds the left side where it has none, as for files whose footers nobody read. Here,
//! as in Spark, the sizes of the files stand in for them: a plan's rows are estimated from the bytes that it reads and the
//! operators above. The side with far fewer rows is held; one that reads no more than Spark would broadcast is held whole,
//! so that the other side need not be spread by its keys and its rows stay in their order.
//!
//! An estimate chooses between two right ways to run a join: it changes the time that the join takes, never its rows.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::Partitioning;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, PartitionMode};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, StatisticsArgs, StatisticsContext};

use crate::join_strategy::SMALL_BYTES;

/// The share of rows that a filter is taken to let through, as in DataFusion.
const FILTERED: f64 = 0.2;

/// Groups for each row.
const GROUPED: f64 = 0.25;

/// How many times fewer rows the right side has before the sides are exchanged: an estimate may be that far off.
const FEWER: f64 = 2.0;

/// See the module. Runs before the rule that goes by statistics, which leaves what is settled here as it is.
#[derive(Debug)]
pub(crate) struct JoinSides;

impl PhysicalOptimizerRule for JoinSides {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let free = match config.execution.target_partitions {
            1 => PartitionMode::CollectLeft,
            _ => PartitionMode::Auto,
        };
        plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>() else { return Ok(Transformed::no(node)) };
            if *join.partition_mode() != free || join.null_aware {
                return Ok(Transformed::no(node));
            }
            match settled(join)? {
                Some(join) => Ok(Transformed::yes(join)),
                None => Ok(Transformed::no(node)),
            }
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "join_sides"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The join with its sides and its mode, unless statistics can settle them.
fn settled(join: &HashJoinExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if known_rows(join.left()).is_some() && known_rows(join.right()).is_some() {
        return Ok(None);
    }
    let (Some(left), Some(right)) = (Estimate::of(join.left()), Estimate::of(join.right())) else { return Ok(None) };
    let right_is_held = join.join_type().supports_swap() && holds_right(*join.join_type(), &left, &right);
    let (held, other) = if right_is_held { (&right, join.left()) } else { (&left, join.right()) };
    let spread = matches!(other.output_partitioning(), Partitioning::UnknownPartitioning(count) if *count > 1);
    let whole = held.is_small() && (spread || other.output_partitioning().partition_count() == 1);
    let mode = if whole || *join.partition_mode() == PartitionMode::CollectLeft {
        PartitionMode::CollectLeft
    } else {
        PartitionMode::Partitioned
    };
    if right_is_held {
        return join.swap_inputs(mode).map(Some);
    }
    Ok(Some(Arc::new(join.builder().with_partition_mode(mode).build()?)))
}

/// A small side is held as Spark would hold it, so that rows come in the order of the side that Spark reads through.
fn holds_right(join_type: JoinType, left: &Estimate, right: &Estimate) -> bool {
    let by_right = matches!(join_type, JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark);
    let by_left =
        matches!(join_type, JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark);
    match (left.is_small(), right.is_small()) {
        (_, true) if by_right => true,
        (true, _) if by_left => false,
        (true, true) => right.bytes <= left.bytes,
        _ => right.rows * FEWER < left.rows,
    }
}

/// Whether an estimate of the file sizes below says that Spark would broadcast the plan.
pub(crate) fn reads_little(plan: &Arc<dyn ExecutionPlan>) -> bool {
    Estimate::of(plan).is_some_and(|estimate| estimate.is_small())
}

/// What a plan gives, roughly.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Estimate {
    rows: f64,
    /// The share of the rows of its tables that the filters below let through.
    kept: f64,
    /// What is read for it.
    bytes: f64,
}

impl Estimate {
    fn is_small(&self) -> bool {
        self.bytes <= SMALL_BYTES as f64
    }

    /// `None` where something below has no size that is known before it runs.
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        let estimate = Self::of_operator(plan)?;
        let rows = plan.fetch().map_or(estimate.rows, |fetch| estimate.rows.min(fetch as f64));
        Some(Self { rows, ..estimate })
    }

    fn of_operator(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
            return scan
                .data_source()
                .downcast_ref::<FileScanConfig>()
                .map_or_else(|| Self::known(plan), |files| Some(Self::of_files(files)));
        }
        let below = plan.children().into_iter().map(Self::of).collect::<Option<Vec<_>>>()?;
        match below.as_slice() {
            [] => Self::known(plan),
            [one] => Some(one.under(plan)),
            [left, right] if plan.downcast_ref::<HashJoinExec>().is_some() => {
                let join = plan.downcast_ref::<HashJoinExec>()?;
                Some(left.joined(right, *join.join_type()))
            }
            [left, right] if plan.downcast_ref::<CrossJoinExec>().is_some() => Some(Self {
                rows: left.rows * right.rows,
                kept: left.kept * right.kept,
                bytes: left.bytes + right.bytes,
            }),
            all if plan.downcast_ref::<UnionExec>().is_some() => Some(Self {
                rows: all.iter().map(|one| one.rows).sum(),
                kept: all.iter().map(|one| one.kept).fold(0.0, f64::max),
                bytes: all.iter().map(|one| one.bytes).sum(),
            }),
            _ => None,
        }
    }

    fn known(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        let rows = known_rows(plan)? as f64;
        let width: f64 = plan.schema().fields().iter().map(|field| width(field.data_type())).sum();
        Some(Self { rows, kept: 1.0, bytes: rows * width })
    }

    /// The rows of files, by their bytes and what a row of their columns takes, compressed.
    fn of_files(scan: &FileScanConfig) -> Self {
        let files = scan.file_groups.iter().flat_map(|group| group.iter());
        let bytes: f64 = files
            .map(|file| match &file.range {
                Some(range) => (range.end - range.start).max(0) as f64,
                None => file.object_meta.size as f64,
            })
            .sum();
        Self { rows: bytes / row_width(scan.file_schema()), kept: 1.0, bytes }
    }

    /// What an operator makes of the rows below it.
    fn under(self, plan: &Arc<dyn ExecutionPlan>) -> Self {
        if plan.downcast_ref::<FilterExec>().is_some() {
            return Self { rows: self.rows * FILTERED, kept: self.kept * FILTERED, ..self };
        }
        let Some(aggregate) = plan.downcast_ref::<AggregateExec>() else { return self };
        match aggregate.mode() {
            AggregateMode::Partial | AggregateMode::PartialReduce => self,
            _ if aggregate.group_expr().is_empty() => Self { rows: 1.0, ..self },
            _ => Self { rows: self.rows * GROUPED, ..self },
        }
    }

    /// A join by a key: each row of the larger side meets a row of the other one's table, if filters left it there.
    fn joined(&self, right: &Self, join_type: JoinType) -> Self {
        let (more, fewer) = if self.rows >= right.rows { (self, right) } else { (right, self) };
        let rows = match join_type {
            JoinType::Inner => more.rows * fewer.kept,
            JoinType::Left | JoinType::LeftAnti | JoinType::LeftMark => self.rows,
            JoinType::Right | JoinType::RightAnti | JoinType::RightMark => right.rows,
            JoinType::LeftSemi => self.rows * right.kept,
            JoinType::RightSemi => right.rows * self.kept,
            JoinType::Full => self.rows + right.rows,
        };
        Self { rows, kept: self.kept * right.kept, bytes: self.bytes + right.bytes }
    }
}

fn known_rows(plan: &Arc<dyn ExecutionPlan>) -> Option<usize> {
    let statistics = StatisticsContext::default().compute(plan.as_ref(), &StatisticsArgs::default()).ok()?;
    match statistics.num_rows {
        Precision::Exact(rows) | Precision::Inexact(rows) => Some(rows),
        Precision::Absent => None,
    }
}

/// The bytes that a row takes in a compressed file.
fn row_width(schema: &Schema) -> f64 {
    schema.fields().iter().map(|field| width(field.data_type()) / 2.0).sum::<f64>().max(1.0)
}

/// The bytes of a value in memory; long ones are taken as ten letters.
fn width(data_type: &DataType) -> f64 {
    data_type.primitive_width().map_or(10.0, |bytes| bytes.min(8) as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use arrow::datatypes::Field;
    use datafusion::common::NullEquality;
    use datafusion::datasource::listing::PartitionedFile;
    use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
    use datafusion::execution::object_store::ObjectStoreUrl;
    use datafusion::physical_expr::expressions::{Column, lit};
    use datafusion::physical_plan::displayable;
    use datafusion::physical_plan::empty::EmptyExec;

    use super::*;

    const MIB: u64 = 1 << 20;

    fn scan(name: &str, bytes: u64) -> Arc<dyn ExecutionPlan> {
        let schema = Arc::new(Schema::new(vec![Field::new("key", DataType::Int64, true)]));
        let halves = [format!("{name}-0"), format!("{name}-1")]
            .map(|half| FileGroup::new(vec![PartitionedFile::new(half, bytes / 2)]));
        let source = Arc::new(ParquetSource::new(schema));
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source);
        DataSourceExec::from_data_source(config.with_file_groups(halves.to_vec()).build())
    }

    fn filtered(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(FilterExec::try_new(lit(true), input).unwrap())
    }

    /// The mode and the kind of a join, and whether it holds what was on its right.
    fn run(
        join_type: JoinType,
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
    ) -> (PartitionMode, JoinType, bool) {
        let key = || Arc::new(Column::new("key", 0)) as _;
        let join = HashJoinExec::try_new(
            left,
            right.clone(),
            vec![(key(), key())],
            None,
            &join_type,
            None,
            PartitionMode::Auto,
            NullEquality::NullEqualsNothing,
            false,
        );
        let plan = JoinSides.optimize(Arc::new(join.unwrap()), &ConfigOptions::default()).unwrap();
        let join =
            plan.downcast_ref::<HashJoinExec>().or_else(|| plan.children()[0].downcast_ref::<HashJoinExec>()).unwrap();
        let shown = |plan: &Arc<dyn ExecutionPlan>| displayable(plan.as_ref()).indent(false).to_string();
        (*join.partition_mode(), *join.join_type(), shown(join.left()) == shown(&right))
    }

    #[test]
    fn the_side_with_fewer_rows_is_held() {
        let (big, other) = (|| scan("big", 400 * MIB), || scan("other", 300 * MIB));
        assert_eq!(
            run(JoinType::Inner, big(), scan("less", 50 * MIB)),
            (PartitionMode::Partitioned, JoinType::Inner, true)
        );
        assert_eq!(
            run(JoinType::Inner, scan("less", 50 * MIB), big()),
            (PartitionMode::Partitioned, JoinType::Inner, false)
        );
        assert_eq!(
            run(JoinType::LeftSemi, big(), filtered(other())),
            (PartitionMode::Partitioned, JoinType::RightSemi, true)
        );
        assert_eq!(
            run(JoinType::Inner, big(), other()),
            (PartitionMode::Partitioned, JoinType::Inner, false),
            "about the same"
        );
    }

    #[test]
    fn a_small_side_is_held_whole_as_spark_broadcasts_it() {
        let (big, small) = (|| scan("big", 400 * MIB), || scan("small", MIB));
        assert_eq!(run(JoinType::Inner, big(), small()), (PartitionMode::CollectLeft, JoinType::Inner, true));
        assert_eq!(run(JoinType::Left, big(), small()), (PartitionMode::CollectLeft, JoinType::Right, true));
        assert_eq!(
            run(JoinType::Left, scan("tiny", 1000), small()),
            (PartitionMode::CollectLeft, JoinType::Right, true)
        );
        assert_eq!(
            run(JoinType::Right, small(), scan("tiny", 1000)),
            (PartitionMode::CollectLeft, JoinType::Right, false)
        );
    }

    #[test]
    fn what_statistics_can_settle_is_left_to_them() {
        let empty = || Arc::new(EmptyExec::new(scan("any", 2).schema())) as Arc<dyn ExecutionPlan>;
        assert_eq!(run(JoinType::Inner, empty(), empty()).0, PartitionMode::Auto);
    }
}
