//! Maps and the constructors of arrays and maps.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BooleanArray, ListArray, MapArray, StringArray, StructArray, UInt64Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields, Int32Type};
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::array_set::joined;
use super::lists::{Choice, Keys, array_arg, bounds, build, element_of};
use super::rows::{finish, with_default_text};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::coerce;
use crate::expression::{Kernel, Typed};
use crate::float_key::normalized_array;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("array", array),
    ("map", map),
    ("create_map", map),
    ("map_keys", |c| half(c, true)),
    ("map_values", |c| half(c, false)),
    ("map_entries", map_entries),
    ("map_from_arrays", map_from_arrays),
    ("map_from_entries", map_from_entries),
    ("map_concat", map_concat),
    ("map_contains_key", map_contains_key),
    ("element_at", |c| element_at(c, false)),
    ("try_element_at", |c| element_at(c, true)),
    ("str_to_map", str_to_map),
];

fn array(call: Call<'_>) -> Result<Typed> {
    let values = call.values()?;
    let Some((values, common)) = coerce::unify(&values, call.conf())? else {
        return Err(data_differs(&call, "array", &values));
    };
    let data_type = types::array(common, values.iter().any(Typed::nullable));
    let element = element_of(&data_type)?;
    let mut typed = finish(&call, values, data_type, false, move |columns| {
        let count = columns.len();
        if count == 0 {
            let empty = arrow::array::new_empty_array(element.data_type());
            return build(&empty, &vec![Some(Vec::new()); columns.rows()], &element);
        }
        let arrays = (0..count).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let rows = columns.rows();
        let values = joined(&arrays.iter().collect::<Vec<_>>())?;
        let choice: Choice =
            (0..rows).map(|row| Some((0..count).map(|i| Some((i * rows + row) as u64)).collect())).collect();
        build(&values, &choice, &element)
    });
    typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(false));
    Ok(typed)
}

fn data_differs(call: &Call<'_>, name: &str, values: &[Typed]) -> SparkError {
    let shown: Vec<String> = values.iter().map(|v| types::quoted_sql_name(v.data_type())).collect();
    SparkError::new("DATATYPE_MISMATCH.DATA_DIFF_TYPES")
        .param("functionName", format!("`{name}`"))
        .param("dataType", format!("({})", shown.join(" or ")))
        .param("sqlExpr", format!("\"{}\"", call.title()))
}

/// Whether the last value of a key wins; else a key that comes twice is an error.
fn last_wins(call: &Call<'_>) -> bool {
    call.conf().get("spark.sql.mapKeyDedupPolicy").is_some_and(|p| p.eq_ignore_ascii_case("LAST_WIN"))
}

/// The maps whose entries are these pairs of positions among keys and values.
pub(super) fn assemble(
    keys: &ArrayRef,
    values: &ArrayRef,
    rows: Vec<Option<Vec<(u64, Option<u64>)>>>,
    data_type: &DataType,
    last_wins: bool,
) -> Result<ArrayRef> {
    let (mut key_picks, mut value_picks, mut lengths) = (Vec::new(), Vec::new(), Vec::with_capacity(rows.len()));
    // Spark keeps one zero where the key itself is a number, not within arrays or structs.
    let keys = &match keys.data_type() {
        DataType::Float32 | DataType::Float64 => normalized_array(keys)?,
        _ => keys.clone(),
    };
    let order = Keys::of(std::slice::from_ref(keys))?;
    let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
    for row in rows {
        let start = key_picks.len();
        let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
        for (key, value) in row.into_iter().flatten() {
            if keys.data_type() == &DataType::Null || keys.is_null(key as usize) {
                return Err(SparkError::new("NULL_MAP_KEY").with_exception(Exception::SparkRuntime));
            }
            match seen.get(order[0].at(key as usize).as_ref()) {
                Some(at) if last_wins => value_picks[*at] = value,
                Some(_) => {
                    let style = crate::display::Style::default();
                    return Err(SparkError::new("DUPLICATED_MAP_KEY")
                        .param("key", crate::display::format_value(keys, key as usize, style))
                        .param("mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\"")
                        .with_exception(Exception::SparkRuntime));
                }
                None => {
                    seen.insert(order[0].at(key as usize).as_ref().to_vec(), key_picks.len());
                    key_picks.push(key);
                    value_picks.push(value);
                }
            }
        }
        lengths.push(key_picks.len() - start);
    }
    let take = |values: &ArrayRef, picks: UInt64Array| {
        arrow::compute::take(values, &picks, None).map_err(|e| crate::error::from_arrow(&e))
    };
    let columns = vec![take(keys, UInt64Array::from(key_picks))?, take(values, UInt64Array::from(value_picks))?];
    let DataType::Map(entries, sorted) = data_type else { return Err(SparkError::internal("map type")) };
    map_of(entries, columns, OffsetBuffer::from_lengths(lengths), Some(nulls), *sorted)
}

