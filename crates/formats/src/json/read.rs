//! JSON files to batches: a record a line (or a file), only the fields that are needed.
//!
//! Fields mostly come in the same order in every record. The reader remembers the names in the order of the last record
//! and compares bytes; it looks a name up only when the order changes. Values of other fields are stepped over.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use firesteel_error::{Result, SparkError};

use crate::column::Column;
use crate::decode::{Decoder, DecoderFactory, Framing};
use crate::encoding::Encoding;
use crate::json::options::JsonOptions;
use crate::json::scan::{Kind, Scanner, Syntax};
use crate::json::value::{Fit, ValueReader};
use crate::lines::LineEnd;
use crate::parse_mode::{ParseMode, malformed};
use crate::split::FileSlice;

/// Makes decoders for the needed columns of JSON files.
#[derive(Debug)]
pub(crate) struct JsonDecoders {
    /// The columns to decode.
    pub(crate) schema: SchemaRef,
    /// Which of them keeps bad records.
    pub(crate) corrupt: Option<usize>,
    pub(crate) options: Arc<JsonOptions>,
}

impl DecoderFactory for JsonDecoders {
    fn framing(&self) -> Framing {
        if self.options.multi_line { Framing::Whole } else { Framing::Lines(self.options.line_end.clone()) }
    }

    fn encoding(&self) -> Encoding {
        self.options.encoding
    }

    fn decoder(&self, slice: &FileSlice) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(JsonDecoder {
            records: Records::new(&self.schema, self.corrupt)?,
            options: Arc::clone(&self.options),
            line: 0,
            first_byte: slice.start,
        }))
    }
}

struct JsonDecoder {
    records: Records,
    options: Arc<JsonOptions>,
    line: u64,
    first_byte: u64,
}

impl Decoder for JsonDecoder {
    fn decode(&mut self, bytes: &[u8], _: bool) -> Result<usize> {
        let options = Arc::clone(&self.options);
        let valid = simdutf8::basic::from_utf8(bytes).is_ok();
        // One pass that the compiler turns into wide instructions spares a look at every string.
        let controls = options.multi_line
            || options.line_end != LineEnd::Any
            || bytes.iter().fold(false, |found, byte| found | ((*byte < b' ') & (*byte != b'\n') & (*byte != b'\r')));
        let mut reader = ValueReader::new(&options);
        if options.multi_line {
            self.line = 1;
            self.records.read(bytes, valid, controls, &mut reader).map_err(|record| self.error(&record))?;
            return Ok(bytes.len());
        }
        for line in options.line_end.lines(bytes) {
            self.line += 1;
            let line_valid = valid || std::str::from_utf8(line).is_ok();
            self.records.read(line, line_valid, controls, &mut reader).map_err(|record| self.error(&record))?;
        }
        Ok(bytes.len())
    }

    fn rows(&self) -> usize {
        self.records.rows
    }

    fn take(&mut self) -> Result<RecordBatch> {
        self.records.take()
    }
}

impl JsonDecoder {
    fn error(&self, record: &Malformed) -> SparkError {
        let place = if self.first_byte == 0 {
            format!(" in line {}", self.line)
        } else {
            format!(" in line {} after byte {}", self.line, self.first_byte)
        };
        malformed(&record.0, &place)
    }
}

/// A bad record that `FAILFAST` ends at.
pub(crate) struct Malformed(pub(crate) Vec<u8>);

/// Rows of the needed columns.
pub(crate) struct Records {
    schema: SchemaRef,
    corrupt: Option<usize>,
    columns: Vec<Column>,
    /// The names of the last record in their order, with quotes, and the column that each fills.
    order: Vec<(Vec<u8>, Option<usize>)>,
    pub(crate) rows: usize,
}

impl Records {
    pub(crate) fn new(schema: &SchemaRef, corrupt: Option<usize>) -> Result<Self> {
        let columns = schema.fields().iter().map(|field| Column::new(field.data_type())).collect::<Result<_>>()?;
        Ok(Self { schema: Arc::clone(schema), corrupt, columns, order: Vec::new(), rows: 0 })
    }

