//! A value as text: what `CAST(x AS STRING)`, `show()` and the console sink print.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, Time64NanosecondType,
    TimestampMicrosecondType,
};
use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use firesteel_formats::ZoneId;

use super::{format_double, format_float};

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The zone in which instants are shown.
    pub zone: ZoneId,
    /// Whether bytes are shown as `[31 0A]` (`show()`) and not read as UTF-8 (`CAST`).
    pub binary_as_hex: bool,
    /// What a NULL within an array, map or struct is written as.
    pub null: &'static str,
    /// Whether decimals are written as the JVM's `BigDecimal` writes them: `1E-10`, not `0.0000000001`.
    pub scientific: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { zone: ZoneId::UTC, binary_as_hex: false, null: "null", scientific: false }
    }
}

/// Each value of a column as text; NULL stays NULL.
pub fn array_text(array: &ArrayRef, style: Style) -> StringArray {
    if let Some(strings) = array.as_string_opt::<i32>() {
        return strings.clone();
    }
    let mut builder = StringBuilder::with_capacity(array.len(), array.len() * 8);
    for row in 0..array.len() {
        if array.is_null(row) || array.data_type() == &DataType::Null {
            builder.append_null();
        } else {
            let _ = write_value(&mut builder, array, row, style);
            builder.append_value("");
        }
    }
    builder.finish()
}

/// One value as text; NULL as the style says.
pub fn format_value(array: &dyn Array, row: usize, style: Style) -> String {
    let mut text = String::new();
    if array.is_null(row) || array.data_type() == &DataType::Null {
        text.push_str(style.null);
    } else {
        let array = arrow::array::make_array(array.to_data());
        let _ = write_value(&mut text, &array, row, style);
    }
    text
}

fn write_value(out: &mut dyn Write, array: &ArrayRef, row: usize, style: Style) -> std::fmt::Result {
    match array.data_type() {
        DataType::Boolean => write!(out, "{}", array.as_boolean().value(row)),
        DataType::Int8 => write!(out, "{}", array.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => write!(out, "{}", array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => write!(out, "{}", array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => write!(out, "{}", array.as_primitive::<Int64Type>().value(row)),
        DataType::Float32 => out.write_str(&format_float(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => out.write_str(&format_double(array.as_primitive::<Float64Type>().value(row))),
        DataType::Decimal128(_, scale) => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            out.write_str(&if style.scientific { format_decimal(value, *scale) } else { plain_decimal(value, *scale) })
        }
        DataType::Utf8 => out.write_str(array.as_string::<i32>().value(row)),
        DataType::Binary => write_binary(out, array.as_binary::<i32>().value(row), style),
        DataType::Date32 => out.write_str(&format_date(array.as_primitive::<Date32Type>().value(row))),
        DataType::Timestamp(_, zone) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let local = if zone.is_some() { style.zone.utc_to_local_micros(micros) } else { micros };
            out.write_str(&format_timestamp(local))
        }
        DataType::Time64(_) => out.write_str(&format_time(array.as_primitive::<Time64NanosecondType>().value(row))),
        DataType::Duration(_) => {
            out.write_str(&format_day_time(array.as_primitive::<DurationMicrosecondType>().value(row)))
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            let months = array.as_primitive::<IntervalYearMonthType>().value(row);
            let sign = if months < 0 { "-" } else { "" };
            let months = months.unsigned_abs();
            write!(out, "INTERVAL '{sign}{}-{}' YEAR TO MONTH", months / 12, months % 12)
        }
        DataType::Interval(_) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            out.write_str(&format_calendar(value.months, value.days, value.nanoseconds / 1000))
        }
        DataType::List(_) => {
            let values = array.as_list::<i32>().value(row);
            write_list(out, &values, style)
        }
        DataType::Map(..) => write_map(out, array, row, style),
        DataType::Struct(_) => {
            let columns = array.as_struct().columns();
            out.write_char('{')?;
            for (index, column) in columns.iter().enumerate() {
                if index > 0 {
                    out.write_str(", ")?;
                }
                write_nested(out, column, row, style)?;
            }
            out.write_char('}')
        }
        other => write!(out, "<{other}>"),
    }
}

fn write_nested(out: &mut dyn Write, array: &ArrayRef, row: usize, style: Style) -> std::fmt::Result {
    if array.is_null(row) || array.data_type() == &DataType::Null {
        return out.write_str(style.null);
    }
    write_value(out, array, row, style)
}

fn write_list(out: &mut dyn Write, values: &ArrayRef, style: Style) -> std::fmt::Result {
    out.write_char('[')?;
    for index in 0..values.len() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write_nested(out, values, index, style)?;
    }
    out.write_char(']')
}

fn write_map(out: &mut dyn Write, array: &ArrayRef, row: usize, style: Style) -> std::fmt::Result {
    let entries = array.as_map().value(row);
    out.write_char('{')?;
    for index in 0..entries.len() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write_nested(out, entries.column(0), index, style)?;
        out.write_str(" -> ")?;
        write_nested(out, entries.column(1), index, style)?;
    }
    out.write_char('}')
}