/// A map column from its parts.
pub(super) fn map_of(
    entries: &FieldRef,
    columns: Vec<ArrayRef>,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    sorted: bool,
) -> Result<ArrayRef> {
    let fail = |e| crate::error::from_arrow(&e);
    let DataType::Struct(fields) = entries.data_type() else { return Err(SparkError::internal("map type")) };
    let columns = columns
        .iter()
        .zip(fields)
        .map(|(c, f)| crate::nullability::fit(c, f))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fail)?;
    let fields: Fields = fields
        .iter()
        .zip(&columns)
        .map(|(f, c)| f.as_ref().clone().with_nullable(f.is_nullable() || c.null_count() > 0))
        .collect();
    let rows = StructArray::try_new(fields.clone(), columns, None).map_err(fail)?;
    let entries = Arc::new(entries.as_ref().clone().with_data_type(DataType::Struct(fields)));
    MapArray::try_new(entries, offsets, rows, nulls.filter(|n| n.null_count() > 0), sorted)
        .map(|m| Arc::new(m) as ArrayRef)
        .map_err(fail)
}

fn map(call: Call<'_>) -> Result<Typed> {
    if !call.len().is_multiple_of(2) {
        return Err(SparkError::new("WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
            .param("functionName", "`map`")
            .param("expectedNum", "2n (n > 0)")
            .param("actualNum", call.len().to_string())
            .param("docroot", "https://spark.apache.org/docs/latest"));
    }
    let all = call.values()?;
    let pick = |from: usize| all.iter().skip(from).step_by(2).cloned().collect::<Vec<_>>();
    let (keys, values) = (pick(0), pick(1));
    let unified = (coerce::unify(&keys, call.conf())?, coerce::unify(&values, call.conf())?);
    let (Some((keys, key_type)), Some((values, value_type))) = unified else {
        return Err(data_differs(&call, "map", &all));
    };
    let title = format!("map({})", all.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", "));
    let data_type = types::map(key_type.clone(), value_type.clone(), values.iter().any(Typed::nullable));
    let (target, last) = (data_type.clone(), last_wins(&call));
    let count = keys.len();
    let exprs = keys.into_iter().chain(values).map(|v| v.expr).collect();
    let kernel = Kernel::new("map", last, data_type.clone(), false, move |columns| {
        let rows = columns.rows();
        let gather = |from: usize, kind: &DataType| -> Result<ArrayRef> {
            let arrays = (from..from + count).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
            if arrays.is_empty() {
                Ok(arrow::array::new_empty_array(kind))
            } else {
                joined(&arrays.iter().collect::<Vec<_>>())
            }
        };
        let (keys, values) = (gather(0, &key_type)?, gather(count, &value_type)?);
        let at = |row: usize| (0..count).map(|i| ((i * rows + row) as u64, Some((i * rows + row) as u64))).collect();
        assemble(&keys, &values, (0..rows).map(|row| Some(at(row))).collect(), &target, last)
    });
    Ok(Typed::new(kernel.call(exprs), data_type, false, title))
}

/// Argument `index`, which must be a map, with the fields of its key and value.
pub(super) fn map_arg(call: &Call<'_>, index: usize) -> Result<(Typed, FieldRef, FieldRef)> {
    let arg = call.arg(index)?;
    match types::map_fields(arg.data_type()) {
        Some((key, value)) => {
            let (key, value) = (key.clone(), value.clone());
            Ok((arg, key, value))
        }
        None => Err(call.unexpected_input(index, &arg, "\"MAP\"")),
    }
}

