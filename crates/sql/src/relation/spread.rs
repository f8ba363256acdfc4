//! Rows sent to partitions by number: `repartitionById`, and `repartitionByRange`, whose numbers follow from the order.
//!
//! The shuffle goes by hashes. So each number is replaced by a value whose hash leads to that very partition; the values are
//! found by asking the shuffle itself.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::Partitioning;
use datafusion::physical_plan::metrics::Time;
use datafusion::physical_plan::repartition::BatchPartitioner;
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

use super::project;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::cast::{self, Mode};
use crate::error::from_datafusion;
use crate::expression::Kernel;
use crate::shuffle::{Scheme, Shuffle};

/// Rows of equal sort keys together, partition after partition in the order of the keys, all about as large.
pub(super) fn by_range(
    analyzer: &mut Analyzer,
    input: Analyzed,
    order: Vec<pb::expression::SortOrder>,
    count: usize,
    origin: &'static str,
) -> Result<Analyzed> {
    let scope = Scope::of(&input);
    let over = |function: &str, order_spec: Vec<pb::expression::SortOrder>| {
        let call = pb::expression::UnresolvedFunction { function_name: function.to_string(), ..Default::default() };
        let call = pb::Expression { expr_type: Some(ExprType::UnresolvedFunction(call)), ..Default::default() };
        let window = pb::expression::Window { window_function: Some(Box::new(call)), order_spec, ..Default::default() };
        pb::Expression { expr_type: Some(ExprType::Window(Box::new(window))), ..Default::default() }
    };
    let rank = analyzer.expression(&over("rank", order), &scope)?;
    let mut all = over("count", Vec::new());
    if let Some(ExprType::Window(window)) = &mut all.expr_type
        && let Some(call) = &mut window.window_function
        && let Some(ExprType::UnresolvedFunction(call)) = &mut call.expr_type
    {
        let one = Some(pb::expression::literal::LiteralType::Integer(1));
        let one = pb::expression::Literal { literal_type: one, ..Default::default() };
        call.arguments.push(pb::Expression { expr_type: Some(ExprType::Literal(one)), ..Default::default() });
    }
    let rows = analyzer.expression(&all, &scope)?;
    let (plan, columns) = project::evaluate_windows(input.plan.clone(), vec![rank, rows])?;
    let targets = targets(count)?;
    let kernel = Kernel::new("range_partition", count, DataType::Int64, false, move |columns| {
        let rank =
            arrow::compute::cast(&columns.array(0)?, &DataType::Int64).map_err(|e| crate::error::from_arrow(&e))?;
        let (rank, rows) = (rank.as_primitive::<Int64Type>().clone(), columns.array(1)?);
        let rows = rows.as_primitive::<Int64Type>();
        let target = |at: usize| {
            let part = (i128::from(rank.value(at)) - 1) * targets.len() as i128 / i128::from(rows.value(at).max(1));
            usize::try_from(part).ok().and_then(|part| targets.get(part)).or(targets.last()).copied()
        };
        Ok(Arc::new((0..rank.len()).map(target).collect::<Int64Array>()) as ArrayRef)
    });
    let key = kernel.call(columns.into_iter().map(|typed| typed.expr).collect());
    let plan = Shuffle::plan_as(plan, Scheme::Hash(count), vec![key], origin);
    Ok(Analyzed { plan, beneath: None, ..input })
}

/// Each row to the partition that the expression says, counted round; NULL means the first.
pub(super) fn by_id(analyzer: &mut Analyzer, input: Analyzed, id: &pb::Expression, count: usize) -> Result<Analyzed> {
    let typed = analyzer.expression(id, &Scope::of(&input))?;
    if !matches!(typed.data_type(), DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64) {
        return Err(SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE")
            .param("paramIndex", "first")
            .param("requiredType", "\"INT\"")
            .param("inputSql", format!("\"{}\"", typed.name))
            .param("inputType", crate::types::quoted_sql_name(typed.data_type()))
            .param("sqlExpr", format!("\"direct_shuffle_partition_id({})\"", typed.name)));
    }
    let typed = cast::cast(typed, &DataType::Int64, Mode::implicit(analyzer.conf()), analyzer.conf())?;
    let targets = targets(count)?;
    let kernel = Kernel::new("direct_partition", count, DataType::Int64, false, move |columns| {
        let ids = columns.array(0)?;
        let ids = ids.as_primitive::<Int64Type>();
        let number = targets.len() as i64;
        let target = |id: Option<i64>| targets[usize::try_from(id.unwrap_or(0).rem_euclid(number)).unwrap_or(0)];
        Ok(Arc::new(ids.iter().map(|id| Some(target(id))).collect::<Int64Array>()) as ArrayRef)
    });
    let key = kernel.call(vec![typed.expr]);
    let plan = Shuffle::plan(input.plan.clone(), Scheme::Hash(count), vec![key]);
    Ok(Analyzed { plan, beneath: None, ..input })
}

/// For each of `count` partitions a value that the shuffle sends there.
fn targets(count: usize) -> Result<Vec<i64>> {
    const TRIED_PER_PARTITION: i64 = 64;
    let schema = Arc::new(Schema::new(vec![Field::new("value", DataType::Int64, false)]));
    let mut targets: Vec<Option<i64>> = vec![None; count];
    let mut first = 0_i64;
    while targets.iter().any(Option::is_none) {
        let next = first + TRIED_PER_PARTITION * count as i64;
        let values: ArrayRef = Arc::new((first..next).collect::<Int64Array>());
        let batch = RecordBatch::try_new(schema.clone(), vec![values]).map_err(|e| crate::error::from_arrow(&e))?;
        let keys = vec![Arc::new(Column::new("value", 0)) as _];
        BatchPartitioner::try_new(Partitioning::Hash(keys, count), Time::new(), 0, 1)
            .and_then(|mut partitioner| {
                partitioner.partition(batch, |partition, rows| {
                    let values = rows.column(0).as_primitive::<Int64Type>();
                    if let Some(value) = values.values().first() {
                        targets[partition].get_or_insert(*value);
                    }
                    Ok(())
                })
            })
            .map_err(from_datafusion)?;
        first = next;
    }
    Ok(targets.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_partition_has_a_value_of_its_own() {
        for count in [1, 2, 3, 200] {
            let targets = targets(count).unwrap();
            let distinct: std::collections::HashSet<i64> = targets.iter().copied().collect();
            assert_eq!((targets.len(), distinct.len()), (count, count));
        }
    }
}
