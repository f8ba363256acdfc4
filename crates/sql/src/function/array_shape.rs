//! Arrays by their positions: size, parts, order, growth, and several arrays made one.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Int32Array, ListArray, StringBuilder, UInt64Array};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, Int32Type};
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::array_set::{choose, joined};
use super::lists::{Choice, array_and_value, array_arg, bounds, build, element_of};
use super::rows::{Bytes, Text, finish, one, with_default};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::float_key::normalized_array;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("size", |c| size(c, true)),
    ("cardinality", |c| size(c, true)),
    ("array_size", |c| size(c, false)),
    ("array_min", |c| extreme(c, false)),
    ("array_max", |c| extreme(c, true)),
    ("sort_array", sort_array),
    ("reverse", reverse),
    ("slice", slice),
    ("flatten", flatten),
    ("array_repeat", array_repeat),
    ("array_append", |c| grow(c, false)),
    ("array_prepend", |c| grow(c, true)),
    ("array_insert", array_insert),
    ("array_join", array_join),
    ("arrays_zip", arrays_zip),
];

/// How many elements an array or map has. `size` of NULL is -1 unless ANSI is on.
fn size(call: Call<'_>, old: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    if arg.data_type() == &DataType::Null {
        let absent = if old && !call.conf().ansi() { Some(-1) } else { None };
        return Ok(Typed::literal(datafusion::common::ScalarValue::Int32(absent), call.title()));
    }
    if !matches!(arg.data_type(), DataType::List(_) | DataType::Map(..)) {
        return Err(call.unexpected_input(0, &arg, if old { "(\"ARRAY\" or \"MAP\")" } else { "\"ARRAY\"" }));
    }
    let minus_one = old && !call.conf().ansi();
    let mut typed = finish(&call, vec![arg], DataType::Int32, false, move |columns| {
        let array = columns.array(0)?;
        let offsets = match array.data_type() {
            DataType::Map(..) => array.as_map().offsets().clone(),
            _ => array.as_list::<i32>().offsets().clone(),
        };
        let sizes: Int32Array = (0..array.len())
            .map(|row| match array.is_valid(row) {
                true => Some(offsets[row + 1] - offsets[row]),
                false => minus_one.then_some(-1),
            })
            .collect();
        Ok(Arc::new(sizes))
    });
    if minus_one {
        typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(false));
    }
    Ok(typed)
}

fn extreme(call: Call<'_>, greatest: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let (list, element) = array_arg(&call, 0)?;
    let data_type = element.data_type().clone();
    Ok(finish(&call, vec![list], data_type, true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let compare = comparator(lists, SortOptions::default())?;
        let picks: UInt64Array = (0..lists.len())
            .map(|row| {
                let values = bounds(lists, row).filter(|i| lists.is_valid(row) && lists.values().is_valid(*i));
                // Of equals, such as 0.0 and -0.0, the first.
                let best = values.reduce(|best, i| {
                    let order = compare(i, best);
                    if if greatest { order.is_gt() } else { order.is_lt() } { i } else { best }
                });
                best.map(|i| i as u64)
            })
            .collect();
        arrow::compute::take(lists.values(), &picks, None).map_err(|e| crate::error::from_arrow(&e))
    }))
}

fn comparator(lists: &ListArray, options: SortOptions) -> Result<arrow::array::DynComparator> {
    let values = normalized_array(lists.values())?;
    arrow::array::make_comparator(values.as_ref(), values.as_ref(), options).map_err(|e| crate::error::from_arrow(&e))
}

