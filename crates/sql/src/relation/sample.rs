//! `sample`: each row with a probability, chosen by a seeded generator.

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::DataType;
use datafusion::logical_expr::Expr;
use firesteel_error::Result;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use spark_connect_proto as pb;
use std::sync::Arc;

use super::build;
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::expression::Kernel;
use firesteel_error::SparkError;

/// Rows whose number lies between the bounds. Which rows a seed chooses is not what Spark chooses: its generator and
/// partitions are its own.
pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Sample) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    if message.with_replacement() {
        return Err(SparkError::unsupported("sample with replacement"));
    }
    let (low, high) = (message.lower_bound, message.upper_bound);
    let seed = message.seed.unwrap_or_else(|| rand::rng().random());
    let drawn = uniform(seed);
    // The number is drawn once for a row: two tests on one volatile call would draw twice.
    let kernel =
        Kernel::new("sampled", (seed, low.to_bits(), high.to_bits()), DataType::Boolean, false, move |columns| {
            let numbers = columns.array(0)?;
            let numbers = arrow::array::cast::AsArray::as_primitive::<arrow::datatypes::Float64Type>(numbers.as_ref());
            let chosen: arrow::array::BooleanArray = numbers.iter().map(|n| n.map(|n| n >= low && n < high)).collect();
            Ok(Arc::new(chosen) as ArrayRef)
        });
    let plan = build(input.plan.clone(), |b| b.filter(kernel.volatile().call(vec![drawn])))?;
    Ok(Analyzed { plan, ..input })
}

/// Numbers from 0 up to 1, from one generator for each call of the operator.
fn uniform(seed: i64) -> Expr {
    let state = parking_lot::Mutex::new(StdRng::seed_from_u64(seed as u64));
    let kernel = Kernel::new("uniform", seed, DataType::Float64, false, move |columns| {
        let mut random = state.lock();
        let numbers: Float64Array = (0..columns.rows()).map(|_| Some(random.random::<f64>())).collect();
        Ok(Arc::new(numbers) as ArrayRef)
    });
    kernel.volatile().call(Vec::new())
}
