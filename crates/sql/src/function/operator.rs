//! Operators: comparison, logic, arithmetic, bits, and `IN`, `LIKE`, `BETWEEN`.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Datum, Decimal128Array};
use arrow::compute::kernels::{bitwise, numeric};
use arrow::datatypes::{DataType, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, i256};
use arrow::error::ArrowError;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Like, Operator};
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::coerce::{self, bounded_decimal, decimal_of};
use crate::error::{divide_by_zero, overflow};
use crate::expression::{Columns, Kernel, Typed};
use crate::types::{self, is_integral, is_numeric};

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("==", |c| comparison(c, Operator::Eq)),
    ("=", |c| comparison(c, Operator::Eq)),
    ("!=", not_equal),
    ("<>", not_equal),
    ("<", |c| comparison(c, Operator::Lt)),
    ("<=", |c| comparison(c, Operator::LtEq)),
    (">", |c| comparison(c, Operator::Gt)),
    (">=", |c| comparison(c, Operator::GtEq)),
    ("<=>", |c| comparison(c, Operator::IsNotDistinctFrom)),
    ("equal_null", equal_null),
    ("and", |c| logic(c, Operator::And)),
    ("or", |c| logic(c, Operator::Or)),
    ("not", not),
    ("!", not),
    ("isnull", |c| null_test(c, true)),
    ("isnotnull", |c| null_test(c, false)),
    ("in", is_in),
    ("between", between),
    ("like", |c| like(c, false)),
    ("ilike", |c| like(c, true)),
    ("+", |c| arithmetic(c, Arithmetic::Add)),
    ("-", minus),
    ("*", |c| arithmetic(c, Arithmetic::Multiply)),
    ("/", |c| arithmetic(c, Arithmetic::Divide)),
    ("%", |c| arithmetic(c, Arithmetic::Remainder)),
    ("mod", |c| arithmetic(c, Arithmetic::Remainder)),
    ("div", |c| arithmetic(c, Arithmetic::Quotient)),
    ("negative", negative),
    ("positive", positive),
    ("&", |c| bits(c, "&")),
    ("|", |c| bits(c, "|")),
    ("^", |c| bits(c, "^")),
    ("~", bits_not),
];