/// `map_keys` and `map_values`.
fn half(call: Call<'_>, keys: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let (arg, key, value) = map_arg(&call, 0)?;
    let data_type = if keys {
        types::array(key.data_type().clone(), false)
    } else {
        types::array(value.data_type().clone(), value.is_nullable())
    };
    let element = element_of(&data_type)?;
    Ok(finish(&call, vec![arg], data_type, false, move |columns| {
        let maps = columns.array(0)?;
        let maps = maps.as_map();
        let values = if keys { maps.keys() } else { maps.values() };
        ListArray::try_new(element.clone(), maps.offsets().clone(), values.clone(), maps.nulls().cloned())
            .map(|l| Arc::new(l) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    }))
}

fn map_entries(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let (arg, key, value) = map_arg(&call, 0)?;
    let row = types::structure([key.as_ref().clone().with_name("key"), value.as_ref().clone().with_name("value")]);
    let data_type = types::array(row, false);
    let element = element_of(&data_type)?;
    Ok(finish(&call, vec![arg], data_type, false, move |columns| {
        let maps = columns.array(0)?;
        let maps = maps.as_map();
        let rows: ArrayRef = Arc::new(maps.entries().clone());
        let rows = crate::nullability::fit(&rows, &element).map_err(|e| crate::error::from_arrow(&e))?;
        ListArray::try_new(element.clone(), maps.offsets().clone(), rows, maps.nulls().cloned())
            .map(|l| Arc::new(l) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    }))
}

fn map_from_arrays(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let ((keys, key), (values, value)) = (array_arg(&call, 0)?, array_arg(&call, 1)?);
    let data_type = types::map(key.data_type().clone(), value.data_type().clone(), value.is_nullable());
    let (target, last) = (data_type.clone(), last_wins(&call));
    Ok(finish(&call, vec![keys, values], data_type, false, move |columns| {
        let (keys, values) = (columns.array(0)?, columns.array(1)?);
        let (keys, values) = (keys.as_list::<i32>(), values.as_list::<i32>());
        let mut rows = Vec::with_capacity(columns.rows());
        for row in 0..columns.rows() {
            if keys.is_null(row) || values.is_null(row) {
                rows.push(None);
                continue;
            }
            let (k, v) = (bounds(keys, row), bounds(values, row));
            if k.len() != v.len() {
                return Err(SparkError::new("_LEGACY_ERROR_TEMP_2128").with_exception(Exception::SparkRuntime));
            }
            rows.push(Some(k.zip(v).map(|(k, v)| (k as u64, Some(v as u64))).collect()));
        }
        assemble(keys.values(), values.values(), rows, &target, last)
    }))
}

fn map_from_entries(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let (list, element) = array_arg(&call, 0)?;
    let DataType::Struct(fields) = element.data_type().clone() else {
        return Err(call.unexpected_input(0, &list, "\"ARRAY\" of pair \"STRUCT\""));
    };
    if fields.len() != 2 {
        return Err(call.unexpected_input(0, &list, "\"ARRAY\" of pair \"STRUCT\""));
    }
    let data_type = types::map(fields[0].data_type().clone(), fields[1].data_type().clone(), fields[1].is_nullable());
    let (target, last) = (data_type.clone(), last_wins(&call));
    Ok(finish(&call, vec![list], data_type, element.is_nullable(), move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let pairs = lists.values().as_struct();
        let rows = (0..lists.len())
            .map(|row| {
                let known = lists.is_valid(row) && bounds(lists, row).all(|i| pairs.is_valid(i));
                known.then(|| bounds(lists, row).map(|i| (i as u64, Some(i as u64))).collect())
            })
            .collect();
        assemble(pairs.column(0), pairs.column(1), rows, &target, last)
    }))
}

fn map_concat(call: Call<'_>) -> Result<Typed> {
    if call.is_empty() {
        return map(call);
    }
    let values = call.values()?;
    let Some((maps, data_type)) = coerce::unify(&values, call.conf())? else {
        return Err(data_differs(&call, "map_concat", &values));
    };
    let (target, last) = (data_type.clone(), last_wins(&call));
    Ok(finish(&call, maps, data_type, false, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let maps: Vec<&MapArray> = arrays.iter().map(|a| a.as_map()).collect();
        let keys = joined(&maps.iter().map(|m| m.keys()).collect::<Vec<_>>())?;
        let values = joined(&maps.iter().map(|m| m.values()).collect::<Vec<_>>())?;
        let rows = (0..columns.rows())
            .map(|row| {
                maps.iter().all(|m| m.is_valid(row)).then(|| {
                    let mut shift = 0;
                    let mut pairs = Vec::new();
                    for map in &maps {
                        let offsets = map.value_offsets();
                        let range = offsets[row] as u64..offsets[row + 1] as u64;
                        pairs.extend(range.map(|i| (i + shift, Some(i + shift))));
                        shift += map.keys().len() as u64;
                    }
                    pairs
                })
            })
            .collect();
        assemble(&keys, &values, rows, &target, last)
    }))
}

