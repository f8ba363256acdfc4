//! `approx_count_distinct`: HyperLogLog++ over Spark's xxHash64, so that small and large counts are Spark's to the digit.
//!
//! A value's hash chooses one of 2^p registers by its first p bits; the register keeps the longest run of zeros seen in the
//! rest. Few distinct values are counted by the registers that stay empty, many by the harmonic mean of the runs. Between the
//! two Spark corrects the mean by a table of measured errors; here an estimator without a table (Ertl, arXiv:1702.01284) takes
//! its place, which errs no more, but otherwise.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::array::cast::AsArray;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Case, Expr, Signature, Volatility};
use firesteel_error::{Result, SparkError};

use super::Family;
use super::aggregate::aggregate;
use crate::analyzer::Call;
use crate::expression::Typed;
use crate::float_key::normalized;

/// The family's functions.
pub const FUNCTIONS: Family = &[("approx_count_distinct", approx_count_distinct)];

/// The standard deviation that Spark asks for where nothing is said.
const DEVIATION_DEFAULT: f64 = 0.05;

fn approx_count_distinct(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let value = call.arg(0)?;
    let deviation = match call.len() {
        1 => DEVIATION_DEFAULT,
        _ => match call.constant(1)?.cast_to(&DataType::Float64) {
            Ok(ScalarValue::Float64(Some(given))) => given,
            _ => return Err(call.unexpected_type(1, &call.arg(1)?, &DataType::Float64)),
        },
    };
    // The published analysis starts at four bits.
    let precision = (2.0 * (1.106 / deviation).log2()).ceil();
    if !(4.0..=30.0).contains(&precision) {
        return Err(SparkError::new("FAILED_FUNCTION_CALL").param("funcName", "`approx_count_distinct`"));
    }
    let name = format!("approx_count_distinct({})", value.name);
    let key = Typed { expr: normalized(value.expr.clone(), value.data_type(), value.nullable()), ..value.clone() };
    let hash = super::resolve_named(call.session(), "xxhash64", &[key])?;
    let known = (Box::new(value.expr.is_not_null()), Box::new(hash.expr));
    let hash = Expr::Case(Case::new(None, vec![known], None));
    let udaf = Arc::new(AggregateUDF::new_from_impl(ApproxDistinct::new(precision as u32)));
    Ok(Typed::new(aggregate(udaf, vec![hash], false), DataType::Int64, false, name))
}

/// The aggregate over hashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ApproxDistinct {
    precision: u32,
    signature: Signature,
}

