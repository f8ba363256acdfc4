//! Functions over maps that take a lambda function: `map_filter`, `transform_keys`, `transform_values`, `map_zip_with`.

use std::collections::HashMap;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, MapArray, UInt64Array};
use arrow::datatypes::DataType;
use firesteel_error::Result;

use super::Family;
use super::higher_order::{param, taken};
use super::lambda::HigherOrder;
use super::lists::Keys;
use super::map::{assemble, map_arg};
use crate::analyzer::Call;
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("map_filter", map_filter),
    ("transform_keys", |c| transform(c, true)),
    ("transform_values", |c| transform(c, false)),
    ("map_zip_with", map_zip_with),
];

fn range(maps: &MapArray, row: usize) -> std::ops::Range<u64> {
    let offsets = maps.value_offsets();
    if maps.is_valid(row) { offsets[row] as u64..offsets[row + 1] as u64 } else { 0..0 }
}

/// The positions of all entries and the row that each is of.
fn entries(maps: &MapArray) -> (UInt64Array, UInt64Array) {
    let pairs = (0..maps.len()).flat_map(|row| range(maps, row).map(move |i| (i, row as u64)));
    let (positions, rows): (Vec<u64>, Vec<u64>) = pairs.unzip();
    (UInt64Array::from(positions), UInt64Array::from(rows))
}

fn map_filter(mut call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (map, key, value) = map_arg(&call, 0)?;
    let params = vec![param("key", key.data_type(), false), param("value", value.data_type(), value.is_nullable())];
    let lambda = call.lambda(1, &params)?;
    if !matches!(lambda.body.data_type(), DataType::Boolean | DataType::Null) {
        return Err(call.unexpected_type(1, &lambda.body.clone().named(lambda.title.clone()), &DataType::Boolean));
    }
    let name = format!("map_filter({}, {})", map.name, lambda.title);
    let data_type = map.data_type().clone();
    let target = data_type.clone();
    let function = HigherOrder::new("map_filter", vec![params], data_type, map.nullable(), move |inputs| {
        let maps = inputs.value(0)?;
        let maps = maps.as_map();
        let (positions, rows) = entries(maps);
        let columns = [taken(maps.keys(), &positions)?, taken(maps.values(), &positions)?];
        let kept = inputs.evaluate(0, &columns, &rows)?;
        let kept = kept.as_boolean_opt();
        let mut next = 0;
        let pairs = (0..maps.len())
            .map(|row| {
                maps.is_valid(row).then(|| {
                    let mut own = Vec::new();
                    for i in range(maps, row) {
                        if kept.is_some_and(|k| k.is_valid(next) && k.value(next)) {
                            own.push((i, Some(i)));
                        }
                        next += 1;
                    }
                    own
                })
            })
            .collect();
        assemble(maps.keys(), maps.values(), pairs, &target, true)
    });
    Ok(function.call(vec![map.expr, lambda.expr], name))
}

fn transform(mut call: Call<'_>, keys: bool) -> Result<Typed> {
    call.expect(2..=2)?;
    let (map, key, value) = map_arg(&call, 0)?;
    let params = vec![param("key", key.data_type(), false), param("value", value.data_type(), value.is_nullable())];
    let lambda = call.lambda(1, &params)?;
    let name = format!("{}({}, {})", call.lower_name(), map.name, lambda.title);
    let data_type = if keys {
        types::map(lambda.body.data_type().clone(), value.data_type().clone(), value.is_nullable())
    } else {
        types::map(key.data_type().clone(), lambda.body.data_type().clone(), lambda.body.nullable())
    };
    let (target, last) = (data_type.clone(), !keys || last_wins(&call));
    let word = if keys { "transform_keys" } else { "transform_values" };
    let function = HigherOrder::new(word, vec![params], data_type, map.nullable(), move |inputs| {
        let maps = inputs.value(0)?;
        let maps = maps.as_map();
        let (positions, rows) = entries(maps);
        let columns = [taken(maps.keys(), &positions)?, taken(maps.values(), &positions)?];
        let made = inputs.evaluate(0, &columns, &rows)?;
        let mut next = 0_u64;
        let pairs = (0..maps.len())
            .map(|row| {
                maps.is_valid(row).then(|| {
                    let first = next;
                    next += range(maps, row).count() as u64;
                    (first..next).map(|i| (i, Some(i))).collect()
                })
            })
            .collect();
        let (keys, values) = if keys { (&made, &columns[1]) } else { (&columns[0], &made) };
        assemble(keys, values, pairs, &target, last)
    });
    Ok(function.call(vec![map.expr, lambda.expr], name))
}

fn last_wins(call: &Call<'_>) -> bool {
    call.conf().get("spark.sql.mapKeyDedupPolicy").is_some_and(|p| p.eq_ignore_ascii_case("LAST_WIN"))
}

fn map_zip_with(mut call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let ((a, key, first), (b, _, second)) = (map_arg(&call, 0)?, map_arg(&call, 1)?);
    let params = vec![
        param("key", key.data_type(), false),
        param("left", first.data_type(), true),
        param("right", second.data_type(), true),
    ];
    let lambda = call.lambda(2, &params)?;
    let name = format!("map_zip_with({}, {}, {})", a.name, b.name, lambda.title);
    let data_type = types::map(key.data_type().clone(), lambda.body.data_type().clone(), lambda.body.nullable());
    let target = data_type.clone();
    let nullable = a.nullable() || b.nullable();
    let function = HigherOrder::new("map_zip_with", vec![params], data_type, nullable, move |inputs| {
        let (a, b) = (inputs.value(0)?, inputs.value(1)?);
        let (a, b) = (a.as_map(), b.as_map());
        let shift = a.keys().len() as u64;
        let order = Keys::of(&[a.keys().clone(), b.keys().clone()])?;
        let (mut keys, mut left, mut right, mut rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut pairs = Vec::with_capacity(inputs.rows());
        for row in 0..inputs.rows() {
            if a.is_null(row) || b.is_null(row) {
                pairs.push(None);
                continue;
            }
            let start = keys.len();
            let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
            for i in range(a, row) {
                seen.insert(order[0].at(i as usize).as_ref().to_vec(), keys.len());
                keys.push(i);
                left.push(Some(i));
                right.push(None);
            }
            for i in range(b, row) {
                match seen.get(order[1].at(i as usize).as_ref()) {
                    Some(at) => right[*at] = Some(i),
                    None => {
                        keys.push(i + shift);
                        left.push(None);
                        right.push(Some(i));
                    }
                }
            }
            rows.extend(std::iter::repeat_n(row as u64, keys.len() - start));
            pairs.push(Some((start as u64..keys.len() as u64).map(|i| (i, Some(i))).collect()));
        }
        let all: ArrayRef = super::array_set::joined(&[a.keys(), b.keys()])?;
        let keys = taken(&all, &UInt64Array::from(keys))?;
        let columns =
            [keys.clone(), taken(a.values(), &UInt64Array::from(left))?, taken(b.values(), &UInt64Array::from(right))?];
        let values = inputs.evaluate(0, &columns, &UInt64Array::from(rows))?;
        assemble(&keys, &values, pairs, &target, true)
    });
    Ok(function.call(vec![a.expr, b.expr, lambda.expr], name))
}
