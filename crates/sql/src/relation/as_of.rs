//! Joins with the nearest row: `merge_asof` of pandas on Spark, and `nearestByJoin`.
//!
//! Both are a join with every row that qualifies, of which each left row keeps the first ones by a rank. Left rows are told
//! apart by a number of their own.

use datafusion::common::JoinType as DfJoin;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

use super::{build, join, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, quoted_name};
use crate::attribute::Attribute;
use crate::expression::Typed;
use crate::per_partition::{self, Source};

pub(super) fn as_of(analyzer: &mut Analyzer, message: &pb::AsOfJoin) -> Result<Analyzed> {
    let (left, right) = (analyzer.input(&message.left)?, analyzer.input(&message.right)?);
    let (Some(l), Some(r)) = (&message.left_as_of, &message.right_as_of) else {
        return Err(SparkError::internal("an as-of join without its columns was sent"));
    };
    let (l, r) = (l.clone(), r.clone());
    let kind = kind_of(&message.join_type)?;
    let exact = message.allow_exact_matches;
    let tolerance = message.tolerance.as_ref();
    let back = || {
        let order = call(if exact { ">=" } else { ">" }, vec![l.clone(), r.clone()]);
        let near = tolerance.map(|t| call(">=", vec![r.clone(), call("-", vec![l.clone(), t.clone()])]));
        near.map_or(order.clone(), |near| call("and", vec![order, near]))
    };
    let ahead = || {
        let order = call(if exact { "<=" } else { "<" }, vec![l.clone(), r.clone()]);
        let near = tolerance.map(|t| call("<=", vec![r.clone(), call("+", vec![l.clone(), t.clone()])]));
        near.map_or(order.clone(), |near| call("and", vec![order, near]))
    };
    let before = call("-", vec![l.clone(), r.clone()]);
    let after = call("-", vec![r.clone(), l.clone()]);
    let (mut condition, distance) = match message.direction.as_str() {
        "backward" => (back(), before),
        "forward" => (ahead(), after),
        "nearest" => {
            let later = call(">", vec![l.clone(), r.clone()]);
            (call("or", vec![back(), ahead()]), call("if", vec![later, before, after]))
        }
        other => {
            return Err(SparkError::new("AS_OF_JOIN.UNSUPPORTED_DIRECTION")
                .param("direction", other)
                .param("supported", "'forward', 'backward', 'nearest'"));
        }
    };
    if let Some(on) = message.join_expr.as_ref() {
        condition = call("and", vec![condition, on.clone()]);
    }
    let mut equal = Vec::new();
    for name in &message.using_columns {
        let column = |side: &Analyzed| {
            let found = side.output.iter().find(|a| a.name.eq_ignore_ascii_case(name)).cloned();
            found.ok_or_else(|| crate::analyzer::unresolved_column(std::slice::from_ref(name), &side.output))
        };
        equal.push(Typed::attribute(&column(&left)?).expr.eq(Typed::attribute(&column(&right)?).expr));
    }
    let hidden: Vec<String> = message.using_columns.iter().map(|name| name.to_lowercase()).collect();
    let width = left.output.len();
    let mut joined = ranked(analyzer, left, right, kind, Some((&condition, equal)), &distance, 1)?;
    // Columns joined by name come once.
    let tail = joined.output.split_off(width);
    let (keys, rest): (Vec<_>, Vec<_>) = tail.into_iter().partition(|a| hidden.contains(&a.name.to_lowercase()));
    joined.output.extend(rest);
    joined.hidden.extend(keys);
    Ok(joined)
}

pub(super) fn nearest(analyzer: &mut Analyzer, message: &pb::NearestByJoin) -> Result<Analyzed> {
    let (left, right) = (analyzer.input(&message.left)?, analyzer.input(&message.right)?);
    let Some(ranking) = message.ranking_expression.as_ref() else {
        return Err(SparkError::internal("a nearest-by join without its ranking was sent"));
    };
    let kind = kind_of(&message.join_type)?;
    if !["approx", "exact"].contains(&message.mode.to_lowercase().as_str()) {
        return Err(illegal(format!("The mode {} of a nearest-by join is neither approx nor exact.", message.mode)));
    }
    let distance = match message.direction.to_lowercase().as_str() {
        "distance" => ranking.clone(),
        "similarity" => call("negative", vec![ranking.clone()]),
        other => return Err(illegal(format!("The direction {other} is neither distance nor similarity."))),
    };
    if !(1..=100_000).contains(&message.num_results) {
        return Err(illegal(format!("{} is no number of results from 1 to 100000.", message.num_results)));
    }
    ranked(analyzer, left, right, kind, None, &distance, i64::from(message.num_results))
}

