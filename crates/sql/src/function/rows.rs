//! Functions of single values: a closure from one, two, three or four values to one, made into a function of columns.
//!
//! [`one`], [`two`], [`three`] and [`four`] cast the arguments to what the closure takes, call it for rows in which no
//! argument is NULL, and name the result as Spark does. A closure may answer with a value, an `Option`, a `Result`, or a
//! `Result` of an `Option`; an `Option` makes the column nullable.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, IntervalYearMonthArray,
    ListBuilder, StringArray, StringBuilder, Time64NanosecondArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, IntervalMonthDayNano};
use datafusion::common::ScalarValue;
use firesteel_error::Result;

use crate::analyzer::{Argument, Call};
use crate::expression::{Columns, Kernel, Typed};
use crate::types;

/// A kind of argument.
pub(crate) trait Input {
    /// The column.
    type Array: Array + Clone + 'static;
    /// A value of it.
    type Item<'a>;
    /// Its type.
    fn data_type() -> DataType;
    /// The value at `row`, which is not NULL.
    fn item(array: &Self::Array, row: usize) -> Self::Item<'_>;
}

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident: $array:ty, $item:ty, $data_type:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;
        impl Input for $name {
            type Array = $array;
            type Item<'a> = $item;
            fn data_type() -> DataType {
                $data_type
            }
            fn item(array: &Self::Array, row: usize) -> Self::Item<'_> {
                array.value(row)
            }
        }
    )*};
}

inputs! {
    /// `string`
    Text: StringArray, &'a str, DataType::Utf8;
    /// `binary`
    Bytes: BinaryArray, &'a [u8], DataType::Binary;
    /// `boolean`
    Bool: BooleanArray, bool, DataType::Boolean;
    /// `int`
    Int: Int32Array, i32, DataType::Int32;
    /// `bigint`
    Long: Int64Array, i64, DataType::Int64;
    /// `double`
    Double: Float64Array, f64, DataType::Float64;
    /// `date`
    Date: Date32Array, i32, DataType::Date32;
    /// `timestamp`
    Stamp: TimestampMicrosecondArray, i64, types::timestamp();
    /// `time`, in nanoseconds
    TimeOfDay: Time64NanosecondArray, i64, types::time();
    /// `timestamp_ntz`
    LocalStamp: TimestampMicrosecondArray, i64, types::timestamp_ntz();
}

/// Days since 1970-01-01, as an answer of type `date`.
pub(crate) struct Days(pub(crate) i32);
/// Microseconds since 1970-01-01, as an answer of type `timestamp`.
pub(crate) struct Micros(pub(crate) i64);
/// Microseconds of a wall clock, as an answer of type `timestamp_ntz`.
pub(crate) struct LocalMicros(pub(crate) i64);
/// Microseconds, as an answer of type `interval day to second`.
pub(crate) struct DayTime(pub(crate) i64);
/// Nanoseconds since midnight, as an answer of type `time`.
pub(crate) struct Nanos(pub(crate) i64);
/// Months, as an answer of type `interval year to month`.
pub(crate) struct YearMonth(pub(crate) i32);
/// An answer of type `interval`.
pub(crate) struct Calendar(pub(crate) IntervalMonthDayNano);

/// A kind of result.
pub(crate) trait Answer: Sized {
    /// Its type.
    fn data_type() -> DataType;
    /// The column of these values.
    fn column(values: Vec<Option<Self>>) -> ArrayRef;
}

/// What a closure may return.
pub(crate) trait Outcome {
    /// The value in it.
    type Answer: Answer;
    /// Whether it can be NULL.
    const NULLABLE: bool;
    /// The value, NULL or error.
    fn outcome(self) -> Result<Option<Self::Answer>>;
}

macro_rules! answers {
    ($($name:ty: $data_type:expr, |$values:ident| $column:expr;)*) => {$(
        impl Answer for $name {
            fn data_type() -> DataType {
                $data_type
            }
            fn column($values: Vec<Option<Self>>) -> ArrayRef {
                Arc::new($column)
            }
        }
        impl Outcome for $name {
            type Answer = $name;
            const NULLABLE: bool = false;
            fn outcome(self) -> Result<Option<$name>> {
                Ok(Some(self))
            }
        }
        impl Outcome for Option<$name> {
            type Answer = $name;
            const NULLABLE: bool = true;
            fn outcome(self) -> Result<Option<$name>> {
                Ok(self)
            }
        }
        impl Outcome for Result<$name> {
            type Answer = $name;
            const NULLABLE: bool = false;
            fn outcome(self) -> Result<Option<$name>> {
                self.map(Some)
            }
        }
        impl Outcome for Result<Option<$name>> {
            type Answer = $name;
            const NULLABLE: bool = true;
            fn outcome(self) -> Result<Option<$name>> {
                self
            }
        }
    )*};
}

