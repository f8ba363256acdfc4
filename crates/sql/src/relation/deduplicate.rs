//! `distinct`, `dropDuplicates` and `dropDuplicatesWithinWatermark`.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, NullTreatment};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::build;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, unresolved_column};
use crate::attribute::Attribute;
use crate::float_key;
use crate::nodes::Deduplicate;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Deduplicate) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let input = Analyzed { plan: input.trimmed()?, hidden: Vec::new(), beneath: None, ..input };
    let within = message.within_watermark();
    let all = message.all_columns_as_keys() || message.column_names.is_empty();
    let keys: Vec<Attribute> = if all {
        input.output.clone()
    } else {
        let mut keys: Vec<Attribute> = Vec::new();
        for name in &message.column_names {
            let found: Vec<&Attribute> = input.output.iter().filter(|a| a.name.eq_ignore_ascii_case(name)).collect();
            if found.is_empty() {
                return Err(unresolved_column(std::slice::from_ref(name), &input.output));
            }
            keys.extend(found.into_iter().cloned());
        }
        keys
    };
    if let Some(key) = keys.iter().find(|k| matches!(k.data_type(), arrow::datatypes::DataType::Map(..))) {
        return Err(SparkError::new("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE")
            .param("colName", format!("`{}`", key.name))
            .param("dataType", crate::types::quoted_sql_name(key.data_type())));
    }
    if input.is_streaming() {
        let keys = keys.iter().map(|k| Column::new_unqualified(&k.column)).collect();
        let node = Deduplicate { input: input.plan.clone(), keys, within_watermark: within };
        return Ok(Analyzed { plan: LogicalPlan::Extension(Extension { node: Arc::new(node) }), ..input });
    }
    if within {
        let text = "dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets";
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_3102").param("msg", text).text(text));
    }
    if keys.len() >= input.output.len() {
        let plan = float_key::distinct(input.plan.clone(), &input.output)?;
        return Ok(Analyzed { plan, ..input });
    }
    first_of_each(input, &keys)
}

/// The first row of each key, as an aggregate that keeps the columns' names inside the plan.
fn first_of_each(input: Analyzed, keys: &[Attribute]) -> Result<Analyzed> {
    let column = |a: &Attribute| Expr::Column(Column::new_unqualified(&a.column));
    let is_key = |a: &Attribute| keys.iter().any(|k| k.column == a.column);
    let groups: Vec<Expr> = keys.iter().map(float_key::key).collect();
    let firsts: Vec<Expr> = input
        .output
        .iter()
        .filter(|a| !is_key(a))
        .map(|a| {
            let treatment = Some(NullTreatment::RespectNulls);
            let call = AggregateFunction::new_udf(first_value_udaf(), vec![column(a)], false, None, vec![], treatment);
            Expr::AggregateFunction(call).alias(&a.column)
        })
        .collect();
    let plan = build(input.plan.clone(), |b| b.aggregate(groups, firsts))?;
    Ok(Analyzed { plan, ..input })
}
