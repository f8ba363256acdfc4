//! Percentiles: exact ones between two values or at one of them, weighted ones, and Spark's approximate ones.
//!
//! The values are collected in an array for each group, of which the percentiles are then taken.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Float64Array, UInt64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use firesteel_error::{Result, SparkError};

use super::Family;
use super::lists::bounds;
use super::statistics::collected;
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::{Kernel, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("median", |c| {
        c.expect(1..=1)?;
        exact(&c, c.arg(0)?, None, &[0.5], false, Rule::Continuous).map(|t| t.named(c.title()))
    }),
    ("percentile", percentile),
    ("percentile_approx", percentile_approx),
    ("approx_percentile", percentile_approx),
];

/// Which value stands for a fraction of the sorted values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Between the two nearest ones.
    Continuous,
    /// The first that at least the fraction of all values comes up to.
    Discrete {
        /// From the highest down.
        descending: bool,
    },
}

/// The fractions that argument `index` names: one number or an array of them.
pub(super) fn fractions(call: &Call<'_>, index: usize) -> Result<(Vec<f64>, bool)> {
    let value = call.constant(index)?;
    let many = matches!(value.data_type(), DataType::List(_));
    let array = value.to_array().map_err(crate::error::from_datafusion)?;
    let array = if many { array.as_list::<i32>().value(0) } else { array };
    let array = arrow::compute::cast(&array, &DataType::Float64).map_err(|e| crate::error::from_arrow(&e))?;
    let fractions: Vec<f64> = array.as_primitive::<Float64Type>().iter().flatten().collect();
    if let Some(bad) = fractions.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(SparkError::new("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE")
            .param("exprName", "`percentage`")
            .param("valueRange", "[0.0, 1.0]")
            .param("currentValue", format!("{bad:?}D"))
            .param("sqlExpr", format!("\"{}\"", call.title())));
    }
    Ok((fractions, many))
}

/// Values in order, each with the number of values up to its end.
struct Ranked {
    values: Vec<f64>,
    ends: Vec<i64>,
}

