//! Table-valued functions, and joins with rows that each row of the other side generates (`LATERAL VIEW`).

use arrow::datatypes::DataType;
use datafusion::common::JoinType as DfJoin;
use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding;
use spark_connect_proto::{self as pb, expression::ExprType, join::JoinType, relation::RelType};

use super::{dependent, project, range, recursive, table_function};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::expression::Typed;
use crate::function::generator;
use crate::routine;

/// A table-valued function: `range`, or a generator over constants.
pub(super) fn function(analyzer: &mut Analyzer, message: &pb::UnresolvedTableValuedFunction) -> Result<Analyzed> {
    if message.function_name == encoding::RECURSIVE {
        return recursive::analyze(analyzer, message);
    }
    if let Some(rows) = table_function::registered(analyzer, message) {
        return rows;
    }
    if let Some(written) = routine::in_from(analyzer, &message.function_name) {
        return written.rows(analyzer, &message.arguments);
    }
    let input = project::one_row()?;
    if message.function_name.eq_ignore_ascii_case("range") {
        return range_function(analyzer, message);
    }
    let typed = generated(analyzer, message, &Scope::of(&input))?;
    project::project(input, vec![typed])
}

fn generated(analyzer: &mut Analyzer, message: &pb::UnresolvedTableValuedFunction, scope: &Scope) -> Result<Typed> {
    let call = pb::expression::UnresolvedFunction {
        function_name: message.function_name.clone(),
        arguments: message.arguments.clone(),
        ..Default::default()
    };
    let expression = pb::Expression { expr_type: Some(ExprType::UnresolvedFunction(call)), ..Default::default() };
    let typed = analyzer.expression(&expression, scope).map_err(|error| {
        if error.condition() != Some("UNRESOLVED_ROUTINE") {
            return error;
        }
        SparkError::new("UNRESOLVABLE_TABLE_VALUED_FUNCTION").param("name", format!("`{}`", message.function_name))
    })?;
    if !generator::is_generator(&typed.expr) {
        return Err(
            SparkError::new("NOT_A_TABLE_FUNCTION").param("functionName", format!("`{}`", message.function_name))
        );
    }
    Ok(typed)
}

fn range_function(analyzer: &mut Analyzer, message: &pb::UnresolvedTableValuedFunction) -> Result<Analyzed> {
    let scope = Scope::default();
    let numbers = message
        .arguments
        .iter()
        .map(|argument| {
            let typed = analyzer.expression(argument, &scope)?;
            let conf = analyzer.conf();
            let long = crate::cast::cast(typed, &DataType::Int64, crate::cast::Mode::implicit(conf), conf)?;
            match crate::fold::constant(&long)? {
                Some(datafusion::common::ScalarValue::Int64(Some(n))) => Ok(n),
                _ => Err(SparkError::new("UNEXPECTED_INPUT_TYPE").param("functionName", "`range`")),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    let cores = analyzer.session().cores();
    if numbers.get(2) == Some(&0) {
        return Err(SparkError::new("FAILED_FUNCTION_CALL").param("funcName", "`range`"));
    }
    match numbers.as_slice() {
        [end] => range::relation(0, *end, 1, cores),
        [start, end] => range::relation(*start, *end, 1, cores),
        [start, end, step] => range::relation(*start, *end, *step, cores),
        [start, end, step, parts] => range::relation(*start, *end, *step, usize::try_from(*parts).unwrap_or(1)),
        other => Err(SparkError::new("WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
            .param("functionName", "`range`")
            .param("expectedNum", "[1, 2, 3, 4]")
            .param("actualNum", other.len().to_string())
            .param("docroot", "https://spark.apache.org/docs/latest")),
    }
}

/// `LATERAL` joins whose right side is a generator over the left side's columns.
pub(super) fn join(analyzer: &mut Analyzer, message: &pb::LateralJoin) -> Result<Analyzed> {
    if let Some(joined) = table_function::lateral(analyzer, message)? {
        return Ok(joined);
    }
    let left = analyzer.input(&message.left)?;
    let Some(right) = &message.right else {
        return Err(SparkError::internal("a join without its right side was sent"));
    };
    let outer = matches!(message.join_type(), JoinType::LeftOuter);
    let generated_by = generator_of(right).filter(|(function, ..)| {
        let name = &function.function_name;
        let is_range = name.eq_ignore_ascii_case("range");
        message.join_condition.is_none() && !is_range && routine::in_from(analyzer, name).is_none()
    });
    let Some((function, names, alias)) = generated_by else { return subquery(analyzer, message, left, right) };
    let mut function = function.clone();
    if outer && !function.function_name.to_lowercase().ends_with("_outer") {
        function.function_name.push_str("_outer");
    }
    let mut typed = generated(analyzer, &function, &Scope::of(&left))?;
    if let Some(names) = names {
        typed = generator::named(typed, names)?;
    }
    let width = left.output.len();
    let (plan, columns) = project::unnest(left.plan.clone(), &typed)?;
    let mut exprs: Vec<Typed> = left.output.iter().chain(&left.hidden).map(Typed::attribute).collect();
    exprs.extend(columns);
    let mut joined = project::select(plan, exprs)?;
    let tail = joined.output.split_off(width + left.hidden.len());
    let hidden = joined.output.split_off(width);
    joined.output.clone_from(&left.output);
    joined.hidden = hidden.iter().zip(&left.hidden).map(|(_, old)| old.clone()).collect();
    let qualifier: Vec<String> = alias.map(|a| vec![a.to_string()]).unwrap_or_default();
    joined.output.extend(tail.into_iter().map(|a| a.qualified(&qualifier)));
    Ok(joined)
}

/// A lateral join with any relation, which may look at the left side's columns.
fn subquery(
    analyzer: &mut Analyzer,
    message: &pb::LateralJoin,
    left: Analyzed,
    right: &pb::Relation,
) -> Result<Analyzed> {
    let kind = match message.join_type() {
        JoinType::LeftOuter => DfJoin::Left,
        JoinType::Inner | JoinType::Cross | JoinType::Unspecified => DfJoin::Inner,
        other => {
            return Err(SparkError::new("UNSUPPORTED_JOIN_TYPE")
                .param("typ", other.as_str_name().trim_start_matches("JOIN_TYPE_"))
                .param("supported", "'INNER', 'LEFT OUTER', 'CROSS'"));
        }
    };
    let right = analyzer.with_outer(&Scope::of(&left), |analyzer| analyzer.relation(right))?;
    let condition = match &message.join_condition {
        Some(condition) => {
            let scope = Scope::both(&left, &right);
            Some(super::join::boolean(analyzer.expression(condition, &scope)?)?)
        }
        None => None,
    };
    dependent::join(left, right, kind, condition)
}

type Parts<'a> = (&'a pb::UnresolvedTableValuedFunction, Option<&'a [String]>, Option<&'a str>);

/// The function beneath names and an alias.
fn generator_of(relation: &pb::Relation) -> Option<Parts<'_>> {
    match relation.rel_type.as_ref()? {
        RelType::UnresolvedTableValuedFunction(function) => Some((function, None, None)),
        RelType::ToDf(named) => {
            let (function, _, alias) = generator_of(named.input.as_deref()?)?;
            Some((function, Some(&named.column_names), alias))
        }
        RelType::SubqueryAlias(aliased) => {
            let (function, names, _) = generator_of(aliased.input.as_deref()?)?;
            Some((function, names, Some(&aliased.alias)))
        }
        _ => None,
    }
}
