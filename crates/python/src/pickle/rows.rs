//! Rows of a batch as pickled Python tuples.
//!
//! Dates, timestamps and structs travel as Spark's internal numbers and tuples. Rows that have any are wrapped in a call
//! of pyspark's own converter for the schema, which makes `date`, `datetime` and `Row` of them.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, ListArray, MapArray, RecordBatch, StringArray, StructArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DecimalType, DurationMicrosecondType, Field, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
};
use firesteel_error::{Result, SparkError};

use super::write::Pickler;
use crate::type_json::{UDT_KEY, schema_json};

const CONVERTER: u8 = 0;
const DECIMAL: u8 = 1;
const BYTEARRAY: u8 = 2;

/// Pickles rows of one schema.
#[derive(Debug)]
pub(crate) struct RowPickler {
    /// The schema in JSON, if rows need pyspark's converter.
    converter: Option<String>,
    /// Whether binary values become `bytes`; otherwise `bytearray`.
    binary_as_bytes: bool,
}

impl RowPickler {
    pub(crate) fn new(schema: &Schema, binary_as_bytes: bool) -> Result<Self> {
        let needs = schema.fields().iter().any(|field| field_needs_converter(field));
        let converter = if needs { Some(schema_json(schema)?) } else { None };
        Ok(Self { converter, binary_as_bytes })
    }

    /// Rows that are always `Row`s with names, whatever their columns.
    pub(crate) fn named(schema: &Schema, binary_as_bytes: bool) -> Result<Self> {
        Ok(Self { converter: Some(schema_json(schema)?), binary_as_bytes })
    }

    /// A pickled list of the batch's rows.
    pub(crate) fn pickle(&self, batch: &RecordBatch) -> Result<Vec<u8>> {
        let columns = batch.columns().iter().map(Column::new).collect::<Result<Vec<_>>>()?;
        let mut out = Pickler::new();
        self.preamble(&mut out);
        out.empty_list();
        out.mark();
        for row in 0..batch.num_rows() {
            if self.converter.is_some() {
                out.recall(CONVERTER);
            }
            out.mark();
            for column in &columns {
                column.write(row, &mut out, self);
            }
            out.tuple();
            if self.converter.is_some() {
                out.reduce();
            }
        }
        out.appends();
        Ok(out.finish())
    }

    /// The first value of `array`, as Spark's internal value: pyspark's types make theirs of it.
    pub(crate) fn value(array: &ArrayRef) -> Result<Vec<u8>> {
        let rows = Self { converter: None, binary_as_bytes: true };
        let mut out = Pickler::new();
        rows.preamble(&mut out);
        Column::new(array)?.write(0, &mut out, &rows);
        Ok(out.finish())
    }

    fn preamble(&self, out: &mut Pickler) {
        if let Some(json) = &self.converter {
            out.global("pyspark.sql.types", "_create_row_inbound_converter");
            out.global("pyspark.sql.types", "_parse_datatype_json_string");
            out.text(json);
            out.tuple1();
            out.reduce();
            out.tuple1();
            out.reduce();
            out.remember(CONVERTER);
        }
        out.global("decimal", "Decimal");
        out.remember(DECIMAL);
        if !self.binary_as_bytes {
            out.global("builtins", "bytearray");
            out.remember(BYTEARRAY);
        }
    }
}

fn field_needs_converter(field: &Field) -> bool {
    field.metadata().contains_key(UDT_KEY) || needs_converter(field.data_type())
}

fn needs_converter(data_type: &DataType) -> bool {
    match data_type {
        DataType::Date32 | DataType::Timestamp(..) | DataType::Duration(_) | DataType::Struct(_) => true,
        DataType::List(element) => field_needs_converter(element),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => pair.iter().any(|field| needs_converter(field.data_type())),
            _ => false,
        },
        _ => false,
    }
}