fn illegal(text: String) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, text)
}

fn kind_of(name: &str) -> Result<DfJoin> {
    match name.to_lowercase().replace('_', "").as_str() {
        "inner" | "" => Ok(DfJoin::Inner),
        "left" | "leftouter" => Ok(DfJoin::Left),
        other => {
            Err(SparkError::new("UNSUPPORTED_JOIN_TYPE").param("typ", other).param("supported", "'inner', 'leftouter'"))
        }
    }
}

/// Each left row with the `count` right rows of the smallest distance, of those that fulfil the condition.
fn ranked(
    analyzer: &mut Analyzer,
    left: Analyzed,
    right: Analyzed,
    kind: DfJoin,
    condition: Option<(&pb::Expression, Vec<Expr>)>,
    distance: &pb::Expression,
    count: i64,
) -> Result<Analyzed> {
    let number = Typed::new(Source::RowId.call(), Source::RowId.data_type(), false, "");
    let (plan, mut numbers) = per_partition::append(left.plan.clone(), vec![number])?;
    let Some(Expr::Column(number)) = numbers.pop().map(|typed| typed.expr) else {
        return Err(SparkError::internal("a number for each row"));
    };
    let left = Analyzed { plan, beneath: None, ..left };
    let scope = Scope::both(&left, &right);
    let on = match condition {
        Some((message, equal)) => {
            let condition = join::boolean(analyzer.expression(message, &scope)?)?;
            Some(equal.into_iter().fold(condition, Expr::and))
        }
        None => None,
    };
    let joined = join::on_condition(left, right, kind, on)?;
    let row =
        Attribute { column: number.name.clone(), ..Attribute::new(&number.name, Source::RowId.data_type(), false) };
    let mut scope = Scope::of(&joined);
    scope.visible.push(row.clone());
    let window = pb::expression::Window {
        window_function: Some(Box::new(call("row_number", vec![]))),
        partition_spec: vec![reference(&row)],
        order_spec: vec![pb::expression::SortOrder {
            child: Some(Box::new(distance.clone())),
            direction: pb::expression::sort_order::SortDirection::Ascending.into(),
            null_ordering: pb::expression::sort_order::NullOrdering::SortNullsLast.into(),
        }],
        frame_spec: None,
    };
    let window = pb::Expression { expr_type: Some(ExprType::Window(Box::new(window))), ..Default::default() };
    let rank = analyzer.expression(&window, &scope)?;
    let (plan, mut ranks) = project::evaluate_windows(joined.plan.clone(), vec![rank])?;
    let Some(rank) = ranks.pop() else { return Err(SparkError::internal("a rank for each row")) };
    let most = Expr::Literal(ScalarValue::Int32(i32::try_from(count).ok()), None);
    let plan = build(plan, |b| b.filter(rank.expr.lt_eq(most)))?;
    Ok(Analyzed { plan, ..joined })
}

fn reference(attribute: &Attribute) -> pb::Expression {
    let name = quoted_name(std::slice::from_ref(&attribute.name));
    let attribute = pb::expression::UnresolvedAttribute { unparsed_identifier: name, ..Default::default() };
    pb::Expression { expr_type: Some(ExprType::UnresolvedAttribute(attribute)), ..Default::default() }
}

fn call(name: &str, arguments: Vec<pb::Expression>) -> pb::Expression {
    let call = pb::expression::UnresolvedFunction { function_name: name.to_string(), arguments, ..Default::default() };
    pb::Expression { expr_type: Some(ExprType::UnresolvedFunction(call)), ..Default::default() }
}
