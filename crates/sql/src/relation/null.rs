//! `df.na`: NULLs filled, dropped, and values replaced.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Case, Expr};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{build, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, literal};
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::float_key::normalized;
use crate::types::is_numeric;

/// Whether a value of one type may stand in a column of another: numbers, texts and truth values among themselves.
fn same_family(column: &DataType, value: &DataType) -> bool {
    match value {
        t if is_numeric(t) => is_numeric(column),
        other => column == other,
    }
}

/// The columns named, or all.
fn named(analyzer: &mut Analyzer, input: &Analyzed, names: &[String]) -> Result<Vec<usize>> {
    if names.is_empty() {
        return Ok((0..input.output.len()).collect());
    }
    let scope = Scope::of(input);
    let position = |column: &str| input.output.iter().position(|a| a.column == column);
    let mut found = Vec::new();
    for name in names {
        let typed = analyzer.column(name, &scope)?;
        if let Expr::Column(column) = &typed.expr {
            found.extend(position(&column.name));
        }
    }
    Ok(found)
}

/// NaN counts as NULL here.
fn is_present(column: &Typed) -> Expr {
    let present = column.expr.clone().is_not_null();
    match column.data_type() {
        DataType::Float32 | DataType::Float64 => {
            present.and(Expr::Not(Box::new(datafusion::functions::math::expr_fn::isnan(column.expr.clone()))))
        }
        _ => present,
    }
}

fn case(test: Expr, yes: Expr, no: Expr) -> Expr {
    Expr::Case(Case::new(None, vec![(Box::new(test), Box::new(yes))], Some(Box::new(no))))
}

pub(super) fn fill(analyzer: &mut Analyzer, message: &pb::NaFill) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let columns = named(analyzer, &input, &message.cols)?;
    let values = message.values.iter().map(|v| literal(v, analyzer.conf())).collect::<Result<Vec<_>>>()?;
    let mut exprs: Vec<Typed> = input.output.iter().map(Typed::attribute).collect();
    for (at, column) in columns.iter().enumerate() {
        let Some(value) = values.get(at).filter(|_| values.len() > 1).or_else(|| values.first()) else { continue };
        let own = exprs[*column].clone();
        if !same_family(own.data_type(), value.data_type()) {
            continue;
        }
        let filled = cast::cast(value.clone(), own.data_type(), Mode::Legacy, analyzer.conf())?;
        let expr = case(is_present(&own), own.expr.clone(), filled.expr);
        exprs[*column] = Typed::new(expr, own.data_type().clone(), false, own.name);
    }
    project::project(input, exprs)
}

pub(super) fn drop(analyzer: &mut Analyzer, message: &pb::NaDrop) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let columns = named(analyzer, &input, &message.cols)?;
    let least = message.min_non_nulls.map_or(columns.len() as i64, i64::from);
    let number = |n: i64| Expr::Literal(ScalarValue::Int64(Some(n)), None);
    let present = columns
        .iter()
        .map(|index| case(is_present(&Typed::attribute(&input.output[*index])), number(1), number(0)))
        .reduce(|a, b| a + b);
    let Some(present) = present else { return Ok(input) };
    let plan = build(input.plan.clone(), |b| b.filter(present.gt_eq(number(least))))?;
    Ok(Analyzed { plan, ..input })
}

/// Whether a column has a value; numbers are compared as doubles, as Spark does, so 1.5 is no value of a whole number.
fn equal(column: &Typed, value: &Typed, conf: &crate::conf::Conf) -> Result<Expr> {
    if !is_numeric(column.data_type()) {
        let value = cast::cast(value.clone(), column.data_type(), Mode::Legacy, conf)?;
        return Ok(column.expr.clone().eq(value.expr));
    }
    let double = |typed: &Typed| -> Result<Expr> {
        let double = cast::cast(typed.clone(), &DataType::Float64, Mode::Legacy, conf)?;
        Ok(normalized(double.expr.clone(), double.data_type(), double.nullable()))
    };
    Ok(double(column)?.eq(double(value)?))
}

pub(super) fn replace(analyzer: &mut Analyzer, message: &pb::NaReplace) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let columns = named(analyzer, &input, &message.cols)?;
    let mut pairs = Vec::with_capacity(message.replacements.len());
    for replacement in &message.replacements {
        let (Some(old), Some(new)) = (&replacement.old_value, &replacement.new_value) else {
            return Err(SparkError::internal("a replacement without a value was sent"));
        };
        pairs.push((literal(old, analyzer.conf())?, literal(new, analyzer.conf())?));
    }
    let mut exprs: Vec<Typed> = input.output.iter().map(Typed::attribute).collect();
    for column in columns {
        let own = exprs[column].clone();
        let mut whens = Vec::new();
        for (old, new) in &pairs {
            let fits = |v: &Typed| v.data_type() == &DataType::Null || same_family(own.data_type(), v.data_type());
            if !fits(old) || !fits(new) {
                continue;
            }
            let new = cast::cast(new.clone(), own.data_type(), Mode::Legacy, analyzer.conf())?;
            whens.push((Box::new(equal(&own, old, analyzer.conf())?), Box::new(new.expr)));
        }
        if !whens.is_empty() {
            let expr = Expr::Case(Case::new(None, whens, Some(Box::new(own.expr.clone()))));
            exprs[column] = Typed::new(expr, own.data_type().clone(), true, own.name);
        }
    }
    project::project(input, exprs)
}
