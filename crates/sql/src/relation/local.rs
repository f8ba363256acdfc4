//! Rows that the client sent, or that the session holds.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;
use crate::error::from_datafusion;
use crate::types;

/// A scan of a table whose columns have their names inside the plan already.
pub(crate) fn scan_of(table: Arc<dyn TableProvider>) -> Result<LogicalPlan> {
    let source = provider_as_source(table);
    let scan =
        LogicalPlanBuilder::scan("t", source, None).and_then(LogicalPlanBuilder::build).map_err(from_datafusion)?;
    // The scan qualifies its columns; a projection takes that off.
    let columns: Vec<_> = scan
        .schema()
        .iter()
        .map(|(qualifier, field)| {
            let column = datafusion::common::Column::new(qualifier.cloned(), field.name());
            let metadata = datafusion::common::metadata::FieldMetadata::from(field.as_ref());
            datafusion::logical_expr::Expr::Column(column).alias_with_metadata(field.name(), Some(metadata))
        })
        .collect();
    LogicalPlanBuilder::from(scan).project(columns).and_then(LogicalPlanBuilder::build).map_err(from_datafusion)
}

/// A relation over a table under the user's names.
pub fn table_scan(table: Arc<dyn TableProvider>) -> Result<Analyzed> {
    let output: Vec<Attribute> = table.schema().fields().iter().map(|f| Attribute::of_field(f)).collect();
    let source = provider_as_source(table);
    let scan =
        LogicalPlanBuilder::scan("t", source, None).and_then(LogicalPlanBuilder::build).map_err(from_datafusion)?;
    let columns: Vec<_> = scan
        .schema()
        .iter()
        .zip(&output)
        .map(|((qualifier, field), attribute)| {
            let column = datafusion::common::Column::new(qualifier.cloned(), field.name());
            datafusion::logical_expr::Expr::Column(column).alias(&attribute.column)
        })
        .collect();
    let plan =
        LogicalPlanBuilder::from(scan).project(columns).and_then(LogicalPlanBuilder::build).map_err(from_datafusion)?;
    Ok(Analyzed::new(plan, output))
}

/// A relation over rows in memory.
pub(crate) fn of_batches(schema: &Schema, batches: &[RecordBatch]) -> Result<Analyzed> {
    let output: Vec<Attribute> = schema.fields().iter().map(|f| Attribute::of_field(f)).collect();
    let fields: Vec<Field> = output.iter().map(|a| a.field.as_ref().clone().with_name(&a.column)).collect();
    let inner: SchemaRef = Arc::new(Schema::new(fields));
    let batches = batches
        .iter()
        .map(|batch| {
            let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            RecordBatch::try_new_with_options(inner.clone(), batch.columns().to_vec(), &options)
                .map_err(|e| crate::error::from_arrow(&e))
        })
        .collect::<Result<Vec<_>>>()?;
    let table = MemTable::try_new(inner, vec![batches]).map_err(from_datafusion)?;
    Ok(Analyzed::new(scan_of(Arc::new(table))?, output))
}

pub(super) fn analyze(message: &pb::LocalRelation) -> Result<Analyzed> {
    let schema = message.schema.as_deref().filter(|s| !s.is_empty()).map(types::schema_from_json).transpose()?;
    from_parts(schema, message.data.iter().map(|data| data.as_ref()))
}

/// A relation from Arrow IPC streams and a schema; without data it is empty.
fn from_parts<'a>(schema: Option<SchemaRef>, parts: impl Iterator<Item = &'a [u8]>) -> Result<Analyzed> {
    let malformed =
        |e: arrow::error::ArrowError| SparkError::internal(format!("the rows that were sent are malformed: {e}"));
    let mut batches = Vec::new();
    let mut own: Option<SchemaRef> = None;
    for part in parts {
        let reader = StreamReader::try_new(std::io::Cursor::new(part), None).map_err(malformed)?;
        let fields: Vec<Field> = reader.schema().fields().iter().map(|f| types::normalize_field(f)).collect();
        let normal = own.get_or_insert_with(|| Arc::new(Schema::new(fields))).clone();
        for batch in reader {
            batches.push(types::normalize_batch(&batch.map_err(malformed)?, &normal)?);
        }
    }
    let schema = match (schema, own) {
        (Some(schema), _) => schema,
        (None, Some(own)) => own,
        (None, None) => {
            return Err(SparkError::internal("neither rows nor a schema were sent"));
        }
    };
    let batches = batches.iter().map(|batch| types::normalize_batch(batch, &schema)).collect::<Result<Vec<_>>>()?;
    of_batches(&schema, &batches)
}

/// A local relation that was sent before, under its hash.
pub(super) fn cached_local(analyzer: &Analyzer, hash: &str) -> Result<Analyzed> {
    let bytes = analyzer.session().artifacts().cached(hash)?;
    let message = <pb::LocalRelation as prost::Message>::decode(bytes.as_ref())
        .map_err(|e| SparkError::internal(format!("the cached relation {hash} is malformed: {e}")))?;
    analyze(&message)
}

/// A local relation that was sent before in parts.
pub(super) fn chunked(analyzer: &Analyzer, message: &pb::ChunkedCachedLocalRelation) -> Result<Analyzed> {
    let artifacts = analyzer.session().artifacts();
    let schema = match &message.schema_hash {
        Some(hash) => {
            let bytes = artifacts.cached(hash)?;
            let text = std::str::from_utf8(&bytes)
                .map_err(|e| SparkError::internal(format!("the cached schema {hash}: {e}")))?;
            Some(types::schema_from_json(text)?)
        }
        None => None,
    };
    let parts = message.data_hashes.iter().map(|hash| artifacts.cached(hash)).collect::<Result<Vec<_>>>()?;
    from_parts(schema, parts.iter().map(AsRef::as_ref))
}

/// A relation that the engine holds for the client: a checkpoint, or the rows of a batch given to `foreachBatch`.
pub(super) fn cached_remote(analyzer: &Analyzer, id: &str) -> Result<Analyzed> {
    let held = analyzer.session().held_relation(id)?;
    Ok(cached(&held))
}

/// The relation again, with columns of its own: two uses of one relation must not share names inside the plan.
pub fn cached(analyzed: &Analyzed) -> Analyzed {
    let output: Vec<Attribute> = analyzed
        .output
        .iter()
        .map(|a| Attribute { column: crate::attribute::fresh_column(&a.name), ..a.clone() })
        .collect();
    let columns: Vec<_> = analyzed
        .output
        .iter()
        .zip(&output)
        .map(|(old, new)| crate::expression::Typed::attribute(old).aliased(&new.column))
        .collect();
    match super::build(analyzed.plan.clone(), |b| b.project(columns)) {
        Ok(plan) => Analyzed::new(plan, output),
        Err(_) => analyzed.clone(),
    }
}
