//! Windows over event time: `window(time, length[, slide[, start]])` and `window_time(window)`.
//!
//! A time belongs to one tumbling window, or to several sliding ones. The kernel gives all of them as an array; the
//! relation it stands in unnests that, as it does for generators, and drops rows without a time.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, StructArray, TimestampMicrosecondArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{
    DataType, DurationMicrosecondType, Field, Fields, IntervalMonthDayNanoType, IntervalUnit, TimestampMicrosecondType,
};
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[("window", window), ("window_time", window_time), ("session_window", session_window)];

/// The names of the kernels that give the windows of a time: one each, or a list.
pub const WINDOW_KERNELS: [&str; 2] = ["tumbling_window", "sliding_windows"];

/// The name of the kernel that gives the window which a row opens.
const SESSION_KERNEL: &str = "session_window";

const DAY_MICROS: i64 = 86_400_000_000;

/// Set on a window's column, in Spark too.
const WINDOW_KEY: &str = "spark.timeWindow";

/// Whether the expression gives the windows of a time; if so, whether there may be many for each.
pub fn is_time_window(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::ScalarFunction(call) if [WINDOW_KERNELS[0], SESSION_KERNEL].contains(&call.func.name()) => Some(false),
        Expr::ScalarFunction(call) if call.func.name() == WINDOW_KERNELS[1] => Some(true),
        _ => None,
    }
}

/// Whether the expression gives the window of a session.
pub fn is_session_window(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if call.func.name() == SESSION_KERNEL)
}

fn micros(call: &Call<'_>, index: usize) -> Result<i64> {
    let text = call.constant_text(index)?.unwrap_or_default();
    let interval = firesteel_parser::parse_interval(&text)?;
    if interval.months != 0 {
        return Err(no_months(&text));
    }
    Ok(i64::from(interval.days) * DAY_MICROS + interval.microseconds)
}

fn window(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=4)?;
    let time = call.arg(0)?;
    let base = time_of(&call, &time)?;
    if call.len() == 1 {
        return Err(SparkError::unsupported("window() without a length"));
    }
    let length = micros(&call, 1)?;
    let slide = if call.len() > 2 { micros(&call, 2)? } else { length };
    let start = if call.len() > 3 { micros(&call, 3)? } else { 0 };
    check(&call, length, slide, start)?;
    let fields: Fields = ["start", "end"].iter().map(|n| Field::new(*n, base.data_type().clone(), true)).collect();
    let structure = DataType::Struct(fields.clone());
    let sliding = slide < length;
    let mut metadata = base.field.metadata().clone();
    metadata.insert(WINDOW_KEY.into(), "true".into());
    let (name, data_type) =
        if sliding { (WINDOW_KERNELS[1], types::array(structure, false)) } else { (WINDOW_KERNELS[0], structure) };
    let kernel = Kernel::new(name, (length, slide, start), data_type.clone(), base.nullable(), move |columns| {
        let array = columns.array(0)?;
        let times = array.as_primitive::<TimestampMicrosecondType>();
        if sliding {
            sliding_windows(times, length, slide, start, &fields)
        } else {
            tumbling(times, length, slide, start, &fields)
        }
    });
    let mut typed = Typed::new(kernel.call(vec![base.expr]), data_type, sliding, "window");
    typed.field = Arc::new(typed.field.as_ref().clone().with_metadata(metadata));
    Ok(typed)
}

/// The time to be put in windows: a timestamp, or the time of an earlier window.
fn time_of(call: &Call<'_>, time: &Typed) -> Result<Typed> {
    match time.data_type() {
        DataType::Timestamp(..) => Ok(time.clone()),
        DataType::Struct(fields) if fields.len() == 2 && fields[0].name() == "start" => end_minus_one(time),
        DataType::Utf8 | DataType::Date32 | DataType::Null => call.cast(0, &types::timestamp()),
        _ => Err(call.unexpected_input(0, time, "(\"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME ZONE\")")),
    }
}