/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`
pub(crate) fn mismatch(symbol: &str, left: &Typed, right: &Typed) -> SparkError {
    SparkError::new("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES")
        .param("left", types::quoted_sql_name(left.data_type()))
        .param("right", types::quoted_sql_name(right.data_type()))
        .param("sqlExpr", format!("\"({} {symbol} {})\"", left.name, right.name))
}

fn binary(left: &Typed, op: Operator, right: &Typed) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left.expr.clone()), op, Box::new(right.expr.clone())))
}

fn symbol(op: Operator) -> &'static str {
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

fn comparison(call: Call<'_>, op: Operator) -> Result<Typed> {
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

fn equal_null(call: Call<'_>) -> Result<Typed> {
    let title = call.title();
    comparison(call, Operator::IsNotDistinctFrom).map(|typed| typed.named(title))
}

fn not_equal(call: Call<'_>) -> Result<Typed> {
    let equal = comparison(call, Operator::Eq)?;
    let name = format!("(NOT {})", equal.name);
    let nullable = equal.nullable();
    Ok(Typed::new(Expr::Not(Box::new(equal.expr)), DataType::Boolean, nullable, name))
}

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

fn logic(call: Call<'_>, op: Operator) -> Result<Typed> {
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
    // The right side must not be computed for rows that the left side has decided: `d <> 0 AND 10 / d > 1`.
    let decided = op == Operator::Or;
    let test = if decided { Expr::IsTrue(Box::new(a.expr.clone())) } else { Expr::IsFalse(Box::new(a.expr.clone())) };
    // A CASE of truth values would be turned into the same AND; one of numbers is left alone.
    let cast = |expr: Expr, to: DataType| Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(expr), to));
    let constant = Expr::Literal(ScalarValue::Int8(Some(i8::from(decided))), None);
    let pair = (Box::new(test), Box::new(constant));
    let otherwise = cast(binary(&a, op, &b), DataType::Int8);
    let case = datafusion::logical_expr::Case::new(None, vec![pair], Some(Box::new(otherwise)));
    Ok(Typed::new(cast(Expr::Case(case), DataType::Boolean), DataType::Boolean, nullable, name))
}

/// Whether computing the expression may end the query with an error.
fn can_raise(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    const RAISING: [&str; 8] = ["/", "%", "div", "cast", "get_array_item", "element_at", "raise_error", "assert_true"];
    expr.exists(|node| Ok(matches!(node, Expr::ScalarFunction(call) if RAISING.contains(&call.func.name()))))
        .unwrap_or(true)
}

fn not(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let name = format!("(NOT {})", call.arg(0)?.name);
    let arg = boolean(&call, 0, &name)?;
    let nullable = arg.nullable();
    Ok(Typed::new(Expr::Not(Box::new(arg.expr)), DataType::Boolean, nullable, name))
}

fn null_test(call: Call<'_>, is_null: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let inner = Box::new(arg.expr);
    let (expr, word) = if is_null { (Expr::IsNull(inner), "IS NULL") } else { (Expr::IsNotNull(inner), "IS NOT NULL") };
    Ok(Typed::new(expr, DataType::Boolean, false, format!("({} {word})", arg.name)))
}

fn is_in(call: Call<'_>) -> Result<Typed> {
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
    let mut exprs = cast.into_iter().map(|v| v.expr);
    let Some(first) = exprs.next() else { return Err(SparkError::internal("IN without a value")) };
    Ok(Typed::new(first.in_list(exprs.collect(), false), DataType::Boolean, nullable, name))
}

fn between(call: Call<'_>) -> Result<Typed> {
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

fn like(call: Call<'_>, insensitive: bool) -> Result<Typed> {
    call.expect(2..=3)?;
    let (value, pattern) = (call.cast(0, &DataType::Utf8)?, call.cast(1, &DataType::Utf8)?);
    let escape = match call.len() {
        3 => call.constant_text(2)?.and_then(|text| text.chars().next()),
        _ => Some('\\'),
    };
    let word = if insensitive { "ILIKE" } else { "LIKE" };
    let nullable = value.nullable() || pattern.nullable();
    let name = if insensitive {
        format!("ilike({}, {})", value.name, pattern.name)
    } else {
        format!("{} {word} {}", value.name, pattern.name)
    };
    let (pattern, escape) = match (pattern.scalar(), escape) {
        (Some(ScalarValue::Utf8(Some(text))), Some(own)) if own != '\\' => {
            (Expr::Literal(ScalarValue::Utf8(Some(backslashes(text, own))), None), Some('\\'))
        }
        _ => (pattern.expr, escape),
    };
    let expr = Expr::Like(Like::new(false, Box::new(value.expr), Box::new(pattern), escape, insensitive));
    Ok(Typed::new(expr, DataType::Boolean, nullable, name))
}

/// A LIKE pattern with the backslash as its escape character.
fn backslashes(pattern: &str, escape: char) -> String {
    let mut out = String::with_capacity(pattern.len() + 2);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            l if l == escape => match letters.next() {
                Some(next @ ('%' | '_')) => out.extend(['\\', next]),
                Some(next) => out.push(next),
                None => out.push(escape),
            },
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    out
}

/// The arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// `div`: the whole part of a division.
    Quotient,
}

impl Arithmetic {
    fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Quotient => "div",
        }
    }

    fn function(self) -> &'static str {
        match self {
            Self::Add => "try_add",
            Self::Subtract => "try_subtract",
            Self::Multiply => "try_multiply",
            Self::Divide | Self::Quotient => "try_divide",
            Self::Remainder => "try_mod",
        }
    }
}

fn minus(call: Call<'_>) -> Result<Typed> {
    if call.len() == 1 { negative(call) } else { arithmetic(call, Arithmetic::Subtract) }
}

fn arithmetic(call: Call<'_>, op: Arithmetic) -> Result<Typed> {
    call.expect(2..=2)?;
    let (left, right) = (call.arg(0)?, call.arg(1)?);
    let mode = Mode::implicit(call.conf());
    compute(&left, op, &right, mode, call.conf())
}

/// `left op right`, with Spark's result type.
///
/// # Errors
/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES` and `.BINARY_OP_WRONG_TYPE` for types that do not go together.
pub(crate) fn compute(
    left: &Typed,
    op: Arithmetic,
    right: &Typed,
    mode: Mode,
    conf: &crate::conf::Conf,
) -> Result<Typed> {
    let name = format!("({} {} {})", left.name, op.symbol(), right.name);
    if let Some(typed) = super::datetime_arithmetic::compute(left, op, right, conf)? {
        return Ok(typed.named(name));
    }
    let (a, b) = (left.data_type(), right.data_type());
    if a == b && !is_numeric(a) && a != &DataType::Null && (mode != Mode::Legacy || a != &DataType::Utf8) {
        return Err(wrong_type(op, a, &name));
    }
    let text_as_double = |t: &Typed, other: &Typed| -> Result<Typed> {
        match t.data_type() {
            DataType::Utf8 => {
                let to = if mode == Mode::Legacy || !is_integral(other.data_type()) {
                    DataType::Float64
                } else {
                    DataType::Int64
                };
                cast::cast(t.clone(), &to, mode, conf)
            }
            _ => Ok(t.clone()),
        }
    };
    let (l, r) = (text_as_double(left, right)?, text_as_double(right, left)?);
    let numbers = |t: &Typed| is_numeric(t.data_type()) || t.data_type() == &DataType::Null;
    if !numbers(&l) || !numbers(&r) {
        return Err(mismatch(op.symbol(), left, right));
    }
    let decimal = |t: &Typed| matches!(t.data_type(), DataType::Decimal128(..));
    let (l, r) = if decimal(&l) && is_integral(r.data_type()) {
        let r = as_decimal(r, mode, conf)?;
        (l, r)
    } else if decimal(&r) && is_integral(l.data_type()) {
        (as_decimal(l, mode, conf)?, r)
    } else {
        (l, r)
    };
    let result = result_type(op, l.data_type(), r.data_type(), conf);
    let operand = operand_type(op, &result, l.data_type(), r.data_type(), conf);
    let (l, r) = match &operand {
        Some(common) => (cast::cast(l, common, mode, conf)?, cast::cast(r, common, mode, conf)?),
        None => (as_decimal(l, mode, conf)?, as_decimal(r, mode, conf)?),
    };
    let can_fail = matches!(op, Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::Quotient)
        || matches!(result, DataType::Decimal128(..));
    let nullable = l.nullable() || r.nullable() || can_fail;
    let target = result.clone();
    let kernel = Kernel::new(op.symbol(), (op, mode), result.clone(), nullable, move |columns| {
        evaluate(columns, op, &target, mode)
    });
    Ok(Typed::new(kernel.call(vec![l.expr, r.expr]), result, nullable, name))
}