fn map_contains_key(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (map, key, _) = map_arg(&call, 0)?;
    let wanted = call.cast(1, key.data_type())?;
    Ok(finish(&call, vec![map, wanted], DataType::Boolean, true, |columns| {
        let (maps, wanted) = (columns.array(0)?, columns.array(1)?);
        let maps = maps.as_map();
        let keys = Keys::of(&[maps.keys().clone(), wanted.clone()])?;
        let offsets = maps.value_offsets();
        let found: BooleanArray = (0..columns.rows())
            .map(|row| {
                let known = maps.is_valid(row) && wanted.is_valid(row);
                let mut range = offsets[row] as usize..offsets[row + 1] as usize;
                known.then(|| range.any(|i| keys[0].at(i) == keys[1].at(row)))
            })
            .collect();
        Ok(Arc::new(found))
    }))
}

/// An array's element counted from 1, or from -1 at its end; a map's value.
fn element_at(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    call.expect(2..=2)?;
    let base = call.arg(0)?;
    if let Some((key, value)) = types::map_fields(base.data_type()) {
        let (key, value) = (key.data_type().clone(), value.data_type().clone());
        let wanted = cast::cast(call.arg(1)?, &key, Mode::implicit(call.conf()), call.conf())?;
        return Ok(finish(&call, vec![base, wanted], value, true, |columns| {
            super::extract::map_value(&columns.array(0)?, &columns.array(1)?)
        }));
    }
    let DataType::List(element) = base.data_type().clone() else {
        return Err(call.unexpected_input(0, &base, "(\"ARRAY\" or \"MAP\")"));
    };
    let strict = call.conf().ansi() && !forgiving;
    let index = call.cast(1, &DataType::Int32)?;
    let nullable = !strict || element.is_nullable();
    Ok(finish(&call, vec![base, index], element.data_type().clone(), nullable, move |columns| {
        let (lists, places) = (columns.array(0)?, columns.array(1)?);
        let (lists, places) = (lists.as_list::<i32>(), places.as_primitive::<Int32Type>());
        let mut picks = Vec::with_capacity(columns.rows());
        for row in 0..columns.rows() {
            if lists.is_null(row) || places.is_null(row) {
                picks.push(None);
                continue;
            }
            let (range, at) = (bounds(lists, row), i64::from(places.value(row)));
            if at == 0 {
                return Err(SparkError::new("INVALID_INDEX_OF_ZERO").with_exception(Exception::SparkRuntime));
            }
            let index = if at > 0 { at - 1 } else { range.len() as i64 + at };
            if !(0..range.len() as i64).contains(&index) {
                if strict {
                    return Err(SparkError::new("INVALID_ARRAY_INDEX_IN_ELEMENT_AT")
                        .param("indexValue", at.to_string())
                        .param("arraySize", range.len().to_string())
                        .with_exception(Exception::ArrayIndexOutOfBounds));
                }
                picks.push(None);
                continue;
            }
            picks.push(Some(range.start as u64 + index as u64));
        }
        arrow::compute::take(lists.values(), &UInt64Array::from(picks), None).map_err(|e| crate::error::from_arrow(&e))
    }))
}

/// `a:1,b:2` as a map, split by two regular expressions.
fn str_to_map(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=3)?;
    let call = with_default_text(with_default_text(call, 1, ","), 2, ":");
    let args = (0..3).map(|i| call.cast(i, &DataType::Utf8)).collect::<Result<Vec<_>>>()?;
    let data_type = types::map(DataType::Utf8, DataType::Utf8, true);
    let (target, last) = (data_type.clone(), last_wins(&call));
    Ok(finish(&call, args, data_type, false, move |columns| {
        let arrays = (0..3).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let text = |i: usize, row: usize| arrays[i].as_string::<i32>().value(row);
        let (mut keys, mut values, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..columns.rows() {
            if arrays.iter().any(|a| a.is_null(row)) {
                rows.push(None);
                continue;
            }
            let (pairs, pair) = (
                super::regexp::compile(text(1, row), "str_to_map")?,
                super::regexp::compile(text(2, row), "str_to_map")?,
            );
            let mut own = Vec::new();
            for part in pairs.split(text(0, row)) {
                let mut sides = pair.splitn(part, 2);
                own.push((keys.len() as u64, Some(keys.len() as u64)));
                keys.push(sides.next().unwrap_or_default().to_string());
                values.push(sides.next().map(str::to_string));
            }
            rows.push(Some(own));
        }
        let keys: ArrayRef = Arc::new(StringArray::from(keys));
        let values: ArrayRef = Arc::new(StringArray::from(values));
        assemble(&keys, &values, rows, &target, last)
    }))
}
