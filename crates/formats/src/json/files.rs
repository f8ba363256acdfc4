//! The format `json`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use crate::context::FormatContext;
use crate::decode::{Decoder, DecoderFactory, Framing, survey};
use crate::encoding::Encoding;
use crate::file_status::FileStatus;
use crate::format::{FileFormat, ScanRequest};
use crate::json::infer::{Shape, merge, shape_of};
use crate::json::options::{JsonOptions, NAMES};
use crate::json::read::JsonDecoders;
use crate::json::scan::{Kind, Scanner, Syntax};
use crate::json::write::JsonEncoders;
use crate::options::Options;
use crate::parse_mode::{ParseMode, corrupt_column, malformed, refuse_only_corrupt};
use crate::scan::FileScanExec;
use crate::split::{FileSlice, lines_split};
use crate::write::EncoderFactory;

/// The format.
#[derive(Debug)]
pub struct JsonFormat;

#[async_trait]
impl FileFormat for JsonFormat {
    fn name(&self) -> &'static str {
        "json"
    }

    fn known_options(&self) -> &'static [&'static str] {
        NAMES
    }

    fn supports(&self, data_type: &DataType, _: bool) -> bool {
        has_json_form(data_type)
    }

    async fn infer_schema(
        &self,
        files: &[FileStatus],
        options: &Options,
        context: &FormatContext,
    ) -> Result<Option<SchemaRef>> {
        if files.is_empty() {
            return Ok(None);
        }
        let json = Arc::new(JsonOptions::new(options, context)?);
        let found = Arc::new(Mutex::new(Found::default()));
        let splittable = !json.multi_line && json.encoding.is_utf8();
        let learner = Learner { options: Arc::clone(&json), found: Arc::clone(&found) };
        survey(files, splittable, Arc::new(learner), options, context).await?;
        let found = std::mem::take(&mut *found.lock());
        found.schema(&json, context).map(Some)
    }

    fn splittable(&self, file: &FileStatus, options: &Options) -> bool {
        lines_split(file, options)
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        let options = Arc::new(JsonOptions::new(&request.options, &request.context)?);
        let needed = request.needed_data_columns();
        let corrupt = corrupt_column(&request.data_schema, &options.corrupt_column)?;
        refuse_only_corrupt(&needed, corrupt)?;
        let schema = Arc::new(request.data_schema.project(&needed).map_err(|e| SparkError::internal(e.to_string()))?);
        let corrupt = corrupt.and_then(|corrupt| needed.binary_search(&corrupt).ok());
        let decoders = JsonDecoders { schema, corrupt, options };
        FileScanExec::plan("json", request, Arc::new(decoders))
    }

    fn encoder(
        &self,
        schema: &SchemaRef,
        options: &Options,
        context: &FormatContext,
    ) -> Result<Arc<dyn EncoderFactory>> {
        Ok(Arc::new(JsonEncoders::new(schema, options, context)?))
    }
}

fn has_json_form(data_type: &DataType) -> bool {
    match data_type {
        DataType::Interval(unit) => *unit == IntervalUnit::YearMonth,
        DataType::Struct(fields) => fields.iter().all(|field| has_json_form(field.data_type())),
        DataType::List(element) | DataType::Map(element, _) => has_json_form(element.data_type()),
        _ => true,
    }
}

/// What the records of all files have shown.
#[derive(Debug, Default)]
struct Found {
    shape: Option<Shape>,
    malformed: bool,
}

impl Found {
    fn schema(self, options: &JsonOptions, context: &FormatContext) -> Result<SchemaRef> {
        let mut fields = match self.shape {
            Some(Shape::Struct(fields)) => fields,
            _ => std::collections::BTreeMap::new(),
        };
        if self.malformed && options.mode == ParseMode::Permissive {
            fields.insert(options.corrupt_column.clone(), Shape::String);
        }
        let mut seen: Vec<&String> = Vec::new();
        for name in fields.keys() {
            if seen.iter().any(|other| context.same_name(other, name)) {
                return Err(
                    SparkError::new("COLUMN_ALREADY_EXISTS").param("columnName", format!("`{}`", name.to_lowercase()))
                );
            }
            seen.push(name);
        }
        let fields = fields
            .iter()
            .filter_map(|(name, shape)| Some(Field::new(name, shape.data_type(options)?, true)))
            .collect::<Vec<_>>();
        Ok(Arc::new(Schema::new(fields)))
    }

    fn add(&mut self, shape: Shape) {
        self.shape = Some(match self.shape.take() {
            Some(known) => merge(known, shape),
            None => shape,
        });
    }
}

#[derive(Debug)]
struct Learner {
    options: Arc<JsonOptions>,
    found: Arc<Mutex<Found>>,
}

impl DecoderFactory for Learner {
    fn framing(&self) -> Framing {
        if self.options.multi_line { Framing::Whole } else { Framing::Lines(self.options.line_end.clone()) }
    }

    fn encoding(&self) -> Encoding {
        self.options.encoding
    }

    fn decoder(&self, _: &FileSlice) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(LearningDecoder {
            options: Arc::clone(&self.options),
            all: Arc::clone(&self.found),
            own: Found::default(),
            random: 0x9E37_79B9_7F4A_7C15,
        }))
    }
}

struct LearningDecoder {
    options: Arc<JsonOptions>,
    all: Arc<Mutex<Found>>,
    own: Found,
    random: u64,
}

impl LearningDecoder {
    fn learn(&mut self, record: &[u8]) -> Result<()> {
        let options = Arc::clone(&self.options);
        let mut scanner = Scanner::new(record, &options, true);
        match record_shape(&mut scanner, &options) {
            Ok(Some(shape @ Shape::Struct(_))) => self.own.add(shape),
            Ok(None) => {}
            _ if options.mode == ParseMode::FailFast => {
                return Err(malformed(record, " while the schema was inferred"));
            }
            _ => self.own.malformed = true,
        }
        Ok(())
    }

    /// Whether a record is in the sample.
    fn is_sampled(&mut self) -> bool {
        if self.options.sampling_ratio >= 1.0 {
            return true;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        #[allow(clippy::cast_precision_loss)]
        let part = (self.random >> 11) as f64 / (1_u64 << 53) as f64;
        part < self.options.sampling_ratio
    }
}

/// The type of a record; that of an array is the type of its elements.
fn record_shape(scanner: &mut Scanner, options: &JsonOptions) -> Result<Option<Shape>, Syntax> {
    if scanner.peek()? == 0 {
        return Ok(None);
    }
    if scanner.kind()? != Kind::Array {
        return shape_of(scanner, options).map(Some);
    }
    match shape_of(scanner, options)? {
        Shape::Array(element) if *element == Shape::Null => Ok(None),
        Shape::Array(element) => Ok(Some(*element)),
        other => Ok(Some(other)),
    }
}

impl Decoder for LearningDecoder {
    fn decode(&mut self, bytes: &[u8], _: bool) -> Result<usize> {
        if self.options.multi_line {
            self.learn(bytes)?;
            return Ok(bytes.len());
        }
        let line_end = self.options.line_end.clone();
        for line in line_end.lines(bytes) {
            if self.is_sampled() {
                self.learn(line)?;
            }
        }
        Ok(bytes.len())
    }

    fn rows(&self) -> usize {
        0
    }

    fn take(&mut self) -> Result<arrow::array::RecordBatch> {
        Err(SparkError::internal("inference has no rows"))
    }
}

impl Drop for LearningDecoder {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        all.malformed |= self.own.malformed;
        if let Some(shape) = self.own.shape.take() {
            all.add(shape);
        }
    }
}
