//! `spark.range`: whole numbers, made as they are asked for.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr, RangePartitioning, SplitPoint};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto as pb;

use super::local;
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;

pub(super) fn analyze(analyzer: &Analyzer, message: &pb::Range) -> Result<Analyzed> {
    let partitions =
        message.num_partitions.map_or_else(|| analyzer.session().cores(), |n| usize::try_from(n).unwrap_or(1));
    relation(message.start(), message.end, message.step, partitions)
}

/// The relation of the numbers from `start` up to, not including, `end`.
///
/// # Errors
/// When `step` is 0.
pub(crate) fn relation(start: i64, end: i64, step: i64, partitions: usize) -> Result<Analyzed> {
    if step == 0 {
        return Err(SparkError::plain(Exception::IllegalArgument, "requirement failed: step cannot be 0"));
    }
    let id = Attribute::new("id", DataType::Int64, false);
    let schema = Arc::new(Schema::new(vec![Field::new(&id.column, DataType::Int64, false)]));
    let span = i128::from(end) - i128::from(start);
    let count =
        if (span > 0) == (step > 0) { (span.unsigned_abs()).div_ceil(u128::from(step.unsigned_abs())) } else { 0 };
    let table = Range { schema, start, step, count, partitions: partitions.max(1) };
    Ok(Analyzed::new(local::scan_of(Arc::new(table))?, vec![id]))
}

#[derive(Debug)]
struct Range {
    schema: SchemaRef,
    start: i64,
    step: i64,
    count: u128,
    partitions: usize,
}

impl Range {
    /// The numbers lie in the partitions by ranges, so that groups of equal ones need not be brought together.
    fn partitioning(&self, table: &StreamingTableExec) -> DataFusionResult<Option<Partitioning>> {
        // Partitions without numbers have no bounds; where the column is not read there is nothing to be said of it.
        if self.count < self.partitions as u128 || table.schema().fields().is_empty() {
            return Ok(None);
        }
        let options = SortOptions { descending: self.step < 0, nulls_first: self.step > 0 };
        let id = Arc::new(Column::new(table.schema().field(0).name(), 0));
        let Some(ordering) = LexOrdering::new([PhysicalSortExpr::new(id, options)]) else { return Ok(None) };
        let first = |part: usize| {
            let skipped = self.count * part as u128 / self.partitions as u128;
            let number = i128::from(self.start) + i128::from(self.step) * skipped as i128;
            i64::try_from(number).ok().map(|number| SplitPoint::new(vec![ScalarValue::Int64(Some(number))]))
        };
        let Some(bounds) = (1..self.partitions).map(first).collect::<Option<Vec<_>>>() else { return Ok(None) };
        RangePartitioning::try_new(ordering, bounds).map(|range| Some(Partitioning::Range(range)))
    }
}

#[async_trait]
impl TableProvider for Range {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let count = self.partitions as u128;
        let parts = (0..count)
            .map(|part| {
                let (first, last) = (self.count * part / count, self.count * (part + 1) / count);
                Arc::new(Part { schema: self.schema.clone(), start: self.start, step: self.step, first, last }) as _
            })
            .collect();
        let table = StreamingTableExec::try_new(self.schema.clone(), parts, projection, None, false, limit)?;
        Ok(Arc::new(match self.partitioning(&table)? {
            Some(partitioning) => table.with_output_partitioning(partitioning)?,
            None => table,
        }))
    }
}

/// The numbers `start + i * step` for `i` from `first` up to `last`.
#[derive(Debug)]
struct Part {
    schema: SchemaRef,
    start: i64,
    step: i64,
    first: u128,
    last: u128,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let size = context.session_config().batch_size() as u128;
        let (schema, start, step, last) = (self.schema.clone(), self.start, self.step, self.last);
        let mut next = self.first;
        let batches = std::iter::from_fn(move || {
            if next >= last {
                return None;
            }
            let end = last.min(next + size);
            // Within the range no number overflows, though the product before the sum may.
            let number = |i: u128| start.wrapping_add((i as i64).wrapping_mul(step));
            let values: Int64Array = (next..end).map(number).collect();
            next = end;
            Some(RecordBatch::try_new(schema.clone(), vec![Arc::new(values)]).map_err(Into::into))
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter(batches)))
    }
}
