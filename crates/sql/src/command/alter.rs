//! `ALTER TABLE`, `ALTER VIEW`, `COMMENT ON`: changes of what the catalog says about a table.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use firesteel_error::{Result, SparkError};
use firesteel_parser::SqlCommand;
use spark_connect_proto as pb;

use super::table;
use crate::catalog::{Table, TableKind, TableName};
use crate::session::Session;
use crate::types;

/// Puts a changed table back.
fn change(session: &Session, name: &[String], edit: impl FnOnce(&mut Table) -> Result<()>) -> Result<()> {
    let mut table = table::find(session, name)?;
    edit(&mut table)?;
    session.catalog().put(table, true)
}

/// `ALTER VIEW name AS query`
pub(super) fn view(session: &Session, name: &[String], query: pb::Relation, text: String) -> Result<()> {
    let analyzed = session.analyze(&query)?;
    if let [single] = name
        && session.view(single).is_some()
    {
        session.set_view(single, analyzed);
        return Ok(());
    }
    let schema = analyzed.schema();
    change(session, name, |table| {
        if table.kind != TableKind::View {
            return Err(SparkError::new("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE")
                .param("operation", "ALTER VIEW ... AS")
                .param("tableName", table.name.quoted()));
        }
        table.schema = schema;
        table.view = Some((Arc::new(query), text));
        Ok(())
    })
}

/// `ALTER TABLE name SET TBLPROPERTIES (..)`
pub(super) fn set_properties(session: &Session, name: &[String], properties: Vec<(String, String)>) -> Result<()> {
    change(session, name, |table| {
        table.properties.extend(properties);
        Ok(())
    })
}

/// `ALTER TABLE name UNSET TBLPROPERTIES [IF EXISTS] (..)`
pub(super) fn unset_properties(session: &Session, name: &[String], keys: &[String], if_exists: bool) -> Result<()> {
    change(session, name, |table| {
        let missing: Vec<&String> = keys.iter().filter(|key| !table.properties.contains_key(*key)).collect();
        if !missing.is_empty() && !if_exists {
            let shown: Vec<String> = missing.iter().map(|key| format!("`{key}`")).collect();
            return Err(SparkError::new("UNSET_NONEXISTENT_PROPERTIES")
                .param("properties", format!("[{}]", shown.join(", ")))
                .param("table", table.name.quoted()));
        }
        keys.iter().for_each(|key| drop(table.properties.remove(key)));
        Ok(())
    })
}

/// `ALTER TABLE name ADD COLUMNS (..)`: rows that are there have NULL in them.
pub(super) fn add_columns(session: &Session, name: &[String], columns: &pb::DataType) -> Result<()> {
    let added = types::schema_from_proto(columns)?;
    change(session, name, |table| {
        for field in added.fields() {
            if table.schema.fields().iter().any(|f| f.name().eq_ignore_ascii_case(field.name())) {
                return Err(SparkError::new("COLUMN_ALREADY_EXISTS")
                    .param("columnName", format!("`{}`", field.name().to_lowercase())));
            }
        }
        let fields: Vec<Field> = table
            .schema
            .fields()
            .iter()
            .chain(added.fields())
            .map(|f| f.as_ref().clone().with_nullable(true))
            .collect();
        table.schema = table::with_partitions_last(&Schema::new(fields), &table.partition_columns);
        Ok(())
    })
}

/// `COMMENT ON TABLE name IS 'text'`, `COMMENT ON DATABASE name IS 'text'`
pub(super) fn comment(session: &Session, name: &[String], database: bool, comment: Option<String>) -> Result<()> {
    if database {
        return session.catalog().set_comment(name.last().map_or("", String::as_str), comment);
    }
    change(session, name, |table| {
        table.comment = comment;
        Ok(())
    })
}

/// The commands that Spark has for tables of other catalogs and refuses for those of its own.
pub(super) fn row_level(session: &Session, command: &SqlCommand) -> Result<()> {
    let (name, operation) = match command {
        SqlCommand::Delete { table, .. } => (table, "DELETE"),
        SqlCommand::Update { table, .. } => (table, "UPDATE TABLE"),
        _ => return Ok(()),
    };
    let known = TableName::resolve(name, &session.database())?;
    table::find(session, name)?;
    Err(SparkError::new("UNSUPPORTED_FEATURE.TABLE_OPERATION")
        .param("tableName", known.quoted())
        .param("operation", operation))
}
