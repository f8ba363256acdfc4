//! A relation whose rows are made by code from all rows of another, when it is run: `tail`, `show`.

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use firesteel_error::Result;
use futures::future::BoxFuture;

use super::local;
use crate::analyzed::Analyzed;
use crate::attribute::Attribute;

/// Makes the rows.
pub(super) type Make =
    dyn Fn(Arc<dyn ExecutionPlan>, Arc<TaskContext>) -> BoxFuture<'static, DataFusionResult<RecordBatch>> + Send + Sync;

/// The relation with the columns of `input` whose rows `make` makes from it.
pub(super) fn relation(
    input: Analyzed,
    make: impl Fn(Arc<dyn ExecutionPlan>, Arc<TaskContext>) -> BoxFuture<'static, DataFusionResult<RecordBatch>>
    + Send
    + Sync
    + 'static,
) -> Result<Analyzed> {
    let output = input.output.clone();
    derived(input, output, make)
}

/// The relation with the columns `output` whose rows `make` makes from `input`.
pub(super) fn derived(
    input: Analyzed,
    output: Vec<Attribute>,
    make: impl Fn(Arc<dyn ExecutionPlan>, Arc<TaskContext>) -> BoxFuture<'static, DataFusionResult<RecordBatch>>
    + Send
    + Sync
    + 'static,
) -> Result<Analyzed> {
    let plan = input.trimmed()?;
    let fields: Vec<Field> = output.iter().map(|a| a.field.as_ref().clone().with_name(&a.column)).collect();
    let table = LazyTable { schema: Arc::new(Schema::new(fields)), plan, make: Arc::new(make) };
    Ok(Analyzed::new(local::scan_of(Arc::new(table))?, output))
}

struct LazyTable {
    schema: SchemaRef,
    plan: LogicalPlan,
    make: Arc<Make>,
}

impl fmt::Debug for LazyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for LazyTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let input = crate::session::in_order(state.create_physical_plan(&self.plan).await?);
        let rows = Rows { schema: self.schema.clone(), input, make: self.make.clone() };
        let exec =
            StreamingTableExec::try_new(self.schema.clone(), vec![Arc::new(rows)], projection, None, false, None)?;
        Ok(Arc::new(exec))
    }
}

struct Rows {
    schema: SchemaRef,
    input: Arc<dyn ExecutionPlan>,
    make: Arc<Make>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("input", &self.input).finish_non_exhaustive()
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (made, schema) = ((self.make)(self.input.clone(), context), self.schema.clone());
        let columns = schema.clone();
        let stream = futures::stream::once(async move {
            let batch = made.await?;
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            Ok(RecordBatch::try_new_with_options(columns, batch.columns().to_vec(), &options)?)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, stream))
    }
}