    /// Reads one record: an object is a row, an array of objects is as many, nothing is none.
    pub(crate) fn read(
        &mut self,
        record: &[u8],
        valid: bool,
        controls: bool,
        reader: &mut ValueReader,
    ) -> Result<(), Malformed> {
        let before = self.rows;
        let options = reader.options;
        let mut scanner = Scanner::new(record, options, controls);
        reader.inner_misfit = false;
        let done = if valid { self.read_root(&mut scanner, reader) } else { Err(Syntax) };
        match done {
            Ok(()) if !reader.inner_misfit => {
                self.keep_corrupt(None);
                Ok(())
            }
            Ok(()) if options.mode == ParseMode::Permissive => {
                self.keep_corrupt(Some(record));
                Ok(())
            }
            _ if options.mode == ParseMode::FailFast => Err(Malformed(record.to_vec())),
            _ => {
                self.columns.iter_mut().for_each(|column| column.truncate(before));
                self.rows = before;
                if options.mode == ParseMode::Permissive {
                    for (at, column) in self.columns.iter_mut().enumerate() {
                        if Some(at) != self.corrupt {
                            column.push_null();
                        }
                    }
                    self.rows += 1;
                    self.keep_corrupt(Some(record));
                }
                Ok(())
            }
        }
    }

    /// Fills the column for bad records up to the last row.
    fn keep_corrupt(&mut self, record: Option<&[u8]>) {
        let Some(corrupt) = self.corrupt else { return };
        let column = &mut self.columns[corrupt];
        column.truncate(self.rows);
        while column.len() < self.rows {
            match record {
                Some(record) => column.push_bytes(String::from_utf8_lossy(record).as_bytes()),
                None => column.push_null(),
            }
        }
    }

    fn read_root(&mut self, scanner: &mut Scanner, reader: &mut ValueReader) -> Result<(), Syntax> {
        if scanner.peek()? == 0 {
            return Ok(());
        }
        match scanner.kind()? {
            Kind::Object => self.read_object(scanner, reader),
            Kind::Array => {
                scanner.at += 1;
                let mut first = true;
                while scanner.next_element(&mut first)? {
                    match scanner.kind()? {
                        Kind::Object => self.read_object(scanner, reader)?,
                        _ => return Err(Syntax),
                    }
                }
                Ok(())
            }
            _ => Err(Syntax),
        }
    }

    #[inline]
    fn read_object(&mut self, scanner: &mut Scanner, reader: &mut ValueReader) -> Result<(), Syntax> {
        let row = self.rows;
        scanner.at += 1;
        let mut first = true;
        let mut place = 0;
        let mut filled = 0;
        while scanner.next_field(&mut first)? {
            let target = self.field_at(scanner, reader, place)?;
            place += 1;
            match target {
                None => scanner.skip_value()?,
                Some(target) => {
                    let column = &mut self.columns[target];
                    if column.len() > row {
                        column.truncate(row);
                        filled -= 1;
                    }
                    filled += 1;
                    if reader.read(scanner, column)? == Fit::Misfit {
                        reader.inner_misfit = true;
                    }
                }
            }
        }
        if filled < self.columns.len() {
            let corrupt = self.corrupt;
            let absent =
                self.columns.iter_mut().enumerate().filter(|(at, column)| Some(*at) != corrupt && column.len() == row);
            absent.for_each(|(_, column)| column.push_null());
        }
        self.rows += 1;
        Ok(())
    }

    /// Steps over the name and colon of the field that is `place`th in its record; gives the column it fills.
    #[inline]
    fn field_at(
        &mut self,
        scanner: &mut Scanner,
        reader: &mut ValueReader,
        place: usize,
    ) -> Result<Option<usize>, Syntax> {
        scanner.peek()?;
        if let Some((name, target)) = self.order.get(place)
            && scanner.bytes[scanner.at..].starts_with(name)
        {
            scanner.at += name.len();
            scanner.expect(b':')?;
            return Ok(*target);
        }
        let start = scanner.at;
        let name = scanner.name()?;
        let (schema, corrupt) = (&self.schema, self.corrupt);
        let target = reader.with_name(scanner, name, |name| {
            schema.fields().iter().position(|field| field.name().as_bytes() == name).filter(|at| Some(*at) != corrupt)
        })?;
        let quoted = scanner.bytes[start..scanner.at].to_vec();
        let is_quoted = quoted.first() == Some(&b'"');
        if is_quoted && place < self.order.len() {
            self.order[place] = (quoted, target);
        } else if is_quoted && place == self.order.len() && place < 4096 {
            self.order.push((quoted, target));
        }
        scanner.expect(b':')?;
        Ok(target)
    }

    pub(crate) fn take(&mut self) -> Result<RecordBatch> {
        let columns = self.columns.iter_mut().map(Column::take).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        RecordBatch::try_new_with_options(nullable(&self.schema), columns, &options)
            .map_err(|error| SparkError::internal(error.to_string()))
    }
}

fn nullable(schema: &SchemaRef) -> SchemaRef {
    if schema.fields().iter().all(|field| field.is_nullable()) {
        return Arc::clone(schema);
    }
    let fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}
