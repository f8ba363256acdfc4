//! `concat` and `||`: texts, bytes or arrays one after the other; `sequence` and `shuffle`.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BinaryBuilder, Int64Array, ListArray, StringBuilder};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    DataType, DurationMicrosecondType, Int64Type, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType,
};
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::array_set::joined;
use super::datetime::DAY_US;
use super::datetime_arithmetic::move_calendar;
use super::lists::{Choice, array_arg, bounds, build, element_of, same_arrays};
use super::rows::finish;
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::{Columns, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[("concat", concat), ("||", concat), ("sequence", sequence), ("shuffle", shuffle)];

fn concat(call: Call<'_>) -> Result<Typed> {
    let values = call.values()?;
    let names: Vec<&str> = values.iter().map(|v| v.name.as_str()).collect();
    let title = format!("concat({})", names.join(", "));
    let is_array = |v: &Typed| matches!(v.data_type(), DataType::List(_));
    if values.iter().any(is_array) {
        if !values.iter().all(is_array) {
            return Err(mixed(&values, &title));
        }
        return lists(call).map(|t| t.named(title));
    }
    let binary = !values.is_empty() && values.iter().all(|v| v.data_type() == &DataType::Binary);
    let kind = if binary { DataType::Binary } else { DataType::Utf8 };
    let args = (0..call.len()).map(|i| call.cast(i, &kind)).collect::<Result<Vec<_>>>()?;
    let typed = finish(&call, args, kind, false, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        if binary { bytes(&arrays, columns.rows()) } else { texts(&arrays, columns.rows()) }
    });
    Ok(typed.named(title))
}

/// Arrays among other values, all of which count as texts.
fn mixed(values: &[Typed], title: &str) -> SparkError {
    let shown = values.iter().map(|v| match v.data_type() {
        array @ DataType::List(_) => types::quoted_sql_name(array),
        _ => types::quoted_sql_name(&DataType::Utf8),
    });
    SparkError::new("DATATYPE_MISMATCH.DATA_DIFF_TYPES")
        .param("functionName", "`concat`")
        .param("dataType", format!("({})", shown.collect::<Vec<_>>().join(" or ")))
        .param("sqlExpr", format!("\"{title}\""))
}

fn texts(arrays: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let columns: Vec<_> = arrays.iter().map(|a| a.as_string::<i32>()).collect();
    let mut out = StringBuilder::with_capacity(rows, rows * 16);
    let mut text = String::new();
    for row in 0..rows {
        if columns.iter().any(|c| c.is_null(row)) {
            out.append_null();
            continue;
        }
        text.clear();
        columns.iter().for_each(|c| text.push_str(c.value(row)));
        out.append_value(&text);
    }
    Ok(Arc::new(out.finish()))
}

fn bytes(arrays: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let mut out = BinaryBuilder::new();
    for row in 0..rows {
        if arrays.iter().any(|a| a.is_null(row)) {
            out.append_null();
            continue;
        }
        let whole: Vec<u8> = arrays.iter().flat_map(|a| a.as_binary::<i32>().value(row).to_vec()).collect();
        out.append_value(whole);
    }
    Ok(Arc::new(out.finish()))
}

fn lists(call: Call<'_>) -> Result<Typed> {
    let (arrays, element) = same_arrays(&call, 0..call.len())?;
    let data_type = types::array(element.data_type().clone(), element.is_nullable());
    let element = element_of(&data_type)?;
    Ok(finish(&call, arrays, data_type, false, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let lists: Vec<&ListArray> = arrays.iter().map(|a| a.as_list::<i32>()).collect();
        let values = joined(&lists.iter().map(|l| l.values()).collect::<Vec<_>>())?;
        let choice: Choice = (0..columns.rows())
            .map(|row| {
                lists.iter().all(|l| l.is_valid(row)).then(|| {
                    let mut shift = 0;
                    let mut picks = Vec::new();
                    for list in &lists {
                        picks.extend(bounds(list, row).map(|i| Some((i + shift) as u64)));
                        shift += list.values().len();
                    }
                    picks
                })
            })
            .collect();
        build(&values, &choice, &element)
    }))
}