impl ApproxDistinct {
    fn new(precision: u32) -> Self {
        Self { precision, signature: Signature::exact(vec![DataType::Int64], Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for ApproxDistinct {
    fn name(&self) -> &str {
        "approx_count_distinct"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Int64)
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _: &DataType) -> DataFusionResult<ScalarValue> {
        Ok(ScalarValue::Int64(Some(0)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[registers]", args.name), DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        Ok(Box::new(Registers::new(self.precision)))
    }
}

/// For each register the longest run of zeros, plus one; 0 where no value came.
#[derive(Debug)]
struct Registers {
    precision: u32,
    runs: Vec<u8>,
}

impl Registers {
    fn new(precision: u32) -> Self {
        Self { precision, runs: vec![0; 1 << precision] }
    }

    fn add(&mut self, hash: u64) {
        let index = (hash >> (64 - self.precision)) as usize;
        // The bit that is put in ends the run where the hash has no bit left.
        let rest = (hash << self.precision) | (1 << (self.precision - 1));
        self.runs[index] = self.runs[index].max(rest.leading_zeros() as u8 + 1);
    }

    fn estimate(&self) -> i64 {
        /// Up to which count the empty registers tell best, by the number of bits from 4 (Heule et al., 2013).
        const THRESHOLDS: [f64; 15] = [
            10.0, 20.0, 40.0, 80.0, 220.0, 400.0, 900.0, 1800.0, 3100.0, 6500.0, 11_500.0, 20_000.0, 50_000.0,
            120_000.0, 350_000.0,
        ];
        let registers = self.runs.len() as f64;
        let empty = self.runs.iter().filter(|run| **run == 0).count() as f64;
        let threshold = THRESHOLDS.get(self.precision as usize - 4);
        if empty > 0.0 {
            let counted = registers * (registers / empty).ln();
            if threshold.is_none_or(|threshold| counted <= *threshold) {
                return counted.round() as i64;
            }
        }
        let constant = match self.precision {
            4 => 0.673,
            5 => 0.697,
            6 => 0.709,
            _ => 0.7213 / (1.0 + 1.079 / registers),
        };
        let sum: f64 = self.runs.iter().map(|run| (-f64::from(*run)).exp2()).sum();
        let mean = constant * registers * registers / sum;
        let estimate = if threshold.is_some() && mean < 5.0 * registers { self.corrected() } else { mean };
        estimate.round() as i64
    }

    /// Ertl's improved estimate, whose error does not depend on the count.
    fn corrected(&self) -> f64 {
        let registers = self.runs.len() as f64;
        let longest = 64 - self.precision as usize;
        let mut counts = vec![0.0f64; longest + 2];
        for run in &self.runs {
            counts[usize::from(*run).min(longest + 1)] += 1.0;
        }
        let mut sum = registers * tau(1.0 - counts[longest + 1] / registers);
        for count in counts[1..=longest].iter().rev() {
            sum = 0.5 * (sum + count);
        }
        sum += registers * sigma(counts[0] / registers);
        registers * registers / (2.0 * std::f64::consts::LN_2 * sum)
    }
}

/// The share of registers without a value, carried on to infinitely small counts.
fn sigma(share: f64) -> f64 {
    if share == 1.0 {
        return f64::INFINITY;
    }
    let (mut x, mut y, mut z) = (share, 1.0, share);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

/// The share of registers that are full, carried on to infinitely long runs.
fn tau(share: f64) -> f64 {
    if share == 0.0 || share == 1.0 {
        return 0.0;
    }
    let (mut x, mut y, mut z) = (share, 1.0, 1.0 - share);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

impl Accumulator for Registers {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        for hash in values[0].as_primitive::<Int64Type>().iter().flatten() {
            self.add(hash as u64);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for other in states[0].as_binary::<i32>().iter().flatten() {
            for (mine, run) in self.runs.iter_mut().zip(other) {
                *mine = (*mine).max(*run);
            }
        }
        Ok(())
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.runs.clone()))])
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        Ok(ScalarValue::Int64(Some(self.estimate())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.runs.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A well-mixed 64-bit number for each `n` (splitmix64).
    fn mixed(n: u64) -> u64 {
        let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    #[test]
    fn counts_of_every_size_are_within_the_error() {
        for precision in [7u32, 9, 12] {
            let mut registers = Registers::new(precision);
            let mut next = 0;
            for count in [0u64, 1, 50, 300, 600, 1500, 5000, 50_000, 400_000] {
                while next < count {
                    registers.add(mixed(next));
                    next += 1;
                }
                let error = (registers.estimate() as f64 - count as f64).abs();
                let allowed = 4.5 * 1.04 / f64::from(1u32 << precision).sqrt() * count as f64;
                assert!(error <= allowed.max(1.0), "{count} with {precision} bits: {}", registers.estimate());
            }
        }
    }

    #[test]
    fn merging_counts_a_value_once() {
        let (mut left, mut right) = (Registers::new(9), Registers::new(9));
        (0..200).for_each(|n| left.add(mixed(n)));
        let alone = left.estimate();
        (100..200).for_each(|n| right.add(mixed(n)));
        let state: Vec<ArrayRef> = right.state().into_iter().flatten().filter_map(|s| s.to_array().ok()).collect();
        assert!(left.merge_batch(&state).is_ok());
        assert_eq!(left.estimate(), alone);
    }
}
