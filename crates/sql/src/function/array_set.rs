//! Arrays by their elements: what they contain, have in common, and where.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, ListArray};
use arrow::datatypes::{DataType, FieldRef};
use firesteel_error::Result;

use super::Family;
use super::lists::{Choice, Keys, array_and_value, array_arg, bounds, build, same_arrays};
use super::rows::finish;
use crate::analyzer::Call;
use crate::expression::Typed;
use crate::float_key::normalized_array;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("array_contains", array_contains),
    ("array_position", array_position),
    ("array_remove", array_remove),
    ("array_distinct", array_distinct),
    ("array_union", |c| combine(c, union)),
    ("array_intersect", |c| combine(c, intersect)),
    ("array_except", |c| combine(c, except)),
    ("arrays_overlap", arrays_overlap),
    ("array_compact", array_compact),
];

/// A value is in an array: true; unknown if it is not found among NULLs.
fn array_contains(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (list, item, _) = array_and_value(&call, 0, 1)?;
    let unknown = super::lists::element_of(list.data_type())?.is_nullable();
    Ok(finish(&call, vec![list, item], DataType::Boolean, unknown, |columns| {
        let (lists, items) = (columns.array(0)?, columns.array(1)?);
        let lists = lists.as_list::<i32>();
        let keys = Keys::of(&[lists.values().clone(), items.clone()])?;
        let found: BooleanArray = (0..columns.rows())
            .map(|row| {
                if lists.is_null(row) || items.is_null(row) {
                    return None;
                }
                let mut range = bounds(lists, row);
                let has_null = range.clone().any(|i| lists.values().is_null(i));
                let found = range.any(|i| keys[0].at(i) == keys[1].at(row));
                if found || !has_null { Some(found) } else { None }
            })
            .collect();
        Ok(Arc::new(found))
    }))
}

fn array_position(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (list, item, _) = array_and_value(&call, 0, 1)?;
    Ok(finish(&call, vec![list, item], DataType::Int64, false, |columns| {
        let (lists, items) = (columns.array(0)?, columns.array(1)?);
        let lists = lists.as_list::<i32>();
        let keys = Keys::of(&[lists.values().clone(), items.clone()])?;
        let places: Int64Array = (0..columns.rows())
            .map(|row| {
                let known = lists.is_valid(row) && items.is_valid(row);
                known.then(|| {
                    bounds(lists, row).position(|i| keys[0].at(i) == keys[1].at(row)).map_or(0, |i| i as i64 + 1)
                })
            })
            .collect();
        Ok(Arc::new(places))
    }))
}

fn array_remove(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (list, item, common) = array_and_value(&call, 0, 1)?;
    let element = super::lists::element_of(list.data_type())?;
    let data_type = types::array(common, element.is_nullable());
    let element = super::lists::element_of(&data_type)?;
    Ok(finish(&call, vec![list, item], data_type, false, move |columns| {
        let (lists, items) = (columns.array(0)?, columns.array(1)?);
        let lists = lists.as_list::<i32>();
        let keys = Keys::of(&[lists.values().clone(), items.clone()])?;
        let choice: Choice = (0..columns.rows())
            .map(|row| {
                let known = lists.is_valid(row) && items.is_valid(row);
                known.then(|| {
                    let kept = bounds(lists, row).filter(|i| keys[0].at(*i) != keys[1].at(row));
                    kept.map(|i| Some(i as u64)).collect()
                })
            })
            .collect();
        build(lists.values(), &choice, &element)
    }))
}

/// A choice from each row's own elements.
pub(super) fn choose(
    lists: &ListArray,
    element: &FieldRef,
    pick: impl Fn(std::ops::Range<usize>) -> Vec<Option<u64>>,
) -> Result<ArrayRef> {
    let choice: Choice = (0..lists.len()).map(|row| lists.is_valid(row).then(|| pick(bounds(lists, row)))).collect();
    build(lists.values(), &choice, element)
}

fn array_distinct(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let (list, element) = array_arg(&call, 0)?;
    let data_type = list.data_type().clone();
    Ok(finish(&call, vec![list], data_type, false, move |columns| {
        let lists = normalized_array(&columns.array(0)?)?;
        let lists = lists.as_list::<i32>();
        let keys = Keys::of(&[lists.values().clone()])?;
        choose(lists, &element, |range| {
            let mut seen = HashSet::new();
            range.filter(|i| seen.insert(keys[0].at(*i))).map(|i| Some(i as u64)).collect()
        })
    }))
}

