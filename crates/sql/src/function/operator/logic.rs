//! Three-valued logic: `AND`, `OR`, `NOT`, `IS NULL`.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};
use firesteel_error::{Result, SparkError};

use super::comparison::{binary, mismatch, symbol};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::fold;
use crate::types;

fn boolean(call: &Call<'_>, index: usize, sql: &str) -> Result<Typed> {
    let arg = call.arg(index)?;
    match arg.data_type() {
        DataType::Boolean => Ok(arg),
        DataType::Null | DataType::Utf8 => {
            cast::cast(arg, &DataType::Boolean, Mode::implicit(call.conf()), call.conf())
        }
        _ => Err(SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE")
            .param("paramIndex", if index == 0 { "first" } else { "second" })
            .param("requiredType", "\"BOOLEAN\"")
            .param("inputSql", format!("\"{}\"", arg.name))
            .param("inputType", types::quoted_sql_name(arg.data_type()))
            .param("sqlExpr", format!("\"{sql}\""))),
    }
}

pub(super) fn logic(call: Call<'_>, op: Operator) -> Result<Typed> {
    call.expect(2..=2)?;
    let (a, b) = (call.arg(0)?, call.arg(1)?);
    let name = format!("({} {} {})", a.name, symbol(op), b.name);
    if let (DataType::Boolean, other) | (other, DataType::Boolean) = (a.data_type(), b.data_type())
        && !matches!(other, DataType::Boolean | DataType::Null | DataType::Utf8)
    {
        return Err(mismatch(symbol(op), &a, &b));
    }
    let (a, b) = (boolean(&call, 0, &name)?, boolean(&call, 1, &name)?);
    let nullable = a.nullable() || b.nullable();
    if !can_raise(&b.expr) {
        return Ok(Typed::new(binary(&a, op, &b), DataType::Boolean, nullable, name));
    }
    // The right side must not be computed for rows that the left side has decided: `d <> 0 AND 10 / d > 1`. The left side
    // stays in sight, for a join that looks for its keys there and a scan that prunes files by it.
    let decided = op == Operator::Or;
    let test = if decided { Expr::IsTrue(Box::new(a.expr.clone())) } else { Expr::IsFalse(Box::new(a.expr.clone())) };
    // A CASE of truth values would be turned into the same AND; one of numbers is left alone.
    let cast = |expr: Expr, to: DataType| Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(expr), to));
    let constant = Expr::Literal(ScalarValue::Int8(Some(i8::from(decided))), None);
    let pair = (Box::new(test), Box::new(constant));
    let otherwise = cast(b.expr, DataType::Int8);
    let case = datafusion::logical_expr::Case::new(None, vec![pair], Some(Box::new(otherwise)));
    let guarded = cast(Expr::Case(case), DataType::Boolean);
    let both = datafusion::logical_expr::binary_expr(a.expr, op, guarded);
    Ok(Typed::new(both, DataType::Boolean, nullable, name))
}

/// Whether computing the expression may end the query with an error.
fn can_raise(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    const RAISING: [&str; 8] = ["/", "%", "div", "cast", "get_array_item", "element_at", "raise_error", "assert_true"];
    let raises = |node: &Expr| match node {
        Expr::ScalarFunction(call) => RAISING.contains(&call.func.name()) && !is_harmless_constant(node),
        _ => false,
    };
    expr.exists(|node| Ok(raises(node))).unwrap_or(true)
}

/// Whether the expression is a constant that can be computed, such as `cast(1 AS DECIMAL(12,2))`.
fn is_harmless_constant(expr: &Expr) -> bool {
    let typed = Typed::new(expr.clone(), DataType::Null, true, String::new());
    matches!(fold::constant(&typed), Ok(Some(_)))
}

pub(super) fn not(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let name = format!("(NOT {})", call.arg(0)?.name);
    let arg = boolean(&call, 0, &name)?;
    let nullable = arg.nullable();
    Ok(Typed::new(Expr::Not(Box::new(arg.expr)), DataType::Boolean, nullable, name))
}

pub(super) fn null_test(call: Call<'_>, is_null: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let inner = Box::new(arg.expr);
    let (expr, word) = if is_null { (Expr::IsNull(inner), "IS NULL") } else { (Expr::IsNotNull(inner), "IS NOT NULL") };
    Ok(Typed::new(expr, DataType::Boolean, false, format!("({} {word})", arg.name)))
}
