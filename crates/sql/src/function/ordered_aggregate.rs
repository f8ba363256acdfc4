//! Aggregates that depend on an order: `max_by`, `min_by`, `listagg`.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, StringBuilder, UInt64Array};
use arrow::datatypes::DataType;
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("max_by", |c| extreme_by(c, true)),
    ("min_by", |c| extreme_by(c, false)),
    ("listagg", listagg),
    ("string_agg", listagg),
];

/// The value of the row whose second argument is greatest or least.
fn extreme_by(call: Call<'_>, greatest: bool) -> Result<Typed> {
    call.expect(2..=2)?;
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
    let kernel = Kernel::new("extreme_by", greatest, data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let rows = lists.values().as_struct();
        let (orders, values) = (rows.column(0), rows.column(1));
        let compare = arrow::array::make_comparator(orders, orders, Default::default())
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

/// Texts joined; NULL if there are none.
fn listagg(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let name = call.lower_name();
    let value = call.cast(0, &DataType::Utf8)?;
    let mark = if call.len() == 2 { call.constant_text(1)?.unwrap_or_default() } else { String::new() };
    let shown = if call.len() == 2 { call.arg(1)?.name } else { "NULL".into() };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let title = format!("{name}({distinct}{}, {shown})", call.arg(0)?.name);
    let collected = super::statistics::collected(value, call.distinct);
    let params = mark.clone();
    let kernel = Kernel::new("listagg", params, DataType::Utf8, true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let mut out = StringBuilder::new();
        for row in 0..lists.len() {
            if lists.is_null(row) || lists.value_length(row) == 0 {
                out.append_null();
                continue;
            }
            let values = lists.value(row);
            let parts: Vec<&str> = values.as_string::<i32>().iter().flatten().collect();
            out.append_value(parts.join(&mark));
        }
        Ok(Arc::new(out.finish()))
    });
    Ok(Typed::new(kernel.call(vec![collected]), DataType::Utf8, true, title))
}