/// Sorted; NULLs first when ascending, last when descending.
fn sort_array(call: Call<'_>) -> Result<Typed> {
    let call = with_default(call, 1, datafusion::common::ScalarValue::Boolean(Some(true)), "true");
    call.expect(2..=2)?;
    let (list, element) = array_arg(&call, 0)?;
    let ascending = call.cast(1, &DataType::Boolean)?;
    let data_type = list.data_type().clone();
    if !types::is_orderable(element.data_type()) {
        return Err(SparkError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE")
            .param("functionName", "`sort_array`")
            .param("dataType", types::quoted_sql_name(&data_type))
            .param("sqlExpr", format!("\"{}\"", call.title())));
    }
    Ok(finish(&call, vec![list, ascending], data_type, false, move |columns| {
        let (lists, ascending) = (columns.array(0)?, columns.array(1)?);
        let (lists, ascending) = (lists.as_list::<i32>(), ascending.as_boolean());
        let up = comparator(lists, SortOptions { descending: false, nulls_first: true })?;
        let down = comparator(lists, SortOptions { descending: true, nulls_first: false })?;
        let choice: Choice = (0..lists.len())
            .map(|row| {
                lists.is_valid(row).then(|| {
                    let mut order: Vec<usize> = bounds(lists, row).collect();
                    if ascending.is_null(row) || ascending.value(row) {
                        order.sort_by(|a, b| up(*a, *b));
                    } else {
                        order.sort_by(|a, b| down(*a, *b));
                    }
                    order.into_iter().map(|i| Some(i as u64)).collect()
                })
            })
            .collect();
        build(lists.values(), &choice, &element)
    }))
}

/// `array_sort` without a function: NULLs last.
pub(super) fn ascending(call: &Call<'_>) -> Result<Typed> {
    let (list, element) = array_arg(call, 0)?;
    let data_type = list.data_type().clone();
    Ok(finish(call, vec![list], data_type, false, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let compare = comparator(lists, SortOptions { descending: false, nulls_first: false })?;
        choose(lists, &element, |range| {
            let mut order: Vec<usize> = range.collect();
            order.sort_by(|a, b| compare(*a, *b));
            order.into_iter().map(|i| Some(i as u64)).collect()
        })
    }))
}

fn reverse(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let DataType::List(element) = arg.data_type().clone() else {
        if arg.data_type() == &DataType::Binary {
            return one::<Bytes, _>(call, |bytes| bytes.iter().rev().copied().collect::<Vec<u8>>());
        }
        return one::<Text, _>(call, |s| s.chars().rev().collect::<String>());
    };
    let data_type = arg.data_type().clone();
    Ok(finish(&call, vec![arg], data_type, false, move |columns| {
        let lists = columns.array(0)?;
        choose(lists.as_list::<i32>(), &element, |range| range.rev().map(|i| Some(i as u64)).collect())
    }))
}

fn slice(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let (list, element) = array_arg(&call, 0)?;
    let data_type = list.data_type().clone();
    let args = vec![list, call.cast(1, &DataType::Int32)?, call.cast(2, &DataType::Int32)?];
    let problem = |parameter: &str, condition: &str| {
        SparkError::new(condition).param("parameter", format!("`{parameter}`")).param("functionName", "`slice`")
    };
    Ok(finish(&call, args, data_type, false, move |columns| {
        let (lists, starts, counts) = (columns.array(0)?, columns.array(1)?, columns.array(2)?);
        let lists = lists.as_list::<i32>();
        let (starts, counts) = (starts.as_primitive::<Int32Type>(), counts.as_primitive::<Int32Type>());
        let mut choice: Choice = Vec::with_capacity(lists.len());
        for row in 0..lists.len() {
            if lists.is_null(row) || starts.is_null(row) || counts.is_null(row) {
                choice.push(None);
                continue;
            }
            let (start, count) = (i64::from(starts.value(row)), i64::from(counts.value(row)));
            if start == 0 {
                return Err(problem("start", "INVALID_PARAMETER_VALUE.START"));
            }
            if count < 0 {
                return Err(problem("length", "INVALID_PARAMETER_VALUE.LENGTH").param("length", count.to_string()));
            }
            let range = bounds(lists, row);
            let total = range.len() as i64;
            let from = if start > 0 { start - 1 } else { total + start };
            let part = if (0..total).contains(&from) { from..(from + count).min(total) } else { 0..0 };
            choice.push(Some(part.map(|i| Some(range.start as u64 + i as u64)).collect()));
        }
        build(lists.values(), &choice, &element)
    }))
}

