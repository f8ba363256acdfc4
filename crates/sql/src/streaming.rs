//! The leaf that stands for a stream in an analyzed plan. The streaming engine puts each batch's data in its place.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::SparkError;

/// A stream, not yet bound to data: which source, with which options.
#[derive(Debug, Clone)]
pub struct StreamingRelation {
    /// The source's name: `csv`, `rate`, `socket` …
    pub format: String,
    /// The options of `readStream`, under the names that the user wrote.
    pub options: BTreeMap<String, String>,
    /// The path, for file sources.
    pub path: Option<String>,
    /// The columns, under the user's names.
    pub user_schema: SchemaRef,
    /// The same columns under their names inside the plan.
    pub schema: SchemaRef,
    /// Which leaf it is; each `readStream` in a query has its own.
    pub uid: u64,
}

#[async_trait]
impl TableProvider for StreamingRelation {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        // A batch action on a stream is refused before; this guards against a leaf that was left unbound.
        Err(DataFusionError::External(Box::new(batch_action_refused())))
    }
}

/// The stream that a plan's node is, if it is one.
pub fn streaming_leaf(node: &LogicalPlan) -> Option<StreamingRelation> {
    let LogicalPlan::TableScan(scan) = node else { return None };
    let provider = source_as_provider(&scan.source).ok()?;
    let provider: &dyn Any = provider.as_ref();
    provider.downcast_ref::<StreamingRelation>().cloned()
}

/// Whether a plan's node is a stream.
pub fn is_streaming_leaf(node: &LogicalPlan) -> bool {
    streaming_leaf(node).is_some()
}

/// The error for a batch action (`show`, `collect`) on a stream.
pub fn batch_action_refused() -> SparkError {
    let text = "Queries with streaming sources must be executed with writeStream.start()";
    SparkError::new("_LEGACY_ERROR_TEMP_3102").param("msg", text).text(text)
}
