//! Functions that give many rows for one: `explode`, `posexplode`, `inline`, `stack` and their outer forms.
//!
//! A generator is a call of a kernel that gives an array of structs, one struct for each row. The relation it stands
//! in unnests it; the kernel itself is a plain scalar function.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Int32Array, ListArray, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};
use crate::types;

/// Kernels with this prefix are generators; `outer` ones keep a row that generates none.
const PREFIX: &str = "generator:";
const OUTER_PREFIX: &str = "generator:outer:";

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("explode", |c| explode(c, false, false)),
    ("explode_outer", |c| explode(c, false, true)),
    ("posexplode", |c| explode(c, true, false)),
    ("posexplode_outer", |c| explode(c, true, true)),
    ("inline", |c| inline(c, false)),
    ("inline_outer", |c| inline(c, true)),
    ("stack", stack),
];

/// Whether it is a generator's call.
pub(crate) fn is_generator(expr: &Expr) -> bool {
    generator_name(expr).is_some()
}

/// Whether it is an outer generator's call.
pub(crate) fn is_outer(expr: &Expr) -> bool {
    generator_name(expr).is_some_and(|name| name.starts_with(OUTER_PREFIX))
}

fn generator_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::ScalarFunction(call) => Some(call.func.name()).filter(|name| name.starts_with(PREFIX)),
        Expr::Alias(alias) => generator_name(&alias.expr),
        _ => None,
    }
}

/// The columns that a generator's rows have.
pub(crate) fn columns(typed: &Typed) -> Vec<FieldRef> {
    match typed.data_type() {
        DataType::List(element) => match element.data_type() {
            DataType::Struct(fields) => fields.iter().cloned().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The generator with its columns renamed.
///
/// # Errors
/// `UDTF_ALIAS_NUMBER_MISMATCH` if there is another number of names than columns.
pub(crate) fn named(typed: Typed, names: &[String]) -> Result<Typed> {
    if !is_generator(&typed.expr) {
        return Err(SparkError::new("MULTI_ALIAS_WITHOUT_GENERATOR")
            .param("names", names.join(", "))
            .param("expr", format!("\"{}\"", typed.name))
            .text(format!(
                "Several aliases ({}) for \"{}\", which gives one column: only a generator takes them.",
                names.join(", "),
                typed.name
            )));
    }
    let fields = columns(&typed);
    if fields.len() != names.len() {
        return Err(SparkError::new("UDTF_ALIAS_NUMBER_MISMATCH")
            .param("aliasesSize", names.len().to_string())
            .param("aliasesNames", names.join(","))
            .param("expectedSize", fields.len().max(1).to_string()));
    }
    let renamed: Fields = fields.iter().zip(names).map(|(f, n)| f.as_ref().clone().with_name(n)).collect();
    Ok(Typed { field: Arc::new(Field::new("", rows_of(renamed), typed.nullable())), ..typed })
}

fn rows_of(fields: Fields) -> DataType {
    types::array(DataType::Struct(fields), false)
}

fn call_of(name: &str, outer: bool, fields: Fields, args: Vec<Expr>, title: String, body: Body) -> Typed {
    let data_type = rows_of(fields.clone());
    let name = format!("{}{name}", if outer { OUTER_PREFIX } else { PREFIX });
    let kernel = Kernel::new(&name, (), data_type.clone(), true, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        body(&arrays, &fields)
    });
    Typed::new(kernel.call(args), data_type, true, title)
}

type Body = fn(&[ArrayRef], &Fields) -> Result<ArrayRef>;

fn explode(call: Call<'_>, position: bool, outer: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let mut fields: Vec<Field> = Vec::new();
    if position {
        fields.push(Field::new("pos", DataType::Int32, outer));
    }
    match arg.data_type() {
        DataType::List(element) => {
            fields.push(Field::new("col", element.data_type().clone(), element.is_nullable() || outer));
        }
        DataType::Map(..) => {
            if let Some((key, value)) = types::map_fields(arg.data_type()) {
                fields.push(Field::new("key", key.data_type().clone(), outer));
                fields.push(Field::new("value", value.data_type().clone(), value.is_nullable() || outer));
            }
        }
        _ => return Err(call.unexpected_input(0, &arg, "(\"ARRAY\" or \"MAP\")")),
    }
    let name = call.lower_name();
    Ok(call_of(&name, outer, fields.into(), vec![arg.expr], call.title(), explode_rows))
}

fn explode_rows(arrays: &[ArrayRef], fields: &Fields) -> Result<ArrayRef> {
    let array = &arrays[0];
    let (offsets, nulls, mut parts) = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            (list.offsets().clone(), list.nulls().cloned(), vec![list.values().clone()])
        }
        _ => {
            let map = array.as_map();
            (map.offsets().clone(), map.nulls().cloned(), vec![map.keys().clone(), map.values().clone()])
        }
    };
    if fields.len() > parts.len() {
        let length = parts[0].len();
        let mut positions = vec![0; length];
        for window in offsets.windows(2) {
            for (position, slot) in positions[window[0] as usize..window[1] as usize].iter_mut().enumerate() {
                *slot = position as i32;
            }
        }
        parts.insert(0, Arc::new(Int32Array::from(positions)));
    }
    assemble(parts, fields, offsets, nulls)
}