/// `DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE`: both operands have a type that the operator does not take.
fn wrong_type(op: Arithmetic, data_type: &DataType, name: &str) -> SparkError {
    let wanted = match op {
        Arithmetic::Add | Arithmetic::Subtract => {
            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")"
        }
        Arithmetic::Divide => "(\"DOUBLE\" or \"DECIMAL\")",
        Arithmetic::Quotient => "(\"BIGINT\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")",
        Arithmetic::Multiply | Arithmetic::Remainder => "\"NUMERIC\"",
    };
    SparkError::new("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE")
        .param("inputType", wanted)
        .param("actualDataType", types::quoted_sql_name(data_type))
        .param("sqlExpr", format!("\"{name}\""))
}

fn as_decimal(value: Typed, mode: Mode, conf: &crate::conf::Conf) -> Result<Typed> {
    // A constant takes no more digits than it has, except for a TINYINT one.
    if let Some(scalar) = value.scalar()
        && is_integral(value.data_type())
        && value.data_type() != &DataType::Int8
        && let Ok(ScalarValue::Int64(Some(number))) = scalar.cast_to(&DataType::Int64)
    {
        let digits = number.unsigned_abs().checked_ilog10().map_or(1, |log| log as u8 + 1);
        return cast::cast(value, &DataType::Decimal128(digits, 0), mode, conf);
    }
    match decimal_of(value.data_type()) {
        Some((p, s)) => cast::cast(value, &DataType::Decimal128(p, s), mode, conf),
        None => Ok(value),
    }
}

