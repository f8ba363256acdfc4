//! `spark.read.json(df)` and `spark.read.csv(df)`: rows of text read as if each were a line of a file.
//!
//! The texts are written to a file, read by the format with the reader's options, and the file is removed: so the options,
//! the modes and the inference of types are those of files. The rows are in memory from then on.

use std::io::Write;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::Options;
use spark_connect_proto::{self as pb, parse::ParseFormat};

use super::{local, read};
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Parse) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let format = match message.format() {
        ParseFormat::Csv => "csv",
        ParseFormat::Json => "json",
        ParseFormat::Xml => return Err(SparkError::unsupported("The xml data source")),
        ParseFormat::Unspecified => return Err(SparkError::internal("rows to parse in no format were sent")),
    };
    let [column] = input.output.as_slice() else {
        return Err(one_column(&input));
    };
    if column.data_type() != &DataType::Utf8 {
        return Err(one_column(&input));
    }
    let schema = message.schema.as_ref().map(types::schema_from_proto).transpose()?;
    let mut options = Options::new();
    message.options.iter().for_each(|(key, value)| options.set(key, value));
    let session = analyzer.session().clone();
    let batches = crate::blocking::wait(async move { session.collect(&input).await })?;
    let mut file = tempfile::Builder::new()
        .prefix("firesteel-parse-")
        .suffix(&format!(".{format}"))
        .tempfile()
        .map_err(|e| SparkError::io("The rows to parse cannot be written to a temporary file", e))?;
    for batch in &batches {
        for text in batch.column(0).as_string::<i32>().iter().flatten() {
            // A line break cannot be in a JSON text, but between its parts.
            let line = if format == "json" { text.replace(['\n', '\r'], " ") } else { text.to_string() };
            writeln!(file, "{line}").map_err(|e| SparkError::io("The rows to parse cannot be kept", e))?;
        }
    }
    file.flush().map_err(|e| SparkError::io("The rows to parse cannot be kept", e))?;
    let path = file.path().to_string_lossy().into_owned();
    let rows = match read::files(analyzer, format, &[path], schema.clone(), options) {
        Err(error) if error.condition() == Some("UNABLE_TO_INFER_SCHEMA") => {
            return local::of_batches(&Schema::empty(), &[]);
        }
        other => other?,
    };
    let session = analyzer.session().clone();
    let parsed = rows.clone();
    let batches = crate::blocking::wait(async move { session.collect(&parsed).await })?;
    let schema: SchemaRef = rows.schema();
    let batches: Vec<_> = batches.into_iter().collect();
    let analyzed = local::of_batches(&schema, &batches)?;
    drop(file);
    Ok(analyzed)
}

fn one_column(input: &Analyzed) -> SparkError {
    let shown = Arc::new(input.struct_type());
    SparkError::plain(
        Exception::Analysis,
        format!("Rows to parse have one column of text, not {}.", types::simple_name(&shown)),
    )
}
