//! Columns being filled row by row, that can also take rows back.
//!
//! A record may turn out to be bad after half of it has been stored, so everything here can be cut to a length.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, IntervalYearMonthArray, ListArray, MapArray,
    NullArray, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use arrow::error::ArrowError;
use firesteel_error::{Result, SparkError};

/// A column of one type.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) data_type: DataType,
    valid: Vec<bool>,
    nulls: usize,
    pub(crate) data: Data,
}

/// The values; rows that are null have a value too (zero or empty).
#[derive(Debug)]
pub(crate) enum Data {
    Null,
    Boolean(Vec<bool>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    /// Also dates and year-month intervals.
    Int32(Vec<i32>),
    /// Also times and day-time intervals.
    Int64(Vec<i64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Decimal(Vec<i128>),
    /// Strings and binaries.
    Bytes {
        bytes: Vec<u8>,
        ends: Vec<i32>,
    },
    Struct(Vec<Column>),
    List {
        ends: Vec<i32>,
        element: Box<Column>,
    },
    Map {
        ends: Vec<i32>,
        key: Box<Column>,
        value: Box<Column>,
    },
}

impl Column {
    /// An empty column; types that no text format has are refused.
    pub(crate) fn new(data_type: &DataType) -> Result<Self> {
        let data = match data_type {
            DataType::Null => Data::Null,
            DataType::Boolean => Data::Boolean(Vec::new()),
            DataType::Int8 => Data::Int8(Vec::new()),
            DataType::Int16 => Data::Int16(Vec::new()),
            DataType::Int32 | DataType::Date32 | DataType::Interval(IntervalUnit::YearMonth) => Data::Int32(Vec::new()),
            DataType::Int64
            | DataType::Timestamp(TimeUnit::Microsecond, _)
            | DataType::Duration(TimeUnit::Microsecond) => Data::Int64(Vec::new()),
            DataType::Float32 => Data::Float32(Vec::new()),
            DataType::Float64 => Data::Float64(Vec::new()),
            DataType::Decimal128(_, _) => Data::Decimal(Vec::new()),
            DataType::Utf8 | DataType::Binary => Data::Bytes { bytes: Vec::new(), ends: Vec::new() },
            DataType::Struct(fields) => {
                Data::Struct(fields.iter().map(|field| Self::new(field.data_type())).collect::<Result<_>>()?)
            }
            DataType::List(element) => {
                Data::List { ends: Vec::new(), element: Box::new(Self::new(element.data_type())?) }
            }
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(pair) if pair.len() == 2 => Data::Map {
                    ends: Vec::new(),
                    key: Box::new(Self::new(pair[0].data_type())?),
                    value: Box::new(Self::new(pair[1].data_type())?),
                },
                other => return Err(SparkError::internal(format!("a map of {other}"))),
            },
            other => return Err(SparkError::unsupported(format!("The type {other} in text files"))),
        };
        Ok(Self { data_type: data_type.clone(), valid: Vec::new(), nulls: 0, data })
    }

    /// Rows.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.valid.len()
    }

    /// The value that was just put into [`Column::data`] counts.
    #[inline]
    pub(crate) fn push_valid(&mut self) {
        self.valid.push(true);
    }

    /// Appends text or bytes.
    #[inline]
    pub(crate) fn push_bytes(&mut self, value: &[u8]) {
        if let Data::Bytes { bytes, ends } = &mut self.data {
            bytes.extend_from_slice(value);
            ends.push(offset(bytes.len()));
        }
        self.valid.push(true);
    }

    /// Appends a null.
    #[inline]
    pub(crate) fn push_null(&mut self) {
        match &mut self.data {
            Data::Null => {}
            Data::Boolean(values) => values.push(false),
            Data::Int8(values) => values.push(0),
            Data::Int16(values) => values.push(0),
            Data::Int32(values) => values.push(0),
            Data::Int64(values) => values.push(0),
            Data::Float32(values) => values.push(0.0),
            Data::Float64(values) => values.push(0.0),
            Data::Decimal(values) => values.push(0),
            Data::Bytes { bytes, ends } => ends.push(offset(bytes.len())),
            Data::Struct(children) => children.iter_mut().for_each(Self::push_null),
            Data::List { ends, element } => ends.push(offset(element.len())),
            Data::Map { ends, key, .. } => ends.push(offset(key.len())),
        }
        self.valid.push(false);
        self.nulls += 1;
    }

