//! Operators: comparison, logic, arithmetic, bits, and `IN`, `LIKE`, `BETWEEN`.

mod arithmetic;
mod bits;
mod comparison;
mod decimal;
mod evaluate;
mod like;
mod logic;

use datafusion::logical_expr::Operator;

use super::Family;

pub(crate) use arithmetic::{Arithmetic, compute};
pub(crate) use comparison::mismatch;

use arithmetic::{arithmetic, minus, negative, positive};
use bits::{bits, bits_not};
use comparison::{between, comparison, equal_null, is_in, not_equal};
use like::like;
use logic::{logic, not, null_test};

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
