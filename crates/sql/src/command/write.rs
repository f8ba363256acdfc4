//! `df.write`: to files, tables, and data sources written in Python.

use std::sync::Arc;

use firesteel_error::{Result, SparkError};
use firesteel_formats::{Commit, FileUrl, Options, SaveMode, WriteSpec, write_files};
use futures::StreamExt;
use spark_connect_proto as pb;
use spark_connect_proto::write_operation::{SaveTable, SaveType, save_table::TableSaveMethod};

use super::{CommandOutcome, console, table};
use crate::analyzed::Analyzed;
use crate::catalog::Buckets;
use crate::error::from_datafusion;
use crate::path_options::{self, Argument};
use crate::python::{self, PythonDataSource};
use crate::session::Session;

pub(super) async fn run(session: &Session, message: &pb::WriteOperation) -> Result<CommandOutcome> {
    let Some(input) = &message.input else { return Err(SparkError::internal("no relation was sent to be written")) };
    let analyzed = {
        let (session, input) = (session.clone(), input.clone());
        tokio::task::spawn_blocking(move || session.analyze(&input))
            .await
            .map_err(|e| SparkError::internal(format!("the analysis ended: {e}")))??
    };
    if analyzed.is_streaming() {
        return Err(SparkError::new("CALL_ON_STREAMING_DATASET_UNSUPPORTED").param("methodName", "`write`"));
    }
    let mut options = Options::new();
    message.options.iter().filter(|(k, _)| !k.eq_ignore_ascii_case("path")).for_each(|(k, v)| options.set(k, v));
    let named = message.options.iter().find(|(k, _)| k.eq_ignore_ascii_case("path")).map(|(_, v)| v.clone());
    let path = match &message.save_type {
        Some(SaveType::Path(path)) => {
            path_options::refuse(session.conf(), message.options.keys(), Argument::Save)?;
            Some(path.clone())
        }
        Some(SaveType::Table(target)) => {
            to_table(session, analyzed, message, target).await?;
            return Ok(CommandOutcome::Done);
        }
        None => named,
    };
    let source = message.source.clone().or_else(|| session.conf().get("spark.sql.sources.default"));
    let source = source.unwrap_or_else(|| "parquet".into());
    if source.eq_ignore_ascii_case("noop") {
        append_or_overwrite(message, &source)?;
        let mut rows = session.execute(&analyzed).await?;
        while rows.next().await.transpose().map_err(from_datafusion)?.is_some() {}
        return Ok(CommandOutcome::Done);
    }
    if source.eq_ignore_ascii_case("console") {
        console::print(session, &analyzed, &options).await?;
        return Ok(CommandOutcome::Done);
    }
    let registered = session.functions().read().source(&source);
    if let Some(registered) = registered {
        return to_python(session, registered, &analyzed, message).await;
    }
    let Some(path) = path else {
        return Err(SparkError::plain(firesteel_error::Exception::IllegalArgument, "'path' is not specified."));
    };
    if Buckets::of(message.bucket_by.as_ref(), &message.sort_column_names)?.is_some() {
        return Err(no_buckets("save"));
    }
    let spec = WriteSpec {
        dir: FileUrl::parse(&path)?,
        format: firesteel_formats::format(&source)?,
        schema: analyzed.schema(),
        partition_by: message.partitioning_columns.clone(),
        options,
        mode: mode(message.mode()),
        commit: Commit::Job,
        context: session.format_context()?,
    };
    let plan = session.physical_plan_for_files(&analyzed).await?;
    let written = write_files(plan, session.datafusion().task_ctx(), &spec).await;
    session.engine().writes().note();
    written?;
    Ok(CommandOutcome::Done)
}

/// Rows for a table of the catalog: into one that is there, or as a new one.
async fn to_table(
    session: &Session,
    analyzed: Analyzed,
    message: &pb::WriteOperation,
    target: &SaveTable,
) -> Result<()> {
    let parts = firesteel_parser::parse_multipart_identifier(&target.table_name)?;
    let mode = mode(message.mode());
    if target.save_method() != TableSaveMethod::InsertInto {
        return table::save(session, analyzed, &parts, message, mode).await;
    }
    if Buckets::of(message.bucket_by.as_ref(), &message.sort_column_names)?.is_some() {
        return Err(no_buckets("insertInto"));
    }
    if !message.partitioning_columns.is_empty() {
        return Err(SparkError::new("PARTITION_BY_NOT_ALLOWED_WITH_INSERT_INTO").param("tableName", &target.table_name));
    }
    table::insert_into(session, analyzed, &parts, mode == SaveMode::Overwrite).await
}

/// Rows for a data source written in Python.
async fn to_python(
    session: &Session,
    source: Arc<PythonDataSource>,
    analyzed: &Analyzed,
    message: &pb::WriteOperation,
) -> Result<CommandOutcome> {
    let overwrite = append_or_overwrite(message, message.source())?;
    let mut options: Vec<(String, String)> = message.options.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    if let Some(SaveType::Path(path)) = &message.save_type {
        options.push(("path".into(), path.clone()));
    }
    options.sort();
    let plan = session.physical_plan_for_files(analyzed).await?;
    python::write_data_source(session, source, plan, options, overwrite).await?;
    Ok(CommandOutcome::Done)
}

/// Whether a sink that keeps nothing that could be in the way, or says so itself, is to overwrite.
fn append_or_overwrite(message: &pb::WriteOperation, source: &str) -> Result<bool> {
    match mode(message.mode()) {
        SaveMode::Append => Ok(false),
        SaveMode::Overwrite => Ok(true),
        other => Err(SparkError::new("UNSUPPORTED_DATA_SOURCE_SAVE_MODE")
            .param("source", source)
            .param("createMode", format!("\"{other:?}\""))),
    }
}

fn no_buckets(operation: &str) -> SparkError {
    SparkError::new("_LEGACY_ERROR_TEMP_1312")
        .param("operation", operation)
        .text(format!("'{operation}' takes no bucketBy; saveAsTable does."))
}

fn mode(mode: pb::write_operation::SaveMode) -> SaveMode {
    use pb::write_operation::SaveMode as Wire;
    match mode {
        Wire::Append => SaveMode::Append,
        Wire::Overwrite => SaveMode::Overwrite,
        Wire::Ignore => SaveMode::Ignore,
        Wire::ErrorIfExists | Wire::Unspecified => SaveMode::ErrorIfExists,
    }
}
