//! Parts of values: `s.field`, `array[0]`, `map['k']`, `withField`, `dropFields`, and the functions that make structs.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, StructArray, UInt64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::conf::Conf;
use crate::expression::{Kernel, Typed};
use crate::float_key::normalized_array;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[("struct", structure), ("named_struct", named_struct), ("get", get)];

fn find_field<'a>(fields: &'a Fields, name: &str) -> Result<(usize, &'a FieldRef)> {
    let matches: Vec<(usize, &FieldRef)> =
        fields.iter().enumerate().filter(|(_, f)| f.name().eq_ignore_ascii_case(name)).collect();
    match matches.as_slice() {
        [one] => Ok(*one),
        [] => {
            let names: Vec<String> = fields.iter().map(|f| format!("`{}`", f.name())).collect();
            Err(SparkError::new("FIELD_NOT_FOUND")
                .param("fieldName", format!("`{name}`"))
                .param("fields", names.join(", ")))
        }
        many => Err(SparkError::new("AMBIGUOUS_REFERENCE_TO_FIELDS")
            .param("field", format!("`{name}`"))
            .param("count", many.len().to_string())),
    }
}

/// `value.name`: a struct's field, that field of each struct of an array, or a map's value.
///
/// # Errors
/// `FIELD_NOT_FOUND`, `INVALID_EXTRACT_BASE_FIELD_TYPE`.
pub(crate) fn field(conf: &Conf, value: Typed, name: &str) -> Result<Typed> {
    match value.data_type().clone() {
        DataType::Struct(fields) => {
            let (index, field) = find_field(&fields, name)?;
            nth_field(&value, index, field)
        }
        DataType::List(element) => match element.data_type() {
            DataType::Struct(fields) => {
                let (index, field) = find_field(fields, name)?;
                list_of_field(&value, &element, index, field)
            }
            _ => Err(bad_base(&value, name)),
        },
        DataType::Map(..) => {
            let key = Typed::literal(ScalarValue::Utf8(Some(name.to_string())), name);
            self::value(conf, value, key)
        }
        _ => Err(bad_base(&value, name)),
    }
}

fn bad_base(value: &Typed, _name: &str) -> SparkError {
    SparkError::new("INVALID_EXTRACT_BASE_FIELD_TYPE")
        .param("base", format!("\"{}\"", value.name))
        .param("other", types::quoted_sql_name(value.data_type()))
}

/// The field at `index` of a struct.
pub(crate) fn nth_field(value: &Typed, index: usize, field: &FieldRef) -> Result<Typed> {
    let nullable = value.nullable() || field.is_nullable();
    let data_type = field.data_type().clone();
    let name = format!("{}.{}", value.name, field.name());
    let kernel = Kernel::new("get_struct_field", index, data_type.clone(), nullable, move |columns| {
        let array = columns.array(0)?;
        let parent = array.as_struct();
        let child = parent.column(index).clone();
        masked(&child, parent.nulls())
    });
    let mut typed = Typed::new(kernel.call(vec![value.expr.clone()]), data_type, nullable, name);
    typed.field = Arc::new(typed.field.as_ref().clone().with_metadata(field.metadata().clone()));
    Ok(typed)
}

/// The array with NULL wherever the mask has one.
pub(crate) fn masked(array: &ArrayRef, nulls: Option<&arrow::buffer::NullBuffer>) -> Result<ArrayRef> {
    let Some(nulls) = nulls.filter(|n| n.null_count() > 0) else { return Ok(array.clone()) };
    if array.data_type() == &DataType::Null {
        return Ok(array.clone());
    }
    let merged = arrow::buffer::NullBuffer::union(Some(nulls), array.nulls());
    let data = array.to_data().into_builder().nulls(merged).build().map_err(|e| crate::error::from_arrow(&e))?;
    Ok(arrow::array::make_array(data))
}