fn flatten(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let (list, outer) = array_arg(&call, 0)?;
    let DataType::List(inner) = outer.data_type().clone() else {
        return Err(call.unexpected_input(0, &list, "\"ARRAY\" of \"ARRAY\""));
    };
    let data_type = types::array(inner.data_type().clone(), inner.is_nullable());
    Ok(finish(&call, vec![list], data_type, outer.is_nullable(), move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let parts = lists.values().as_list::<i32>();
        let choice: Choice = (0..lists.len())
            .map(|row| {
                let range = bounds(lists, row);
                let known = lists.is_valid(row) && range.clone().all(|i| parts.is_valid(i));
                known.then(|| range.flat_map(|i| bounds(parts, i)).map(|i| Some(i as u64)).collect())
            })
            .collect();
        build(parts.values(), &choice, &inner)
    }))
}

/// How many elements a batch of repeated values may have: the positions of more would not fit into memory.
const REPEATED_MAX: i64 = 1 << 27;

fn array_repeat(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let item = call.arg(0)?;
    let data_type = types::array(item.data_type().clone(), item.nullable());
    let element = element_of(&data_type)?;
    let count = call.cast(1, &DataType::Int32)?;
    let nullable = count.nullable();
    let mut typed = finish(&call, vec![item, count], data_type, false, move |columns| {
        let (items, counts) = (columns.array(0)?, columns.array(1)?);
        let counts = counts.as_primitive::<Int32Type>();
        let total: i64 = counts.iter().flatten().map(|n| i64::from(n.max(0))).sum();
        if total > REPEATED_MAX {
            return Err(SparkError::new("COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER")
                .param("numberOfElements", total.to_string())
                .param("maxRoundedArrayLength", "2147483632")
                .param("functionName", "`array_repeat`")
                .param("parameter", "`count`")
                .with_exception(Exception::SparkRuntime));
        }
        let choice: Choice = (0..columns.rows())
            .map(|row| counts.is_valid(row).then(|| vec![Some(row as u64); counts.value(row).max(0) as usize]))
            .collect();
        build(&items, &choice, &element)
    });
    typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(nullable));
    Ok(typed)
}

/// `array_append` and `array_prepend`.
fn grow(call: Call<'_>, front: bool) -> Result<Typed> {
    call.expect(2..=2)?;
    let (list, item, common) = array_and_value(&call, 0, 1)?;
    let nullable = list.nullable();
    let data_type = types::array(common, element_of(list.data_type())?.is_nullable() || item.nullable());
    let element = element_of(&data_type)?;
    let mut typed = finish(&call, vec![list, item], data_type, false, move |columns| {
        let (lists, items) = (columns.array(0)?, columns.array(1)?);
        let lists = lists.as_list::<i32>();
        let shift = lists.values().len();
        let values = joined(&[lists.values(), &items])?;
        let choice: Choice = (0..columns.rows())
            .map(|row| {
                lists.is_valid(row).then(|| {
                    let own = bounds(lists, row).map(|i| Some(i as u64));
                    let extra = std::iter::once(Some((shift + row) as u64));
                    if front { extra.chain(own).collect() } else { own.chain(extra).collect() }
                })
            })
            .collect();
        build(&values, &choice, &element)
    });
    typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(nullable));
    Ok(typed)
}

/// `array_insert(array, position from 1 or from -1 at the end, value)`; a gap is filled with NULLs.
fn array_insert(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let (list, item, common) = array_and_value(&call, 0, 2)?;
    let at = call.cast(1, &DataType::Int32)?;
    let data_type = types::array(common, true);
    let element = element_of(&data_type)?;
    let nullable = list.nullable() || at.nullable();
    let mut typed = finish(&call, vec![list, at, item], data_type, false, move |columns| {
        let (lists, places, items) = (columns.array(0)?, columns.array(1)?, columns.array(2)?);
        let (lists, places) = (lists.as_list::<i32>(), places.as_primitive::<Int32Type>());
        let shift = lists.values().len();
        let values = joined(&[lists.values(), &items])?;
        let mut choice: Choice = Vec::with_capacity(columns.rows());
        for row in 0..columns.rows() {
            if lists.is_null(row) || places.is_null(row) {
                choice.push(None);
                continue;
            }
            let at = i64::from(places.value(row));
            if at == 0 {
                return Err(SparkError::new("INVALID_INDEX_OF_ZERO"));
            }
            let mut items: Vec<Option<u64>> = bounds(lists, row).map(|i| Some(i as u64)).collect();
            let value = Some((shift + row) as u64);
            let count = items.len() as i64;
            let index = if at > 0 { at - 1 } else { count + at + 1 };
            if index < 0 {
                let gap = vec![None; index.unsigned_abs() as usize];
                items = std::iter::once(value).chain(gap).chain(items).collect();
            } else {
                if index > count {
                    items.resize(index as usize, None);
                }
                items.insert(index as usize, value);
            }
            choice.push(Some(items));
        }
        build(&values, &choice, &element)
    });
    typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(nullable));
    Ok(typed)
}

