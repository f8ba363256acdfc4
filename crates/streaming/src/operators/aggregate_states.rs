//! The accumulator states of an aggregate: merging those of a batch with those that were stored, and their final values.
//!
//! Accumulators are DataFusion's own and live for one batch: for the keys that the batch touches they take in the stored
//! states and the batch's partial states, and give up the new states. What is stored is therefore what DataFusion's partial
//! aggregates send to final ones.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int8Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, Fields, Schema};
use datafusion::common::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::GroupsAccumulatorAdapter;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_plan::aggregates::group_values::new_group_values;
use datafusion::physical_plan::aggregates::order::GroupOrdering;

/// The aggregate functions and grouping columns of a stateful aggregate.
#[derive(Debug, Clone)]
pub(crate) struct AggregateStates {
    functions: Vec<Arc<AggregateFunctionExpr>>,
    /// How many state columns each function has.
    widths: Vec<usize>,
    keys: Fields,
    states: Fields,
}

/// A batch's partial states, by group.
pub(crate) struct Groups {
    /// The distinct keys.
    pub(crate) keys: Vec<ArrayRef>,
    /// How many there are.
    pub(crate) count: usize,
    /// The group of each row of each input batch.
    places: Vec<Vec<usize>>,
}

impl AggregateStates {
    /// `partial` is the schema of the partial aggregate: grouping columns, then state columns.
    pub(crate) fn new(functions: Vec<Arc<AggregateFunctionExpr>>, partial: &Schema) -> Result<Self> {
        let width = |function: &Arc<AggregateFunctionExpr>| function.state_fields().map(|fields| fields.len());
        let widths: Vec<usize> = functions.iter().map(width).collect::<Result<_>>()?;
        let keys = partial.fields().len() - widths.iter().sum::<usize>();
        let (keys, states) = partial.fields().split_at(keys);
        Ok(Self { functions, widths, keys: keys.into(), states: states.into() })
    }

    /// The grouping columns.
    pub(crate) fn key_fields(&self) -> &[FieldRef] {
        &self.keys
    }

    /// The types of the state columns.
    pub(crate) fn state_types(&self) -> Vec<DataType> {
        self.states.iter().map(|field| field.data_type().clone()).collect()
    }

    /// Finds the groups of partial rows. Without grouping columns there is one group, even of no rows.
    pub(crate) fn group(&self, batches: &[RecordBatch]) -> Result<Groups> {
        if self.keys.is_empty() {
            let places = batches.iter().map(|batch| vec![0; batch.num_rows()]).collect();
            let only_key: ArrayRef = Arc::new(Int8Array::from(vec![0]));
            return Ok(Groups { keys: vec![only_key], count: 1, places });
        }
        let schema = Arc::new(Schema::new(self.keys.clone()));
        let mut values = new_group_values(schema, &GroupOrdering::None)?;
        let mut places = Vec::with_capacity(batches.len());
        for batch in batches {
            let mut groups = Vec::with_capacity(batch.num_rows());
            values.intern(&batch.columns()[..self.keys.len()], &mut groups)?;
            places.push(groups);
        }
        let count = values.len();
        let keys = values.emit(EmitTo::All)?;
        Ok(Groups { keys, count, places })
    }

    /// The new states of all groups: the stored ones, which are those of `stored_groups`, and then those of the batch.
    pub(crate) fn merge(
        &self,
        groups: &Groups,
        stored_groups: &[usize],
        stored: &[ArrayRef],
        batches: &[RecordBatch],
    ) -> Result<Vec<ArrayRef>> {
        let mut states = Vec::with_capacity(self.states.len());
        let mut at = 0;
        for (function, width) in self.functions.iter().zip(&self.widths) {
            let mut accumulator = accumulator(function)?;
            if !stored_groups.is_empty() {
                accumulator.merge_batch(&stored[at..at + width], stored_groups, groups.count)?;
            }
            let first = self.keys.len() + at;
            for (batch, places) in batches.iter().zip(&groups.places) {
                accumulator.merge_batch(&batch.columns()[first..first + width], places, groups.count)?;
            }
            if stored_groups.is_empty() && batches.iter().all(|batch| batch.num_rows() == 0) {
                self.fill_empty(accumulator.as_mut(), at, *width, groups.count)?;
            }
            states.extend(accumulator.state(EmitTo::All)?);
            at += width;
        }
        Ok(states)
    }

    /// The final values of `rows` states, one column for each function.
    pub(crate) fn evaluate(&self, states: &[ArrayRef], rows: usize) -> Result<Vec<ArrayRef>> {
        let places: Vec<usize> = (0..rows).collect();
        let mut values = Vec::with_capacity(self.functions.len());
        let mut at = 0;
        for (function, width) in self.functions.iter().zip(&self.widths) {
            let mut accumulator = accumulator(function)?;
            accumulator.merge_batch(&states[at..at + width], &places, rows)?;
            values.push(accumulator.evaluate(EmitTo::All)?);
            at += width;
        }
        Ok(values)
    }

    /// Makes an accumulator that has seen nothing know its groups.
    fn fill_empty(
        &self,
        accumulator: &mut dyn GroupsAccumulator,
        at: usize,
        width: usize,
        groups: usize,
    ) -> Result<()> {
        let columns = &self.states[at..at + width];
        let none: Vec<ArrayRef> =
            columns.iter().map(|field| arrow::array::new_empty_array(field.data_type())).collect();
        accumulator.merge_batch(&none, &[], groups)
    }
}

fn accumulator(function: &Arc<AggregateFunctionExpr>) -> Result<Box<dyn GroupsAccumulator>> {
    if function.groups_accumulator_supported() {
        return function.create_groups_accumulator();
    }
    let function = Arc::clone(function);
    Ok(Box::new(GroupsAccumulatorAdapter::new(move || function.create_accumulator())))
}

/// Which rows' event times are after `late_ms`; `None` if all are. A NULL is never late.
pub(crate) fn on_time(event_micros: &Int64Array, late_ms: i64) -> Option<Vec<u32>> {
    let late_micros = late_ms.saturating_mul(1_000);
    let late = |row: usize| event_micros.is_valid(row) && event_micros.value(row) <= late_micros;
    if !(0..event_micros.len()).any(late) {
        return None;
    }
    Some((0..event_micros.len()).filter(|row| !late(*row)).map(|row| row as u32).collect())
}
