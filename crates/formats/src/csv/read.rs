//! CSV files to batches.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use firesteel_error::{Exception, Result, SparkError};

use crate::column::Column;
use crate::csv::fields::Fields;
use crate::csv::options::CsvOptions;
use crate::csv::value::store;
use crate::decode::{Decoder, DecoderFactory, Framing};
use crate::encoding::Encoding;
use crate::parse_mode::{ParseMode, malformed};
use crate::split::FileSlice;

/// Which columns are read from which fields.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The columns to give.
    pub(crate) schema: SchemaRef,
    /// For each, its place among a record's fields; `None` for the column that keeps bad records.
    pub(crate) places: Vec<Option<usize>>,
    /// How many fields a record must have, if that is checked.
    pub(crate) length: Option<usize>,
    /// The names of all fields, for comparing headers.
    pub(crate) names: Vec<String>,
    pub(crate) case_sensitive: bool,
}

#[derive(Debug)]
pub(crate) struct CsvDecoders {
    pub(crate) layout: Layout,
    pub(crate) options: Arc<CsvOptions>,
}

impl DecoderFactory for CsvDecoders {
    fn framing(&self) -> Framing {
        if self.options.multi_line { Framing::Records } else { Framing::Lines(self.options.line_end.clone()) }
    }

    fn encoding(&self) -> Encoding {
        self.options.encoding
    }

    fn decoder(&self, slice: &FileSlice) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(CsvDecoder {
            rows: Rows::new(self.layout.clone())?,
            options: Arc::clone(&self.options),
            header: self.options.header && slice.start == 0,
            line: 0,
            first_byte: slice.start,
            path: slice.file.path.hadoop(),
        }))
    }
}

/// Rows of the needed columns.
pub(crate) struct Rows {
    layout: Layout,
    columns: Vec<Column>,
    fields: Fields,
    /// The most fields that need to be found.
    most: usize,
    pub(crate) count: usize,
}

impl Rows {
    pub(crate) fn new(layout: Layout) -> Result<Self> {
        let columns =
            layout.schema.fields().iter().map(|field| Column::new(field.data_type())).collect::<Result<_>>()?;
        let most = match layout.length {
            Some(_) => usize::MAX,
            None => layout.places.iter().flatten().max().map_or(0, |last| last + 1),
        };
        Ok(Self { layout, columns, fields: Fields::default(), most, count: 0 })
    }

    /// Reads one record that is a line.
    #[inline]
    pub(crate) fn read_line(&mut self, line: &[u8], valid: bool, options: &CsvOptions) -> Result<(), Bad> {
        if self.most == 0 {
            // No field is asked for: a record counts whatever is in it.
            self.columns.iter_mut().for_each(Column::push_null);
            self.count += 1;
            return Ok(());
        }
        let replaced;
        let line = if valid {
            line
        } else {
            replaced = String::from_utf8_lossy(line).into_owned();
            replaced.as_bytes()
        };
        self.fields.read_some(line, options, false, true, self.most);
        self.store(line, options)
    }

    /// Stores the fields that were found in `record`.
    fn store(&mut self, record: &[u8], options: &CsvOptions) -> Result<(), Bad> {
        if self.fields.fields.len() > options.max_columns {
            return Err(Bad::TooManyFields(self.fields.fields.len()));
        }
        let row = self.count;
        let mut good = self.layout.length.is_none_or(|length| length == self.fields.fields.len());
        for (column, place) in self.columns.iter_mut().zip(&self.layout.places) {
            if let Some(place) = place {
                let field = self.fields.get(record, *place);
                if let (Some(most), Some((bytes, _))) = (options.max_chars, field)
                    && bytes.len() > most
                {
                    return Err(Bad::TooLong(most));
                }
                good &= store(field, column, options);
            }
        }
        self.count += 1;
        if !good && options.mode != ParseMode::Permissive {
            self.columns.iter_mut().for_each(|column| column.truncate(row));
            self.count = row;
            return if options.mode == ParseMode::FailFast { Err(Bad::Malformed(record.to_vec())) } else { Ok(()) };
        }
        let corrupt = self.columns.iter_mut().zip(&self.layout.places).filter(|(_, place)| place.is_none());
        for (column, _) in corrupt {
            if good { column.push_null() } else { column.push_bytes(record) }
        }
        Ok(())
    }

    pub(crate) fn take_columns(&mut self) -> Result<Vec<arrow::array::ArrayRef>> {
        self.count = 0;
        self.columns.iter_mut().map(Column::take).collect()
    }

    fn take(&mut self) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(self.count));
        let columns = self.take_columns()?;
        RecordBatch::try_new_with_options(Arc::clone(&self.layout.schema), columns, &options)
            .map_err(|error| SparkError::internal(error.to_string()))
    }
}

/// Why a record ends the query.
pub(crate) enum Bad {
    Malformed(Vec<u8>),
    TooManyFields(usize),
    TooLong(usize),
}

