//! Functions that need a window: ranks, and values of rows before and after.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions_window::{cume_dist, lead_lag, nth_value, ntile, rank, row_number};
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction};
use datafusion::logical_expr::{Expr, WindowFunctionDefinition, WindowUDF};
use firesteel_error::{Result, SparkError};
use std::sync::Arc;

use super::Family;
use crate::analyzer::Call;
use crate::coerce;
use crate::expression::Typed;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("row_number", |c| ranking(c, row_number::row_number_udwf(), "row_number")),
    ("rank", |c| ranking(c, rank::rank_udwf(), "RANK")),
    ("dense_rank", |c| ranking(c, rank::dense_rank_udwf(), "DENSE_RANK")),
    ("percent_rank", |c| fraction(c, rank::percent_rank_udwf(), "PERCENT_RANK")),
    ("cume_dist", |c| fraction(c, cume_dist::cume_dist_udwf(), "cume_dist")),
    ("ntile", ntile_of),
    ("lag", |c| shifted(c, lead_lag::lag_udwf())),
    ("lead", |c| shifted(c, lead_lag::lead_udwf())),
    ("nth_value", nth),
];

fn window(udwf: Arc<WindowUDF>, args: Vec<Expr>) -> Expr {
    Expr::WindowFunction(Box::new(WindowFunction::new(WindowFunctionDefinition::WindowUDF(udwf), args)))
}

/// A rank: DataFusion counts in unsigned 64 bits, Spark in 32.
fn ranking(call: Call<'_>, udwf: Arc<WindowUDF>, shown: &str) -> Result<Typed> {
    call.expect(0..=0)?;
    let expr = Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(window(udwf, vec![])), DataType::Int32));
    Ok(Typed::new(expr, DataType::Int32, false, format!("{shown}()")))
}

fn fraction(call: Call<'_>, udwf: Arc<WindowUDF>, shown: &str) -> Result<Typed> {
    call.expect(0..=0)?;
    Ok(Typed::new(window(udwf, vec![]), DataType::Float64, false, format!("{shown}()")))
}

fn ntile_of(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=1)?;
    let buckets = if call.is_empty() { 1 } else { call.constant_int(0)?.unwrap_or(1) };
    let title = if call.is_empty() { "ntile(1)".into() } else { call.title() };
    let args = vec![Expr::Literal(ScalarValue::Int64(Some(buckets)), None)];
    let expr =
        Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(window(ntile::ntile_udwf(), args)), DataType::Int32));
    Ok(Typed::new(expr, DataType::Int32, false, title))
}

fn shifted(call: Call<'_>, udwf: Arc<WindowUDF>) -> Result<Typed> {
    call.expect(1..=4)?;
    let value = call.arg(0)?;
    let offset = if call.len() > 1 { call.constant_int(1)?.unwrap_or(1) } else { 1 };
    let default = if call.len() > 2 { call.arg(2)? } else { Typed::literal(ScalarValue::Null, "NULL") };
    let name = format!("{}({}, {offset}, {})", call.lower_name(), value.name, default.name);
    let Some((pair, data_type)) = coerce::unify(&[value.clone(), default.clone()], call.conf())? else {
        return Err(SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE")
            .param("paramIndex", "third")
            .param("requiredType", crate::types::quoted_sql_name(value.data_type()))
            .param("inputSql", format!("\"{}\"", default.name))
            .param("inputType", crate::types::quoted_sql_name(default.data_type()))
            .param("sqlExpr", format!("\"{name}\"")));
    };
    let offset = Expr::Literal(ScalarValue::Int64(Some(offset)), None);
    let nullable = value.nullable() || default.nullable();
    let args = vec![pair[0].expr.clone(), offset, pair[1].expr.clone()];
    Ok(Typed::new(window(udwf, args), data_type, nullable, name))
}

fn nth(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let value = call.arg(0)?;
    let n = call.constant_int(1)?.unwrap_or(1);
    let data_type = value.data_type().clone();
    let skips = call.len() == 3 && call.constant(2)? == ScalarValue::Boolean(Some(true));
    let args = vec![value.expr, Expr::Literal(ScalarValue::Int64(Some(n)), None)];
    let name = format!("nth_value({}, {n})", value.name);
    let mut function = WindowFunction::new(WindowFunctionDefinition::WindowUDF(nth_value::nth_value_udwf()), args);
    function.params.null_treatment = skips.then_some(NullTreatment::IgnoreNulls);
    Ok(Typed::new(Expr::WindowFunction(Box::new(function)), data_type, true, name))
}
