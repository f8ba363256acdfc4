//! Joins of every kind: on a condition, by column names, crossed.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::JoinType as DfJoin;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::split_conjunction;
use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding;
use spark_connect_proto::{self as pb, join::JoinType};

use super::{build, project, subqueries};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::attribute::Attribute;
use crate::coerce;
use crate::expression::Typed;
use crate::float_key::normalized;
use crate::join_strategy::{HintedJoin, JoinStrategy};
use crate::{python, types};

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Join) -> Result<Analyzed> {
    let mut left = analyzer.input(&message.left)?;
    let mut right = analyzer.input(&message.right)?;
    let kind = match message.join_type() {
        JoinType::Unspecified | JoinType::Inner | JoinType::Cross => DfJoin::Inner,
        JoinType::FullOuter => DfJoin::Full,
        JoinType::LeftOuter => DfJoin::Left,
        JoinType::RightOuter => DfJoin::Right,
        JoinType::LeftAnti => DfJoin::LeftAnti,
        JoinType::LeftSemi => DfJoin::LeftSemi,
    };
    let strategy = super::hint::strategy(message).filter(|_| !left.is_streaming() && !right.is_streaming());
    let natural = message.using_columns.first().is_some_and(|name| name == encoding::NATURAL);
    if natural {
        let shared: Vec<String> = left
            .output
            .iter()
            .filter(|a| right.output.iter().any(|b| b.name.eq_ignore_ascii_case(&a.name)))
            .map(|a| a.name.clone())
            .collect();
        return by_names(analyzer, left, right, kind, &shared, strategy);
    }
    if !message.using_columns.is_empty() {
        return by_names(analyzer, left, right, kind, &message.using_columns, strategy);
    }
    let condition = match &message.join_condition {
        Some(condition) => {
            let scope = Scope::both(&left, &right);
            let condition = analyzer.expression(condition, &scope)?;
            let condition = Typed { expr: boolean(condition.clone())?, ..condition };
            let (l, r, condition) = subqueries::join_to_sides(left.plan.clone(), right.plan.clone(), condition)?;
            (left.plan, right.plan) = (l, r);
            Some(condition.expr)
        }
        None => None,
    };
    // What compares rows only after the join is no condition of the join.
    let (l, r) = (left.plan.schema(), right.plan.schema());
    let is_trivial = condition
        .as_ref()
        .is_none_or(|condition| split_conjunction(condition).into_iter().all(|part| python::is_over_both(part, l, r)));
    if is_trivial && message.join_type() == JoinType::Inner && !analyzer.conf().flag("spark.sql.crossJoin.enabled") {
        let shown = |side: &Analyzed| side.output.iter().map(|a| a.name.clone()).collect::<Vec<_>>().join(", ");
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_1211")
            .param("joinType", "INNER")
            .param("leftPlan", shown(&left))
            .param("rightPlan", shown(&right))
            .text(
                "Detected implicit cartesian product for INNER join: without a condition it gives each row with each. \
                   If that is meant, use crossJoin or set spark.sql.crossJoin.enabled.",
            ));
    }
    joined(left, right, kind, condition, strategy)
}

pub(super) fn boolean(condition: Typed) -> Result<Expr> {
    match condition.data_type() {
        DataType::Boolean => Ok(condition.expr),
        other => Err(SparkError::new("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE")
            .param("joinCondition", format!("\"{}\"", condition.name))
            .param("conditionType", types::quoted_sql_name(other))),
    }
}

/// The join of two relations; `None` joins each row with each.
pub(super) fn on_condition(left: Analyzed, right: Analyzed, kind: DfJoin, condition: Option<Expr>) -> Result<Analyzed> {
    joined(left, right, kind, condition, None)
}

fn joined(
    left: Analyzed,
    right: Analyzed,
    kind: DfJoin,
    condition: Option<Expr>,
    strategy: Option<JoinStrategy>,
) -> Result<Analyzed> {
    let exprs: Vec<Expr> = condition.into_iter().collect();
    let plan = build(left.plan.clone(), |b| {
        if exprs.is_empty() && kind == DfJoin::Inner {
            b.cross_join(right.plan.clone())
        } else {
            let exprs = if exprs.is_empty() { vec![datafusion::logical_expr::lit(true)] } else { exprs };
            b.join_on(right.plan.clone(), kind, exprs)
        }
    })?;
    let plan = strategy.into_iter().fold(plan, HintedJoin::plan);
    let keeps_right = !matches!(kind, DfJoin::LeftSemi | DfJoin::LeftAnti);
    let left_null = matches!(kind, DfJoin::Right | DfJoin::Full);
    let right_null = matches!(kind, DfJoin::Left | DfJoin::Full);
    let side = |attributes: &[Attribute], null: bool| -> Vec<Attribute> {
        attributes.iter().map(|a| if null { a.nullable() } else { a.clone() }).collect()
    };
    let mut joined = Analyzed::new(plan, side(&left.output, left_null));
    joined.hidden = side(&left.hidden, left_null);
    if keeps_right {
        joined.output.extend(side(&right.output, right_null));
        joined.hidden.extend(side(&right.hidden, right_null));
    }
    Ok(joined)
}

