//! A table with the columns of another in another order.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};

#[derive(Debug)]
struct Reordered {
    table: Arc<dyn TableProvider>,
    schema: SchemaRef,
    /// For each column of `schema`, its place in the table.
    places: Vec<usize>,
}

/// `table` with its columns in the order of `schema`.
pub(super) fn in_order(table: Arc<dyn TableProvider>, schema: &SchemaRef) -> Result<Arc<dyn TableProvider>> {
    let given = table.schema();
    let place = |name: &String| {
        given.index_of(name).map_err(|_| SparkError::internal(format!("a file source lost its column {name}")))
    };
    let places = schema.fields().iter().map(|field| place(field.name())).collect::<Result<Vec<_>>>()?;
    if places.iter().copied().eq(0..given.fields().len()) {
        return Ok(table);
    }
    Ok(Arc::new(Reordered { table, schema: Arc::clone(schema), places }))
}

#[async_trait]
impl TableProvider for Reordered {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        self.table.table_type()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        self.table.supports_filters_pushdown(filters)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let places = match projection {
            Some(columns) => columns.iter().map(|column| self.places[*column]).collect(),
            None => self.places.clone(),
        };
        self.table.scan(state, Some(&places), filters, limit).await
    }
}