    /// Takes back all rows from `length` on.
    pub(crate) fn truncate(&mut self, length: usize) {
        if length < self.valid.len() {
            self.nulls -= self.valid[length..].iter().filter(|valid| !**valid).count();
            self.valid.truncate(length);
        }
        // A column may have fewer rows than that, and half a value behind its last row.
        let start = |ends: &[i32]| ends.last().map_or(0, |end| end.unsigned_abs() as usize);
        match &mut self.data {
            Data::Null => {}
            Data::Boolean(values) => values.truncate(length),
            Data::Int8(values) => values.truncate(length),
            Data::Int16(values) => values.truncate(length),
            Data::Int32(values) => values.truncate(length),
            Data::Int64(values) => values.truncate(length),
            Data::Float32(values) => values.truncate(length),
            Data::Float64(values) => values.truncate(length),
            Data::Decimal(values) => values.truncate(length),
            Data::Bytes { bytes, ends } => {
                ends.truncate(length);
                bytes.truncate(start(ends));
            }
            Data::Struct(children) => children.iter_mut().for_each(|child| child.truncate(length)),
            Data::List { ends, element } => {
                ends.truncate(length);
                element.truncate(start(ends));
            }
            Data::Map { ends, key, value } => {
                ends.truncate(length);
                key.truncate(start(ends));
                value.truncate(start(ends));
            }
        }
    }

    /// Keeps, of the rows from `start` on, those at `places`, in that order.
    pub(crate) fn keep_rows(&mut self, start: usize, places: &[usize]) {
        fn keep<T: Clone>(values: &mut Vec<T>, start: usize, places: &[usize]) {
            let kept: Vec<T> = places.iter().map(|at| values[*at].clone()).collect();
            values.truncate(start);
            values.extend(kept);
        }
        fn ranges(ends: &[i32], places: &[usize]) -> Vec<std::ops::Range<usize>> {
            let end = |at: usize| ends[at].unsigned_abs() as usize;
            places.iter().map(|at| at.checked_sub(1).map_or(0, end)..end(*at)).collect()
        }
        fn inner_start(ends: &[i32], start: usize) -> usize {
            start.checked_sub(1).map_or(0, |at| ends[at].unsigned_abs() as usize)
        }
        fn new_ends(ends: &mut Vec<i32>, start: usize, ranges: &[std::ops::Range<usize>]) {
            let mut end = inner_start(ends, start);
            ends.truncate(start);
            for range in ranges {
                end += range.len();
                ends.push(offset(end));
            }
        }
        keep(&mut self.valid, start, places);
        self.nulls = self.valid.iter().filter(|valid| !**valid).count();
        match &mut self.data {
            Data::Null => {}
            Data::Boolean(values) => keep(values, start, places),
            Data::Int8(values) => keep(values, start, places),
            Data::Int16(values) => keep(values, start, places),
            Data::Int32(values) => keep(values, start, places),
            Data::Int64(values) => keep(values, start, places),
            Data::Float32(values) => keep(values, start, places),
            Data::Float64(values) => keep(values, start, places),
            Data::Decimal(values) => keep(values, start, places),
            Data::Bytes { bytes, ends } => {
                let ranges = ranges(ends, places);
                let kept: Vec<u8> = ranges.iter().flat_map(|range| bytes[range.clone()].iter().copied()).collect();
                bytes.truncate(inner_start(ends, start));
                bytes.extend(kept);
                new_ends(ends, start, &ranges);
            }
            Data::Struct(children) => children.iter_mut().for_each(|child| child.keep_rows(start, places)),
            Data::List { ends, element } => {
                let ranges = ranges(ends, places);
                let inner: Vec<usize> = ranges.iter().cloned().flatten().collect();
                element.keep_rows(inner_start(ends, start), &inner);
                new_ends(ends, start, &ranges);
            }
            Data::Map { ends, key, value } => {
                let ranges = ranges(ends, places);
                let inner: Vec<usize> = ranges.iter().cloned().flatten().collect();
                key.keep_rows(inner_start(ends, start), &inner);
                value.keep_rows(inner_start(ends, start), &inner);
                new_ends(ends, start, &ranges);
            }
        }
    }

    /// The rows as an array; the column is empty afterwards.
    pub(crate) fn take(&mut self) -> Result<ArrayRef> {
        self.build().map_err(|error| SparkError::internal(format!("a column could not be built: {error}")))
    }

