//! Functions by name: each is a builder from resolved arguments to an expression.
//!
//! A family of functions is a file with a table `FUNCTIONS` of names and builders; [`FAMILIES`] lists the tables. A
//! builder checks its arguments, adds the casts Spark would add, and says the result's type. What is not in a table
//! does not exist: `UNRESOLVED_ROUTINE`.

mod aggregate;
mod approx_distinct;
mod array_set;
mod array_shape;
mod bitmap;
mod cast_by_name;
mod concat;
mod conditional;
mod csv_nested;
mod current;
mod date_fields;
mod datetime;
mod datetime_arithmetic;
mod datetime_make;
mod datetime_parse;
pub(crate) mod extract;
mod format_string;
pub(crate) mod generator;
mod grouping;
mod hash;
mod higher_order;
mod histogram;
mod identity;
mod interval_aggregate;
mod json_csv;
mod lambda;
mod lists;
mod map;
mod map_lambda;
mod math;
mod number_format;
mod number_text;
pub(crate) mod operator;
mod ordered_aggregate;
mod percentile;
mod random;
mod regexp;
mod rounding;
mod rows;
mod sentences;
mod statistics;
mod strict_math;
mod string;
mod text_join;
mod time_bucket;
pub(crate) mod time_of_day;
mod time_window;
mod url;
pub(crate) mod window;
pub(crate) mod within_group;

use std::collections::HashMap;
use std::sync::LazyLock;

use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use crate::analyzer::{Analyzer, Call, Scope};
use crate::expression::Typed;
use crate::session::Session;
use crate::types::IntervalFields;

pub use time_window::{WINDOW_KERNELS, is_session_window, is_time_window};

/// The kernel of `grouping(x)`; a grouping set's relation replaces its calls.
pub(crate) const GROUPING: &str = "grouping";
/// The kernel of `grouping_id(..)`; as [`GROUPING`].
pub(crate) const GROUPING_ID: &str = "grouping_id";

/// What only `partitionedBy` takes; no query computes it.
const PARTITION_TRANSFORMS: [&str; 5] = ["years", "months", "days", "hours", "bucket"];

/// Makes the expression for a call.
pub type Build = fn(Call<'_>) -> Result<Typed>;

/// Names and builders.
pub type Family = &'static [(&'static str, Build)];

/// All functions. A new family is one line here.
const FAMILIES: &[Family] = &[
    operator::FUNCTIONS,
    conditional::FUNCTIONS,
    extract::FUNCTIONS,
    aggregate::FUNCTIONS,
    window::FUNCTIONS,
    generator::FUNCTIONS,
    time_window::FUNCTIONS,
    string::FUNCTIONS,
    url::FUNCTIONS,
    format_string::FUNCTIONS,
    statistics::FUNCTIONS,
    percentile::FUNCTIONS,
    ordered_aggregate::FUNCTIONS,
    hash::FUNCTIONS,
    grouping::FUNCTIONS,
    identity::FUNCTIONS,
    json_csv::FUNCTIONS,
    higher_order::FUNCTIONS,
    map_lambda::FUNCTIONS,
    array_set::FUNCTIONS,
    array_shape::FUNCTIONS,
    map::FUNCTIONS,
    concat::FUNCTIONS,
    cast_by_name::FUNCTIONS,
    datetime::FUNCTIONS,
    date_fields::FUNCTIONS,
    datetime_make::FUNCTIONS,
    datetime_parse::FUNCTIONS,
    current::FUNCTIONS,
    regexp::FUNCTIONS,
    math::FUNCTIONS,
    rounding::FUNCTIONS,
    number_text::FUNCTIONS,
    number_format::FUNCTIONS,
    bitmap::FUNCTIONS,
    approx_distinct::FUNCTIONS,
    time_of_day::FUNCTIONS,
    time_bucket::FUNCTIONS,
    histogram::FUNCTIONS,
    random::FUNCTIONS,
];

