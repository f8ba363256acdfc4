//! Comparison: `=`, `<>`, `<` and its kin, `<=>`, `IN` and `BETWEEN`.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use firesteel_error::{Result, SparkError};

use crate::analyzer::Call;
use crate::coerce;
use crate::expression::Typed;
use crate::float_key;
use crate::types;

/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`
pub(crate) fn mismatch(symbol: &str, left: &Typed, right: &Typed) -> SparkError {
    SparkError::new("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES")
        .param("left", types::quoted_sql_name(left.data_type()))
        .param("right", types::quoted_sql_name(right.data_type()))
        .param("sqlExpr", format!("\"({} {symbol} {})\"", left.name, right.name))
}

pub(super) fn binary(left: &Typed, op: Operator, right: &Typed) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left.expr.clone()), op, Box::new(right.expr.clone())))
}

pub(super) fn symbol(op: Operator) -> &'static str {
    match op {
        Operator::Eq => "=",
        Operator::Lt => "<",
        Operator::LtEq => "<=",
        Operator::Gt => ">",
        Operator::GtEq => ">=",
        Operator::And => "AND",
        Operator::Or => "OR",
        _ => "<=>",
    }
}

pub(super) fn comparison(call: Call<'_>, op: Operator) -> Result<Typed> {
    call.expect(2..=2)?;
    let (left, right) = (call.arg(0)?, call.arg(1)?);
    let sign = symbol(op);
    let (l, r) = coerce::comparable(&left, &right, call.conf())?.ok_or_else(|| mismatch(sign, &left, &right))?;
    let comparable = types::is_orderable(l.data_type())
        || (matches!(op, Operator::Eq | Operator::IsNotDistinctFrom) && !has_map(l.data_type()));
    if !comparable {
        return Err(SparkError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE")
            .param("functionName", format!("`{sign}`"))
            .param("dataType", types::quoted_sql_name(l.data_type()))
            .param("sqlExpr", format!("\"({} {sign} {})\"", left.name, right.name)));
    }
    let (l, r) = float_key::operands(l, r);
    let nullable = op != Operator::IsNotDistinctFrom && (l.nullable() || r.nullable());
    let name = format!("({} {sign} {})", left.name, right.name);
    Ok(Typed::new(binary(&l, op, &r), DataType::Boolean, nullable, name))
}

fn has_map(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) => true,
        DataType::List(element) => has_map(element.data_type()),
        DataType::Struct(fields) => fields.iter().any(|f| has_map(f.data_type())),
        _ => false,
    }
}

pub(super) fn equal_null(call: Call<'_>) -> Result<Typed> {
    let title = call.title();
    comparison(call, Operator::IsNotDistinctFrom).map(|typed| typed.named(title))
}

pub(super) fn not_equal(call: Call<'_>) -> Result<Typed> {
    let equal = comparison(call, Operator::Eq)?;
    let name = format!("(NOT {})", equal.name);
    let nullable = equal.nullable();
    Ok(Typed::new(Expr::Not(Box::new(equal.expr)), DataType::Boolean, nullable, name))
}

pub(super) fn is_in(call: Call<'_>) -> Result<Typed> {
    call.expect(1..)?;
    let values = call.values()?;
    let names: Vec<&str> = values[1..].iter().map(|v| v.name.as_str()).collect();
    let name = format!("({} IN ({}))", values[0].name, names.join(", "));
    let Some((cast, _)) = coerce::unify(&values, call.conf())? else {
        let shown: Vec<String> = values.iter().map(|v| types::quoted_sql_name(v.data_type())).collect();
        return Err(SparkError::new("DATATYPE_MISMATCH.DATA_DIFF_TYPES")
            .param("functionName", "`in`")
            .param("dataType", format!("[{}]", shown.join(", ")))
            .param("sqlExpr", format!("\"{name}\"")));
    };
    let nullable = cast.iter().any(Typed::nullable);
    let mut exprs = cast.into_iter().map(|v| float_key::normalized(v.expr.clone(), v.data_type(), v.nullable()));
    let Some(first) = exprs.next() else { return Err(SparkError::internal("IN without a value")) };
    Ok(Typed::new(first.in_list(exprs.collect(), false), DataType::Boolean, nullable, name))
}

pub(super) fn between(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let values = call.values()?;
    let title = call.title();
    let (low_value, low) = coerce::comparable(&values[0], &values[1], call.conf())?
        .ok_or_else(|| mismatch(">=", &values[0], &values[1]))?;
    let (high_value, high) = coerce::comparable(&values[0], &values[2], call.conf())?
        .ok_or_else(|| mismatch("<=", &values[0], &values[2]))?;
    let expr = binary(&low_value, Operator::GtEq, &low).and(binary(&high_value, Operator::LtEq, &high));
    Ok(Typed::new(expr, DataType::Boolean, values.iter().any(Typed::nullable), title))
}