fn array_compact(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let (list, element) = array_arg(&call, 0)?;
    let data_type = types::array(element.data_type().clone(), false);
    let element = super::lists::element_of(&data_type)?;
    Ok(finish(&call, vec![list], data_type, false, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let known = |i: &usize| lists.values().data_type() != &DataType::Null && lists.values().is_valid(*i);
        choose(lists, &element, |range| range.filter(known).map(|i| Some(i as u64)).collect())
    }))
}

/// Two rows' elements by key: from the numbers of the first and the second, the numbers of the result.
type Merge = fn(&dyn Fn(usize) -> Vec<u8>, std::ops::Range<usize>, std::ops::Range<usize>) -> Vec<Option<u64>>;

fn union(key: &dyn Fn(usize) -> Vec<u8>, a: std::ops::Range<usize>, b: std::ops::Range<usize>) -> Vec<Option<u64>> {
    let mut seen = HashSet::new();
    a.chain(b).filter(|i| seen.insert(key(*i))).map(|i| Some(i as u64)).collect()
}

fn intersect(key: &dyn Fn(usize) -> Vec<u8>, a: std::ops::Range<usize>, b: std::ops::Range<usize>) -> Vec<Option<u64>> {
    let other: HashSet<Vec<u8>> = b.map(key).collect();
    let mut seen = HashSet::new();
    a.filter(|i| other.contains(&key(*i)) && seen.insert(key(*i))).map(|i| Some(i as u64)).collect()
}

fn except(key: &dyn Fn(usize) -> Vec<u8>, a: std::ops::Range<usize>, b: std::ops::Range<usize>) -> Vec<Option<u64>> {
    let mut seen: HashSet<Vec<u8>> = b.map(key).collect();
    a.filter(|i| seen.insert(key(*i))).map(|i| Some(i as u64)).collect()
}

fn combine(call: Call<'_>, merge: Merge) -> Result<Typed> {
    call.expect(2..=2)?;
    let (first, second) = (array_arg(&call, 0)?.1, array_arg(&call, 1)?.1);
    let (lists, element) = same_arrays(&call, 0..2)?;
    let nullable = match call.lower_name().as_str() {
        "array_intersect" => first.is_nullable() && second.is_nullable(),
        "array_except" => first.is_nullable(),
        _ => first.is_nullable() || second.is_nullable(),
    };
    let data_type = types::array(element.data_type().clone(), nullable);
    let element = super::lists::element_of(&data_type)?;
    Ok(finish(&call, lists, data_type, false, move |columns| {
        let (a, b) = (normalized_array(&columns.array(0)?)?, normalized_array(&columns.array(1)?)?);
        let (a, b) = (a.as_list::<i32>(), b.as_list::<i32>());
        let shift = a.values().len();
        let keys = Keys::of(&[a.values().clone(), b.values().clone()])?;
        let key = |i: usize| {
            if i < shift { keys[0].at(i).as_ref().to_vec() } else { keys[1].at(i - shift).as_ref().to_vec() }
        };
        let values = joined(&[a.values(), b.values()])?;
        let choice: Choice = (0..columns.rows())
            .map(|row| {
                let known = a.is_valid(row) && b.is_valid(row);
                let second = bounds(b, row);
                known.then(|| merge(&key, bounds(a, row), second.start + shift..second.end + shift))
            })
            .collect();
        build(&values, &choice, &element)
    }))
}

/// The values of several columns one after the other.
pub(super) fn joined(columns: &[&ArrayRef]) -> Result<ArrayRef> {
    let arrays: Vec<&dyn Array> = columns.iter().map(|c| c.as_ref()).collect();
    arrow::compute::concat(&arrays).map_err(|e| crate::error::from_arrow(&e))
}

fn arrays_overlap(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (lists, element) = same_arrays(&call, 0..2)?;
    Ok(finish(&call, lists, DataType::Boolean, element.is_nullable(), |columns| {
        let (a, b) = (columns.array(0)?, columns.array(1)?);
        let (a, b) = (a.as_list::<i32>(), b.as_list::<i32>());
        let keys = Keys::of(&[a.values().clone(), b.values().clone()])?;
        let overlap: BooleanArray = (0..columns.rows())
            .map(|row| {
                if a.is_null(row) || b.is_null(row) {
                    return None;
                }
                let (x, y) = (bounds(a, row), bounds(b, row));
                let known: HashSet<_> = x.clone().filter(|i| a.values().is_valid(*i)).map(|i| keys[0].at(i)).collect();
                if y.clone().any(|i| b.values().is_valid(i) && known.contains(&keys[1].at(i))) {
                    return Some(true);
                }
                let unknown = x.clone().any(|i| a.values().is_null(i)) || y.clone().any(|i| b.values().is_null(i));
                if unknown && !x.is_empty() && !y.is_empty() { None } else { Some(false) }
            })
            .collect();
        Ok(Arc::new(overlap))
    }))
}
