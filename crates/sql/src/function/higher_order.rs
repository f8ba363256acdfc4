//! Functions over arrays that take a lambda function: `transform`, `filter`, `exists`, `forall`, `aggregate`,
//! `zip_with`, `array_sort`.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, ListArray, UInt64Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::lambda::{HigherOrder, Inputs};
use super::lists::{Choice, array_arg, bounds, build, element_of};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("transform", transform),
    ("filter", filter),
    ("exists", |c| test(c, true)),
    ("forall", |c| test(c, false)),
    ("aggregate", aggregate),
    ("reduce", aggregate),
    ("zip_with", zip_with),
    ("array_sort", array_sort),
];

/// A parameter of a lambda function.
pub(super) fn param(name: &str, data_type: &DataType, nullable: bool) -> FieldRef {
    Arc::new(Field::new(name, data_type.clone(), nullable))
}

/// The positions of all elements of rows that are not NULL, and the row that each is of.
pub(super) fn elements(lists: &ListArray) -> (UInt64Array, UInt64Array) {
    let rows = (0..lists.len()).filter(|row| lists.is_valid(*row));
    let pairs = rows.flat_map(|row| bounds(lists, row).map(move |i| (i as u64, row as u64)));
    let (positions, rows): (Vec<u64>, Vec<u64>) = pairs.unzip();
    (UInt64Array::from(positions), UInt64Array::from(rows))
}

pub(super) fn taken(values: &ArrayRef, positions: &UInt64Array) -> Result<ArrayRef> {
    arrow::compute::take(values, positions, None).map_err(|e| crate::error::from_arrow(&e))
}

/// The lambda function's value for each element; it may take the element's index too.
fn mapped(inputs: &Inputs, lists: &ListArray, arity: usize) -> Result<(ArrayRef, UInt64Array)> {
    let (positions, rows) = elements(lists);
    let mut columns = vec![taken(lists.values(), &positions)?];
    if arity > 1 {
        let indexes: Int32Array = positions
            .values()
            .iter()
            .zip(rows.values())
            .map(|(at, row)| *at as i32 - lists.value_offsets()[*row as usize])
            .collect();
        columns.push(Arc::new(indexes));
    }
    Ok((inputs.evaluate(0, &columns, &rows)?, positions))
}

/// The array argument, its lambda function's parameters, and how many of them it takes.
fn array_and_params(call: &Call<'_>) -> Result<(Typed, FieldRef, Vec<FieldRef>, usize)> {
    call.expect(2..=2)?;
    let (list, element) = array_arg(call, 0)?;
    if call.arg(0)?.data_type() == &DataType::Null {
        return Err(call.unexpected_input(0, &call.arg(0)?, "\"ARRAY\""));
    }
    let arity = call.lambda_arity(1).unwrap_or(1).clamp(1, 2);
    let params =
        vec![param("element", element.data_type(), element.is_nullable()), param("index", &DataType::Int32, false)];
    Ok((list, element, params, arity))
}

fn title(call: &Call<'_>, values: &[&Typed], lambdas: &[&str]) -> String {
    let names: Vec<&str> = values.iter().map(|v| v.name.as_str()).chain(lambdas.iter().copied()).collect();
    format!("{}({})", call.lower_name(), names.join(", "))
}