answers! {
    String: DataType::Utf8, |values| values.into_iter().collect::<StringArray>();
    Vec<u8>: DataType::Binary, |values| values.into_iter().collect::<BinaryArray>();
    bool: DataType::Boolean, |values| values.into_iter().collect::<BooleanArray>();
    i8: DataType::Int8, |values| values.into_iter().collect::<Int8Array>();
    i16: DataType::Int16, |values| values.into_iter().collect::<Int16Array>();
    i32: DataType::Int32, |values| values.into_iter().collect::<Int32Array>();
    i64: DataType::Int64, |values| values.into_iter().collect::<Int64Array>();
    f32: DataType::Float32, |values| values.into_iter().collect::<Float32Array>();
    f64: DataType::Float64, |values| values.into_iter().map(|v| v.map(|v| if v.is_nan() { f64::NAN } else { v })).collect::<Float64Array>();
    i128: DataType::Decimal128(38, 0), |values| values.into_iter().collect::<Decimal128Array>();
    Days: DataType::Date32, |values| values.into_iter().map(|v| v.map(|v| v.0)).collect::<Date32Array>();
    Micros: types::timestamp(), |values| values
        .into_iter()
        .map(|v| v.map(|v| v.0))
        .collect::<TimestampMicrosecondArray>()
        .with_data_type(types::timestamp());
    LocalMicros: types::timestamp_ntz(), |values| values
        .into_iter()
        .map(|v| v.map(|v| v.0))
        .collect::<TimestampMicrosecondArray>();
    DayTime: types::day_time_interval(), |values| values
        .into_iter()
        .map(|v| v.map(|v| v.0))
        .collect::<DurationMicrosecondArray>();
    Nanos: types::time(), |values| values.into_iter().map(|v| v.map(|v| v.0)).collect::<Time64NanosecondArray>();
    YearMonth: types::year_month_interval(), |values| values
        .into_iter()
        .map(|v| v.map(|v| v.0))
        .collect::<IntervalYearMonthArray>();
    Calendar: types::calendar_interval(), |values| values
        .into_iter()
        .map(|v| v.map(|v| v.0))
        .collect::<IntervalMonthDayNanoArray>();
    Vec<String>: types::array(DataType::Utf8, false), |values| lists(values.into_iter().map(|v| {
        v.map(|v| v.into_iter().map(Some).collect())
    }), false);
    Vec<Option<String>>: types::array(DataType::Utf8, true), |values| lists(values.into_iter(), true);
}

fn lists(values: impl Iterator<Item = Option<Vec<Option<String>>>>, nullable: bool) -> arrow::array::ListArray {
    let field = Field::new("element", DataType::Utf8, nullable);
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(field);
    for value in values {
        match value {
            Some(items) => {
                items.into_iter().for_each(|item| builder.values().append_option(item));
                builder.append(true);
            }
            None => builder.append(false),
        }
    }
    builder.finish()
}

/// The call with argument `index` set to a constant if it was left out; the constant shows in the column's name.
pub(crate) fn with_default<'a>(mut call: Call<'a>, index: usize, value: ScalarValue, shown: &str) -> Call<'a> {
    if call.args.len() == index {
        call.args.push(Argument::Value(Typed::literal(value, shown)));
        call.arg_names.push(None);
    }
    call
}

/// As [`with_default`], with a whole number.
pub(crate) fn with_default_int(call: Call<'_>, index: usize, value: i32) -> Call<'_> {
    let shown = value.to_string();
    with_default(call, index, ScalarValue::Int32(Some(value)), &shown)
}

/// As [`with_default`], with a text.
pub(crate) fn with_default_text<'a>(call: Call<'a>, index: usize, value: &str) -> Call<'a> {
    with_default(call, index, ScalarValue::Utf8(Some(value.to_string())), value)
}

