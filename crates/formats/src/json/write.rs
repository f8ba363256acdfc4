//! Batches as JSON files: an object a line.

use arrow::array::{Array, RecordBatch, StructArray};
use arrow::datatypes::SchemaRef;
use firesteel_error::{Result, SparkError};

use crate::compression::{Codec, Compressor};
use crate::context::FormatContext;
use crate::encoding::Encoding;
use crate::json::generate::{JsonStyle, Writer};
use crate::options::Options;
use crate::write::{Encoder, EncoderFactory};

#[derive(Debug)]
pub(crate) struct JsonEncoders {
    style: JsonStyle,
    codec: Codec,
    encoding: Encoding,
    line_end: String,
}

impl JsonEncoders {
    pub(crate) fn new(_: &SchemaRef, options: &Options, context: &FormatContext) -> Result<Self> {
        Ok(Self {
            style: JsonStyle::new(options, context)?,
            codec: options.first_of(&["compression", "codec"]).map_or(Ok(Codec::None), Codec::of_option)?,
            encoding: options.first_of(&["encoding", "charset"]).map_or(Ok(Encoding::Utf8), Encoding::named)?,
            line_end: options.get("lineSep").unwrap_or("\n").to_string(),
        })
    }
}

impl EncoderFactory for JsonEncoders {
    fn extension(&self) -> String {
        format!(".json{}", self.codec.extension())
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(JsonEncoder {
            style: self.style.clone(),
            encoding: self.encoding,
            line_end: self.line_end.clone(),
            compressor: Compressor::new(self.codec).map_err(|error| SparkError::io("Compressing", error))?,
            text: Vec::new(),
        }))
    }
}

struct JsonEncoder {
    style: JsonStyle,
    encoding: Encoding,
    line_end: String,
    compressor: Compressor,
    text: Vec<u8>,
}

impl Encoder for JsonEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let rows = StructArray::from(batch.clone());
        let writer = Writer::new(&rows as &dyn Array, &self.style)?;
        self.text.clear();
        for row in 0..batch.num_rows() {
            writer.write(row, &self.style, 0, &mut self.text);
            self.text.extend_from_slice(self.line_end.as_bytes());
        }
        if !self.encoding.is_utf8() {
            let utf8 = String::from_utf8_lossy(&self.text).into_owned();
            self.text.clear();
            self.encoding.encode(&utf8, &mut self.text);
        }
        self.compressor.push(&self.text, out).map_err(|error| SparkError::io("Compressing", error))
    }

    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        self.compressor.finish(out).map_err(|error| SparkError::io("Compressing", error))
    }
}
