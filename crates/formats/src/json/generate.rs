//! Values as JSON text, as Spark's generator writes them.

use std::io::Write;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, GenericByteArray, ListArray, MapArray, PrimitiveArray,
    StructArray,
};
use arrow::datatypes::{
    BinaryType, DataType, Date32Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, TimeUnit,
    TimestampMicrosecondType, Utf8Type,
};
use firesteel_error::{Result, SparkError};

use crate::DateTimePattern;
use crate::context::FormatContext;
use crate::options::Options;
use crate::time_zone::ZoneId;
use crate::values::{base64, datetimes, intervals, numbers};

/// How to write JSON.
#[derive(Debug, Clone)]
pub(crate) struct JsonStyle {
    pub(crate) ignore_null_fields: bool,
    pub(crate) pretty: bool,
    ascii_only: bool,
    date: Option<DateTimePattern>,
    timestamp: DateTimePattern,
    timestamp_ntz: DateTimePattern,
    zone: ZoneId,
}

impl JsonStyle {
    pub(crate) fn new(options: &Options, context: &FormatContext) -> Result<Self> {
        let pattern = |name: &str, otherwise: &str| DateTimePattern::new(options.get(name).unwrap_or(otherwise));
        Ok(Self {
            ignore_null_fields: options.flag("ignoreNullFields", context.json_ignore_null_fields)?,
            pretty: options.flag("pretty", false)?,
            ascii_only: options.flag("writeNonAsciiCharacterAsCodePoint", false)?,
            date: options.get("dateFormat").map(DateTimePattern::new).transpose()?,
            timestamp: pattern("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")?,
            timestamp_ntz: pattern("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss.SSS")?,
            zone: options.get("timeZone").map_or(Ok(context.time_zone), str::parse)?,
        })
    }
}