/// A kernel named after the call, which depends on its arguments and the session's settings.
pub(crate) fn finish(
    call: &Call<'_>,
    args: Vec<Typed>,
    data_type: DataType,
    nullable: bool,
    body: impl Fn(&Columns) -> Result<ArrayRef> + Send + Sync + 'static,
) -> Typed {
    let nullable = nullable || args.iter().any(Typed::nullable);
    // A body may have been made for a constant that is no argument of the kernel, such as the field of `extract`.
    let constants: Vec<(usize, String)> = call
        .args
        .iter()
        .enumerate()
        .filter_map(|(index, arg)| match arg {
            Argument::Value(value) if value.expr.column_refs().is_empty() => Some((index, value.expr.to_string())),
            _ => None,
        })
        .collect();
    let params = (call.conf().ansi(), call.conf().time_zone(), constants);
    let kernel = Kernel::new(&call.lower_name(), params, data_type.clone(), nullable, body);
    Typed::new(kernel.call(args.into_iter().map(|a| a.expr).collect()), data_type, nullable, call.title())
}

fn rows<R: Answer>(count: usize, mut each: impl FnMut(usize) -> Result<Option<R>>) -> Result<ArrayRef> {
    let mut values = Vec::with_capacity(count);
    for row in 0..count {
        values.push(each(row)?);
    }
    Ok(R::column(values))
}

/// A function of one value.
pub(crate) fn one<A: Input, R: Outcome>(
    call: Call<'_>,
    f: impl for<'v> Fn(A::Item<'v>) -> R + Send + Sync + 'static,
) -> Result<Typed> {
    call.expect(1..=1)?;
    let args = vec![call.cast(0, &A::data_type())?];
    Ok(finish(&call, args, R::Answer::data_type(), R::NULLABLE, move |columns| {
        let a: A::Array = columns.typed(0)?;
        rows(columns.rows(), |row| if a.is_null(row) { Ok(None) } else { f(A::item(&a, row)).outcome() })
    }))
}

/// A function of two values.
pub(crate) fn two<A: Input, B: Input, R: Outcome>(
    call: Call<'_>,
    f: impl for<'v> Fn(A::Item<'v>, B::Item<'v>) -> R + Send + Sync + 'static,
) -> Result<Typed> {
    call.expect(2..=2)?;
    let args = vec![call.cast(0, &A::data_type())?, call.cast(1, &B::data_type())?];
    Ok(finish(&call, args, R::Answer::data_type(), R::NULLABLE, move |columns| {
        let (a, b): (A::Array, B::Array) = (columns.typed(0)?, columns.typed(1)?);
        rows(columns.rows(), |row| {
            if a.is_null(row) || b.is_null(row) { Ok(None) } else { f(A::item(&a, row), B::item(&b, row)).outcome() }
        })
    }))
}

/// A function of three values.
pub(crate) fn three<A: Input, B: Input, C: Input, R: Outcome>(
    call: Call<'_>,
    f: impl for<'v> Fn(A::Item<'v>, B::Item<'v>, C::Item<'v>) -> R + Send + Sync + 'static,
) -> Result<Typed> {
    call.expect(3..=3)?;
    let args = vec![call.cast(0, &A::data_type())?, call.cast(1, &B::data_type())?, call.cast(2, &C::data_type())?];
    Ok(finish(&call, args, R::Answer::data_type(), R::NULLABLE, move |columns| {
        let (a, b, c): (A::Array, B::Array, C::Array) = (columns.typed(0)?, columns.typed(1)?, columns.typed(2)?);
        rows(columns.rows(), |row| {
            if a.is_null(row) || b.is_null(row) || c.is_null(row) {
                return Ok(None);
            }
            f(A::item(&a, row), B::item(&b, row), C::item(&c, row)).outcome()
        })
    }))
}

/// A function of four values.
pub(crate) fn four<A: Input, B: Input, C: Input, D: Input, R: Outcome>(
    call: Call<'_>,
    f: impl for<'v> Fn(A::Item<'v>, B::Item<'v>, C::Item<'v>, D::Item<'v>) -> R + Send + Sync + 'static,
) -> Result<Typed> {
    call.expect(4..=4)?;
    let args = vec![
        call.cast(0, &A::data_type())?,
        call.cast(1, &B::data_type())?,
        call.cast(2, &C::data_type())?,
        call.cast(3, &D::data_type())?,
    ];
    Ok(finish(&call, args, R::Answer::data_type(), R::NULLABLE, move |columns| {
        let (a, b): (A::Array, B::Array) = (columns.typed(0)?, columns.typed(1)?);
        let (c, d): (C::Array, D::Array) = (columns.typed(2)?, columns.typed(3)?);
        rows(columns.rows(), |row| {
            if a.is_null(row) || b.is_null(row) || c.is_null(row) || d.is_null(row) {
                return Ok(None);
            }
            f(A::item(&a, row), B::item(&b, row), C::item(&c, row), D::item(&d, row)).outcome()
        })
    }))
}
