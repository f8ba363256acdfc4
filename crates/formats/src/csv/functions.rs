//! `from_csv`, `to_csv` and `schema_of_csv`: the reader and writer for columns of text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields as ArrowFields, Schema};
use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;
use crate::csv::fields::Fields;
use crate::csv::infer::{Shape, widen};
use crate::csv::options::CsvOptions;
use crate::csv::read::{Rows, layout};
use crate::csv::write::CsvStyle;
use crate::options::Options;
use crate::parse_mode::{ParseMode, corrupt_column};
use crate::schema::nullable_type;

/// `from_csv`: each text as a struct `target`, with the options of the reader. Null texts give null. A bad record gives
/// null fields (`PERMISSIVE`) or an error (`FAILFAST`).
pub fn from_csv(
    input: &StringArray,
    target: &DataType,
    options: &Options,
    context: &FormatContext,
) -> Result<ArrayRef> {
    let csv = CsvOptions::new(options, context)?;
    if csv.mode == ParseMode::DropMalformed {
        return Err(SparkError::new("PARSE_MODE_UNSUPPORTED")
            .param("funcName", "`from_csv`")
            .param("mode", "DROPMALFORMED"));
    }
    let DataType::Struct(fields) = nullable_type(target) else {
        return Err(SparkError::internal("from_csv needs a struct"));
    };
    let schema = Schema::new(fields.clone());
    let corrupt = corrupt_column(&schema, &csv.corrupt_column)?;
    let all: Vec<usize> = (0..fields.len()).collect();
    let mut rows = Rows::new(layout(&schema, &all, corrupt, &csv)?)?;
    for row in 0..input.len() {
        let text = if input.is_null(row) { "" } else { input.value(row) };
        rows.read_line(text.as_bytes(), true, &csv).map_err(|bad| bad.error("", &csv))?;
    }
    let nulls: Option<&NullBuffer> = input.nulls();
    let array = StructArray::try_new_with_length(fields, rows.take_columns()?, nulls.cloned(), input.len());
    Ok(Arc::new(array.map_err(|error| SparkError::internal(error.to_string()))?))
}

/// `to_csv`: each struct as text, with the options of the writer. Null values give null.
pub fn to_csv(input: &ArrayRef, options: &Options, context: &FormatContext) -> Result<StringArray> {
    let style = CsvStyle::new(options, context)?;
    let Some(rows) = input.as_struct_opt() else { return Err(SparkError::internal("to_csv needs a struct")) };
    let mut texts = StringBuilder::new();
    let (mut text, mut scratch) = (Vec::new(), Vec::new());
    for row in 0..rows.len() {
        if rows.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        style.write_row(rows.columns(), row, &mut scratch, &mut text);
        texts.append_value(String::from_utf8_lossy(&text));
    }
    Ok(texts.finish())
}

/// `schema_of_csv`: the type that inference finds in one text.
pub fn schema_of_csv(text: &str, options: &Options, context: &FormatContext) -> Result<DataType> {
    let csv = CsvOptions::new(options, context)?;
    let mut fields = Fields::default();
    fields.read(text.as_bytes(), &csv, false, true);
    let field = |at: usize| {
        let value = fields
            .get(text.as_bytes(), at)
            .map_or(String::new(), |(bytes, _)| String::from_utf8_lossy(bytes).into_owned());
        Field::new(format!("_c{at}"), widen(Shape::Null, &value, &csv).data_type(), true)
    };
    Ok(DataType::Struct((0..fields.fields.len()).map(field).collect::<ArrowFields>()))
}