/// How far one element of a sequence is from the next.
#[derive(Clone, Copy)]
struct Step {
    months: i32,
    days: i32,
    micros: i64,
}

fn sequence(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let title = call.title();
    let (start, stop) = (call.arg(0)?, call.arg(1)?);
    let common = crate::coerce::common_type(start.data_type(), stop.data_type(), call.conf());
    let Some(common) = common.filter(|t| types::is_integral(t) || types::is_datetime(t)) else {
        return Err(SparkError::new("DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES")
            .param("functionName", "`sequence`")
            .param("startType", "(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"DATE\")")
            .param("stepType", "(\"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")")
            .param("otherStartType", "\"INTEGRAL\"")
            .param("sqlExpr", format!("\"{title}\"")));
    };
    let mode = Mode::implicit(call.conf());
    let mut args = vec![cast::cast(start, &common, mode, call.conf())?, cast::cast(stop, &common, mode, call.conf())?];
    let whole = types::is_integral(&common);
    if call.len() == 3 {
        let step = call.arg(2)?;
        args.push(if whole { cast::cast(step, &common, mode, call.conf())? } else { step });
    }
    let nullable = args.iter().any(Typed::nullable);
    let data_type = types::array(common.clone(), false);
    let zone = crate::display::zone(call.conf());
    let mut typed = finish(&call, args, data_type, false, move |columns| numbers(columns, &common, zone));
    typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(nullable));
    Ok(typed.named(title))
}

