//! Conditions and NULLs: `when`, `if`, `coalesce`, `nullif`, `nvl`, `nanvl`.

use arrow::array::cast::AsArray;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::{Case, Expr};
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::coerce;
use crate::expression::{Typed, kernel};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("when", when),
    ("if", if_else),
    ("coalesce", coalesce),
    ("ifnull", coalesce),
    ("nvl", coalesce),
    ("nvl2", nvl2),
    ("nullif", nullif),
    ("nanvl", nanvl),
];

/// Values of several branches in one type.
fn branches(call: &Call<'_>, values: &[Typed], name: &str) -> Result<(Vec<Typed>, DataType)> {
    coerce::unify(values, call.conf())?.ok_or_else(|| {
        let shown: Vec<String> = values.iter().map(|v| types::quoted_sql_name(v.data_type())).collect();
        SparkError::new("DATATYPE_MISMATCH.DATA_DIFF_TYPES")
            .param("functionName", format!("`{name}`"))
            .param("dataType", format!("[{}]", shown.join(", ")))
            .param("sqlExpr", format!("\"{}\"", call.title()))
    })
}

fn condition(call: &Call<'_>, index: usize) -> Result<Typed> {
    let arg = call.arg(index)?;
    match arg.data_type() {
        DataType::Boolean => Ok(arg),
        DataType::Null => call.cast(index, &DataType::Boolean),
        _ => Err(call.unexpected_type(index, &arg, &DataType::Boolean)),
    }
}

/// Pairs of condition and value, then perhaps a default.
fn when(call: Call<'_>) -> Result<Typed> {
    call.expect(2..)?;
    let count = call.len();
    let conditions = (0..count / 2).map(|i| condition(&call, i * 2)).collect::<Result<Vec<_>>>()?;
    let mut values = (0..count / 2).map(|i| call.arg(i * 2 + 1)).collect::<Result<Vec<_>>>()?;
    let has_default = count % 2 == 1;
    if has_default {
        values.push(call.arg(count - 1)?);
    }
    let mut name = String::from("CASE");
    for (condition, value) in conditions.iter().zip(&values) {
        name.push_str(&format!(" WHEN {} THEN {}", condition.name, value.name));
    }
    if let (true, Some(value)) = (has_default, values.last()) {
        name.push_str(&format!(" ELSE {}", value.name));
    }
    name.push_str(" END");
    let (mut values, data_type) = branches(&call, &values, "casewhen")?;
    let nullable = !has_default || values.iter().any(Typed::nullable);
    let default = if has_default { values.pop().map(|v| Box::new(v.expr)) } else { None };
    let pairs = conditions.into_iter().zip(values).map(|(c, v)| (Box::new(c.expr), Box::new(v.expr))).collect();
    Ok(Typed::new(Expr::Case(Case::new(None, pairs, default)), data_type, nullable, name))
}

fn case(condition: Typed, yes: &Typed, no: &Typed) -> Expr {
    let pair = (Box::new(condition.expr), Box::new(yes.expr.clone()));
    Expr::Case(Case::new(None, vec![pair], Some(Box::new(no.expr.clone()))))
}

fn if_else(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let test = condition(&call, 0)?;
    let (yes, no) = (call.arg(1)?, call.arg(2)?);
    let name = format!("(IF({}, {}, {}))", test.name, yes.name, no.name);
    let (values, data_type) = branches(&call, &[yes, no], "if")?;
    let nullable = values.iter().any(Typed::nullable);
    Ok(Typed::new(case(test, &values[0], &values[1]), data_type, nullable, name))
}

fn coalesce(call: Call<'_>) -> Result<Typed> {
    call.expect(1..)?;
    let title = call.title();
    let (values, data_type) = branches(&call, &call.values()?, &call.lower_name())?;
    let nullable = values.iter().all(Typed::nullable);
    let expr = datafusion::functions::core::expr_fn::coalesce(values.into_iter().map(|v| v.expr).collect());
    Ok(Typed::new(expr, data_type, nullable, title))
}

fn nvl2(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let title = call.title();
    let test = call.arg(0)?;
    let (values, data_type) = branches(&call, &[call.arg(1)?, call.arg(2)?], "nvl2")?;
    let nullable = values.iter().any(Typed::nullable);
    let test = Typed::new(test.expr.is_not_null(), DataType::Boolean, false, "");
    Ok(Typed::new(case(test, &values[0], &values[1]), data_type, nullable, title))
}

fn nullif(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let title = call.title();
    let (left, right) = (call.arg(0)?, call.arg(1)?);
    let (l, r) =
        coerce::comparable(&left, &right, call.conf())?.ok_or_else(|| super::operator::mismatch("=", &left, &right))?;
    let test = Typed::new(l.expr.eq(r.expr), DataType::Boolean, true, "");
    let null = Typed::literal(
        datafusion::common::ScalarValue::try_from(left.data_type()).map_err(crate::error::from_datafusion)?,
        "NULL",
    );
    Ok(Typed::new(case(test, &null, &left), left.data_type().clone(), true, title))
}

fn nanvl(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let args = [call.cast(0, &DataType::Float64)?, call.cast(1, &DataType::Float64)?];
    let typed = kernel("nanvl", &args, DataType::Float64, |columns| {
        let (a, b) = (columns.array(0)?, columns.array(1)?);
        let (a, b) = (a.as_primitive::<Float64Type>(), b.as_primitive::<Float64Type>());
        let chosen: arrow::array::Float64Array =
            a.iter().zip(b).map(|(a, b)| if a.is_some_and(f64::is_nan) { b } else { a }).collect();
        Ok(std::sync::Arc::new(chosen))
    });
    Ok(typed.named(call.title()))
}
