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
use firesteel_formats::{FileStatus, FilesTable, METADATA_COLUMN, Options, metadata_field};
use spark_connect_proto::{self as pb, read::ReadType};

use super::local;
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;
use crate::path_options::{self, Argument};
use crate::python::PythonSourceTable;
use crate::source::{self, StreamRequest};
use crate::streaming::StreamingRelation;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Read, plan_id: Option<i64>) -> Result<Analyzed> {
    match &message.read_type {
        Some(ReadType::NamedTable(table)) => {
            analyzer.named_table(&table.unparsed_identifier, &table.options, message.is_streaming)
        }
        Some(ReadType::DataSource(data)) if message.is_streaming => stream(analyzer, data, plan_id),
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
    if !data.paths.is_empty() {
        path_options::refuse(analyzer.conf(), data.options.keys(), Argument::Load)?;
    }
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
        return Err(
            SparkError::new("UNABLE_TO_INFER_SCHEMA").param("format", firesteel_formats::display_name(format.name()))
        );
    }
    let context = analyzer.session().format_context()?;
    let paths = paths.to_vec();
    let given = schema.clone();
    let naming = context.clone();
    let table = crate::blocking::wait(async move { FilesTable::open(format, &paths, schema, options, context).await })?;
    let from_sink_log = table.is_from_sink_log();
    let mut scan = with_metadata(table)?;
    // As in Spark: partition columns come last, but not among files that a streaming sink's log names.
    if let Some(given) = given.filter(|_| from_sink_log) {
        let place = |attribute: &Attribute| {
            given.fields().iter().position(|field| naming.same_name(field.name(), &attribute.name))
        };
        scan.output.sort_by_key(|attribute| place(attribute).unwrap_or(usize::MAX));
    }
    Ok(scan)
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
fn stream(analyzer: &Analyzer, data: &pb::read::DataSource, plan_id: Option<i64>) -> Result<Analyzed> {
    let format = format_of(analyzer, data);
    if !data.paths.is_empty() {
        path_options::refuse(analyzer.conf(), data.options.keys(), Argument::LoadStream)?;
    }
    let mut options: BTreeMap<String, String> = data.options.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let path = paths_of(data).into_iter().next();
    options.retain(|key, _| !key.eq_ignore_ascii_case("path"));
    let mut all = Options::new();
    options.iter().for_each(|(key, value)| all.set(key, value));
    let user_schema = schema_of(data)?;
    let request = StreamRequest { format: format.clone(), options: all, path: path.clone(), user_schema };
    let settled = analyzer.session().settled_streams();
    let known = plan_id.and_then(|plan_id| settled.get(plan_id, data));
    let user_schema = match (known, plan_id) {
        (Some(known), _) => known,
        (None, None) => source::stream_schema(analyzer.session(), request)?,
        (None, Some(plan_id)) => {
            let schema = source::stream_schema(analyzer.session(), request)?;
            settled.put(plan_id, data.clone(), schema.clone());
            schema
        }
    };
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
    let (user_schema, has_metadata) = with_metadata_field(&format, user_schema);
    let mut output: Vec<Attribute> = user_schema.fields().iter().map(|f| Attribute::of_field(f)).collect();
    let fields: Vec<Field> = output.iter().map(|a| a.field.as_ref().clone().with_name(&a.column)).collect();
    let relation = StreamingRelation {
        format,
        options,
        path,
        user_schema,
        schema: Arc::new(Schema::new(fields)),
        uid: NEXT.fetch_add(1, Ordering::Relaxed),
    };
    let scan = local::scan_of(Arc::new(relation))?;
    let hidden = if has_metadata { output.pop().into_iter().collect() } else { Vec::new() };
    Ok(Analyzed { hidden, ..Analyzed::new(scan, output) })
}

/// The columns of a stream of files with the hidden one that says where a row came from, and whether it was added.
fn with_metadata_field(format: &str, schema: SchemaRef) -> (SchemaRef, bool) {
    let clash = schema.fields().iter().any(|field| field.name().eq_ignore_ascii_case(METADATA_COLUMN));
    if clash || firesteel_formats::format(format).is_err() {
        return (schema, false);
    }
    let fields: Vec<_> = schema.fields().iter().cloned().chain([metadata_field()]).collect();
    (Arc::new(Schema::new(fields)), true)
}