fn list_of_field(value: &Typed, element: &FieldRef, index: usize, field: &FieldRef) -> Result<Typed> {
    let contains_null = element.is_nullable() || field.is_nullable();
    let data_type = types::array(field.data_type().clone(), contains_null);
    let DataType::List(item) = data_type.clone() else { return Err(SparkError::internal("list type")) };
    let name = format!("{}.{}", value.name, field.name());
    let kernel = Kernel::new("get_array_struct_fields", index, data_type.clone(), value.nullable(), move |columns| {
        let array = columns.array(0)?;
        let list = array.as_list::<i32>();
        let inner = list.values().as_struct();
        let child = masked(inner.column(index), inner.nulls())?;
        ListArray::try_new(item.clone(), list.offsets().clone(), child, list.nulls().cloned())
            .map(|l| Arc::new(l) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(Typed::new(kernel.call(vec![value.expr.clone()]), data_type, value.nullable(), name))
}

/// `base[key]`: an array's element (from 0), a map's value, a struct's field.
///
/// # Errors
/// `INVALID_EXTRACT_BASE_FIELD_TYPE`, `INVALID_EXTRACT_FIELD_TYPE`.
pub(crate) fn value(conf: &Conf, base: Typed, key: Typed) -> Result<Typed> {
    match base.data_type().clone() {
        DataType::Struct(_) => match key.scalar() {
            Some(ScalarValue::Utf8(Some(name))) => field(conf, base, name),
            _ => Err(SparkError::new("INVALID_EXTRACT_FIELD_TYPE").param("extraction", format!("\"{}\"", key.name))),
        },
        DataType::List(element) => match key.scalar() {
            Some(ScalarValue::Utf8(Some(name))) if matches!(element.data_type(), DataType::Struct(_)) => {
                field(conf, base, name)
            }
            _ => array_item(conf, base, key, element.data_type().clone(), conf.ansi()),
        },
        DataType::Map(..) => {
            let Some((key_type, value_type)) =
                types::map_fields(base.data_type()).map(|(k, v)| (k.data_type().clone(), v.data_type().clone()))
            else {
                return Err(SparkError::internal("map type"));
            };
            let name = format!("{}[{}]", base.name, key.name);
            let key = cast::cast(key, &key_type, Mode::implicit(conf), conf)?;
            let kernel = Kernel::new("get_map_value", (), value_type.clone(), true, |columns| {
                map_value(&columns.array(0)?, &columns.array(1)?)
            });
            Ok(Typed::new(kernel.call(vec![base.expr, key.expr]), value_type, true, name))
        }
        other => Err(SparkError::new("INVALID_EXTRACT_BASE_FIELD_TYPE")
            .param("base", format!("\"{}\"", base.name))
            .param("other", types::quoted_sql_name(&other))),
    }
}

/// The last value under each row's key.
pub(crate) fn map_value(map: &ArrayRef, keys: &ArrayRef) -> Result<ArrayRef> {
    let map = map.as_map();
    let (held, wanted) = (normalized_array(map.keys())?, normalized_array(keys)?);
    let compare = arrow::array::make_comparator(held.as_ref(), wanted.as_ref(), Default::default())
        .map_err(|e| crate::error::from_arrow(&e))?;
    let offsets = map.value_offsets();
    let indices: UInt64Array = (0..map.len())
        .map(|row| {
            if map.is_null(row) || keys.is_null(row) {
                return None;
            }
            (offsets[row] as usize..offsets[row + 1] as usize)
                .rev()
                .find(|i| compare(*i, row).is_eq())
                .map(|i| i as u64)
        })
        .collect();
    arrow::compute::take(map.values(), &indices, None).map_err(|e| crate::error::from_arrow(&e))
}

fn array_item(conf: &Conf, base: Typed, key: Typed, element: DataType, strict: bool) -> Result<Typed> {
    let name = format!("{}[{}]", base.name, key.name);
    if !types::is_integral(key.data_type()) && key.data_type() != &DataType::Null {
        return Err(SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE")
            .param("paramIndex", "second")
            .param("requiredType", "\"INTEGRAL\"")
            .param("inputSql", format!("\"{}\"", key.name))
            .param("inputType", types::quoted_sql_name(key.data_type()))
            .param("sqlExpr", format!("\"{name}\"")));
    }
    let key = cast::cast(key, &DataType::Int64, Mode::implicit(conf), conf)?;
    // Where an index outside the array is an error, NULL comes only from NULLs.
    let holds_null = matches!(base.data_type(), DataType::List(item) if item.is_nullable());
    let nullable = !strict || holds_null || base.nullable() || key.nullable();
    let kernel = Kernel::new("get_array_item", strict, element.clone(), nullable, move |columns| {
        let array = columns.array(0)?;
        let list = array.as_list::<i32>();
        let keys = columns.array(1)?;
        let keys = keys.as_primitive::<Int64Type>();
        let offsets = list.value_offsets();
        let mut indices: Vec<Option<u64>> = Vec::with_capacity(list.len());
        for row in 0..list.len() {
            if list.is_null(row) || keys.is_null(row) {
                indices.push(None);
                continue;
            }
            let (start, end) = (i64::from(offsets[row]), i64::from(offsets[row + 1]));
            let index = keys.value(row);
            if index < 0 || index >= end - start {
                if strict {
                    return Err(SparkError::new("INVALID_ARRAY_INDEX")
                        .param("indexValue", index.to_string())
                        .param("arraySize", (end - start).to_string()));
                }
                indices.push(None);
            } else {
                indices.push(Some((start + index) as u64));
            }
        }
        arrow::compute::take(list.values(), &UInt64Array::from(indices), None).map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(Typed::new(kernel.call(vec![base.expr, key.expr]), element, nullable, name))
}

/// `get(array, index)`: NULL outside the array.
fn get(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let base = call.arg(0)?;
    let DataType::List(element) = base.data_type().clone() else {
        return Err(call.unexpected_input(0, &base, "\"ARRAY\""));
    };
    let key = call.cast(1, &DataType::Int32)?;
    Ok(array_item(call.conf(), base, key, element.data_type().clone(), false)?.named(call.title()))
}

/// The struct with a field set (`withField`), or with `value` absent, without it (`dropFields`).
///
/// # Errors
/// `FIELD_NOT_FOUND` for a path that leads nowhere.
pub(crate) fn update(base: Typed, path: &str, value: Option<Typed>) -> Result<Typed> {
    let parts = firesteel_parser::parse_multipart_identifier(path)?;
    let name = format!("update_fields({})", base.name);
    update_at(base, &parts, value).map(|typed| typed.named(name))
}

fn update_at(base: Typed, parts: &[String], value: Option<Typed>) -> Result<Typed> {
    let DataType::Struct(fields) = base.data_type().clone() else {
        return Err(SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE")
            .param("paramIndex", "first")
            .param("requiredType", "\"STRUCT\"")
            .param("inputSql", format!("\"{}\"", base.name))
            .param("inputType", types::quoted_sql_name(base.data_type()))
            .param("sqlExpr", format!("\"update_fields({})\"", base.name)));
    };
    let Some((name, rest)) = parts.split_first() else { return Ok(base) };
    let mut members: Vec<(String, Typed)> = fields
        .iter()
        .enumerate()
        .map(|(index, f)| nth_field(&base, index, f).map(|typed| (f.name().clone(), typed)))
        .collect::<Result<_>>()?;
    let positions: Vec<usize> =
        members.iter().enumerate().filter(|(_, (n, _))| n.eq_ignore_ascii_case(name)).map(|(i, _)| i).collect();
    match (rest.is_empty(), value) {
        (false, value) => {
            let (index, _) = find_field(&fields, name)?;
            members[index].1 = update_at(members[index].1.clone(), rest, value)?;
        }
        (true, Some(value)) if positions.is_empty() => members.push((name.clone(), value)),
        (true, Some(value)) => positions.iter().for_each(|index| members[*index].1 = value.clone()),
        (true, None) => members.retain(|(n, _)| !n.eq_ignore_ascii_case(name)),
    }
    if members.is_empty() {
        return Err(SparkError::new("DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS")
            .param("sqlExpr", format!("\"update_fields({}, dropfield())\"", base.name)));
    }
    Ok(make_struct(&members, Some(&base)))
}

/// A struct of named values; NULL where `like` is.
pub(crate) fn make_struct(members: &[(String, Typed)], like: Option<&Typed>) -> Typed {
    let fields: Fields = members
        .iter()
        .map(|(name, typed)| {
            let field = Field::new(name, typed.data_type().clone(), typed.nullable());
            field.with_metadata(typed.field.metadata().clone())
        })
        .collect();
    let data_type = DataType::Struct(fields.clone());
    let nullable = like.is_some_and(Typed::nullable);
    let params = format!("{fields:?} {}", like.is_some());
    let kernel = Kernel::new("named_struct", params, data_type.clone(), nullable, move |columns| {
        let arrays = (0..fields.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let nulls = if columns.len() > fields.len() { columns.array(fields.len())?.nulls().cloned() } else { None };
        // A field that must not be NULL may still be so where the whole struct is.
        let fields: Fields = fields
            .iter()
            .zip(&arrays)
            .map(|(f, a)| f.as_ref().clone().with_nullable(f.is_nullable() || a.null_count() > 0))
            .collect();
        if fields.is_empty() {
            return Ok(Arc::new(StructArray::new_empty_fields(columns.rows(), nulls)));
        }
        StructArray::try_new(fields, arrays, nulls)
            .map(|s| Arc::new(s) as ArrayRef)
            .map_err(|e| crate::error::from_arrow(&e))
    });
    let mut exprs: Vec<_> = members.iter().map(|(_, typed)| typed.expr.clone()).collect();
    exprs.extend(like.map(|typed| typed.expr.clone()));
    Typed::new(kernel.call(exprs), data_type, nullable, "named_struct()")
}

fn structure(call: Call<'_>) -> Result<Typed> {
    let values = call.values()?;
    let members: Vec<(String, Typed)> = values
        .into_iter()
        .enumerate()
        .map(|(index, typed)| {
            let named = matches!(typed.expr, Expr::Column(_) | Expr::Alias(_)) || is_field_access(&typed);
            let name = if named { last_part(&typed) } else { format!("col{}", index + 1) };
            (name, typed)
        })
        .collect();
    let shown: Vec<String> = members
        .iter()
        .map(|(name, typed)| match &typed.expr {
            Expr::Alias(_) => format!("{name} AS {name}"),
            _ => typed.name.clone(),
        })
        .collect();
    Ok(make_struct(&members, None).named(format!("struct({})", shown.join(", "))))
}

fn is_field_access(typed: &Typed) -> bool {
    matches!(&typed.expr, Expr::ScalarFunction(call)
        if matches!(call.func.name(), "get_struct_field" | "get_array_struct_fields"))
}

fn last_part(typed: &Typed) -> String {
    if is_field_access(typed) {
        typed.name.rsplit('.').next().unwrap_or(&typed.name).to_string()
    } else {
        typed.name.clone()
    }
}

fn named_struct(call: Call<'_>) -> Result<Typed> {
    if call.is_empty() || !call.len().is_multiple_of(2) {
        return Err(SparkError::new("WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
            .param("functionName", "`named_struct`")
            .param("expectedNum", "2n (n > 0)")
            .param("actualNum", call.len().to_string())
            .param("docroot", "https://spark.apache.org/docs/latest"));
    }
    for index in (0..call.len()).step_by(2) {
        let name = call.arg(index)?;
        if *name.data_type() != DataType::Utf8 || crate::fold::constant(&name)?.is_none() {
            return Err(SparkError::new("DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING")
                .param("inputExprs", format!("[\"{}\"]", name.name))
                .param("sqlExpr", format!("\"{}\"", call.title())));
        }
    }
    let members = (0..call.len() / 2)
        .map(|i| Ok((call.constant_text(i * 2)?.unwrap_or_default(), call.arg(i * 2 + 1)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(make_struct(&members, None).named(call.title()))
}
