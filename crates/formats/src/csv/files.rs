//! The format `csv`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use crate::context::FormatContext;
use crate::csv::fields::Fields;
use crate::csv::infer::{Shape, merge, names, widen};
use crate::csv::options::{CsvOptions, NAMES};
use crate::csv::read::{CsvDecoders, layout};
use crate::csv::write::CsvEncoders;
use crate::decode::{Decoder, DecoderFactory, Framing, survey};
use crate::encoding::Encoding;
use crate::file_status::FileStatus;
use crate::format::{FileFormat, ScanRequest};
use crate::options::Options;
use crate::parse_mode::{corrupt_column, refuse_only_corrupt};
use crate::scan::FileScanExec;
use crate::split::{FileSlice, lines_split};
use crate::write::EncoderFactory;

/// The format.
#[derive(Debug)]
pub struct CsvFormat;

#[async_trait]
impl FileFormat for CsvFormat {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn known_options(&self) -> &'static [&'static str] {
        NAMES
    }

    fn supports(&self, data_type: &DataType, writing: bool) -> bool {
        match data_type {
            DataType::Struct(_) | DataType::List(_) | DataType::Map(_, _) | DataType::Null => false,
            DataType::Interval(unit) => *unit == IntervalUnit::YearMonth,
            DataType::Binary => !writing,
            _ => true,
        }
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
        let csv = Arc::new(CsvOptions::new(options, context)?);
        let found = Arc::new(Mutex::new(Found::default()));
        for file in files {
            let learner = Learner { options: Arc::clone(&csv), found: Arc::clone(&found), only_first: true };
            survey(std::slice::from_ref(file), false, Arc::new(learner), options, context).await?;
            if found.lock().first.is_some() {
                break;
            }
        }
        if csv.infer_schema {
            let learner = Learner { options: Arc::clone(&csv), found: Arc::clone(&found), only_first: false };
            let splittable = !csv.multi_line && csv.encoding.is_utf8();
            survey(files, splittable, Arc::new(learner), options, context).await?;
        }
        let found = found.lock();
        let names = names(found.first.as_deref().unwrap_or_default(), &csv, context.case_sensitive);
        let shape = |at: usize| {
            if csv.infer_schema { found.shapes.get(at).copied().unwrap_or(Shape::Null) } else { Shape::String }
        };
        let fields: Vec<Field> =
            names.iter().enumerate().map(|(at, name)| Field::new(name, shape(at).data_type(), true)).collect();
        Ok(Some(Arc::new(Schema::new(fields))))
    }

    fn splittable(&self, file: &FileStatus, options: &Options) -> bool {
        lines_split(file, options)
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        let options = Arc::new(CsvOptions::new(&request.options, &request.context)?);
        let needed = request.needed_data_columns();
        let corrupt = corrupt_column(&request.data_schema, &options.corrupt_column)?;
        refuse_only_corrupt(&needed, corrupt)?;
        let mut layout = layout(&request.data_schema, &needed, corrupt, &options)?;
        layout.case_sensitive = request.context.case_sensitive;
        FileScanExec::plan("csv", request, Arc::new(CsvDecoders { layout, options }))
    }

    fn encoder(
        &self,
        schema: &SchemaRef,
        options: &Options,
        context: &FormatContext,
    ) -> Result<Arc<dyn EncoderFactory>> {
        Ok(Arc::new(CsvEncoders::new(schema, options, context)?))
    }
}

/// What the records have shown.
#[derive(Debug, Default)]
struct Found {
    /// The fields of the first record.
    first: Option<Vec<Option<String>>>,
    shapes: Vec<Shape>,
}

#[derive(Debug)]
struct Learner {
    options: Arc<CsvOptions>,
    found: Arc<Mutex<Found>>,
    only_first: bool,
}

impl DecoderFactory for Learner {
    fn framing(&self) -> Framing {
        if self.options.multi_line { Framing::Records } else { Framing::Lines(self.options.line_end.clone()) }
    }

    fn encoding(&self) -> Encoding {
        self.options.encoding
    }

    fn decoder(&self, slice: &FileSlice) -> Result<Box<dyn Decoder>> {
        let columns = self.found.lock().first.as_ref().map_or(0, Vec::len);
        Ok(Box::new(LearningDecoder {
            options: Arc::clone(&self.options),
            found: Arc::clone(&self.found),
            only_first: self.only_first,
            done: false,
            header: self.options.header && slice.start == 0,
            shapes: vec![Shape::Null; columns],
            fields: Fields::default(),
            random: 0x9E37_79B9_7F4A_7C15,
        }))
    }
}

struct LearningDecoder {
    options: Arc<CsvOptions>,
    found: Arc<Mutex<Found>>,
    only_first: bool,
    done: bool,
    header: bool,
    shapes: Vec<Shape>,
    fields: Fields,
    random: u64,
}

impl LearningDecoder {
    /// Looks at the fields that were found in `record`.
    fn learn(&mut self, record: &[u8]) {
        let text = |at: usize| self.fields.get(record, at).map(|(bytes, _)| String::from_utf8_lossy(bytes));
        if self.only_first {
            let first = (0..self.fields.fields.len()).map(|at| text(at).map(std::borrow::Cow::into_owned)).collect();
            self.found.lock().first = Some(first);
            self.done = true;
            return;
        }
        if std::mem::take(&mut self.header) {
            return;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        #[allow(clippy::cast_precision_loss)]
        let part = (self.random >> 11) as f64 / (1_u64 << 53) as f64;
        if part >= self.options.sampling_ratio {
            return;
        }
        for (at, shape) in self.shapes.iter_mut().enumerate() {
            if let Some((bytes, _)) = self.fields.get(record, at) {
                *shape = match std::str::from_utf8(bytes) {
                    Ok(text) => widen(*shape, text, &self.options),
                    Err(_) => Shape::String,
                };
            }
        }
    }

    fn is_skipped(&self, record: &[u8]) -> bool {
        record.iter().all(|byte| *byte <= b' ')
            || (self.options.comment.is_some() && record.first().copied() == self.options.comment)
    }
}

impl Decoder for LearningDecoder {
    fn decode(&mut self, bytes: &[u8], last: bool) -> Result<usize> {
        let options = Arc::clone(&self.options);
        if !options.multi_line {
            for line in options.line_end.lines(bytes) {
                if !self.done && !self.is_skipped(line) {
                    self.fields.read(line, &options, false, true);
                    self.learn(line);
                }
            }
            return Ok(bytes.len());
        }
        let mut at = 0;
        while at < bytes.len() && !self.done {
            let rest = &bytes[at..];
            let line = options.line_end.split(rest, last);
            if let Some((text, after)) = line
                && self.is_skipped(text)
            {
                at = bytes.len() - after.len();
                continue;
            }
            if line.is_none() && last && self.is_skipped(rest) {
                return Ok(bytes.len());
            }
            let Some((length, content)) = self.fields.read(rest, &options, true, last) else { break };
            self.learn(&rest[..content]);
            at += length.max(1);
        }
        Ok(at.min(bytes.len()))
    }

    fn is_done(&self) -> bool {
        self.done
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
        if self.only_first {
            return;
        }
        let mut found = self.found.lock();
        if found.shapes.is_empty() {
            found.shapes = std::mem::take(&mut self.shapes);
            return;
        }
        for (known, own) in found.shapes.iter_mut().zip(&self.shapes) {
            *known = merge(*known, *own);
        }
    }
}