static REGISTRY: LazyLock<HashMap<&'static str, Build>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(|family| family.iter().copied()).collect());

/// The names of all functions, sorted.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = REGISTRY.keys().copied().collect();
    names.sort_unstable();
    names
}

/// The expression for a call.
///
/// # Errors
/// `UNRESOLVED_ROUTINE` if there is no such function, and what its builder raises.
pub fn resolve(mut call: Call<'_>) -> Result<Typed> {
    let name = call.lower_name();
    if let Some(build) = REGISTRY.get(name.as_str()) {
        let interval = kept_interval(&call, &name);
        let typed = build(call)?;
        return Ok(match interval.filter(|_| IntervalFields::widest(typed.data_type()).is_some()) {
            Some(fields) => typed.with_interval(fields),
            None => typed,
        });
    }
    let parts = firesteel_parser::parse_multipart_identifier(&call.name)?;
    if let [.., last] = parts.as_slice()
        && parts.len() > 1
        && let Some(build) = REGISTRY.get(last.to_lowercase().as_str())
    {
        return build(call);
    }
    if let Some(registered) = parts.last().and_then(|name| crate::python::registered(&call, name)) {
        return registered;
    }
    if let Some(called) = parts.last().and_then(|name| crate::routine::registered(&mut call, name)) {
        return called;
    }
    if let [single] = parts.as_slice()
        && PARTITION_TRANSFORMS.contains(&single.to_lowercase().as_str())
    {
        return Err(SparkError::new("PARTITION_TRANSFORM_EXPRESSION_NOT_IN_PARTITIONED_BY")
            .param("expression", format!("\"{}\"", call.title()))
            .with_exception(firesteel_error::Exception::Spark));
    }
    Err(unresolved(&parts))
}

/// The fields of the interval that a function of intervals gives, for functions that give one of their arguments or a sum
/// of them; all others give intervals of all fields.
fn kept_interval(call: &Call<'_>, name: &str) -> Option<IntervalFields> {
    const KEEP: &[&str] = &[
        "+",
        "-",
        "abs",
        "negative",
        "positive",
        "when",
        "if",
        "coalesce",
        "nvl",
        "ifnull",
        "nvl2",
        "nullif",
        "greatest",
        "least",
        "max",
        "min",
        "sum",
        "try_sum",
        "try_add",
        "try_subtract",
        "first",
        "first_value",
        "last",
        "last_value",
        "any_value",
        "mode",
        "lag",
        "lead",
        "nth_value",
    ];
    if !KEEP.contains(&name) {
        return None;
    }
    let values = call.values().ok()?;
    let mut fields = values.iter().filter_map(|value| IntervalFields::of(&value.field));
    let first = fields.next()?;
    Some(fields.fold(first, IntervalFields::joined))
}

/// The call of a DataFusion aggregate.
pub(crate) fn aggregate_call(
    function: std::sync::Arc<datafusion::logical_expr::AggregateUDF>,
    args: Vec<datafusion::logical_expr::Expr>,
) -> datafusion::logical_expr::Expr {
    aggregate::aggregate(function, args, false)
}

/// The expression for a function of the registry over values that are resolved already.
pub(crate) fn resolve_named(session: &Session, name: &str, args: &[Typed]) -> Result<Typed> {
    let mut analyzer = Analyzer::new(session);
    let scope = Scope::default();
    resolve(Call::of_values(&mut analyzer, name, args, &scope))
}

fn unresolved(parts: &[String]) -> SparkError {
    SparkError::new("UNRESOLVED_ROUTINE")
        .param("routineName", crate::analyzer::quoted_name(parts))
        .param("searchPath", "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]")
}

/// The expression for a call of a user-defined function that came with the query.
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for functions of languages that cannot run here.
pub fn user_defined(
    analyzer: &mut Analyzer,
    call: &pb::CommonInlineUserDefinedFunction,
    scope: &Scope,
) -> Result<Typed> {
    crate::python::inline(analyzer, call, scope)
}