fn array_join(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let (list, _) = array_arg(&call, 0)?;
    let list = cast::cast(list, &types::array(DataType::Utf8, true), Mode::implicit(call.conf()), call.conf())?;
    let mut args = vec![list, call.cast(1, &DataType::Utf8)?];
    if call.len() == 3 {
        args.push(call.cast(2, &DataType::Utf8)?);
    }
    Ok(finish(&call, args, DataType::Utf8, false, |columns| {
        let (lists, marks) = (columns.array(0)?, columns.array(1)?);
        let (lists, marks) = (lists.as_list::<i32>(), marks.as_string::<i32>());
        let fill: Option<ArrayRef> = if columns.len() > 2 { Some(columns.array(2)?) } else { None };
        let values = lists.values().as_string::<i32>();
        let mut out = StringBuilder::new();
        for row in 0..columns.rows() {
            if lists.is_null(row) || marks.is_null(row) || fill.as_ref().is_some_and(|f| f.is_null(row)) {
                out.append_null();
                continue;
            }
            let fill = fill.as_ref().map(|f| f.as_string::<i32>().value(row));
            let parts: Vec<&str> = bounds(lists, row)
                .filter_map(|i| if values.is_valid(i) { Some(values.value(i)) } else { fill })
                .collect();
            out.append_value(parts.join(marks.value(row)));
        }
        Ok(Arc::new(out.finish()))
    }))
}

/// Arrays side by side as one array of structs; shorter ones are filled with NULLs.
fn arrays_zip(call: Call<'_>) -> Result<Typed> {
    call.expect(1..)?;
    let mut args = Vec::new();
    let mut fields = Vec::new();
    for index in 0..call.len() {
        let (list, element) = array_arg(&call, index)?;
        let is_name =
            matches!(list.expr, datafusion::logical_expr::Expr::Column(_) | datafusion::logical_expr::Expr::Alias(_));
        let name = if is_name { list.name.clone() } else { index.to_string() };
        fields.push(Field::new(name, element.data_type().clone(), true));
        args.push(list);
    }
    let structure = types::structure(fields);
    let DataType::Struct(fields) = structure.clone() else { return Err(SparkError::internal("struct type")) };
    let data_type = types::array(structure, false);
    let element = element_of(&data_type)?;
    Ok(finish(&call, args, data_type, false, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let lists: Vec<&ListArray> = arrays.iter().map(|a| a.as_list::<i32>()).collect();
        let mut picks: Vec<Vec<Option<u64>>> = vec![Vec::new(); lists.len()];
        let mut lengths = Vec::with_capacity(columns.rows());
        let mut valid = Vec::with_capacity(columns.rows());
        for row in 0..columns.rows() {
            let known = lists.iter().all(|l| l.is_valid(row));
            let most = if known { lists.iter().map(|l| bounds(l, row).len()).max().unwrap_or(0) } else { 0 };
            for (list, picks) in lists.iter().zip(&mut picks) {
                let range = bounds(list, row);
                picks.extend((0..most).map(|i| (i < range.len()).then(|| (range.start + i) as u64)));
            }
            lengths.push(most);
            valid.push(known);
        }
        let columns = lists
            .iter()
            .zip(&picks)
            .map(|(list, picks)| arrow::compute::take(list.values(), &UInt64Array::from(picks.clone()), None))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| crate::error::from_arrow(&e))?;
        let rows = arrow::array::StructArray::try_new(fields.clone(), columns, None)
            .map_err(|e| crate::error::from_arrow(&e))?;
        let nulls = arrow::buffer::NullBuffer::from(valid);
        let offsets = arrow::buffer::OffsetBuffer::from_lengths(lengths);
        ListArray::try_new(element.clone(), offsets, Arc::new(rows), Some(nulls))
            .map(|l| Arc::new(l) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    }))
}
