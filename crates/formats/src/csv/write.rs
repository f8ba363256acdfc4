//! Batches as CSV text.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, SchemaRef, TimestampMicrosecondType};
use firesteel_error::{Result, SparkError};

use crate::DateTimePattern;
use crate::compression::{Codec, Compressor};
use crate::context::FormatContext;
use crate::csv::options::{one_char, separator};
use crate::encoding::Encoding;
use crate::options::Options;
use crate::time_zone::ZoneId;
use crate::values::text::write_text;
use crate::write::{Encoder, EncoderFactory};

/// How to write CSV.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct CsvStyle {
    sep: Vec<u8>,
    quote: u8,
    escape: u8,
    escape_escape: Option<u8>,
    comment: Option<u8>,
    header: bool,
    quote_all: bool,
    escape_quotes: bool,
    trim_leading: bool,
    trim_trailing: bool,
    null_value: String,
    empty_value: String,
    date: Option<DateTimePattern>,
    timestamp: DateTimePattern,
    timestamp_ntz: DateTimePattern,
    zone: ZoneId,
    line_end: String,
}

impl CsvStyle {
    pub(crate) fn new(options: &Options, context: &FormatContext) -> Result<Self> {
        let pattern = |name: &str, otherwise: &str| DateTimePattern::new(options.get(name).unwrap_or(otherwise));
        let quote = one_char(options, "quote", Some(b'"'))?.unwrap_or(0);
        let escape = one_char(options, "escape", Some(b'\\'))?.unwrap_or(0);
        Ok(Self {
            sep: separator(options)?,
            quote,
            escape,
            escape_escape: one_char(options, "charToEscapeQuoteEscaping", (escape != quote).then_some(escape))?,
            comment: one_char(options, "comment", None)?,
            header: options.flag("header", false)?,
            quote_all: options.flag("quoteAll", false)?,
            escape_quotes: options.flag("escapeQuotes", true)?,
            trim_leading: options.flag("ignoreLeadingWhiteSpace", true)?,
            trim_trailing: options.flag("ignoreTrailingWhiteSpace", true)?,
            null_value: options.get("nullValue").unwrap_or("").to_string(),
            empty_value: options.get("emptyValue").unwrap_or("\"\"").to_string(),
            date: options.get("dateFormat").map(DateTimePattern::new).transpose()?,
            timestamp: pattern("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")?,
            timestamp_ntz: pattern("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss.SSS")?,
            zone: options.get("timeZone").map_or(Ok(context.time_zone), str::parse)?,
            line_end: options.get("lineSep").unwrap_or("\n").to_string(),
        })
    }

    /// Appends a row without its end.
    pub(crate) fn write_row(&self, columns: &[ArrayRef], row: usize, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
        let start = out.len();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(&self.sep);
            }
            scratch.clear();
            if column.is_null(row) {
                self.write_field(self.null_value.as_bytes(), true, out.len() == start, out);
                continue;
            }
            self.write_value(column, row, scratch);
            self.write_field(scratch, false, out.len() == start, out);
        }
    }

    fn write_value(&self, column: &ArrayRef, row: usize, out: &mut Vec<u8>) {
        match (column.data_type(), &self.date) {
            (DataType::Date32, Some(pattern)) => {
                pattern.format_date(column.as_primitive::<Date32Type>().value(row), out);
            }
            (DataType::Timestamp(_, zone), _) => {
                let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
                match zone {
                    Some(_) => self.timestamp.format_timestamp(micros, self.zone, out),
                    None => self.timestamp_ntz.format_timestamp_ntz(micros, out),
                }
            }
            _ => {
                write_text(column.as_ref(), row, self.zone, out);
            }
        }
    }

    fn write_field(&self, text: &[u8], is_null: bool, first: bool, out: &mut Vec<u8>) {
        let mut text = text;
        while let [b' ' | b'\t', rest @ ..] = text
            && self.trim_leading
        {
            text = rest;
        }
        while let [rest @ .., b' ' | b'\t'] = text
            && self.trim_trailing
        {
            text = rest;
        }
        if text.is_empty() && !is_null {
            let shown = self.empty_value.as_bytes();
            if self.quote_all && self.quote != 0 && shown != [self.quote, self.quote] {
                out.push(self.quote);
                out.extend_from_slice(shown);
                out.push(self.quote);
            } else {
                out.extend_from_slice(self.empty_value.as_bytes());
            }
            return;
        }
        let has_quote = memchr::memchr(self.quote, text).is_some();
        let quoted = self.quote != 0
            && (self.quote_all
                || (has_quote && self.escape_quotes)
                || memchr::memchr2(b'\n', b'\r', text).is_some()
                || memchr::memmem::find(text, &self.sep).is_some()
                || (first && self.comment.is_some() && text.first().copied() == self.comment));
        if !quoted {
            return out.extend_from_slice(text);
        }
        out.push(self.quote);
        for byte in text {
            if *byte == self.quote {
                out.push(self.escape);
            } else if *byte == self.escape && self.escape != 0 {
                out.extend(self.escape_escape);
            }
            out.push(*byte);
        }
        out.push(self.quote);
    }

    fn write_header(&self, schema: &SchemaRef, out: &mut Vec<u8>) {
        let start = out.len();
        for (at, field) in schema.fields().iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(&self.sep);
            }
            self.write_field(field.name().as_bytes(), false, out.len() == start, out);
        }
        out.extend_from_slice(self.line_end.as_bytes());
    }
}

#[derive(Debug)]
pub(crate) struct CsvEncoders {
    schema: SchemaRef,
    style: CsvStyle,
    codec: Codec,
    encoding: Encoding,
}

impl CsvEncoders {
    pub(crate) fn new(schema: &SchemaRef, options: &Options, context: &FormatContext) -> Result<Self> {
        Ok(Self {
            schema: SchemaRef::clone(schema),
            style: CsvStyle::new(options, context)?,
            codec: options.first_of(&["compression", "codec"]).map_or(Ok(Codec::None), Codec::of_option)?,
            encoding: options.first_of(&["encoding", "charset"]).map_or(Ok(Encoding::Utf8), Encoding::named)?,
        })
    }
}

impl EncoderFactory for CsvEncoders {
    fn extension(&self) -> String {
        format!(".csv{}", self.codec.extension())
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        let mut text = Vec::new();
        if self.style.header {
            self.style.write_header(&self.schema, &mut text);
        }
        Ok(Box::new(CsvEncoder {
            style: self.style.clone(),
            encoding: self.encoding,
            compressor: Compressor::new(self.codec).map_err(|error| SparkError::io("Compressing", error))?,
            text,
            scratch: Vec::new(),
        }))
    }
}

struct CsvEncoder {
    style: CsvStyle,
    encoding: Encoding,
    compressor: Compressor,
    text: Vec<u8>,
    scratch: Vec<u8>,
}

impl CsvEncoder {
    fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if !self.encoding.is_utf8() {
            let utf8 = String::from_utf8_lossy(&self.text).into_owned();
            self.text.clear();
            self.encoding.encode(&utf8, &mut self.text);
        }
        let done = self.compressor.push(&self.text, out);
        self.text.clear();
        done.map_err(|error| SparkError::io("Compressing", error))
    }
}

impl Encoder for CsvEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        for row in 0..batch.num_rows() {
            self.style.write_row(batch.columns(), row, &mut self.scratch, &mut self.text);
            self.text.extend_from_slice(self.style.line_end.as_bytes());
        }
        self.flush(out)
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        self.flush(out)?;
        self.compressor.finish(out).map_err(|error| SparkError::io("Compressing", error))
    }
}