impl Bad {
    pub(crate) fn error(&self, place: &str, options: &CsvOptions) -> SparkError {
        match self {
            Self::Malformed(record) => malformed(record, place),
            Self::TooManyFields(count) => {
                SparkError::new("MALFORMED_CSV_RECORD").param("badRecord", place.trim()).text(format!(
                    "A record{place} has {count} fields; the option maxColumns allows {}.",
                    options.max_columns
                ))
            }
            Self::TooLong(most) => SparkError::new("MALFORMED_CSV_RECORD").param("badRecord", place.trim()).text(
                format!("A field of a record{place} is longer than the option maxCharsPerColumn allows ({most})."),
            ),
        }
    }
}

struct CsvDecoder {
    rows: Rows,
    options: Arc<CsvOptions>,
    /// The next record is the header.
    header: bool,
    line: u64,
    first_byte: u64,
    path: String,
}

impl CsvDecoder {
    fn error(&self, bad: &Bad) -> SparkError {
        let what = if self.options.multi_line { "record" } else { "line" };
        let place = match self.first_byte {
            0 => format!(" in {what} {}", self.line),
            first => format!(" in {what} {} after byte {first}", self.line),
        };
        bad.error(&place, &self.options)
    }

    /// Compares the header's names with the schema's, if the user wants that.
    fn check_header(&mut self, record: &[u8]) -> Result<()> {
        if self.options.enforce_schema {
            return Ok(());
        }
        self.rows.fields.read(record, &self.options, self.options.multi_line, true);
        let layout = &self.rows.layout;
        let found: Vec<String> = (0..self.rows.fields.fields.len())
            .map(|at| {
                self.rows
                    .fields
                    .get(record, at)
                    .map_or(String::new(), |(name, _)| String::from_utf8_lossy(name).into_owned())
            })
            .collect();
        let same = |a: &str, b: &str| if layout.case_sensitive { a == b } else { a.eq_ignore_ascii_case(b) };
        let conforms = found.len() == layout.names.len() && found.iter().zip(&layout.names).all(|(a, b)| same(a, b));
        if conforms {
            return Ok(());
        }
        Err(SparkError::plain(
            Exception::IllegalArgument,
            format!(
                "CSV header does not conform to the schema.\n Header: {}\n Schema: {}\nCSV file: {}",
                found.join(", "),
                layout.names.join(", "),
                self.path
            ),
        ))
    }

    fn is_skipped(&self, record: &[u8]) -> bool {
        record.iter().all(|byte| *byte <= b' ')
            || (self.options.comment.is_some() && record.first().copied() == self.options.comment)
    }

    fn decode_records(&mut self, bytes: &[u8], last: bool) -> Result<usize> {
        let options = Arc::clone(&self.options);
        let mut at = 0;
        while at < bytes.len() {
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
            let Some((length, content)) = self.rows.fields.read(rest, &options, true, last) else { break };
            let record = &rest[..content];
            at += length.max(1);
            self.line += 1;
            if std::mem::take(&mut self.header) {
                self.check_header(record)?;
            } else if std::str::from_utf8(record).is_ok() {
                self.rows.store(record, &options).map_err(|bad| self.error(&bad))?;
            } else {
                let replaced = String::from_utf8_lossy(record).into_owned();
                self.rows.fields.read(replaced.as_bytes(), &options, true, true);
                self.rows.store(replaced.as_bytes(), &options).map_err(|bad| self.error(&bad))?;
            }
        }
        Ok(at.min(bytes.len()))
    }
}

impl Decoder for CsvDecoder {
    fn decode(&mut self, bytes: &[u8], last: bool) -> Result<usize> {
        if self.options.multi_line {
            return self.decode_records(bytes, last);
        }
        let valid = simdutf8::basic::from_utf8(bytes).is_ok();
        let options = Arc::clone(&self.options);
        for line in options.line_end.lines(bytes) {
            self.line += 1;
            if self.is_skipped(line) {
                continue;
            }
            if std::mem::take(&mut self.header) {
                self.check_header(line)?;
                continue;
            }
            self.rows.read_line(line, valid, &options).map_err(|bad| self.error(&bad))?;
        }
        Ok(bytes.len())
    }

    fn rows(&self) -> usize {
        self.rows.count
    }

    fn take(&mut self) -> Result<RecordBatch> {
        self.rows.take()
    }
}

/// The layout that gives the columns `needed` of `schema`.
pub(crate) fn layout(
    schema: &Schema,
    needed: &[usize],
    corrupt: Option<usize>,
    options: &CsvOptions,
) -> Result<Layout> {
    let data: Vec<usize> = (0..schema.fields().len()).filter(|at| Some(*at) != corrupt).collect();
    let place = |at: usize| data.iter().position(|other| *other == at);
    let all = !options.pruning || data.iter().all(|at| needed.contains(at));
    Ok(Layout {
        schema: Arc::new(schema.project(needed).map_err(|error| SparkError::internal(error.to_string()))?),
        places: needed.iter().map(|at| place(*at)).collect(),
        length: (all && !needed.is_empty()).then_some(data.len()),
        names: data.iter().map(|at| schema.field(*at).name().clone()).collect(),
        case_sensitive: false,
    })
}
