//! Aggregates that depend on an order: `max_by`, `min_by`, `listagg`.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, BinaryBuilder, UInt64Array};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};
use crate::float_key::normalized_array;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("max_by", |c| extreme_by(c, true)),
    ("min_by", |c| extreme_by(c, false)),
    ("listagg", listagg),
    ("string_agg", listagg),
];

/// The value of the row whose second argument is greatest or least; with a third argument, as many values.
fn extreme_by(call: Call<'_>, greatest: bool) -> Result<Typed> {
    call.expect(2..=3)?;
    let count = if call.len() == 3 { Some(count_of(&call)?) } else { None };
    let (value, order) = (call.arg(0)?, call.arg(1)?);
    if !types::is_orderable(order.data_type()) {
        return Err(SparkError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE")
            .param("functionName", format!("`{}`", call.lower_name()))
            .param("dataType", types::quoted_sql_name(order.data_type()))
            .param("sqlExpr", format!("\"{}\"", call.title())));
    }
    let data_type = value.data_type().clone();
    let title = call.title();
    let row = super::resolve_named(call.session(), "struct", &[order, value])?;
    let rows =
        super::aggregate::aggregate(datafusion_spark::function::aggregate::collect_list(), vec![row.expr], false);
    if let Some(count) = count {
        return Ok(several_by(rows, &data_type, greatest, count).named(title));
    }
    let kernel = Kernel::new("extreme_by", greatest, data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let rows = lists.values().as_struct();
        let (orders, values) = (rows.column(0), rows.column(1));
        let keys = normalized_array(orders)?;
        let compare = arrow::array::make_comparator(&keys, &keys, Default::default())
            .map_err(|e| crate::error::from_arrow(&e))?;
        let picks: UInt64Array = (0..lists.len())
            .map(|row| {
                let known = super::lists::bounds(lists, row).filter(|i| lists.is_valid(row) && orders.is_valid(*i));
                // Of equals the last one counts.
                let best = known.reduce(|best, i| {
                    let order = compare(best, i);
                    if if greatest { order.is_gt() } else { order.is_lt() } { best } else { i }
                });
                best.map(|i| i as u64)
            })
            .collect();
        arrow::compute::take(values, &picks, None).map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(Typed::new(kernel.call(vec![rows]), data_type, true, title))
}

/// How many values are asked for.
fn count_of(call: &Call<'_>) -> Result<usize> {
    const COUNT_MAX: i64 = 100_000;
    let count = call.constant_int(2)?.unwrap_or_default();
    match usize::try_from(count) {
        Ok(wanted) if (1..=COUNT_MAX).contains(&count) => Ok(wanted),
        _ => Err(SparkError::new("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE")
            .param("exprName", "`k`")
            .param("valueRange", format!("[1, {COUNT_MAX}]"))
            .param("currentValue", count.to_string())
            .param("sqlExpr", format!("\"{}\"", call.title()))),
    }
}

/// The values of the `count` rows whose order is greatest or least, best first; NULL without rows.
fn several_by(rows: Expr, value: &DataType, greatest: bool, count: usize) -> Typed {
    let data_type = types::array(value.clone(), true);
    let target = data_type.clone();
    let kernel = Kernel::new("extremes_by", (greatest, count), data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let rows = lists.values().as_struct();
        let (orders, values) = (rows.column(0), rows.column(1));
        let keys = normalized_array(orders)?;
        let compare = arrow::array::make_comparator(&keys, &keys, Default::default())
            .map_err(|e| crate::error::from_arrow(&e))?;
        let (mut picks, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..lists.len() {
            let bounds = super::lists::bounds(lists, row);
            let mut known: Vec<usize> = bounds.filter(|i| lists.is_valid(row) && orders.is_valid(*i)).collect();
            // Of equals the last one comes first among the greatest, and last among the least.
            if greatest {
                known.reverse();
            }
            known.sort_by(|a, b| if greatest { compare(*b, *a) } else { compare(*a, *b) });
            known.truncate(count);
            lengths.push(known.len());
            valid.push(!known.is_empty());
            picks.extend(known.into_iter().map(|i| i as u64));
        }
        let values = arrow::compute::take(values, &UInt64Array::from(picks), None);
        let values = values.map_err(|e| crate::error::from_arrow(&e))?;
        let DataType::List(element) = &target else { return Err(SparkError::internal("list type")) };
        let offsets = arrow::buffer::OffsetBuffer::from_lengths(lengths);
        let list = arrow::array::ListArray::try_new(element.clone(), offsets, values, Some(valid.into()));
        Ok(Arc::new(list.map_err(|e| crate::error::from_arrow(&e))?))
    });
    Typed::new(kernel.call(vec![rows]), data_type, true, "")
}

/// Texts or bytes joined; NULL if there are none. Of equal ones the first counts where they are to be distinct.
fn listagg(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let name = call.lower_name();
    let binary = call.arg(0)?.data_type() == &DataType::Binary;
    let value = if binary { call.arg(0)? } else { call.cast(0, &DataType::Utf8)? };
    let mark: Vec<u8> = match (call.len(), binary) {
        (2, true) => match call.constant(1)? {
            ScalarValue::Binary(bytes) => bytes.unwrap_or_default(),
            other if other.is_null() => Vec::new(),
            _ => return Err(call.unexpected_type(1, &call.arg(1)?, &DataType::Binary)),
        },
        (2, false) => call.constant_text(1)?.unwrap_or_default().into_bytes(),
        _ => Vec::new(),
    };
    let shown = if call.len() == 2 { call.arg(1)?.name } else { "NULL".into() };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let title = format!("{name}({distinct}{}, {shown})", call.arg(0)?.name);
    let data_type = value.data_type().clone();
    let collected = super::statistics::collected(value, false);
    let (target, unique) = (data_type.clone(), call.distinct);
    let kernel = Kernel::new("listagg", (mark.clone(), unique), data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let mut out = BinaryBuilder::new();
        for row in 0..lists.len() {
            if lists.is_null(row) || lists.value_length(row) == 0 {
                out.append_null();
                continue;
            }
            let values = arrow::compute::cast(&lists.value(row), &DataType::Binary);
            let values = values.map_err(|e| crate::error::from_arrow(&e))?;
            let mut parts: Vec<&[u8]> = values.as_binary::<i32>().iter().flatten().collect();
            if unique {
                let mut seen = std::collections::HashSet::new();
                parts.retain(|part| seen.insert(*part));
            }
            out.append_value(parts.join(mark.as_slice()));
        }
        let joined: arrow::array::ArrayRef = Arc::new(out.finish());
        arrow::compute::cast(&joined, &target).map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(Typed::new(kernel.call(vec![collected]), data_type, true, title))
}
