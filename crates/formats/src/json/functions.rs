//! `from_json`, `to_json` and `schema_of_json`: the readers and writers for columns of text.

use arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Schema};
use firesteel_error::{Exception, Result, SparkError};

use crate::column::{Column, Data, offset};
use crate::context::FormatContext;
use crate::json::generate::{JsonStyle, Writer};
use crate::json::infer::{Shape, shape_of};
use crate::json::options::JsonOptions;
use crate::json::scan::{Kind, Scanner, Syntax};
use crate::json::value::{Fit, ValueReader};
use crate::options::Options;
use crate::parse_mode::{ParseMode, corrupt_column, malformed};
use crate::schema::nullable_type;

/// `from_json`: each text as a value of `target` (a struct, array or map), with the options of the reader.
/// Null and blank texts give null. A bad record gives null fields (`PERMISSIVE`) or an error (`FAILFAST`).
pub fn from_json(
    input: &StringArray,
    target: &DataType,
    options: &Options,
    context: &FormatContext,
) -> Result<ArrayRef> {
    let json = JsonOptions::new(options, context)?;
    if json.mode == ParseMode::DropMalformed {
        return Err(SparkError::new("PARSE_MODE_UNSUPPORTED")
            .param("funcName", "`from_json`")
            .param("mode", "DROPMALFORMED"));
    }
    let corrupt = match target {
        DataType::Struct(fields) => corrupt_column(&Schema::new(fields.clone()), &json.corrupt_column)?,
        _ => None,
    };
    let mut column = Column::new(&nullable_type(target))?;
    let mut reader = ValueReader::new(&json);
    for row in 0..input.len() {
        let text = if input.is_null(row) { "" } else { input.value(row) };
        let mut scanner = Scanner::new(text.as_bytes(), &json, true);
        if input.is_null(row) || scanner.peek() == Ok(0) {
            column.push_null();
            continue;
        }
        reader.inner_misfit = false;
        let done = read_root(&mut scanner, &mut column, &mut reader);
        let good = done == Ok(Fit::Stored) && !reader.inner_misfit;
        if !good && json.mode == ParseMode::FailFast {
            return Err(malformed(text.as_bytes(), ""));
        }
        if done != Ok(Fit::Stored) {
            column.truncate(row);
            push_empty(&mut column);
        }
        if let Some(corrupt) = corrupt
            && let Data::Struct(children) = &mut column.data
        {
            children[corrupt].truncate(row);
            if good { children[corrupt].push_null() } else { children[corrupt].push_bytes(text.as_bytes()) }
        }
    }
    column.take()
}

/// What a record becomes that cannot be read: a struct of nulls; an array or map is null.
fn push_empty(column: &mut Column) {
    if let Data::Struct(children) = &mut column.data {
        children.iter_mut().for_each(Column::push_null);
        column.push_valid();
    } else {
        column.push_null();
    }
}

fn read_root(scanner: &mut Scanner, column: &mut Column, reader: &mut ValueReader) -> Result<Fit, Syntax> {
    let kind = scanner.kind()?;
    // An object is an array of one, where an array of structs is wanted.
    if let (Kind::Object, Data::List { ends, element }) = (kind, &mut column.data)
        && matches!(element.data, Data::Struct(_))
    {
        let fit = reader.read(scanner, element)?;
        ends.push(offset(element.len()));
        column.push_valid();
        return Ok(fit);
    }
    if kind == Kind::Null {
        return Ok(Fit::Misfit);
    }
    reader.read(scanner, column)
}

/// `to_json`: each value as text, with the options of the writer. Null values give null.
pub fn to_json(input: &ArrayRef, options: &Options, context: &FormatContext) -> Result<StringArray> {
    let style = JsonStyle::new(options, context)?;
    let writer = Writer::new(input.as_ref(), &style)?;
    let mut texts = StringBuilder::with_capacity(input.len(), input.len() * 32);
    let mut text = Vec::new();
    for row in 0..input.len() {
        if input.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        writer.write(row, &style, 0, &mut text);
        texts.append_value(String::from_utf8_lossy(&text));
    }
    Ok(texts.finish())
}

/// `schema_of_json`: the type that inference finds in one text.
pub fn schema_of_json(text: &str, options: &Options, context: &FormatContext) -> Result<DataType> {
    let json = JsonOptions::new(options, context)?;
    let mut scanner = Scanner::new(text.as_bytes(), &json, true);
    let shape = shape_of(&mut scanner, &json)
        .map_err(|_| SparkError::plain(Exception::Spark, format!("schema_of_json: {text:?} is not JSON")))?;
    Ok(shape.data_type(&json).unwrap_or(match shape {
        Shape::Struct(_) => DataType::Struct(arrow::datatypes::Fields::empty()),
        _ => DataType::Utf8,
    }))
}