/// A column under its own type.
enum Column<'a> {
    Null,
    Bool(&'a BooleanArray),
    Int(&'a ArrayRef, fn(&ArrayRef, usize) -> i64),
    Float(&'a ArrayRef, fn(&ArrayRef, usize) -> f64),
    Decimal(&'a ArrayRef, u8, i8),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    List(&'a ListArray, Box<Column<'a>>),
    Map(&'a MapArray, Box<Column<'a>>, Box<Column<'a>>),
    Struct(&'a StructArray, Vec<Column<'a>>),
}

impl<'a> Column<'a> {
    fn new(array: &'a ArrayRef) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::Int8 => Self::Int(array, |a, i| a.as_primitive::<Int8Type>().value(i).into()),
            DataType::Int16 => Self::Int(array, |a, i| a.as_primitive::<Int16Type>().value(i).into()),
            DataType::Int32 => Self::Int(array, |a, i| a.as_primitive::<Int32Type>().value(i).into()),
            DataType::Int64 => Self::Int(array, |a, i| a.as_primitive::<Int64Type>().value(i)),
            DataType::Date32 => Self::Int(array, |a, i| a.as_primitive::<Date32Type>().value(i).into()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Self::Int(array, |a, i| a.as_primitive::<TimestampMicrosecondType>().value(i))
            }
            DataType::Duration(TimeUnit::Microsecond) => {
                Self::Int(array, |a, i| a.as_primitive::<DurationMicrosecondType>().value(i))
            }
            DataType::Float32 => Self::Float(array, |a, i| a.as_primitive::<Float32Type>().value(i).into()),
            DataType::Float64 => Self::Float(array, |a, i| a.as_primitive::<Float64Type>().value(i)),
            DataType::Decimal128(precision, scale) => Self::Decimal(array, *precision, *scale),
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Binary => Self::Bytes(array.as_binary()),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::List(list, Box::new(Self::new(list.values())?))
            }
            DataType::Map(..) => {
                let map = array.as_map();
                Self::Map(map, Box::new(Self::new(map.keys())?), Box::new(Self::new(map.values())?))
            }
            DataType::Struct(_) => {
                let rows = array.as_struct();
                Self::Struct(rows, rows.columns().iter().map(Self::new).collect::<Result<_>>()?)
            }
            other => {
                return Err(SparkError::unsupported(format!("an argument of type {other} for a Python function")));
            }
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(array) => array.is_null(row),
            Self::Int(array, _) | Self::Float(array, _) | Self::Decimal(array, ..) => array.is_null(row),
            Self::Text(array) => array.is_null(row),
            Self::Bytes(array) => array.is_null(row),
            Self::List(array, _) => array.is_null(row),
            Self::Map(array, ..) => array.is_null(row),
            Self::Struct(array, _) => array.is_null(row),
        }
    }

    fn write(&self, row: usize, out: &mut Pickler, rows: &RowPickler) {
        if self.is_null(row) {
            return out.none();
        }
        match self {
            Self::Null => out.none(),
            Self::Bool(array) => out.bool(array.value(row)),
            Self::Int(array, value) => out.int(value(array, row)),
            Self::Float(array, value) => out.float(value(array, row)),
            Self::Decimal(array, precision, scale) => {
                let value = array.as_primitive::<Decimal128Type>().value(row);
                out.recall(DECIMAL);
                out.text(&Decimal128Type::format_decimal(value, *precision, *scale));
                out.tuple1();
                out.reduce();
            }
            Self::Text(array) => out.text(array.value(row)),
            Self::Bytes(array) => write_bytes(array.value(row), out, rows.binary_as_bytes),
            Self::List(array, element) => {
                out.empty_list();
                out.mark();
                for index in range(array.value_offsets(), row) {
                    element.write(index, out, rows);
                }
                out.appends();
            }
            Self::Map(array, key, value) => {
                out.empty_dict();
                out.mark();
                for index in range(array.value_offsets(), row) {
                    key.write(index, out, rows);
                    value.write(index, out, rows);
                }
                out.set_items();
            }
            Self::Struct(_, fields) => {
                out.mark();
                for field in fields {
                    field.write(row, out, rows);
                }
                out.tuple();
            }
        }
    }
}

fn write_bytes(value: &[u8], out: &mut Pickler, as_bytes: bool) {
    if as_bytes {
        return out.bytes(value);
    }
    out.recall(BYTEARRAY);
    out.bytes(value);
    out.tuple1();
    out.reduce();
}

fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    // Offsets of an Arrow list are never negative.
    let at = |index: usize| offsets.get(index).map_or(0, |offset| usize::try_from(*offset).unwrap_or(0));
    at(row)..at(row + 1)
}