fn result_type(op: Arithmetic, l: &DataType, r: &DataType, conf: &crate::conf::Conf) -> DataType {
    let decimal = |t: &DataType| matches!(t, DataType::Decimal128(..));
    let float = |t: &DataType| matches!(t, DataType::Float32 | DataType::Float64);
    if (decimal(l) || decimal(r)) && !float(l) && !float(r) {
        let (p1, s1) = decimal_of(l).unwrap_or((1, 0));
        let (p2, s2) = decimal_of(r).unwrap_or((1, 0));
        return decimal_result(op, (p1.into(), s1.into()), (p2.into(), s2.into()));
    }
    match op {
        Arithmetic::Divide => DataType::Float64,
        Arithmetic::Quotient => DataType::Int64,
        _ => match coerce::common_type(l, r, conf) {
            Some(DataType::Null) | None => DataType::Float64,
            Some(common) => common,
        },
    }
}

/// The type in which both operands are computed; `None` for decimals, which keep their own.
fn operand_type(
    op: Arithmetic,
    result: &DataType,
    l: &DataType,
    r: &DataType,
    conf: &crate::conf::Conf,
) -> Option<DataType> {
    let decimal = |t: &DataType| matches!(t, DataType::Decimal128(..));
    let float = |t: &DataType| matches!(t, DataType::Float32 | DataType::Float64);
    if (decimal(l) || decimal(r)) && !float(l) && !float(r) {
        return None;
    }
    match op {
        Arithmetic::Quotient => coerce::common_type(l, r, conf).filter(is_integral).or(Some(DataType::Int64)),
        _ => Some(result.clone()),
    }
}

