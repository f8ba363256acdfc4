//! `repartition`, `coalesce` and `repartitionByRange`.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

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
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let number = match message.num_partitions {
        Some(number) => positive(number)?,
        None => analyzer.session().cores(),
    };
    let mut exprs = Vec::new();
    for message in &message.partition_exprs {
        let child = match &message.expr_type {
            Some(ExprType::SortOrder(order)) => analyzer.required(&order.child, &scope)?,
            _ => analyzer.expression(message, &scope)?,
        };
        exprs.push(child.expr);
    }
    let scheme = if exprs.is_empty() { Scheme::RoundRobin(number) } else { Scheme::Hash(number) };
    let plan = Shuffle::plan(input.plan.clone(), scheme, exprs);
    Ok(Analyzed { plan, beneath: None, ..input })
}
