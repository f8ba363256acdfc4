//! The rows of a task sorted by partition directory, for a task with more directories than it may have files open.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use datafusion::common::plan_err;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use datafusion::prelude::SessionConfig;
use firesteel_error::{Result, SparkError};
use futures::StreamExt;
use parking_lot::Mutex;

use crate::context::FormatContext;

/// What the sort keeps free for merging what it spilled.
const MERGE_BYTES: usize = 1 << 20;

/// `first` and the rows after it, sorted by `columns`.
pub(crate) fn by_directory(
    first: RecordBatch,
    rest: SendableRecordBatchStream,
    columns: &[usize],
    context: &FormatContext,
) -> Result<SendableRecordBatchStream> {
    let schema = rest.schema();
    let keys = columns
        .iter()
        .map(|at| PhysicalSortExpr::new(Arc::new(Column::new(schema.field(*at).name(), *at)), SortOptions::default()));
    let Some(keys) = LexOrdering::new(keys.collect::<Vec<_>>()) else {
        return Err(SparkError::internal("rows without partition columns cannot be sorted by them"));
    };
    let all = futures::stream::iter([Ok(first)]).chain(rest);
    let rows: SendableRecordBatchStream = Box::pin(RecordBatchStreamAdapter::new(schema.clone(), all));
    let rows: Arc<dyn PartitionStream> = Arc::new(Rows { schema: schema.clone(), stream: Mutex::new(Some(rows)) });
    let config = SessionConfig::new().with_sort_spill_reservation_bytes(MERGE_BYTES);
    let task = TaskContext::default().with_session_config(config).with_runtime(context.runtime.clone());
    StreamingTableExec::try_new(schema, vec![rows], None, None, false, None)
        .and_then(|input| SortExec::new(keys, Arc::new(input)).execute(0, Arc::new(task)))
        .map_err(crate::scan::spark_error)
}

/// A stream that is an input of a plan, once.
struct Rows {
    schema: SchemaRef,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let taken = self.stream.lock().take();
        taken.unwrap_or_else(|| {
            let twice = async { plan_err!("The rows of a write were read twice") };
            Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::once(twice)))
        })
    }
}
