//! `histogram_numeric`: at most so many points with their weights, near ones put together.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Float64Array, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Float64Type};
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::{Kernel, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[("histogram_numeric", histogram_numeric)];

/// The points of a histogram, sorted, as in Ben-Haim and Tom-Tov, "A Streaming Parallel Decision Tree Algorithm".
struct Histogram {
    bins: Vec<(f64, f64)>,
    bins_max: usize,
}

impl Histogram {
    fn add(&mut self, value: f64) {
        let at = self.bins.partition_point(|(x, _)| *x < value);
        match self.bins.get_mut(at) {
            Some((x, weight)) if *x == value => *weight += 1.0,
            _ => {
                self.bins.insert(at, (value, 1.0));
                self.trim();
            }
        }
    }

    /// Puts the two nearest points together while there are too many.
    fn trim(&mut self) {
        while self.bins.len() > self.bins_max && self.bins.len() > 1 {
            let gap = |at: usize| self.bins[at + 1].0 - self.bins[at].0;
            let mut nearest = 0;
            for at in 1..self.bins.len() - 1 {
                if gap(at) < gap(nearest) {
                    nearest = at;
                }
            }
            let ((a, v), (b, w)) = (self.bins[nearest], self.bins[nearest + 1]);
            self.bins[nearest] = ((a * v + b * w) / (v + w), v + w);
            self.bins.remove(nearest + 1);
        }
    }
}

fn histogram_numeric(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let arg = call.arg(0)?;
    let x = arg.data_type().clone();
    if !types::is_numeric(&x) && !types::is_datetime(&x) && !types::is_interval(&x) && x != DataType::Null {
        return Err(call.unexpected_input(
            0,
            &arg,
            "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")",
        ));
    }
    let bins = call.constant_int(1)?.unwrap_or(0);
    if bins < 2 {
        return Err(SparkError::new("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE")
            .param("exprName", "`nb`")
            .param("valueRange", "[2, 2147483647]")
            .param("currentValue", bins.to_string())
            .param("sqlExpr", format!("\"{}\"", call.title())));
    }
    if !types::is_numeric(&x) {
        return Err(SparkError::unsupported("The function histogram_numeric of dates, times and intervals"));
    }
    let fields = Fields::from(vec![Field::new("x", x.clone(), true), Field::new("y", DataType::Float64, true)]);
    let data_type = types::array(DataType::Struct(fields.clone()), true);
    let number = cast::cast(arg, &DataType::Float64, Mode::implicit(call.conf()), call.conf())?;
    let all = super::statistics::collected(number, call.distinct);
    let target = data_type.clone();
    let kernel = Kernel::new("histogram_numeric", bins, data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let (mut points, mut weights, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in 0..lists.len() {
            let mut histogram = Histogram { bins: Vec::new(), bins_max: usize::try_from(bins).unwrap_or(usize::MAX) };
            if lists.is_valid(row) {
                let values = lists.value(row);
                values.as_primitive::<Float64Type>().iter().flatten().for_each(|value| histogram.add(value));
            }
            valid.push(!histogram.bins.is_empty());
            lengths.push(histogram.bins.len());
            for (x, y) in histogram.bins {
                points.push(x);
                weights.push(y);
            }
        }
        let points: ArrayRef = Arc::new(Float64Array::from(points));
        let options = arrow::compute::CastOptions { safe: true, ..Default::default() };
        let error = |e: arrow::error::ArrowError| crate::error::from_arrow(&e);
        let points = arrow::compute::cast_with_options(&points, &x, &options).map_err(error)?;
        let bins = StructArray::try_new(fields.clone(), vec![points, Arc::new(Float64Array::from(weights))], None)
            .map_err(error)?;
        let DataType::List(element) = &target else { return Err(SparkError::internal("an array type")) };
        ListArray::try_new(element.clone(), OffsetBuffer::from_lengths(lengths), Arc::new(bins), Some(valid.into()))
            .map(|list| Arc::new(list) as ArrayRef)
            .map_err(error)
    });
    Ok(Typed::new(kernel.call(vec![all]), data_type, true, call.title()))
}
