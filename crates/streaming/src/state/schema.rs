//! The shape of one operator's state: key columns, value columns, and which of them is the event time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use arrow::row::{RowConverter, SortField};
use firesteel_error::{Result, SparkError};

use super::errors;
use super::table::NO_EVENT_TIME;

/// The column by which keys are evicted: a timestamp, or a window struct, whose `end` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventTimeColumn {
    /// A key column.
    Key(usize),
    /// A value column.
    Value(usize),
}

/// The columns of an operator's state. Names do not matter, only types and order do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSchema {
    keys: Vec<DataType>,
    values: Vec<DataType>,
    event_time: Option<EventTimeColumn>,
}

impl StateSchema {
    /// A schema; refuses types that a state row cannot hold.
    pub fn new(keys: Vec<DataType>, values: Vec<DataType>, event_time: Option<EventTimeColumn>) -> Result<Self> {
        for data_type in keys.iter().chain(&values) {
            if !RowConverter::supports_fields(&[SortField::new(data_type.clone())]) {
                return Err(SparkError::unsupported(format!("State of the Arrow type {data_type}")));
            }
        }
        Ok(Self { keys, values, event_time })
    }

    /// The types of the key columns.
    pub fn keys(&self) -> &[DataType] {
        &self.keys
    }

    /// The types of the value columns.
    pub fn values(&self) -> &[DataType] {
        &self.values
    }

    /// Whether keys can be evicted by event time.
    pub fn has_event_time(&self) -> bool {
        self.event_time.is_some()
    }

    /// The key column that is the event time.
    pub fn event_time_key(&self) -> Option<usize> {
        match self.event_time {
            Some(EventTimeColumn::Key(column)) => Some(column),
            _ => None,
        }
    }

    pub(crate) fn key_converter(&self) -> Result<RowConverter> {
        converter(&self.keys)
    }

    pub(crate) fn value_converter(&self) -> Result<RowConverter> {
        converter(&self.values)
    }

    /// The event time of each row in microseconds; [`NO_EVENT_TIME`] where it is NULL.
    pub(crate) fn event_times(&self, keys: &[ArrayRef], values: &[ArrayRef], rows: usize) -> Result<Vec<i64>> {
        match self.event_time {
            None => Ok(vec![NO_EVENT_TIME; rows]),
            Some(EventTimeColumn::Key(column)) => Ok(event_micros(&keys[column])?.iter().map(or_none).collect()),
            Some(EventTimeColumn::Value(column)) => Ok(event_micros(&values[column])?.iter().map(or_none).collect()),
        }
    }

    /// The columns of a state file.
    pub(crate) fn file_schema(&self) -> SchemaRef {
        let named = |prefix: &'static str, types: &[DataType]| {
            let field =
                |(at, data_type): (usize, &DataType)| Field::new(format!("{prefix}{at}"), data_type.clone(), true);
            types.iter().enumerate().map(field).collect::<Vec<_>>()
        };
        let mut fields = named("k", &self.keys);
        fields.extend(named("v", &self.values));
        fields.push(Field::new("removed", DataType::Boolean, false));
        Arc::new(Schema::new(fields))
    }

    /// Checks that a file's columns are those of this operator.
    pub(crate) fn check_file(&self, file: &Schema) -> Result<()> {
        let of = |prefix: char| {
            let fields = file.fields().iter().filter(move |field| field.name().starts_with(prefix));
            fields.map(|field| field.data_type().clone()).collect::<Vec<_>>()
        };
        let same = |stored: &[DataType], now: &[DataType]| {
            stored.len() == now.len() && stored.iter().zip(now).all(|(stored, now)| stored.equals_datatype(now))
        };
        let (keys, values) = (of('k'), of('v'));
        if !same(&keys, &self.keys) {
            return Err(errors::key_schema_changed(&keys, &self.keys));
        }
        if !same(&values, &self.values) {
            return Err(errors::value_schema_changed(&values, &self.values));
        }
        Ok(())
    }
}

fn or_none(time: Option<i64>) -> i64 {
    time.unwrap_or(NO_EVENT_TIME)
}

fn converter(types: &[DataType]) -> Result<RowConverter> {
    RowConverter::new(types.iter().cloned().map(SortField::new).collect()).map_err(errors::arrow)
}

/// A timestamp column, or the `end` of a window column, as microseconds.
pub fn event_micros(column: &ArrayRef) -> Result<arrow::array::Int64Array> {
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Ok(column.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>())
        }
        DataType::Timestamp(_, zone) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            event_micros(&cast(column, &micros).map_err(errors::arrow)?)
        }
        DataType::Struct(_) => {
            let window = column.as_struct();
            let Some(end) = window.column_by_name("end") else {
                return Err(SparkError::internal(format!(
                    "an event-time struct without `end`: {}",
                    column.data_type()
                )));
            };
            let end = event_micros(end)?;
            let nulls = arrow::buffer::NullBuffer::union(end.nulls(), window.nulls());
            Ok(arrow::array::Int64Array::new(end.values().clone(), nulls))
        }
        other => Err(SparkError::internal(format!("an event-time column of type {other}"))),
    }
}