fn transform(mut call: Call<'_>) -> Result<Typed> {
    let (list, _, mut params, arity) = array_and_params(&call)?;
    let lambda = call.lambda(1, &params)?;
    params.truncate(arity);
    let data_type = types::array(lambda.body.data_type().clone(), lambda.body.nullable());
    let element = element_of(&data_type)?;
    let function = HigherOrder::new("transform", vec![params], data_type, list.nullable(), move |inputs| {
        let lists = inputs.value(0)?;
        let lists = lists.as_list::<i32>();
        let (values, _) = mapped(inputs, lists, arity)?;
        let lengths = (0..lists.len()).map(|row| if lists.is_valid(row) { bounds(lists, row).len() } else { 0 });
        let values = crate::nullability::fit(&values, &element).map_err(|e| crate::error::from_arrow(&e))?;
        ListArray::try_new(element.clone(), OffsetBuffer::from_lengths(lengths), values, lists.nulls().cloned())
            .map(|l| Arc::new(l) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    });
    let name = title(&call, &[&list], &[&lambda.title]);
    Ok(function.call(vec![list.expr, lambda.expr], name))
}

/// The lambda function at `index`, whose body must be a truth value.
fn predicate(call: &mut Call<'_>, index: usize, params: &[FieldRef]) -> Result<crate::analyzer::Lambda> {
    let lambda = call.lambda(index, params)?;
    if matches!(lambda.body.data_type(), DataType::Boolean | DataType::Null) {
        return Ok(lambda);
    }
    Err(call.unexpected_type(index, &lambda.body.clone().named(lambda.title.clone()), &DataType::Boolean))
}

fn filter(mut call: Call<'_>) -> Result<Typed> {
    let (list, element, mut params, arity) = array_and_params(&call)?;
    let lambda = predicate(&mut call, 1, &params)?;
    params.truncate(arity);
    let data_type = list.data_type().clone();
    let function = HigherOrder::new("filter", vec![params], data_type, list.nullable(), move |inputs| {
        let lists = inputs.value(0)?;
        let lists = lists.as_list::<i32>();
        let (kept, _) = mapped(inputs, lists, arity)?;
        let kept = truths(&kept)?;
        let mut next = 0;
        let choice: Choice = (0..lists.len())
            .map(|row| {
                lists.is_valid(row).then(|| {
                    let range = bounds(lists, row);
                    let first = next;
                    next += range.len();
                    let keep = |i: &usize| kept.is_valid(first + i) && kept.value(first + i);
                    (0..range.len()).filter(keep).map(|i| Some((range.start + i) as u64)).collect()
                })
            })
            .collect();
        build(lists.values(), &choice, &element)
    });
    let name = title(&call, &[&list], &[&lambda.title]);
    Ok(function.call(vec![list.expr, lambda.expr], name))
}

fn truths(array: &ArrayRef) -> Result<BooleanArray> {
    match array.as_boolean_opt() {
        Some(values) => Ok(values.clone()),
        None => Ok(BooleanArray::new_null(array.len())),
    }
}

/// `exists` looks for an element that is true, `forall` for one that is false; without it, NULL counts as unknown.
fn test(mut call: Call<'_>, wanted: bool) -> Result<Typed> {
    let (list, _, mut params, _) = array_and_params(&call)?;
    params.truncate(1);
    let lambda = predicate(&mut call, 1, &params)?;
    let name = title(&call, &[&list], &[&lambda.title]);
    let word = if wanted { "exists" } else { "forall" };
    let nullable = list.nullable() || lambda.body.nullable();
    let function = HigherOrder::new(word, vec![params], DataType::Boolean, nullable, move |inputs| {
        let lists = inputs.value(0)?;
        let lists = lists.as_list::<i32>();
        let (results, _) = mapped(inputs, lists, 1)?;
        let results = truths(&results)?;
        let mut next = 0;
        let answers: BooleanArray = (0..lists.len())
            .map(|row| {
                if lists.is_null(row) {
                    return None;
                }
                let range = next..next + bounds(lists, row).len();
                next = range.end;
                if range.clone().any(|i| results.is_valid(i) && results.value(i) == wanted) {
                    return Some(wanted);
                }
                if range.clone().any(|i| results.is_null(i)) { None } else { Some(!wanted) }
            })
            .collect();
        Ok(Arc::new(answers))
    });
    Ok(function.call(vec![list.expr, lambda.expr], name))
}

/// An array folded into one value, step by step for all rows at once.
fn aggregate(mut call: Call<'_>) -> Result<Typed> {
    call.expect(3..=4)?;
    let (list, element) = array_arg(&call, 0)?;
    let zero = call.arg(1)?;
    let state = param("acc", zero.data_type(), true);
    let params = vec![state.clone(), param("element", element.data_type(), element.is_nullable())];
    let merge = call.lambda(2, &params)?;
    let merge_body = merge.body.clone();
    if !castable(merge_body.data_type(), zero.data_type()) {
        return Err(call.unexpected_type(2, &merge_body.named(merge.title.clone()), zero.data_type()));
    }
    let finish = if call.len() == 4 { Some(call.lambda(3, std::slice::from_ref(&state))?) } else { None };
    let (data_type, finish_title) = match &finish {
        Some(finish) => (finish.body.data_type().clone(), finish.title.clone()),
        None => (zero.data_type().clone(), "lambdafunction(namedlambdavariable(), namedlambdavariable())".into()),
    };
    let name = title(&call, &[&list, &zero], &[&merge.title, &finish_title]);
    let has_finish = finish.is_some();
    let mut all = vec![params];
    if has_finish {
        all.push(vec![state]);
    }
    let (target, options) = (
        zero.data_type().clone(),
        cast::Options { mode: Mode::implicit(call.conf()), zone: crate::display::zone(call.conf()) },
    );
    let function = HigherOrder::new("aggregate", all, data_type, true, move |inputs| {
        let lists = inputs.value(0)?;
        let lists = lists.as_list::<i32>();
        let mut state = inputs.value(1)?;
        for step in 0.. {
            let active: UInt64Array = (0..lists.len())
                .filter(|row| lists.is_valid(*row) && bounds(lists, *row).len() > step)
                .map(|row| row as u64)
                .collect();
            if active.is_empty() {
                break;
            }
            let at: UInt64Array =
                active.values().iter().map(|row| (bounds(lists, *row as usize).start + step) as u64).collect();
            let columns = [taken(&state, &active)?, taken(lists.values(), &at)?];
            let next = cast::cast_array(&inputs.evaluate(0, &columns, &active)?, &target, options)?;
            state = replaced(&state, &next, &active)?;
        }
        if has_finish {
            let rows: UInt64Array = (0..inputs.rows() as u64).collect();
            state = inputs.evaluate(1, &[state], &rows)?;
        }
        super::extract::masked(&state, lists.nulls())
    });
    let mut exprs = vec![list.expr, zero.expr, merge.expr];
    exprs.extend(finish.map(|f| f.expr));
    Ok(function.call(exprs, name))
}

/// Whether a step's value can be the next state: the same type, or a number that widens.
fn castable(from: &DataType, to: &DataType) -> bool {
    from == to
        || from == &DataType::Null
        || types::is_numeric(from) && types::is_numeric(to)
        || types::simple_name(from) == types::simple_name(to)
}

/// The column with new values in some rows.
fn replaced(old: &ArrayRef, new: &ArrayRef, rows: &UInt64Array) -> Result<ArrayRef> {
    let mut picks: Vec<(usize, usize)> = (0..old.len()).map(|row| (0, row)).collect();
    for (index, row) in rows.values().iter().enumerate() {
        picks[*row as usize] = (1, index);
    }
    let fit = crate::nullability::fit(new, &Field::new("", old.data_type().clone(), true))
        .map_err(|e| crate::error::from_arrow(&e))?;
    arrow::compute::interleave(&[old.as_ref(), fit.as_ref()], &picks).map_err(|e| crate::error::from_arrow(&e))
}

fn zip_with(mut call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let ((a, left), (b, right)) = (array_arg(&call, 0)?, array_arg(&call, 1)?);
    let params = vec![param("left", left.data_type(), true), param("right", right.data_type(), true)];
    let lambda = call.lambda(2, &params)?;
    let data_type = types::array(lambda.body.data_type().clone(), lambda.body.nullable());
    let element = element_of(&data_type)?;
    let name = title(&call, &[&a, &b], &[&lambda.title]);
    let nullable = a.nullable() || b.nullable();
    let function = HigherOrder::new("zip_with", vec![params], data_type, nullable, move |inputs| {
        let (a, b) = (inputs.value(0)?, inputs.value(1)?);
        let (a, b) = (a.as_list::<i32>(), b.as_list::<i32>());
        let (mut left, mut right, mut rows, mut lengths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut valid = Vec::new();
        for row in 0..inputs.rows() {
            let known = a.is_valid(row) && b.is_valid(row);
            let (x, y) = (bounds(a, row), bounds(b, row));
            let count = if known { x.len().max(y.len()) } else { 0 };
            left.extend((0..count).map(|i| (i < x.len()).then(|| (x.start + i) as u64)));
            right.extend((0..count).map(|i| (i < y.len()).then(|| (y.start + i) as u64)));
            rows.extend(std::iter::repeat_n(row as u64, count));
            lengths.push(count);
            valid.push(known);
        }
        let columns = [taken(a.values(), &UInt64Array::from(left))?, taken(b.values(), &UInt64Array::from(right))?];
        let values = inputs.evaluate(0, &columns, &UInt64Array::from(rows))?;
        let values = crate::nullability::fit(&values, &element).map_err(|e| crate::error::from_arrow(&e))?;
        let nulls = NullBuffer::from(valid);
        ListArray::try_new(element.clone(), OffsetBuffer::from_lengths(lengths), values, Some(nulls))
            .map(|l| Arc::new(l) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(function.call(vec![a.expr, b.expr, lambda.expr], name))
}

/// Sorted ascending with NULLs last, or by a function of two elements that gives a negative number, 0 or a positive one.
fn array_sort(mut call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let (list, element) = array_arg(&call, 0)?;
    if call.len() == 1 {
        let name = format!(
            "array_sort({}, lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), namedlambdavariable(), namedlambdavariable()))",
            list.name
        );
        return super::array_shape::ascending(&call).map(|t| t.named(name));
    }
    let one = param("left", element.data_type(), element.is_nullable());
    let params = vec![one.clone(), one.as_ref().clone().with_name("right").into()];
    let lambda = call.lambda(1, &params)?;
    if lambda.body.data_type() != &DataType::Int32 {
        return Err(call.unexpected_type(1, &lambda.body.clone().named(lambda.title.clone()), &DataType::Int32));
    }
    let name = title(&call, &[&list], &[&lambda.title]);
    let data_type = list.data_type().clone();
    let function = HigherOrder::new("array_sort", vec![params], data_type, list.nullable(), move |inputs| {
        let lists = inputs.value(0)?;
        let lists = lists.as_list::<i32>();
        let mut choice: Choice = Vec::with_capacity(lists.len());
        for row in 0..lists.len() {
            choice.push(if lists.is_valid(row) { Some(sorted(inputs, lists, row)?) } else { None });
        }
        build(lists.values(), &choice, &element)
    });
    Ok(function.call(vec![list.expr, lambda.expr], name))
}

/// One row's elements in order: all pairs are compared at once.
fn sorted(inputs: &Inputs, lists: &ListArray, row: usize) -> Result<Vec<Option<u64>>> {
    let range = bounds(lists, row);
    let count = range.len();
    let pairs = |pick: fn(usize, usize) -> usize| -> UInt64Array {
        (0..count * count).map(|n| (range.start + pick(n, count)) as u64).collect()
    };
    let (left, right) = (pairs(|n, count| n / count), pairs(|n, count| n % count));
    let columns = [taken(lists.values(), &left)?, taken(lists.values(), &right)?];
    let rows = UInt64Array::from(vec![row as u64; count * count]);
    let signs = inputs.evaluate(0, &columns, &rows)?;
    let signs = signs.as_primitive::<Int32Type>();
    if signs.null_count() > 0 {
        return Err(SparkError::new("COMPARATOR_RETURNS_NULL")
            .param("firstValue", "")
            .param("secondValue", "")
            .with_exception(Exception::SparkRuntime));
    }
    // Inserting one by one takes any comparator, also one that contradicts itself.
    let mut order: Vec<usize> = Vec::with_capacity(count);
    for i in 0..count {
        let at = order.iter().rposition(|j| signs.value(j * count + i) <= 0).map_or(0, |at| at + 1);
        order.insert(at, i);
    }
    Ok(order.into_iter().map(|i| Some((range.start + i) as u64)).collect())
}