impl Ranked {
    fn new(mut pairs: Vec<(f64, i64)>, descending: bool) -> Self {
        pairs.sort_by(|a, b| if descending { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
        let mut total = 0_i64;
        let ends = pairs.iter().map(|(_, count)| {
            total = total.saturating_add(*count);
            total
        });
        let ends = ends.collect();
        Self { values: pairs.into_iter().map(|(value, _)| value).collect(), ends }
    }

    /// The value at a place counted from 0.
    fn at(&self, place: i64) -> Option<f64> {
        self.values.get(self.ends.partition_point(|end| *end <= place)).or(self.values.last()).copied()
    }

    fn percentile(&self, fraction: f64, rule: Rule) -> Option<f64> {
        let count = self.ends.last().copied().filter(|count| *count > 0)?;
        match rule {
            Rule::Continuous => {
                let place = (count - 1) as f64 * fraction;
                let (low, high) = (place.floor(), place.ceil());
                let (a, b) = (self.at(low as i64)?, self.at(high as i64)?);
                Some(if low == high || a == b { a } else { (high - place) * a + (place - low) * b })
            }
            Rule::Discrete { .. } => self.at(((count as f64 * fraction).ceil() as i64 - 1).clamp(0, count - 1)),
        }
    }
}

/// Exact percentiles of a value, each counted as often as the weight says.
pub(super) fn exact(
    call: &Call<'_>,
    value: Typed,
    weight: Option<Typed>,
    fractions: &[f64],
    many: bool,
    rule: Rule,
) -> Result<Typed> {
    let mode = Mode::implicit(call.conf());
    let value = cast::cast(value, &DataType::Float64, mode, call.conf())?;
    let weight = match weight {
        Some(weight) => cast::cast(weight, &DataType::Int64, mode, call.conf())?,
        None => Typed::literal(datafusion::common::ScalarValue::Int64(Some(1)), "1"),
    };
    let row = super::resolve_named(call.session(), "struct", &[value, weight])?;
    let data_type = if many { types::array(DataType::Float64, false) } else { DataType::Float64 };
    let element = if many { Some(super::lists::element_of(&data_type)?) } else { None };
    let wanted = fractions.to_vec();
    let params = format!("{wanted:?} {rule:?}");
    let kernel = Kernel::new("percentile", params, data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let rows = lists.values().as_struct();
        let (values, weights) =
            (rows.column(0).as_primitive::<Float64Type>(), rows.column(1).as_primitive::<Int64Type>());
        let mut results: Vec<f64> = Vec::new();
        let mut choice: super::lists::Choice = Vec::with_capacity(lists.len());
        for row in 0..lists.len() {
            let mut pairs = Vec::new();
            for at in bounds(lists, row).filter(|at| values.is_valid(*at) && weights.is_valid(*at)) {
                let weight = weights.value(at);
                if weight < 0 {
                    return Err(SparkError::new("INVALID_PARAMETER_VALUE.LONG")
                        .text(format!("A frequency of percentile is negative: {weight}")));
                }
                if weight > 0 {
                    pairs.push((values.value(at), weight));
                }
            }
            let ranked = Ranked::new(pairs, rule == (Rule::Discrete { descending: true }));
            let first = results.len() as u64;
            results.extend(wanted.iter().filter_map(|p| ranked.percentile(*p, rule)));
            let last = results.len() as u64;
            choice.push((last > first).then(|| (first..last).map(Some).collect()));
        }
        let results: ArrayRef = Arc::new(Float64Array::from(results));
        match &element {
            Some(element) => super::lists::build(&results, &choice, element),
            None => {
                let picks: UInt64Array =
                    choice.into_iter().map(|c| c.and_then(|c| c.first().copied().flatten())).collect();
                arrow::compute::take(&results, &picks, None).map_err(|e| crate::error::from_arrow(&e))
            }
        }
    });
    Ok(Typed::new(kernel.call(vec![collected(row, call.distinct)]), data_type, true, ""))
}

fn percentile(call: Call<'_>) -> Result<Typed> {
    let call = super::rows::with_default_int(call, 2, 1);
    call.expect(3..=3)?;
    let (fractions, many) = fractions(&call, 1)?;
    let value = call.arg(0)?;
    if !types::is_numeric(value.data_type()) && !matches!(value.data_type(), DataType::Utf8 | DataType::Null) {
        return Err(call.unexpected_input(0, &value, "(\"NUMERIC\" or \"ANSI INTERVAL\")"));
    }
    let weight = call.arg(2)?;
    let constant = crate::fold::constant(&weight)?;
    let weight = if constant == Some(datafusion::common::ScalarValue::Int32(Some(1))) { None } else { Some(weight) };
    exact(&call, value, weight, &fractions, many, Rule::Continuous).map(|t| t.named(call.title()))
}

/// The value at the rank of each fraction: always one of the values.
fn percentile_approx(call: Call<'_>) -> Result<Typed> {
    let call = super::rows::with_default_int(call, 2, 10_000);
    call.expect(3..=3)?;
    let (fractions, many) = fractions(&call, 1)?;
    let value = call.arg(0)?;
    let value = if value.data_type() == &DataType::Utf8 { call.cast(0, &DataType::Float64)? } else { value };
    let element_type = value.data_type().clone();
    let data_type = if many { types::array(element_type.clone(), false) } else { element_type };
    let element = if many { Some(super::lists::element_of(&data_type)?) } else { None };
    let kernel = Kernel::new("percentile_approx", format!("{fractions:?}"), data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let compare = arrow::array::make_comparator(lists.values(), lists.values(), Default::default())
            .map_err(|e| crate::error::from_arrow(&e))?;
        let picks: Vec<Option<Vec<Option<u64>>>> = (0..lists.len())
            .map(|row| {
                let mut order: Vec<usize> = if lists.is_valid(row) { bounds(lists, row).collect() } else { Vec::new() };
                order.sort_by(|a, b| compare(*a, *b));
                let rank = |p: f64| ((p * order.len() as f64).ceil() as usize).clamp(1, order.len()) - 1;
                (!order.is_empty()).then(|| fractions.iter().map(|p| Some(order[rank(*p)] as u64)).collect())
            })
            .collect();
        match &element {
            Some(element) => super::lists::build(lists.values(), &picks, element),
            None => {
                let first: UInt64Array =
                    picks.into_iter().map(|p| p.and_then(|p| p.first().copied().flatten())).collect();
                arrow::compute::take(lists.values(), &first, None).map_err(|e| crate::error::from_arrow(&e))
            }
        }
    });
    Ok(Typed::new(kernel.call(vec![collected(value, call.distinct)]), data_type, true, call.title()))
}
