//! `unpivot` and `melt`: columns become rows.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::LogicalPlan;
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{build, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::attribute::Attribute;
use crate::coerce;
use crate::expression::Typed;
use crate::types;

/// Each type with the columns that have it, in the order of the types' names.
fn shown_types(values: &[Typed]) -> String {
    let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for value in values {
        by_type.entry(types::quoted_sql_name(value.data_type())).or_default().push(format!("`{}`", value.name));
    }
    by_type.iter().map(|(shown, columns)| format!("{shown} ({})", columns.join(", "))).collect::<Vec<_>>().join(", ")
}

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Unpivot) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let ids = analyzer.expressions(&message.ids, &scope)?;
    let values = match &message.values {
        Some(values) => analyzer.expressions(&values.values, &scope)?,
        None => {
            let all = input.output.iter().map(Typed::attribute);
            all.filter(|typed| !ids.iter().any(|id| id.expr == typed.expr)).collect()
        }
    };
    if values.is_empty() {
        return Err(SparkError::new("UNPIVOT_REQUIRES_VALUE_COLUMNS"));
    }
    // Text and other types have a common type elsewhere; here they have none.
    let is_text = |typed: &&Typed| *typed.data_type() == DataType::Utf8;
    let is_other = |typed: &&Typed| !matches!(typed.data_type(), DataType::Utf8 | DataType::Null);
    let mixed = values.iter().any(|v| is_text(&v)) && values.iter().any(|v| is_other(&v));
    let unified = if mixed { None } else { coerce::unify(&values, analyzer.conf())? };
    let Some((values, data_type)) = unified else {
        return Err(SparkError::new("UNPIVOT_VALUE_DATA_TYPE_MISMATCH").param("types", shown_types(&values)));
    };
    let nullable = values.iter().any(Typed::nullable);
    let mut output: Vec<Attribute> =
        ids.iter().map(|id| Attribute::of_field(&id.field.as_ref().clone().with_name(&id.name))).collect();
    output.push(Attribute::new(&message.variable_column_name, DataType::Utf8, false));
    output.push(Attribute::new(&message.value_column_name, data_type, nullable));
    let mut union: Option<LogicalPlan> = None;
    for value in values {
        let name = Typed::literal(ScalarValue::Utf8(Some(value.name.clone())), "");
        let exprs: Vec<_> = ids
            .iter()
            .chain([&name, &value])
            .zip(&output)
            .map(|(typed, attribute)| typed.expr.clone().unalias().alias(&attribute.column))
            .collect();
        let branch = build(input.plan.clone(), |b| b.project(exprs))?;
        union = Some(match union {
            Some(union) => build(union, |b| b.union(branch))?,
            None => branch,
        });
    }
    match union {
        Some(plan) => Ok(Analyzed::new(plan, output)),
        None => project::project(input, ids),
    }
}