fn check(call: &Call<'_>, length: i64, slide: i64, start: i64) -> Result<()> {
    let out_of_range = |name: &str, value: i64| {
        Err(SparkError::new("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE")
            .param("exprName", format!("`{name}`"))
            .param("valueRange", "(0, 9223372036854775807]")
            .param("currentValue", format!("{value}L"))
            .param("sqlExpr", format!("\"{}\"", call.title())))
    };
    let constraint = |left: &str, left_value: i64, right: &str, right_value: i64, relation: &str| {
        Err(SparkError::new("DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION")
            .param("leftExprName", format!("`{left}`"))
            .param("leftExprValue", format!("{left_value}L"))
            .param("constraint", relation)
            .param("rightExprName", format!("`{right}`"))
            .param("rightExprValue", format!("{right_value}L"))
            .param("sqlExpr", format!("\"{}\"", call.title())))
    };
    match () {
        () if length <= 0 => out_of_range("window_duration", length),
        () if slide <= 0 => out_of_range("slide_duration", slide),
        () if slide > length => constraint("slide_duration", slide, "window_duration", length, "<="),
        () if start.abs() >= slide => constraint("abs(start_time)", start.abs(), "slide_duration", slide, "<"),
        () => Ok(()),
    }
}

/// The start of the last window that holds `time`.
fn last_start(time: i64, slide: i64, start: i64) -> i64 {
    time.wrapping_sub((time.wrapping_sub(start)).rem_euclid(slide))
}

fn pairs(starts: Vec<i64>, length: i64, fields: &Fields) -> Result<StructArray> {
    let ends: Vec<i64> = starts.iter().map(|s| s.wrapping_add(length)).collect();
    let zone = match fields[0].data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let column = |values: Vec<i64>| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(values).with_timezone_opt(zone.clone()))
    };
    StructArray::try_new(fields.clone(), vec![column(starts), column(ends)], None)
        .map_err(|e| crate::error::from_arrow(&e))
}

fn tumbling(
    times: &TimestampMicrosecondArray,
    length: i64,
    slide: i64,
    start: i64,
    fields: &Fields,
) -> Result<ArrayRef> {
    let starts = times.values().iter().map(|time| last_start(*time, slide, start)).collect();
    let rows = pairs(starts, length, fields)?;
    let (fields, columns, _) = rows.into_parts();
    StructArray::try_new(fields, columns, times.nulls().cloned())
        .map(|s| Arc::new(s) as ArrayRef)
        .map_err(|e| crate::error::from_arrow(&e))
}

fn sliding_windows(
    times: &TimestampMicrosecondArray,
    length: i64,
    slide: i64,
    start: i64,
    fields: &Fields,
) -> Result<ArrayRef> {
    let mut starts = Vec::new();
    let mut lengths = Vec::with_capacity(times.len());
    for row in 0..times.len() {
        let before = starts.len();
        if times.is_valid(row) {
            let time = times.value(row);
            let mut first = last_start(time, slide, start);
            while first.wrapping_add(length) > time {
                starts.push(first);
                first = first.wrapping_sub(slide);
            }
        }
        lengths.push(starts.len() - before);
    }
    let rows = pairs(starts, length, fields)?;
    let element = Arc::new(Field::new("element", DataType::Struct(fields.clone()), false));
    ListArray::try_new(element, OffsetBuffer::from_lengths(lengths), Arc::new(rows), times.nulls().cloned())
        .map(|l| Arc::new(l) as ArrayRef)
        .map_err(|e| crate::error::from_arrow(&e))
}

fn window_time(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let window = call.arg(0)?;
    let marked = window.field.metadata().contains_key(WINDOW_KEY);
    match window.data_type() {
        DataType::Struct(fields) if fields.len() == 2 && marked => {
            Ok(end_minus_one(&window)?.named(format!("window_time({})", window.name)))
        }
        _ => Err(SparkError::new("_LEGACY_ERROR_TEMP_3101")
            .text("The input is not a correct window column: the argument of window_time must be made by window().")),
    }
}

/// The time of a window for windows made from it: one microsecond before its end. The watermark stays with it.
fn end_minus_one(window: &Typed) -> Result<Typed> {
    let DataType::Struct(fields) = window.data_type() else { return Err(SparkError::internal("a window is a struct")) };
    let data_type = fields[1].data_type().clone();
    let kernel = Kernel::new("window_time", (), data_type.clone(), window.nullable(), |columns| {
        let array = columns.array(0)?;
        let rows = array.as_struct();
        let ends = rows.column(1).as_primitive::<TimestampMicrosecondType>();
        let times: TimestampMicrosecondArray = ends.unary(|end| end.wrapping_sub(1));
        let zone = ends.timezone().map(Arc::from);
        super::extract::masked(&(Arc::new(times.with_timezone_opt(zone)) as ArrayRef), rows.nulls())
    });
    let mut typed = Typed::new(kernel.call(vec![window.expr.clone()]), data_type, window.nullable(), "window_time");
    let mut metadata = window.field.metadata().clone();
    metadata.remove(WINDOW_KEY);
    typed.field = Arc::new(typed.field.as_ref().clone().with_metadata(metadata));
    Ok(typed)
}