/// The precision and scale of a decimal result, with Spark's rule for results wider than 38 digits.
fn decimal_result(op: Arithmetic, (p1, s1): (i16, i16), (p2, s2): (i16, i16)) -> DataType {
    let (precision, scale) = match op {
        Arithmetic::Add | Arithmetic::Subtract => {
            let scale = s1.max(s2);
            ((p1 - s1).max(p2 - s2) + scale + 1, scale)
        }
        Arithmetic::Multiply => (p1 + p2 + 1, s1 + s2),
        Arithmetic::Divide => {
            let scale = 6.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        Arithmetic::Remainder => ((p1 - s1).min(p2 - s2) + s1.max(s2), s1.max(s2)),
        Arithmetic::Quotient => return DataType::Int64,
    };
    let max = i16::from(coerce::DECIMAL_PRECISION_MAX);
    if precision <= max {
        return bounded_decimal(precision, scale);
    }
    // The whole part is kept; of the fraction at least six digits.
    let whole = precision - scale;
    bounded_decimal(max, scale.min(6).max(max - whole))
}

fn evaluate(columns: &Columns, op: Arithmetic, result: &DataType, mode: Mode) -> Result<ArrayRef> {
    let (left, right) = (columns.array(0)?, columns.array(1)?);
    if matches!(left.data_type(), DataType::Decimal128(..)) {
        return decimals(&left, &right, op, result, mode);
    }
    let divides = matches!(op, Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::Quotient);
    let right = if divides { without_zeros(&left, &right, op, mode)? } else { right };
    let wraps = mode == Mode::Legacy;
    let (l, r): (&dyn Datum, &dyn Datum) = (&left, &right);
    let computed = match op {
        Arithmetic::Add if wraps => numeric::add_wrapping(l, r),
        Arithmetic::Add => numeric::add(l, r),
        Arithmetic::Subtract if wraps => numeric::sub_wrapping(l, r),
        Arithmetic::Subtract => numeric::sub(l, r),
        Arithmetic::Multiply if wraps => numeric::mul_wrapping(l, r),
        Arithmetic::Multiply => numeric::mul(l, r),
        Arithmetic::Divide | Arithmetic::Quotient => numeric::div(l, r),
        Arithmetic::Remainder => numeric::rem(l, r),
    };
    let computed = match computed {
        Ok(array) => array,
        Err(ArrowError::ArithmeticOverflow(_)) if mode == Mode::Try => row_by_row(&left, &right, op, result)?,
        Err(ArrowError::ArithmeticOverflow(_)) => return Err(overflowed(&left, op)),
        Err(other) => return Err(crate::error::from_arrow(&other)),
    };
    if computed.data_type() == result {
        return Ok(computed);
    }
    arrow::compute::cast(&computed, result).map_err(|e| crate::error::from_arrow(&e))
}

fn overflowed(left: &ArrayRef, op: Arithmetic) -> SparkError {
    let message = match left.data_type() {
        DataType::Int32 => "integer overflow",
        DataType::Int64 => "long overflow",
        DataType::Int8 | DataType::Int16 => {
            return SparkError::new("BINARY_ARITHMETIC_OVERFLOW")
                .param("value1", "")
                .param("symbol", op.symbol())
                .param("value2", "")
                .param("functionName", format!("`{}`", op.function()));
        }
        _ => "overflow",
    };
    overflow(message, op.function())
}

/// After an overflow, for the `try_` functions: rows that fit keep their value.
fn row_by_row(left: &ArrayRef, right: &ArrayRef, op: Arithmetic, result: &DataType) -> Result<ArrayRef> {
    let mut rows: Vec<ArrayRef> = Vec::with_capacity(left.len());
    for row in 0..left.len() {
        let (l, r) = (left.slice(row, 1), right.slice(row, 1));
        let (l, r): (&dyn Datum, &dyn Datum) = (&l, &r);
        let value = match op {
            Arithmetic::Add => numeric::add(l, r),
            Arithmetic::Subtract => numeric::sub(l, r),
            Arithmetic::Multiply => numeric::mul(l, r),
            Arithmetic::Divide | Arithmetic::Quotient => numeric::div(l, r),
            Arithmetic::Remainder => numeric::rem(l, r),
        };
        rows.push(value.unwrap_or_else(|_| arrow::array::new_null_array(result, 1)));
    }
    let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
    arrow::compute::concat(&rows).map_err(|e| crate::error::from_arrow(&e))
}

/// The divisor with NULL in the place of zero; under ANSI a zero that meets a value is an error.
fn without_zeros(left: &ArrayRef, right: &ArrayRef, op: Arithmetic, mode: Mode) -> Result<ArrayRef> {
    let zero =
        ScalarValue::new_zero(right.data_type()).and_then(|z| z.to_scalar()).map_err(crate::error::from_datafusion)?;
    let zeros = arrow::compute::kernels::cmp::eq(right, &zero).map_err(|e| crate::error::from_arrow(&e))?;
    if zeros.true_count() == 0 {
        // A float -0.0 is zero too, but not to a total order.
        if !matches!(right.data_type(), DataType::Float32 | DataType::Float64) {
            return Ok(right.clone());
        }
    }
    let negative_zero = match right.data_type() {
        DataType::Float32 => Some(ScalarValue::Float32(Some(-0.0))),
        DataType::Float64 => Some(ScalarValue::Float64(Some(-0.0))),
        _ => None,
    };
    let zeros = match negative_zero {
        Some(value) => {
            let scalar = value.to_scalar().map_err(crate::error::from_datafusion)?;
            let more = arrow::compute::kernels::cmp::eq(right, &scalar).map_err(|e| crate::error::from_arrow(&e))?;
            arrow::compute::or(&zeros, &more).map_err(|e| crate::error::from_arrow(&e))?
        }
        None => zeros,
    };
    if mode == Mode::Ansi && (0..zeros.len()).any(|row| zeros.is_valid(row) && zeros.value(row) && left.is_valid(row)) {
        return Err(if op == Arithmetic::Remainder {
            SparkError::new("REMAINDER_BY_ZERO").param("config", "\"spark.sql.ansi.enabled\"")
        } else {
            divide_by_zero()
        });
    }
    arrow::compute::nullif(right, &zeros).map_err(|e| crate::error::from_arrow(&e))
}

fn decimals(left: &ArrayRef, right: &ArrayRef, op: Arithmetic, result: &DataType, mode: Mode) -> Result<ArrayRef> {
    let (l, r) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
    let (s1, s2) = (i32::from(l.scale()), i32::from(r.scale()));
    let (precision, scale) = match result {
        DataType::Decimal128(p, s) => (*p, i32::from(*s)),
        _ => (DECIMAL_LONG, 0),
    };
    let limit = i256::from_i128(10i128.pow(u32::from(precision)));
    let mut values: Vec<Option<i128>> = Vec::with_capacity(l.len());
    for row in 0..l.len() {
        if l.is_null(row) || r.is_null(row) {
            values.push(None);
            continue;
        }
        let (a, b) = (i256::from_i128(l.value(row)), i256::from_i128(r.value(row)));
        let divides = matches!(op, Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::Quotient);
        if divides && b == i256::ZERO {
            if mode == Mode::Ansi {
                return Err(if op == Arithmetic::Remainder {
                    SparkError::new("REMAINDER_BY_ZERO").param("config", "\"spark.sql.ansi.enabled\"")
                } else {
                    divide_by_zero()
                });
            }
            values.push(None);
            continue;
        }
        let value = decimal_value(a, s1, b, s2, op, scale)
            .filter(|v| *v < limit && *v > limit.wrapping_neg())
            .and_then(i256::to_i128);
        if value.is_none() && mode == Mode::Ansi {
            return Err(SparkError::new("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION")
                .param("value", "")
                .param("precision", precision.to_string())
                .param("scale", scale.to_string())
                .param("config", "\"spark.sql.ansi.enabled\""));
        }
        values.push(value);
    }
    if result == &DataType::Int64 {
        let longs: arrow::array::Int64Array =
            values.into_iter().map(|v| v.and_then(|v| i64::try_from(v).ok())).collect();
        return Ok(Arc::new(longs));
    }
    Ok(Arc::new(Decimal128Array::from(values).with_data_type(result.clone())))
}

/// How many digits a `bigint` has at most.
const DECIMAL_LONG: u8 = 19;

fn power(exponent: i32) -> Option<i256> {
    i256::from_i128(10).checked_pow(u32::try_from(exponent).ok()?)
}

/// Brings a value from one scale to another, rounding half up.
fn rescale(value: i256, from: i32, to: i32) -> Option<i256> {
    if to >= from {
        return value.checked_mul(power(to - from)?);
    }
    let divisor = power(from - to)?;
    divide_half_up(value, divisor)
}

fn divide_half_up(value: i256, divisor: i256) -> Option<i256> {
    let quotient = value.checked_div(divisor)?;
    let rest = value.checked_rem(divisor)?;
    let twice = rest.wrapping_abs().checked_mul(i256::from_i128(2))?;
    if twice < divisor.wrapping_abs() {
        return Some(quotient);
    }
    let negative = (value < i256::ZERO) != (divisor < i256::ZERO);
    Some(if negative { quotient.wrapping_sub(i256::ONE) } else { quotient.wrapping_add(i256::ONE) })
}

fn decimal_value(a: i256, s1: i32, b: i256, s2: i32, op: Arithmetic, scale: i32) -> Option<i256> {
    let common = s1.max(s2);
    let aligned = || Some((rescale(a, s1, common)?, rescale(b, s2, common)?));
    match op {
        Arithmetic::Add => aligned().and_then(|(a, b)| rescale(a.checked_add(b)?, common, scale)),
        Arithmetic::Subtract => aligned().and_then(|(a, b)| rescale(a.checked_sub(b)?, common, scale)),
        Arithmetic::Multiply => rescale(a.checked_mul(b)?, s1 + s2, scale),
        Arithmetic::Divide => {
            let shift = scale - s1 + s2;
            if shift >= 0 {
                divide_half_up(a.checked_mul(power(shift)?)?, b)
            } else {
                divide_half_up(a, b.checked_mul(power(-shift)?)?)
            }
        }
        Arithmetic::Remainder => aligned().and_then(|(a, b)| rescale(a.checked_rem(b)?, common, scale)),
        Arithmetic::Quotient => aligned().and_then(|(a, b)| a.checked_div(b)),
    }
}

fn negative(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let name = if call.name == "negative" { call.title() } else { format!("(- {})", arg.name) };
    let arg = match arg.data_type() {
        DataType::Utf8 => call.cast(0, &DataType::Float64)?,
        t if is_numeric(t) || types::is_interval(t) || t == &DataType::Null => arg,
        _ => {
            return Err(call.unexpected_input(
                0,
                &arg,
                "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")",
            ));
        }
    };
    let wraps = !call.conf().ansi();
    let (data_type, nullable) = (arg.data_type().clone(), arg.nullable());
    let kernel = Kernel::new("negative", wraps, data_type.clone(), nullable, move |columns| {
        let array = columns.array(0)?;
        let computed = if wraps { numeric::neg_wrapping(&array) } else { numeric::neg(&array) };
        computed.map_err(|e| match e {
            ArrowError::ArithmeticOverflow(_) => overflowed(&array, Arithmetic::Subtract),
            other => crate::error::from_arrow(&other),
        })
    });
    Ok(Typed::new(kernel.call(vec![arg.expr]), data_type, nullable, name))
}