    fn build(&mut self) -> Result<ArrayRef, ArrowError> {
        let rows = self.valid.len();
        let valid = std::mem::take(&mut self.valid);
        let nulls = (self.nulls > 0).then(|| NullBuffer::new(BooleanBuffer::from(valid)));
        self.nulls = 0;
        Ok(match &mut self.data {
            Data::Null => Arc::new(NullArray::new(rows)),
            Data::Boolean(values) => Arc::new(BooleanArray::new(std::mem::take(values).into(), nulls)),
            Data::Int8(values) => Arc::new(Int8Array::new(std::mem::take(values).into(), nulls)),
            Data::Int16(values) => Arc::new(Int16Array::new(std::mem::take(values).into(), nulls)),
            Data::Int32(values) => {
                let values = ScalarBuffer::from(std::mem::take(values));
                match &self.data_type {
                    DataType::Date32 => Arc::new(Date32Array::new(values, nulls)),
                    DataType::Interval(_) => Arc::new(IntervalYearMonthArray::new(values, nulls)),
                    _ => Arc::new(Int32Array::new(values, nulls)),
                }
            }
            Data::Int64(values) => {
                let values = ScalarBuffer::from(std::mem::take(values));
                match &self.data_type {
                    DataType::Timestamp(_, zone) => {
                        Arc::new(TimestampMicrosecondArray::new(values, nulls).with_timezone_opt(zone.clone()))
                    }
                    DataType::Duration(_) => Arc::new(DurationMicrosecondArray::new(values, nulls)),
                    _ => Arc::new(Int64Array::new(values, nulls)),
                }
            }
            Data::Float32(values) => Arc::new(Float32Array::new(std::mem::take(values).into(), nulls)),
            Data::Float64(values) => Arc::new(Float64Array::new(std::mem::take(values).into(), nulls)),
            Data::Decimal(values) => Arc::new(
                Decimal128Array::new(std::mem::take(values).into(), nulls).with_data_type(self.data_type.clone()),
            ),
            Data::Bytes { bytes, ends } => {
                let offsets = offsets(ends);
                let bytes = Buffer::from_vec(std::mem::take(bytes));
                match &self.data_type {
                    DataType::Utf8 => Arc::new(StringArray::try_new(offsets, bytes, nulls)?),
                    _ => Arc::new(BinaryArray::try_new(offsets, bytes, nulls)?),
                }
            }
            Data::Struct(children) => {
                let DataType::Struct(fields) = &self.data_type else {
                    return Err(ArrowError::NotYetImplemented("struct".into()));
                };
                let arrays = children.iter_mut().map(Self::build).collect::<Result<Vec<_>, _>>()?;
                Arc::new(StructArray::try_new_with_length(fields.clone(), arrays, nulls, rows)?)
            }
            Data::List { ends, element } => {
                let DataType::List(field) = &self.data_type else {
                    return Err(ArrowError::NotYetImplemented("list".into()));
                };
                Arc::new(ListArray::try_new(Arc::clone(field), offsets(ends), element.build()?, nulls)?)
            }
            Data::Map { ends, key, value } => {
                let DataType::Map(field, sorted) = &self.data_type else {
                    return Err(ArrowError::NotYetImplemented("map".into()));
                };
                let DataType::Struct(pair) = field.data_type() else {
                    return Err(ArrowError::NotYetImplemented("map".into()));
                };
                let entries = StructArray::try_new(pair.clone(), vec![key.build()?, value.build()?], None)?;
                Arc::new(MapArray::try_new(Arc::clone(field), offsets(ends), entries, nulls, *sorted)?)
            }
        })
    }
}

#[inline]
pub(crate) fn offset(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

fn offsets(ends: &mut Vec<i32>) -> OffsetBuffer<i32> {
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0);
    offsets.append(ends);
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn rows_can_be_taken_back() {
        let list = DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)));
        let mut column = Column::new(&list).unwrap();
        for row in 0..3 {
            if let Data::List { ends, element } = &mut column.data {
                (0..row).for_each(|_| element.push_bytes(b"x"));
                ends.push(offset(element.len()));
            }
            column.push_valid();
        }
        column.truncate(2);
        column.push_null();
        let array = column.take().unwrap();
        assert_eq!(array.as_list::<i32>().values().len(), 1);
        assert_eq!((array.len(), array.null_count(), column.len()), (3, 1, 0));
    }
}
