//! `withColumn(s)`, `drop` and `to(schema)`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

use super::project;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::types;

pub(super) fn with_columns(analyzer: &mut Analyzer, message: &pb::WithColumns) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let mut exprs: Vec<Typed> = input.output.iter().map(Typed::attribute).collect();
    for alias in &message.aliases {
        let expression =
            pb::Expression { expr_type: Some(ExprType::Alias(Box::new(alias.clone()))), ..Default::default() };
        let typed = analyzer.expression(&expression, &scope)?;
        let same: Vec<usize> = input
            .output
            .iter()
            .enumerate()
            .filter(|(_, a)| a.name.eq_ignore_ascii_case(&typed.name))
            .map(|(index, _)| index)
            .collect();
        if same.is_empty() {
            exprs.push(typed);
        } else {
            same.into_iter().for_each(|index| exprs[index] = typed.clone());
        }
    }
    let qualifiers: Vec<_> = input.output.iter().map(|a| (a.column.clone(), a.qualifier.clone())).collect();
    // What only a DataFrame or a qualifier reaches stays so reachable.
    let hidden: Vec<_> =
        input.hidden.iter().filter(|a| !qualifiers.iter().any(|(c, _)| c == &a.column)).cloned().collect();
    exprs.extend(hidden.iter().map(Typed::attribute));
    let mut projected = project::project(input, exprs)?;
    let shown = projected.output.len().saturating_sub(hidden.len());
    projected.output.truncate(shown);
    projected.hidden = hidden;
    for attribute in &mut projected.output {
        if let Some((_, qualifier)) = qualifiers.iter().find(|(column, _)| column == &attribute.column) {
            attribute.qualifier.clone_from(qualifier);
        }
    }
    Ok(projected)
}

/// Drops columns; those that do not exist are passed over.
pub(super) fn drop(analyzer: &mut Analyzer, message: &pb::Drop) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let mut dropped: Vec<String> = Vec::new();
    for column in &message.columns {
        match analyzer.expression(column, &scope) {
            Ok(typed) => {
                if let datafusion::logical_expr::Expr::Column(column) = typed.expr {
                    dropped.push(column.name);
                }
            }
            Err(error) if error.condition().is_some_and(is_absent) => {}
            Err(error) => return Err(error),
        }
    }
    let named = |name: &str| message.column_names.iter().any(|n| n.eq_ignore_ascii_case(name));
    let output = input.output.iter().filter(|a| !dropped.contains(&a.column) && !named(&a.name)).cloned().collect();
    Ok(Analyzed { output, beneath: None, ..input })
}

fn is_absent(condition: &str) -> bool {
    condition.starts_with("UNRESOLVED_COLUMN") || condition == "CANNOT_RESOLVE_DATAFRAME_COLUMN"
}

/// The relation with the columns, order and types of a schema.
pub(super) fn to_schema(analyzer: &mut Analyzer, message: &pb::ToSchema) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let Some(schema) = &message.schema else { return Err(SparkError::internal("no schema was sent")) };
    let schema = types::schema_from_proto(schema)?;
    let exprs = schema
        .fields()
        .iter()
        .map(|field| {
            let found = input.output.iter().find(|a| a.name.eq_ignore_ascii_case(field.name()));
            match found {
                Some(attribute) => matching(analyzer, Typed::attribute(attribute), field),
                None if field.is_nullable() => {
                    let null = datafusion::common::ScalarValue::try_from(field.data_type())
                        .map_err(crate::error::from_datafusion)?;
                    Ok(Typed::literal(null, field.name().clone()))
                }
                None => Err(crate::analyzer::unresolved_column(std::slice::from_ref(field.name()), &input.output)),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    project::project(input, exprs)
}

fn matching(analyzer: &Analyzer, column: Typed, field: &Field) -> Result<Typed> {
    if column.nullable() && !field.is_nullable() {
        return Err(SparkError::new("NULLABLE_COLUMN_OR_FIELD").param("name", format!("`{}`", field.name())));
    }
    if !crate::coerce::can_reconcile(column.data_type(), field.data_type()) {
        return Err(SparkError::new("INVALID_COLUMN_OR_FIELD_DATA_TYPE")
            .param("name", format!("`{}`", field.name()))
            .param("type", types::quoted_sql_name(column.data_type()))
            .param("expectedType", types::quoted_sql_name(field.data_type())));
    }
    let data_type: &DataType = field.data_type();
    let mut typed = cast::cast(column, data_type, Mode::implicit(analyzer.conf()), analyzer.conf())?;
    let own = Field::new(field.name(), data_type.clone(), typed.nullable()).with_metadata(field.metadata().clone());
    typed.field = Arc::new(own);
    Ok(typed.named(field.name()))
}
