//! `spark.read`, `spark.readStream` and tables by name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use firesteel_error::{Result, SparkError};
use firesteel_formats::{FileStatus, FilesTable, METADATA_COLUMN, Options};
use spark_connect_proto::{self as pb, read::ReadType};

use super::local;
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;
use crate::python::PythonSourceTable;
use crate::source::{self, StreamRequest};
use crate::streaming::StreamingRelation;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Read) -> Result<Analyzed> {
    match &message.read_type {
        Some(ReadType::NamedTable(table)) => {
            analyzer.named_table(&table.unparsed_identifier, &table.options, message.is_streaming)
        }
        Some(ReadType::DataSource(data)) if message.is_streaming => stream(analyzer, data),
        Some(ReadType::DataSource(data)) => batch(analyzer, data),
        None => Err(SparkError::internal("a read without a source was sent")),
    }
}

/// Sources without an end.
const STREAMS_ONLY: &[&str] = &["rate", "rate-micro-batch", "socket"];

fn format_of(analyzer: &Analyzer, data: &pb::read::DataSource) -> String {
    let named = data.format.clone().filter(|f| !f.is_empty());
    named.or_else(|| analyzer.conf().get("spark.sql.sources.default")).unwrap_or_else(|| "parquet".into())
}

fn schema_of(data: &pb::read::DataSource) -> Result<Option<SchemaRef>> {
    data.schema.as_deref().filter(|s| !s.is_empty()).map(types::schema_from_json).transpose()
}

fn paths_of(data: &pb::read::DataSource) -> Vec<String> {
    if !data.paths.is_empty() {
        return data.paths.clone();
    }
    data.options.iter().filter(|(key, _)| key.eq_ignore_ascii_case("path")).map(|(_, value)| value.clone()).collect()
}

fn batch(analyzer: &Analyzer, data: &pb::read::DataSource) -> Result<Analyzed> {
    let name = format_of(analyzer, data);
    if STREAMS_ONLY.contains(&name.to_lowercase().as_str()) {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_1135")
            .param("className", &name)
            .text(format!("{name} is not a valid Spark SQL Data Source: it can only be read as a stream.")));
    }
    if let Some(source) = analyzer.session().functions().read().source(&name) {
        let options = python_options(data);
        let schema = schema_of(data)?;
        let table = PythonSourceTable::open(analyzer.session(), source, &options, schema.as_ref())?;
        return local::table_scan(Arc::new(table));
    }
    let mut options = Options::new();
    data.options.iter().filter(|(k, _)| !k.eq_ignore_ascii_case("path")).for_each(|(k, v)| options.set(k, v));
    files(analyzer, &name, &paths_of(data), schema_of(data)?, options)
}

/// The options that a data source written in Python is given: one path is `path`, several are `paths` in JSON.
fn python_options(data: &pb::read::DataSource) -> Vec<(String, String)> {
    let mut options: Vec<(String, String)> = data.options.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    match data.paths.as_slice() {
        [] => {}
        [path] => options.push(("path".into(), path.clone())),
        paths => options.push(("paths".into(), serde_json::Value::from(paths).to_string())),
    }
    options.sort();
    options
}

/// A relation over files.
pub(crate) fn files(
    analyzer: &Analyzer,
    format: &str,
    paths: &[String],
    schema: Option<SchemaRef>,
    options: Options,
) -> Result<Analyzed> {
    let format = firesteel_formats::format(format)?;
    if paths.is_empty() {
        return Err(SparkError::new("UNABLE_TO_INFER_SCHEMA").param("format", format.name()));
    }
    let context = analyzer.session().format_context()?;
    let paths = paths.to_vec();
    let table = crate::blocking::wait(async move { FilesTable::open(format, &paths, schema, options, context).await })?;
    with_metadata(table)
}

/// The scan of a table of files; where a row came from is a hidden column of it.
pub(crate) fn with_metadata(table: FilesTable) -> Result<Analyzed> {
    let clash = table.schema().fields().iter().any(|f| f.name().eq_ignore_ascii_case(METADATA_COLUMN));
    if clash {
        return local::table_scan(Arc::new(table));
    }
    let mut scan = local::table_scan(Arc::new(table.with_metadata_column()))?;
    scan.hidden = scan.output.pop().into_iter().collect();
    Ok(scan)
}

/// The files that a plan reads.
pub(crate) fn files_of(plan: &LogicalPlan) -> Vec<FileStatus> {
    let mut files = Vec::new();
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = (provider.as_ref() as &dyn std::any::Any).downcast_ref::<FilesTable>()
        {
            files.extend(table.files().iter().cloned());
        }
        Ok(TreeNodeRecursion::Continue)
    });
    files
}

/// A stream: a leaf that is bound to data batch by batch.
fn stream(analyzer: &Analyzer, data: &pb::read::DataSource) -> Result<Analyzed> {
    let format = format_of(analyzer, data);
    let mut options: BTreeMap<String, String> = data.options.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let path = paths_of(data).into_iter().next();
    options.retain(|key, _| !key.eq_ignore_ascii_case("path"));
    let mut all = Options::new();
    options.iter().for_each(|(key, value)| all.set(key, value));
    let user_schema = schema_of(data)?;
    let request = StreamRequest { format: format.clone(), options: all, path: path.clone(), user_schema };
    let user_schema = source::stream_schema(analyzer.session(), request)?;
    stream_leaf(format, options, path, user_schema)
}

/// The leaf for a stream with this schema.
pub(crate) fn stream_leaf(
    format: String,
    options: BTreeMap<String, String>,
    path: Option<String>,
    user_schema: SchemaRef,
) -> Result<Analyzed> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let output: Vec<Attribute> = user_schema.fields().iter().map(|f| Attribute::of_field(f)).collect();
    let fields: Vec<Field> = output.iter().map(|a| a.field.as_ref().clone().with_name(&a.column)).collect();
    let relation = StreamingRelation {
        format,
        options,
        path,
        user_schema,
        schema: Arc::new(Schema::new(fields)),
        uid: NEXT.fetch_add(1, Ordering::Relaxed),
    };
    Ok(Analyzed::new(local::scan_of(Arc::new(relation))?, output))
}
