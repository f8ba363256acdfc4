//! Spark's types, carried by Arrow's.
//!
//! Each Spark type has one Arrow type, so a column of data says by itself what it is to Spark:
//!
//! | Spark | Arrow |
//! |---|---|
//! | `void`, `boolean` | `Null`, `Boolean` |
//! | `tinyint` … `bigint`, `float`, `double` | `Int8` … `Int64`, `Float32`, `Float64` |
//! | `decimal(p,s)` | `Decimal128(p, s)` |
//! | `string`, `binary` | `Utf8`, `Binary` |
//! | `date`, `timestamp`, `timestamp_ntz`, `time` | `Date32`, `Timestamp(µs, "UTC")`, `Timestamp(µs)`, `Time64(ns)` |
//! | `interval year to month` | `Interval(YearMonth)` |
//! | `interval day to second` | `Duration(µs)` |
//! | `interval` (calendar) | `Interval(MonthDayNano)` |
//! | `array`, `map`, `struct` | `List`, `Map`, `Struct` |
//!
//! Interval types keep their fields (`INTERVAL DAY`) in the field's metadata: see [`IntervalFields`].
//! `char(n)` and `varchar(n)` are `Utf8`; the written type is kept in the field's metadata, as Spark keeps it.

mod arrow_in;
mod interval;
mod json;
mod literal;
mod names;
mod proto;

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};

pub use arrow_in::{normalize_batch, normalize_field};
pub use interval::{INTERVAL_KEY, IntervalFields};
pub use json::{schema_from_json, to_json};
pub use literal::literal_to_proto;
pub use names::{ddl, quoted_sql_name, simple_name, simple_name_of, sql_name, sql_name_of, type_name, type_name_of};
pub(crate) use proto::udt;
pub use proto::{from_proto, metadata, schema_from_proto, schema_to_proto, to_proto};

static UTC: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("UTC"));

/// The key under which a `char(n)` or `varchar(n)` column keeps its written type, in Spark too.
pub const CHAR_VARCHAR_KEY: &str = "__CHAR_VARCHAR_TYPE_STRING";

/// The metadata of a column, field or array element that is of a user-defined type: the type in Spark's JSON. The data
/// themselves have the type that stands in it as `sqlType`.
pub const UDT_KEY: &str = "__udt";

/// `timestamp`: an instant, in microseconds since 1970-01-01 00:00 UTC.
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.clone()))
}

/// `timestamp_ntz`: a wall clock's reading, in microseconds since 1970-01-01 00:00.
pub fn timestamp_ntz() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

/// `time`: a wall clock's reading, in nanoseconds since midnight.
pub fn time() -> DataType {
    DataType::Time64(TimeUnit::Nanosecond)
}

/// `interval day to second`, in microseconds.
pub fn day_time_interval() -> DataType {
    DataType::Duration(TimeUnit::Microsecond)
}

/// `interval year to month`, in months.
pub fn year_month_interval() -> DataType {
    DataType::Interval(IntervalUnit::YearMonth)
}

/// `interval`: months, days and nanoseconds side by side.
pub fn calendar_interval() -> DataType {
    DataType::Interval(IntervalUnit::MonthDayNano)
}

/// `array<element>`.
pub fn array(element: DataType, contains_null: bool) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, contains_null)))
}

/// `map<key, value>`.
pub fn map(key: DataType, value: DataType, value_contains_null: bool) -> DataType {
    let entries = vec![Field::new("key", key, false), Field::new("value", value, value_contains_null)];
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(Fields::from(entries)), false)), false)
}

/// `struct<..>`.
pub fn structure(fields: impl IntoIterator<Item = Field>) -> DataType {
    DataType::Struct(fields.into_iter().collect())
}

/// The key and value fields of a map type.
pub fn map_fields(data_type: &DataType) -> Option<(&FieldRef, &FieldRef)> {
    let DataType::Map(entries, _) = data_type else { return None };
    match entries.data_type() {
        DataType::Struct(fields) if fields.len() == 2 => Some((&fields[0], &fields[1])),
        _ => None,
    }
}

/// Whether it is one of the whole-number types.
pub fn is_integral(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64)
}

/// Whether it is a number.
pub fn is_numeric(data_type: &DataType) -> bool {
    is_integral(data_type) || matches!(data_type, DataType::Float32 | DataType::Float64 | DataType::Decimal128(..))
}

/// Whether it is a date or a point in time.
pub fn is_datetime(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Timestamp(..))
}

/// Whether it is one of the three interval types.
pub fn is_interval(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Duration(_) | DataType::Interval(_))
}

/// Whether values can be ordered and grouped; maps and calendar intervals cannot be ordered.
pub fn is_orderable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) | DataType::Interval(IntervalUnit::MonthDayNano) => false,
        DataType::List(element) => is_orderable(element.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_orderable(field.data_type())),
        _ => true,
    }
}