fn positive(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let name = format!("(+ {})", arg.name);
    Ok(arg.named(name))
}

fn bits(call: Call<'_>, sign: &'static str) -> Result<Typed> {
    call.expect(2..=2)?;
    let (left, right) = (call.arg(0)?, call.arg(1)?);
    let Some((pair, common)) = coerce::unify(&[left.clone(), right.clone()], call.conf())? else {
        return Err(mismatch(sign, &left, &right));
    };
    if !is_integral(&common) {
        return Err(SparkError::new("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE")
            .param("inputType", "\"INTEGRAL\"")
            .param("actualDataType", types::quoted_sql_name(&common))
            .param("sqlExpr", format!("\"({} {sign} {})\"", left.name, right.name)));
    }
    let name = format!("({} {sign} {})", left.name, right.name);
    let op = match sign {
        "&" => Operator::BitwiseAnd,
        "|" => Operator::BitwiseOr,
        _ => Operator::BitwiseXor,
    };
    let nullable = pair[0].nullable() || pair[1].nullable();
    Ok(Typed::new(binary(&pair[0], op, &pair[1]), common, nullable, name))
}

fn bits_not(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    if !is_integral(arg.data_type()) {
        return Err(call.unexpected_input(0, &arg, "\"INTEGRAL\""));
    }
    let name = format!("~{}", arg.name);
    let typed = crate::expression::kernel("~", std::slice::from_ref(&arg), arg.data_type().clone(), |columns| {
        let array = columns.array(0)?;
        let inverted: Result<ArrayRef, ArrowError> = match array.data_type() {
            DataType::Int8 => bitwise::bitwise_not(array.as_primitive::<Int8Type>()).map(|a| Arc::new(a) as _),
            DataType::Int16 => bitwise::bitwise_not(array.as_primitive::<Int16Type>()).map(|a| Arc::new(a) as _),
            DataType::Int32 => bitwise::bitwise_not(array.as_primitive::<Int32Type>()).map(|a| Arc::new(a) as _),
            _ => bitwise::bitwise_not(array.as_primitive::<Int64Type>()).map(|a| Arc::new(a) as _),
        };
        inverted.map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(typed.named(name))
}
