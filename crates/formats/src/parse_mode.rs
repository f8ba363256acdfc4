//! What a reader does with a record that is not as it should be, and the column that keeps such records.

use arrow::datatypes::{DataType, Schema};
use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;
use crate::options::Options;
use crate::schema::spark_type_name;

/// The option `mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParseMode {
    /// Keeps the record with nulls.
    Permissive,
    /// Leaves the record out.
    DropMalformed,
    /// Ends the query.
    FailFast,
}

impl ParseMode {
    pub(crate) fn of(options: &Options) -> Self {
        match options.get("mode").map(str::to_uppercase).as_deref() {
            None | Some("PERMISSIVE") => Self::Permissive,
            Some("DROPMALFORMED") => Self::DropMalformed,
            Some("FAILFAST") => Self::FailFast,
            Some(other) => {
                tracing::warn!(mode = other, "{other} is not a parse mode; PERMISSIVE is used");
                Self::Permissive
            }
        }
    }
}

/// The name of the column for records that could not be parsed.
pub(crate) fn corrupt_column_name(options: &Options, context: &FormatContext) -> String {
    options.get("columnNameOfCorruptRecord").unwrap_or(&context.corrupt_record_column).to_string()
}

/// Where in `schema` that column is; it must be a string.
pub(crate) fn corrupt_column(schema: &Schema, name: &str) -> Result<Option<usize>> {
    let Some((at, field)) = schema.column_with_name(name) else { return Ok(None) };
    if field.data_type() == &DataType::Utf8 {
        return Ok(Some(at));
    }
    Err(SparkError::new("INVALID_CORRUPT_RECORD_TYPE")
        .param("columnName", format!("`{name}`"))
        .param("actualType", format!("\"{}\"", spark_type_name(field.data_type()).to_uppercase())))
}

/// A query of nothing but that column would depend on which other columns happen to be parsed.
pub(crate) fn refuse_only_corrupt(needed: &[usize], corrupt: Option<usize>) -> Result<()> {
    match (needed, corrupt) {
        ([only], Some(corrupt)) if *only == corrupt => {
            Err(SparkError::new("UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN"))
        }
        _ => Ok(()),
    }
}

/// The error of `FAILFAST`. `place` says where the record is.
pub(crate) fn malformed(record: &[u8], place: &str) -> SparkError {
    let shown = String::from_utf8_lossy(record);
    SparkError::new("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
        .param("badRecord", shown.clone())
        .param("failFastMode", "FAILFAST")
        .text(format!(
            "A malformed record was found{place}: {shown:?}. With the option mode = PERMISSIVE such records become nulls."
        ))
}
