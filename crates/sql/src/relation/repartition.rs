//! `repartition`, `coalesce` and `repartitionByRange`.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

use super::spread;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::shuffle::{Scheme, Shuffle};

fn positive(number: i32) -> Result<usize> {
    usize::try_from(number).ok().filter(|n| *n > 0).ok_or_else(|| {
        SparkError::plain(
            Exception::IllegalArgument,
            format!("requirement failed: Number of partitions ({number}) must be positive."),
        )
    })
}

pub(super) fn by_number(analyzer: &mut Analyzer, message: &pb::Repartition) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let number = positive(message.num_partitions)?;
    let shuffle = message.shuffle.unwrap_or(true);
    let scheme = if shuffle { Scheme::RoundRobin(number) } else { Scheme::Coalesce(number) };
    let plan = Shuffle::plan(input.plan.clone(), scheme, Vec::new());
    Ok(Analyzed { plan, beneath: None, ..input })
}

pub(super) fn by_expression(analyzer: &mut Analyzer, message: &pb::RepartitionByExpression) -> Result<Analyzed> {
    let origin = if message.num_partitions.is_some() { "REPARTITION_BY_NUM" } else { "REPARTITION_BY_COL" };
    by_expression_of(analyzer, message, origin)
}

/// As [`by_expression`]; `origin` is what `explain` says of where it comes from.
pub(super) fn by_expression_of(
    analyzer: &mut Analyzer,
    message: &pb::RepartitionByExpression,
    origin: &'static str,
) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let number = match message.num_partitions {
        Some(number) => positive(number)?,
        None => analyzer.session().cores(),
    };
    if let [only] = message.partition_exprs.as_slice()
        && let Some(ExprType::DirectShufflePartitionId(direct)) = &only.expr_type
    {
        let id =
            direct.child.as_deref().ok_or_else(|| SparkError::internal("a partition id without its expression"))?;
        return spread::by_id(analyzer, input, id, number);
    }
    let order = |message: &pb::Expression| match &message.expr_type {
        Some(ExprType::SortOrder(order)) => Some(order.as_ref().clone()),
        _ => None,
    };
    let by_range = message.partition_exprs.iter().any(|message| order(message).is_some());
    if by_range && !input.is_streaming() {
        let ascending = |message: &pb::Expression| {
            order(message).unwrap_or_else(|| pb::expression::SortOrder {
                child: Some(Box::new(message.clone())),
                direction: pb::expression::sort_order::SortDirection::Ascending.into(),
                null_ordering: pb::expression::sort_order::NullOrdering::SortNullsFirst.into(),
            })
        };
        let keys = message.partition_exprs.iter().map(ascending).collect();
        return spread::by_range(analyzer, input, keys, number, origin);
    }
    let mut exprs = Vec::new();
    for message in &message.partition_exprs {
        let child = match &message.expr_type {
            Some(ExprType::SortOrder(order)) => analyzer.required(&order.child, &scope)?,
            _ => analyzer.expression(message, &scope)?,
        };
        exprs.push(child.expr);
    }
    let scheme = if exprs.is_empty() { Scheme::RoundRobin(number) } else { Scheme::Hash(number) };
    let plan = Shuffle::plan_as(input.plan.clone(), scheme, exprs, origin);
    Ok(Analyzed { plan, beneath: None, ..input })
}
