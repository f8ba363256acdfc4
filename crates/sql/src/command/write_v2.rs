//! `df.writeTo(table)`: tables made, replaced, added to and overwritten by name.

use std::collections::BTreeMap;

use firesteel_error::{Result, SparkError};
use firesteel_formats::SaveMode;
use spark_connect_proto::write_operation_v2::Mode;
use spark_connect_proto::{self as pb, expression::ExprType};

use super::{CommandOutcome, table};
use crate::analyzed::Analyzed;
use crate::catalog::{Table, TableName};
use crate::session::Session;

pub(super) async fn run(session: &Session, message: &pb::WriteOperationV2) -> Result<CommandOutcome> {
    let Some(input) = &message.input else { return Err(SparkError::internal("no relation was sent to be written")) };
    let analyzed = {
        let (session, input) = (session.clone(), input.clone());
        tokio::task::spawn_blocking(move || session.analyze(&input))
            .await
            .map_err(|e| SparkError::internal(format!("the analysis ended: {e}")))??
    };
    if analyzed.is_streaming() {
        return Err(SparkError::new("CALL_ON_STREAMING_DATASET_UNSUPPORTED").param("methodName", "`writeTo`"));
    }
    let parts = firesteel_parser::parse_multipart_identifier(&message.table_name)?;
    match message.mode() {
        Mode::Create => {
            make(session, message, &parts, analyzed, false).await?;
        }
        Mode::CreateOrReplace => make(session, message, &parts, analyzed, true).await?,
        Mode::Replace => {
            table::find(session, &parts)?;
            make(session, message, &parts, analyzed, true).await?;
        }
        Mode::Append => {
            let (table, rows) = fitted(session, &parts, &analyzed)?;
            table::write(session, &rows, &table, SaveMode::Append).await?;
        }
        Mode::OverwritePartitions => {
            let (table, rows) = fitted(session, &parts, &analyzed)?;
            table::write_partitions(session, rows, &table).await?;
        }
        Mode::Overwrite => {
            let (table, rows) = fitted(session, &parts, &analyzed)?;
            if !is_true(message.overwrite_condition.as_ref()) {
                return Err(SparkError::unsupported("writeTo(..).overwrite with a condition other than lit(True)"));
            }
            table::write_safely(session, rows, &table, SaveMode::Overwrite).await?;
        }
        Mode::Unspecified => return Err(SparkError::internal("a write without a mode was sent")),
    }
    Ok(CommandOutcome::Done)
}

/// The table, and the rows with its columns, found by name.
fn fitted(session: &Session, parts: &[String], analyzed: &Analyzed) -> Result<(Table, Analyzed)> {
    let table = table::find(session, parts)?;
    let names: Vec<String> = analyzed.output.iter().map(|a| a.name.clone()).collect();
    let rows = table::fitted(session, analyzed, &table, Some(&names))?;
    Ok((table, rows))
}

async fn make(
    session: &Session,
    message: &pb::WriteOperationV2,
    parts: &[String],
    analyzed: Analyzed,
    replace: bool,
) -> Result<()> {
    let name = TableName::resolve(parts, &session.database())?;
    let existing = session.catalog().get(&name);
    if let (Some(existing), false) = (&existing, replace) {
        return Err(SparkError::new("TABLE_OR_VIEW_ALREADY_EXISTS").param("relationName", existing.name.quoted()));
    }
    let mut options: BTreeMap<String, String> = message.options.clone().into_iter().collect();
    let key = options.keys().find(|k| k.eq_ignore_ascii_case("path")).cloned();
    let definition = table::Definition {
        name,
        format: message.provider.clone(),
        path: key.and_then(|key| options.remove(&key)),
        schema: analyzed.schema(),
        partition_columns: message.partitioning_columns.iter().map(column).collect::<Result<_>>()?,
        buckets: None,
        cluster_columns: message.clustering_columns.clone(),
        options,
        properties: message.table_properties.clone().into_iter().collect(),
        comment: None,
    };
    let table = table::define(session, definition)?;
    table::write_safely(session, analyzed, &table, SaveMode::Overwrite).await?;
    session.catalog().put(table, true)
}

/// A partitioning expression, which must be a column.
fn column(message: &pb::Expression) -> Result<String> {
    match &message.expr_type {
        Some(ExprType::UnresolvedAttribute(a)) => {
            let parts = firesteel_parser::parse_multipart_identifier(&a.unparsed_identifier)?;
            parts.last().cloned().ok_or_else(|| SparkError::internal("a column without a name"))
        }
        _ => Err(SparkError::unsupported("Partitioning by a transform (years, months, days, hours, bucket)")),
    }
}

fn is_true(condition: Option<&pb::Expression>) -> bool {
    use pb::expression::literal::LiteralType;
    matches!(condition.and_then(|c| c.expr_type.as_ref()),
        Some(ExprType::Literal(l)) if l.literal_type == Some(LiteralType::Boolean(true)))
}
