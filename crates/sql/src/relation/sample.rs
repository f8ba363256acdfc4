//! `sample` and `sampleBy`: each row with a probability, chosen by Spark's generator, one for each partition.

use arrow::array::ArrayRef;
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue, UnnestOptions};
use datafusion::logical_expr::Expr;
use firesteel_error::{Exception, Result, SparkError};
use rand::Rng;
use spark_connect_proto as pb;
use std::sync::Arc;

use super::build;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::expression::{Kernel, Typed};
use crate::function;
use crate::per_partition::{self, Source};
use crate::types;

/// Rows whose random number lies between the bounds, or with replacement rows as often as drawn for each.
pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Sample) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let (low, high) = (message.lower_bound, message.upper_bound);
    let fraction = high - low;
    let (fits, wanted) = match message.with_replacement() {
        true => (fraction >= 0.0, "be nonnegative with replacement"),
        false => ((0.0..=1.0).contains(&fraction), "be on interval [0, 1] without replacement"),
    };
    if !fits {
        let text = format!("requirement failed: Sampling fraction ({fraction:?}) must {wanted}");
        return Err(SparkError::plain(Exception::IllegalArgument, text));
    }
    let seed = message.seed.unwrap_or_else(|| rand::rng().random());
    if message.with_replacement() {
        return repeated(input, high - low, seed);
    }
    let (plan, drawn) = drawn(input.plan.clone(), Source::Sample(seed))?;
    let bound = |value: f64| Expr::Literal(ScalarValue::Float64(Some(value)), None);
    let plan = build(plan, |b| b.filter(drawn.clone().gt_eq(bound(low)).and(drawn.lt(bound(high)))))?;
    Ok(Analyzed { plan, beneath: None, ..input })
}

/// Each row as often as a number of the Poisson distribution says.
fn repeated(input: Analyzed, mean: f64, seed: i64) -> Result<Analyzed> {
    let (plan, times) = drawn(input.plan.clone(), Source::Times { mean: mean.to_bits(), seed })?;
    let data_type = types::array(DataType::Boolean, true);
    let kernel = Kernel::new("times", (), data_type.clone(), false, move |columns| {
        let counts = columns.array(0)?;
        let counts = arrow::array::cast::AsArray::as_primitive::<arrow::datatypes::Int64Type>(counts.as_ref());
        let lengths: Vec<usize> = counts.values().iter().map(|n| usize::try_from(*n).unwrap_or(0)).collect();
        let values = arrow::array::new_null_array(&DataType::Boolean, lengths.iter().sum());
        let DataType::List(element) = &data_type else { return Err(SparkError::internal("an array type")) };
        arrow::array::ListArray::try_new(element.clone(), OffsetBuffer::from_lengths(lengths), values, None)
            .map(|list| Arc::new(list) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    });
    let column = crate::attribute::fresh_column("times");
    let mut columns: Vec<Expr> =
        plan.schema().columns().into_iter().map(|c| Expr::Column(Column::new_unqualified(c.name))).collect();
    columns.push(kernel.call(vec![times]).alias(&column));
    let options = UnnestOptions::new().with_preserve_nulls(false);
    let plan =
        build(plan, |b| b.project(columns)?.unnest_column_with_options(Column::new_unqualified(&column), options))?;
    Ok(Analyzed { plan, beneath: None, ..input })
}

/// A random column beside the plan's.
fn drawn(
    plan: datafusion::logical_expr::LogicalPlan,
    source: Source,
) -> Result<(datafusion::logical_expr::LogicalPlan, Expr)> {
    let call = Typed::new(source.call(), source.data_type(), false, "");
    let (plan, mut columns) = per_partition::append(plan, vec![call])?;
    let column = columns.pop().ok_or_else(|| SparkError::internal("a random column"))?;
    Ok((plan, column.expr))
}

/// `sampleBy`: each value of a column has a probability of its own; rows of other values are left out.
pub(super) fn by_stratum(analyzer: &mut Analyzer, message: &pb::StatSampleBy) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let Some(column) = &message.col else { return Err(SparkError::internal("sampleBy without a column was sent")) };
    let column = analyzer.expression(column, &scope)?;
    let session = analyzer.session().clone();
    let number = |value: f64| Typed::literal(ScalarValue::Float64(Some(value)), "");
    let mut branches = Vec::with_capacity(2 * message.fractions.len() + 1);
    for fraction in &message.fractions {
        if !(0.0..=1.0).contains(&fraction.fraction) {
            return Err(SparkError::plain(
                Exception::IllegalArgument,
                format!("requirement failed: Fractions must be in [0, 1], but got {}.", fraction.fraction),
            ));
        }
        let Some(stratum) = &fraction.stratum else {
            return Err(SparkError::internal("sampleBy without a stratum was sent"));
        };
        let stratum = crate::analyzer::literal(stratum, analyzer.conf())?;
        branches.push(function::resolve_named(&session, "==", &[column.clone(), stratum])?);
        branches.push(number(fraction.fraction));
    }
    branches.push(number(0.0));
    let probability = function::resolve_named(&session, "when", &branches)?;
    let seed = message.seed.unwrap_or_else(|| rand::rng().random());
    let (plan, drawn) = drawn(input.plan.clone(), Source::Uniform(seed))?;
    let plan = build(plan, |b| b.filter(drawn.lt(probability.expr)))?;
    Ok(Analyzed { plan, beneath: None, ..input })
}