/// An array, taken apart once so that each row costs little.
pub(crate) enum Writer<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Int8(&'a PrimitiveArray<Int8Type>),
    Int16(&'a PrimitiveArray<Int16Type>),
    Int32(&'a PrimitiveArray<Int32Type>),
    Int64(&'a PrimitiveArray<Int64Type>),
    Float32(&'a PrimitiveArray<Float32Type>),
    Float64(&'a PrimitiveArray<Float64Type>),
    Decimal(&'a Decimal128Array, i8),
    String(&'a GenericByteArray<Utf8Type>),
    Binary(&'a GenericByteArray<BinaryType>),
    Date(&'a PrimitiveArray<Date32Type>),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>, bool),
    YearMonth(&'a PrimitiveArray<IntervalYearMonthType>),
    DayTime(&'a PrimitiveArray<DurationMicrosecondType>),
    Interval(&'a PrimitiveArray<IntervalMonthDayNanoType>),
    Struct(&'a StructArray, Vec<(Vec<u8>, Writer<'a>)>),
    List(&'a ListArray, Box<Writer<'a>>),
    Map(&'a MapArray, Box<Writer<'a>>, Box<Writer<'a>>),
}

impl<'a> Writer<'a> {
    pub(crate) fn new(array: &'a dyn Array, style: &JsonStyle) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(array.as_boolean()),
            DataType::Int8 => Self::Int8(array.as_primitive()),
            DataType::Int16 => Self::Int16(array.as_primitive()),
            DataType::Int32 => Self::Int32(array.as_primitive()),
            DataType::Int64 => Self::Int64(array.as_primitive()),
            DataType::Float32 => Self::Float32(array.as_primitive()),
            DataType::Float64 => Self::Float64(array.as_primitive()),
            DataType::Decimal128(_, scale) => Self::Decimal(array.as_primitive(), *scale),
            DataType::Utf8 => Self::String(array.as_string()),
            DataType::Binary => Self::Binary(array.as_binary()),
            DataType::Date32 => Self::Date(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => Self::Timestamp(array.as_primitive(), zone.is_some()),
            DataType::Interval(IntervalUnit::YearMonth) => Self::YearMonth(array.as_primitive()),
            DataType::Interval(IntervalUnit::MonthDayNano) => Self::Interval(array.as_primitive()),
            DataType::Duration(TimeUnit::Microsecond) => Self::DayTime(array.as_primitive()),
            DataType::Struct(fields) => {
                let array = array.as_struct();
                let children = fields.iter().zip(array.columns()).map(|(field, column)| {
                    let mut name = Vec::new();
                    write_string(field.name(), style.ascii_only, &mut name);
                    Ok((name, Self::new(column.as_ref(), style)?))
                });
                Self::Struct(array, children.collect::<Result<_>>()?)
            }
            DataType::List(_) => {
                let array = array.as_list::<i32>();
                Self::List(array, Box::new(Self::new(array.values().as_ref(), style)?))
            }
            DataType::Map(_, _) => {
                let array = array.as_map();
                let part = |array: &'a ArrayRef| Self::new(array.as_ref(), style).map(Box::new);
                Self::Map(array, part(array.keys())?, part(array.values())?)
            }
            other => return Err(SparkError::unsupported(format!("Writing the type {other} as JSON"))),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Null => true,
            Self::Boolean(array) => array.is_null(row),
            Self::Int8(array) => array.is_null(row),
            Self::Int16(array) => array.is_null(row),
            Self::Int32(array) => array.is_null(row),
            Self::Int64(array) => array.is_null(row),
            Self::Float32(array) => array.is_null(row),
            Self::Float64(array) => array.is_null(row),
            Self::Decimal(array, _) => array.is_null(row),
            Self::String(array) => array.is_null(row),
            Self::Binary(array) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::Timestamp(array, _) => array.is_null(row),
            Self::YearMonth(array) => array.is_null(row),
            Self::DayTime(array) => array.is_null(row),
            Self::Interval(array) => array.is_null(row),
            Self::Struct(array, _) => array.is_null(row),
            Self::List(array, _) => array.is_null(row),
            Self::Map(array, _, _) => array.is_null(row),
        }
    }

    /// Appends the value of `row`; `depth` is how far it is indented, if it is.
    pub(crate) fn write(&self, row: usize, style: &JsonStyle, depth: usize, out: &mut Vec<u8>) {
        if self.is_null(row) {
            return out.extend_from_slice(b"null");
        }
        // Writing to a vector does not fail.
        match self {
            Self::Null => {}
            Self::Boolean(array) => out.extend_from_slice(if array.value(row) { b"true" } else { b"false" }),
            Self::Int8(array) => drop(write!(out, "{}", array.value(row))),
            Self::Int16(array) => drop(write!(out, "{}", array.value(row))),
            Self::Int32(array) => drop(write!(out, "{}", array.value(row))),
            Self::Int64(array) => drop(write!(out, "{}", array.value(row))),
            Self::Float32(array) if array.value(row).is_finite() => numbers::write_float(array.value(row), out),
            Self::Float32(array) => in_quotes(out, |out| numbers::write_float(array.value(row), out)),
            Self::Float64(array) if array.value(row).is_finite() => numbers::write_double(array.value(row), out),
            Self::Float64(array) => in_quotes(out, |out| numbers::write_double(array.value(row), out)),
            Self::Decimal(array, scale) => numbers::write_decimal(array.value(row), *scale, out),
            Self::String(array) => write_string(array.value(row), style.ascii_only, out),
            Self::Binary(array) => in_quotes(out, |out| base64::encode(array.value(row), out)),
            Self::Date(array) => in_quotes(out, |out| match &style.date {
                Some(pattern) => pattern.format_date(array.value(row), out),
                None => datetimes::write_date(array.value(row), out),
            }),
            Self::Timestamp(array, true) => {
                in_quotes(out, |out| style.timestamp.format_timestamp(array.value(row), style.zone, out));
            }
            Self::Timestamp(array, false) => {
                in_quotes(out, |out| style.timestamp_ntz.format_timestamp_ntz(array.value(row), out));
            }
            Self::YearMonth(array) => in_quotes(out, |out| intervals::write_year_month(array.value(row), out)),
            Self::DayTime(array) => in_quotes(out, |out| intervals::write_day_time(array.value(row), out)),
            Self::Interval(array) => in_quotes(out, |out| {
                let value = array.value(row);
                intervals::write_calendar(value.months, value.days, value.nanoseconds / 1000, out);
            }),
            Self::Struct(_, children) => {
                let shown = children.iter().filter(|(_, child)| !style.ignore_null_fields || !child.is_null(row));
                let mut items = Items::open(b'{', style, depth, out);
                for (name, child) in shown {
                    items.next(style, out);
                    out.extend_from_slice(name);
                    out.extend_from_slice(if style.pretty { b" : " } else { b":" });
                    child.write(row, style, depth + 1, out);
                }
                items.close(b'}', style, out);
            }
            Self::List(array, element) => {
                let mut first = true;
                out.push(b'[');
                for at in range(array.value_offsets(), row) {
                    if !std::mem::take(&mut first) {
                        out.push(b',');
                    }
                    if style.pretty {
                        out.push(b' ');
                    }
                    element.write(at, style, depth + 1, out);
                }
                out.extend_from_slice(if style.pretty { b" ]" } else { b"]" });
            }
            Self::Map(array, keys, values) => {
                let mut items = Items::open(b'{', style, depth, out);
                for at in range(array.value_offsets(), row) {
                    items.next(style, out);
                    keys.write_key(at, style, out);
                    out.extend_from_slice(if style.pretty { b" : " } else { b":" });
                    values.write(at, style, depth + 1, out);
                }
                items.close(b'}', style, out);
            }
        }
    }

    /// A map's key is always a string.
    fn write_key(&self, row: usize, style: &JsonStyle, out: &mut Vec<u8>) {
        match self {
            Self::String(array) => write_string(array.value(row), style.ascii_only, out),
            Self::Date(array) => in_quotes(out, |out| datetimes::write_date(array.value(row), out)),
            other => {
                let mut text = Vec::new();
                other.write(row, style, 0, &mut text);
                let text = String::from_utf8_lossy(&text).into_owned();
                write_string(text.trim_matches('"'), style.ascii_only, out);
            }
        }
    }
}

fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    offsets[row].unsigned_abs() as usize..offsets[row + 1].unsigned_abs() as usize
}

fn in_quotes(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// The items of an object, on lines of their own if the text is to be pretty.
struct Items {
    depth: usize,
    any: bool,
}

impl Items {
    fn open(bracket: u8, _: &JsonStyle, depth: usize, out: &mut Vec<u8>) -> Self {
        out.push(bracket);
        Self { depth, any: false }
    }

    fn next(&mut self, style: &JsonStyle, out: &mut Vec<u8>) {
        if self.any {
            out.push(b',');
        }
        self.any = true;
        if style.pretty {
            new_line(self.depth + 1, out);
        }
    }

    fn close(self, bracket: u8, style: &JsonStyle, out: &mut Vec<u8>) {
        if style.pretty && self.any {
            new_line(self.depth, out);
        } else if style.pretty {
            out.push(b' ');
        }
        out.push(bracket);
    }
}

fn new_line(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    (0..depth).for_each(|_| out.extend_from_slice(b"  "));
}

/// A string in quotes, with the escapes that it needs.
pub(crate) fn write_string(text: &str, ascii_only: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut from = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let escape = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            8 => b'b',
            12 => b'f',
            0..=0x1F => 0,
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        if escape == 0 {
            let _ = write!(out, "\\u{byte:04X}");
        } else {
            out.extend_from_slice(&[b'\\', escape]);
        }
    }
    if ascii_only && !text.is_ascii() {
        for letter in text[from..].chars() {
            if letter.is_ascii() {
                out.push(letter as u8);
            } else {
                letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| drop(write!(out, "\\u{unit:04X}")));
            }
        }
    } else {
        out.extend_from_slice(&bytes[from..]);
    }
    out.push(b'"');
}