fn assemble(
    parts: Vec<ArrayRef>,
    fields: &Fields,
    offsets: arrow::buffer::OffsetBuffer<i32>,
    nulls: Option<arrow::buffer::NullBuffer>,
) -> Result<ArrayRef> {
    let rows = StructArray::try_new(fields.clone(), parts, None).map_err(|e| crate::error::from_arrow(&e))?;
    let element = Arc::new(Field::new("element", DataType::Struct(fields.clone()), false));
    ListArray::try_new(element, offsets, Arc::new(rows), nulls)
        .map(|l| Arc::new(l) as ArrayRef)
        .map_err(|e| crate::error::from_arrow(&e))
}

fn inline(call: Call<'_>, outer: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let fields = match arg.data_type() {
        DataType::List(element) => match element.data_type() {
            DataType::Struct(fields) => fields.clone(),
            _ => return Err(call.unexpected_input(0, &arg, "\"ARRAY<STRUCT>\"")),
        },
        _ => return Err(call.unexpected_input(0, &arg, "\"ARRAY<STRUCT>\"")),
    };
    let fields: Fields = fields.iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
    let name = call.lower_name();
    Ok(call_of(&name, outer, fields, vec![arg.expr], call.title(), |arrays, fields| {
        let list = arrays[0].as_list::<i32>();
        let rows = list.values().as_struct();
        let parts =
            rows.columns().iter().map(|c| super::extract::masked(c, rows.nulls())).collect::<Result<Vec<_>>>()?;
        assemble(parts, fields, list.offsets().clone(), list.nulls().cloned())
    }))
}

fn stack(call: Call<'_>) -> Result<Typed> {
    call.expect(2..)?;
    let rows = call.constant_int(0)?.filter(|n| *n > 0).ok_or_else(|| {
        SparkError::new("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE")
            .param("exprName", "`n`")
            .param("valueRange", "(0, 2147483647]")
            .param("currentValue", "0")
            .param("sqlExpr", format!("\"{}\"", call.title()))
    })? as usize;
    let values = &call.values()?[1..];
    let width = values.len().div_ceil(rows);
    let mut fields = Vec::with_capacity(width);
    let mut cells: Vec<Vec<Typed>> = vec![Vec::new(); rows];
    for column in 0..width {
        let own: Vec<Typed> = (0..rows)
            .map(|row| values.get(row * width + column).cloned())
            .map(|v| v.unwrap_or_else(|| Typed::literal(datafusion::common::ScalarValue::Null, "NULL")))
            .collect();
        let Some((cast, data_type)) = crate::coerce::unify(&own, call.conf())? else {
            return Err(super::operator::mismatch("stack", &own[0], &own[rows - 1]));
        };
        fields.push(Field::new(format!("col{column}"), data_type, true));
        cast.into_iter().enumerate().for_each(|(row, typed)| cells[row].push(typed));
    }
    let args = cells.into_iter().flatten().map(|t| t.expr).collect();
    Ok(call_of("stack", false, fields.into(), args, call.title(), |arrays, fields| {
        let (width, length) = (fields.len(), arrays[0].len());
        let rows = arrays.len() / width;
        let parts = (0..width)
            .map(|column| {
                let sources: Vec<&dyn Array> = (0..rows).map(|row| arrays[row * width + column].as_ref()).collect();
                let order: Vec<(usize, usize)> = (0..length).flat_map(|i| (0..rows).map(move |row| (row, i))).collect();
                arrow::compute::interleave(&sources, &order).map_err(|e| crate::error::from_arrow(&e))
            })
            .collect::<Result<Vec<_>>>()?;
        assemble(parts, fields, arrow::buffer::OffsetBuffer::from_lengths(vec![rows; length]), None)
    }))
}