fn numbers(columns: &Columns, kind: &DataType, zone: firesteel_formats::ZoneId) -> Result<ArrayRef> {
    let fail = |e| crate::error::from_arrow(&e);
    let ints = |index: usize| -> Result<Int64Array> {
        let array = columns.array(index)?;
        let array = if kind == &DataType::Date32 {
            arrow::compute::cast(&array, &DataType::Int32).map_err(fail)?
        } else {
            array
        };
        let wide = arrow::compute::cast(&array, &DataType::Int64).map_err(fail)?;
        Ok(wide.as_primitive::<Int64Type>().clone())
    };
    let (starts, stops) = (ints(0)?, ints(1)?);
    let steps: Option<ArrayRef> = if columns.len() > 2 { Some(columns.array(2)?) } else { None };
    let (mut values, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..columns.rows() {
        let known = starts.is_valid(row) && stops.is_valid(row) && steps.as_ref().is_none_or(|s| s.is_valid(row));
        let before = values.len();
        if known {
            let (start, stop) = (starts.value(row), stops.value(row));
            let step = step_at(steps.as_ref(), row, start <= stop, kind);
            fill(&mut values, start, stop, step, kind, zone)?;
        }
        lengths.push(values.len() - before);
        valid.push(known);
    }
    let wide: ArrayRef = Arc::new(Int64Array::from(values));
    let narrow = match kind {
        DataType::Date32 => arrow::compute::cast(&wide, &DataType::Int32).and_then(|a| arrow::compute::cast(&a, kind)),
        DataType::Timestamp(..) => {
            let times: arrow::array::TimestampMicrosecondArray = wide.as_primitive::<Int64Type>().unary(|v| v);
            Ok(Arc::new(times.with_data_type(kind.clone())) as ArrayRef)
        }
        _ => arrow::compute::cast(&wide, kind),
    };
    let element = element_of(&types::array(kind.clone(), false))?;
    let nulls = NullBuffer::from(valid);
    ListArray::try_new(element, OffsetBuffer::from_lengths(lengths), narrow.map_err(fail)?, Some(nulls))
        .map(|l| Arc::new(l) as ArrayRef)
        .map_err(fail)
}

fn step_at(steps: Option<&ArrayRef>, row: usize, up: bool, kind: &DataType) -> Step {
    let Some(steps) = steps else {
        let sign = if up { 1 } else { -1 };
        return match types::is_integral(kind) {
            true => Step { months: 0, days: 0, micros: i64::from(sign) },
            false => Step { months: 0, days: sign, micros: 0 },
        };
    };
    match steps.data_type() {
        DataType::Duration(_) => {
            Step { months: 0, days: 0, micros: steps.as_primitive::<DurationMicrosecondType>().value(row) }
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            Step { months: steps.as_primitive::<IntervalYearMonthType>().value(row), days: 0, micros: 0 }
        }
        DataType::Interval(_) => {
            let value = steps.as_primitive::<IntervalMonthDayNanoType>().value(row);
            Step { months: value.months, days: value.days, micros: value.nanoseconds / 1000 }
        }
        _ => {
            let wide = arrow::compute::cast(steps, &DataType::Int64).ok();
            let micros = wide.map_or(0, |w| w.as_primitive::<Int64Type>().value(row));
            Step { months: 0, days: 0, micros }
        }
    }
}

fn fill(
    values: &mut Vec<i64>,
    start: i64,
    stop: i64,
    step: Step,
    kind: &DataType,
    zone: firesteel_formats::ZoneId,
) -> Result<()> {
    let direction = if step.months != 0 {
        i64::from(step.months)
    } else if step.days != 0 {
        i64::from(step.days)
    } else {
        step.micros
    };
    let illegal = || {
        let text = format!("a sequence from {start} to {stop} cannot go in steps of {direction}");
        SparkError::plain(Exception::IllegalArgument, text)
    };
    if direction == 0 && start != stop || direction > 0 && start > stop || direction < 0 && start < stop {
        return Err(illegal());
    }
    let to_local = |v: i64| match kind {
        DataType::Date32 => v * DAY_US,
        DataType::Timestamp(_, Some(_)) => zone.utc_to_local_micros(v),
        _ => v,
    };
    let from_local = |v: i64| match kind {
        DataType::Date32 => v.div_euclid(DAY_US),
        DataType::Timestamp(_, Some(_)) => zone.local_to_utc_micros(v),
        _ => v,
    };
    let first = to_local(start);
    for n in 0_i64.. {
        let next = if types::is_integral(kind) {
            start.checked_add(step.micros.checked_mul(n).ok_or_else(illegal)?)
        } else {
            let times = i32::try_from(n).map_err(|_| illegal())?;
            let moved = if step.months != 0 || step.days != 0 {
                move_calendar(first, step.months * times, step.days * times).map(&from_local)
            } else {
                Some(start)
            };
            let micros = if kind == &DataType::Date32 { step.micros * n / DAY_US } else { step.micros * n };
            moved.and_then(|v| v.checked_add(micros))
        };
        match next {
            Some(v) if direction >= 0 && v <= stop || direction < 0 && v >= stop => values.push(v),
            _ => break,
        }
        if direction == 0 {
            break;
        }
    }
    Ok(())
}

fn shuffle(call: Call<'_>) -> Result<Typed> {
    use rand::seq::SliceRandom;
    call.expect(1..=2)?;
    let title = format!("shuffle({})", call.arg(0)?.name);
    let (list, element) = array_arg(&call, 0)?;
    let (data_type, nullable) = (list.data_type().clone(), list.nullable());
    let kernel = crate::expression::Kernel::new("shuffle", (), data_type.clone(), nullable, move |columns| {
        let lists = columns.array(0)?;
        super::array_set::choose(lists.as_list::<i32>(), &element, |range| {
            let mut order: Vec<Option<u64>> = range.map(|i| Some(i as u64)).collect();
            order.shuffle(&mut rand::rng());
            order
        })
    });
    Ok(Typed::new(kernel.volatile().call(vec![list.expr]), data_type, nullable, title))
}