/// The window that a row opens: from its time, for the gap. Grouping by it merges those that touch.
fn session_window(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let time = call.arg(0)?;
    let base = time_of(&call, &time)?;
    let gap = call.arg(1)?;
    match gap.data_type() {
        DataType::Utf8 | DataType::Duration(_) | DataType::Interval(IntervalUnit::MonthDayNano) | DataType::Null => {}
        _ => return Err(call.unexpected_input(1, &gap, "\"INTERVAL\"")),
    }
    let fields: Fields = ["start", "end"].iter().map(|n| Field::new(*n, base.data_type().clone(), true)).collect();
    let data_type = DataType::Struct(fields.clone());
    let mut metadata = base.field.metadata().clone();
    metadata.insert(WINDOW_KEY.into(), "true".into());
    let kernel = Kernel::new(SESSION_KERNEL, (), data_type.clone(), true, move |columns| {
        let (times, gaps) = (columns.array(0)?, columns.array(1)?);
        sessions(times.as_primitive::<TimestampMicrosecondType>(), &gaps, &fields)
    });
    let mut typed = Typed::new(kernel.call(vec![base.expr, gap.expr]), data_type, false, "session_window");
    typed.field = Arc::new(typed.field.as_ref().clone().with_metadata(metadata));
    Ok(typed)
}

/// NULL where there is no time, no gap, or one that is not longer than nothing.
fn sessions(times: &TimestampMicrosecondArray, gaps: &ArrayRef, fields: &Fields) -> Result<ArrayRef> {
    let mut ends = Vec::with_capacity(times.len());
    let mut valid = Vec::with_capacity(times.len());
    for row in 0..times.len() {
        let gap = gap_micros(gaps, row)?.filter(|gap| *gap > 0 && times.is_valid(row));
        valid.push(gap.is_some());
        ends.push(times.value(row).wrapping_add(gap.unwrap_or(0)));
    }
    let zone = times.timezone().map(Arc::from);
    let ends = TimestampMicrosecondArray::from(ends).with_timezone_opt::<Arc<str>>(zone.clone());
    let starts = TimestampMicrosecondArray::new(times.values().clone(), None).with_timezone_opt::<Arc<str>>(zone);
    StructArray::try_new(fields.clone(), vec![Arc::new(starts), Arc::new(ends)], Some(valid.into()))
        .map(|s| Arc::new(s) as ArrayRef)
        .map_err(|e| crate::error::from_arrow(&e))
}

fn gap_micros(gaps: &ArrayRef, row: usize) -> Result<Option<i64>> {
    if gaps.is_null(row) {
        return Ok(None);
    }
    let interval = match gaps.data_type() {
        DataType::Utf8 => firesteel_parser::parse_interval(gaps.as_string::<i32>().value(row))?,
        DataType::Duration(_) => return Ok(Some(gaps.as_primitive::<DurationMicrosecondType>().value(row))),
        DataType::Interval(_) => {
            let value = gaps.as_primitive::<IntervalMonthDayNanoType>().value(row);
            if value.months == 0 {
                return Ok(Some(i64::from(value.days) * DAY_MICROS + value.nanoseconds / 1000));
            }
            return Err(no_months("a month"));
        }
        _ => return Ok(None),
    };
    if interval.months != 0 {
        return Err(no_months(gaps.as_string::<i32>().value(row)));
    }
    Ok(Some(i64::from(interval.days) * DAY_MICROS + interval.microseconds))
}

fn no_months(shown: &str) -> SparkError {
    SparkError::new("_LEGACY_ERROR_TEMP_3231")
        .param("interval", shown)
        .text(format!("Intervals greater than a month is not supported ({shown})."))
        .with_exception(firesteel_error::Exception::IllegalArgument)
}