/// A join by columns of the same name, which the result has once.
fn by_names(
    analyzer: &Analyzer,
    left: Analyzed,
    right: Analyzed,
    kind: DfJoin,
    names: &[String],
    strategy: Option<JoinStrategy>,
) -> Result<Analyzed> {
    let mut pairs = Vec::with_capacity(names.len());
    for name in names {
        let (l, r) = (using(&left, name, "left")?, using(&right, name, "right")?);
        let (lt, rt) = (Typed::attribute(&l), Typed::attribute(&r));
        let Some((a, b)) = coerce::comparable(&lt, &rt, analyzer.conf())? else {
            return Err(crate::function::operator::mismatch("=", &lt, &rt));
        };
        let key = |t: Typed| Typed { expr: normalized(t.expr.clone(), t.data_type(), t.nullable()), ..t };
        let (a, b) = (key(a), key(b));
        pairs.push((l, r, a, b));
    }
    let condition = pairs.iter().map(|(_, _, a, b)| a.expr.clone().eq(b.expr.clone())).reduce(Expr::and);
    let joined = joined(left.clone(), right.clone(), kind, condition, strategy)?;
    if matches!(kind, DfJoin::LeftSemi | DfJoin::LeftAnti) {
        let keys: Vec<Attribute> = pairs.iter().map(|(l, ..)| l.clone()).collect();
        return Ok(reorder(joined, &keys));
    }
    let find = |column: &str| joined.output.iter().find(|a| a.column == column).cloned();
    let mut keys: Vec<Typed> = Vec::new();
    for (l, r, a, b) in &pairs {
        let key = match kind {
            DfJoin::Right => find(&r.column).map(|r| Typed::attribute(&r)),
            DfJoin::Full => {
                let both = vec![a.expr.clone(), b.expr.clone()];
                let expr = datafusion::functions::core::expr_fn::coalesce(both);
                Some(Typed::new(
                    expr,
                    a.data_type().clone(),
                    l.field.is_nullable() || r.field.is_nullable(),
                    l.name.clone(),
                ))
            }
            _ => find(&l.column).map(|l| Typed::attribute(&l)),
        };
        keys.extend(key.map(|k| k.named(&l.name)));
    }
    let is_key = |a: &Attribute| pairs.iter().any(|(l, r, ..)| l.column == a.column || r.column == a.column);
    let (key_columns, others): (Vec<_>, Vec<_>) = joined.output.iter().cloned().partition(is_key);
    let hidden: Vec<Attribute> = key_columns.into_iter().chain(joined.hidden.iter().cloned()).collect();
    let width = keys.len() + others.len();
    let mut exprs = keys;
    exprs.extend(others.iter().map(Typed::attribute));
    let shown: Vec<String> = exprs
        .iter()
        .filter_map(|t| match &t.expr {
            Expr::Column(c) => Some(c.name.clone()),
            _ => None,
        })
        .collect();
    let hidden: Vec<Attribute> = hidden.into_iter().filter(|a| !shown.contains(&a.column)).collect();
    exprs.extend(hidden.iter().map(Typed::attribute));
    let mut result = project::select(joined.plan, exprs)?;
    for (attribute, other) in result.output[pairs.len()..width].iter_mut().zip(&others) {
        attribute.qualifier.clone_from(&other.qualifier);
    }
    for (attribute, (l, ..)) in result.output.iter_mut().zip(&pairs) {
        attribute.qualifier.clone_from(&l.qualifier);
        attribute.field = Arc::new(attribute.field.as_ref().clone().with_name(&l.name));
    }
    result.output.truncate(width);
    result.hidden = hidden;
    Ok(result)
}

fn reorder(mut joined: Analyzed, keys: &[Attribute]) -> Analyzed {
    let is_key = |a: &Attribute| keys.iter().any(|k| k.column == a.column);
    let others: Vec<Attribute> = joined.output.iter().filter(|a| !is_key(a)).cloned().collect();
    joined.output = keys.iter().cloned().chain(others).collect();
    joined
}

fn using(side: &Analyzed, name: &str, which: &str) -> Result<Attribute> {
    let matches: Vec<&Attribute> = side.output.iter().filter(|a| a.name.eq_ignore_ascii_case(name)).collect();
    match matches.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let columns: Vec<String> = side.output.iter().map(|a| format!("`{}`", a.name)).collect();
            Err(SparkError::new("UNRESOLVED_USING_COLUMN_FOR_JOIN")
                .param("colName", format!("`{name}`"))
                .param("side", which)
                .param("suggestion", columns.join(", ")))
        }
        _ => Err(SparkError::new("AMBIGUOUS_REFERENCE")
            .param("name", format!("`{name}`"))
            .param("referenceNames", format!("[`{name}`, `{name}`]"))),
    }
}