fn write_binary(out: &mut dyn Write, bytes: &[u8], style: Style) -> std::fmt::Result {
    if !style.binary_as_hex {
        return out.write_str(&String::from_utf8_lossy(bytes));
    }
    out.write_char('[')?;
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.write_char(' ')?;
        }
        write!(out, "{byte:02X}")?;
    }
    out.write_char(']')
}

/// A decimal with all digits of its scale; in scientific form where the JVM's `BigDecimal` uses it.
pub(crate) fn format_decimal(value: i128, scale: i8) -> String {
    let mut text = Vec::new();
    firesteel_formats::values::numbers::write_decimal(value, scale, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// A decimal with all digits of its scale.
pub(crate) fn plain_decimal(value: i128, scale: i8) -> String {
    let scale = scale.max(0) as usize;
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let point = padded.len() - scale;
    format!("{sign}{}.{}", &padded[..point], &padded[point..])
}

/// A date (days since 1970-01-01) as `2020-01-31`; years past 9999 carry a sign.
pub fn format_date(days: i32) -> String {
    match NaiveDate::from_num_days_from_ce_opt(days.saturating_add(719_163)) {
        Some(date) => {
            let mut text = year(date.year());
            let _ = write!(text, "-{:02}-{:02}", date.month(), date.day());
            text
        }
        None => days.to_string(),
    }
}

fn year(year: i32) -> String {
    match year {
        10_000.. => format!("+{year}"),
        0..10_000 => format!("{year:04}"),
        _ => format!("-{:04}", year.unsigned_abs()),
    }
}

/// A wall clock's reading (microseconds) as `2020-01-31 10:00:00.5`, without trailing zeros.
pub fn format_timestamp(local_micros: i64) -> String {
    let Some(time) = DateTime::from_timestamp_micros(local_micros) else { return local_micros.to_string() };
    let mut text = year(time.year());
    let _ = write!(
        text,
        "-{:02}-{:02} {:02}:{:02}:{:02}",
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    push_fraction(&mut text, time.timestamp_subsec_micros());
    text
}

fn push_fraction(text: &mut String, micros: u32) {
    if micros > 0 {
        let digits = format!("{micros:06}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
}

fn format_time(nanos: i64) -> String {
    let seconds = nanos / 1_000_000_000;
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    push_fraction(&mut text, (nanos % 1_000_000_000 / 1000) as u32);
    text
}

/// `INTERVAL '1 02:03:04.5' DAY TO SECOND`
fn format_day_time(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let total = micros.unsigned_abs();
    let seconds = total / 1_000_000;
    let mut text = format!(
        "INTERVAL '{sign}{} {:02}:{:02}:{:02}",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    );
    push_fraction(&mut text, (total % 1_000_000) as u32);
    text.push_str("' DAY TO SECOND");
    text
}

/// `1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds`
fn format_calendar(months: i32, days: i32, micros: i64) -> String {
    let mut parts = Vec::new();
    let mut push = |value: i64, unit: &str| {
        if value != 0 {
            parts.push(format!("{value} {unit}"));
        }
    };
    push(i64::from(months / 12), "years");
    push(i64::from(months % 12), "months");
    push(i64::from(days), "days");
    push(micros / 3_600_000_000, "hours");
    push(micros / 60_000_000 % 60, "minutes");
    let rest = micros % 60_000_000;
    if rest != 0 {
        let mut text = format!("{}{}", if rest < 0 { "-" } else { "" }, rest.abs() / 1_000_000);
        push_fraction(&mut text, (rest.abs() % 1_000_000) as u32);
        parts.push(format!("{text} seconds"));
    }
    if parts.is_empty() { "0 seconds".into() } else { parts.join(" ") }
}

/// The column as strings behind a reference.
pub fn text_of(array: &ArrayRef, style: Style) -> ArrayRef {
    Arc::new(array_text(array, style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_without_trailing_zeros() {
        assert_eq!(format_timestamp(1_577_836_800_500_000), "2020-01-01 00:00:00.5");
        assert_eq!(format_timestamp(-1), "1969-12-31 23:59:59.999999");
        assert_eq!(format_date(18_262), "2020-01-01");
    }

    #[test]
    fn decimals_keep_their_scale() {
        assert_eq!(format_decimal(-150, 2), "-1.50");
        assert_eq!(format_decimal(5, 3), "0.005");
        assert_eq!(format_decimal(1, 18), "1E-18");
        assert_eq!(format_decimal(0, 2), "0.00");
    }

    #[test]
    fn intervals_name_their_parts() {
        assert_eq!(format_calendar(14, 3, 4_500_000), "1 years 2 months 3 days 4.5 seconds");
        assert_eq!(format_day_time(-86_400_000_000), "INTERVAL '-1 00:00:00' DAY TO SECOND");
    }
}
