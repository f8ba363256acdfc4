//! One JSON value into a column of a given type.
//!
//! A value of another kind than the type wants becomes null and is reported; a struct keeps its other fields, an array
//! or map becomes null as a whole.

use std::ops::Range;

use arrow::datatypes::{DataType, TimeUnit};

use crate::column::{Column, Data, offset};
use crate::json::options::JsonOptions;
use crate::json::scan::{Kind, Number, Scanner, Syntax};
use crate::values::{base64, datetimes, intervals, numbers};

/// Whether a value could be what its column wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It was stored.
    Stored,
    /// It was not; a null was stored.
    Misfit,
}

/// Stores values with one set of options.
#[derive(Debug)]
pub(crate) struct ValueReader<'o> {
    pub(crate) options: &'o JsonOptions,
    /// A field inside a struct did not fit.
    pub(crate) inner_misfit: bool,
    scratch: Vec<u8>,
}

impl<'o> ValueReader<'o> {
    pub(crate) fn new(options: &'o JsonOptions) -> Self {
        Self { options, inner_misfit: false, scratch: Vec::new() }
    }

    /// Reads the value at the scanner's place and appends a row to `column`.
    #[inline]
    pub(crate) fn read(&mut self, scanner: &mut Scanner, column: &mut Column) -> Result<Fit, Syntax> {
        let kind = scanner.kind()?;
        match kind {
            Kind::String => self.read_string(scanner, column),
            Kind::Null => {
                scanner.literal("null")?;
                column.push_null();
                Ok(Fit::Stored)
            }
            Kind::Number if !is_text(&column.data_type) => {
                let number = scanner.number()?;
                Ok(stored(store_number(number, column), column))
            }
            Kind::Object | Kind::Array => self.read_nested(kind, scanner, column),
            _ if is_text(&column.data_type) => self.read_raw(scanner, column),
            Kind::True | Kind::False => {
                scanner.literal(if kind == Kind::True { "true" } else { "false" })?;
                let fits = if let Data::Boolean(values) = &mut column.data {
                    values.push(kind == Kind::True);
                    true
                } else {
                    false
                };
                Ok(stored(fits, column))
            }
            Kind::Number => self.read_raw(scanner, column),
        }
    }

    /// A value that is not a string as the text it was written as.
    fn read_raw(&mut self, scanner: &mut Scanner, column: &mut Column) -> Result<Fit, Syntax> {
        let start = scanner.at;
        scanner.skip_value()?;
        column.push_bytes(&scanner.bytes[start..scanner.at]);
        Ok(Fit::Stored)
    }

    #[inline]
    fn read_string(&mut self, scanner: &mut Scanner, column: &mut Column) -> Result<Fit, Syntax> {
        let (range, escaped) = scanner.string()?;
        if is_text(&column.data_type) {
            if !escaped {
                column.push_bytes(&scanner.bytes[range]);
                return Ok(Fit::Stored);
            }
            if let Data::Bytes { bytes, ends } = &mut column.data {
                scanner.unescape(range, bytes)?;
                ends.push(offset(bytes.len()));
                column.push_valid();
            }
            return Ok(Fit::Stored);
        }
        if !escaped {
            let text = std::str::from_utf8(&scanner.bytes[range]).map_err(|_| Syntax)?;
            return Ok(stored(self.store_text(text, column), column));
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let done = scanner.unescape(range, &mut scratch);
        let fits = done.is_ok() && std::str::from_utf8(&scratch).is_ok_and(|text| self.store_text(text, column));
        self.scratch = scratch;
        done?;
        Ok(stored(fits, column))
    }

    /// Stores a string's text as the value of another type.
    fn store_text(&self, text: &str, column: &mut Column) -> bool {
        let options = self.options;
        match (&mut column.data, &column.data_type) {
            (Data::Int64(values), DataType::Timestamp(TimeUnit::Microsecond, Some(_))) => {
                let parsed = match &options.timestamp {
                    Some(pattern) => pattern.parse_timestamp(text, options.zone),
                    None => datetimes::parse_timestamp(text, options.zone),
                };
                push(values, parsed)
            }
            (Data::Int64(values), DataType::Timestamp(TimeUnit::Microsecond, None)) => {
                let parsed = match &options.timestamp_ntz {
                    Some(pattern) => pattern.parse_timestamp_ntz(text),
                    None => datetimes::parse_timestamp_ntz_strict(text),
                };
                push(values, parsed)
            }
            (Data::Int32(values), DataType::Date32) => {
                let parsed = match &options.date {
                    Some(pattern) => pattern.parse_date(text),
                    // Long ago Spark wrote dates as numbers of days.
                    None => datetimes::parse_date(text).or_else(|| numbers::parse_integer(text.as_bytes())),
                };
                push(values, parsed)
            }
            (Data::Float64(values), _) => push(values, self.named_double(text)),
            #[allow(clippy::cast_possible_truncation)]
            (Data::Float32(values), _) => push(values, self.named_double(text).map(|value| value as f32)),
            (Data::Decimal(values), DataType::Decimal128(precision, scale)) => {
                push(values, numbers::parse_decimal(text, *precision, *scale))
            }
            (Data::Bytes { bytes, ends }, DataType::Binary) => match base64::decode(text) {
                Some(decoded) => {
                    bytes.extend_from_slice(&decoded);
                    ends.push(offset(bytes.len()));
                    true
                }
                None => false,
            },
            (Data::Int32(values), DataType::Interval(_)) => push(values, intervals::parse_year_month(text)),
            (Data::Int64(values), DataType::Duration(_)) => push(values, intervals::parse_day_time(text)),
            _ => false,
        }
    }

    fn named_double(&self, text: &str) -> Option<f64> {
        match text {
            _ if !self.options.non_numeric => None,
            "NaN" => Some(f64::NAN),
            "+INF" | "+Infinity" | "Infinity" => Some(f64::INFINITY),
            "-INF" | "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        }
    }

    fn read_nested(&mut self, kind: Kind, scanner: &mut Scanner, column: &mut Column) -> Result<Fit, Syntax> {
        let row = column.len();
        let fit = match (&mut column.data, kind) {
            (Data::Struct(children), Kind::Object) => {
                let DataType::Struct(fields) = &column.data_type else { return Err(Syntax) };
                self.read_fields(scanner, children, row, |name| {
                    fields.iter().position(|field| field.name().as_bytes() == name)
                })?;
                Fit::Stored
            }
            (Data::List { ends, element }, Kind::Array) => {
                let fit = self.read_elements(scanner, element)?;
                ends.push(offset(element.len()));
                fit
            }
            (Data::Map { ends, key, value }, Kind::Object) => {
                let start = ends.last().map_or(0, |end| end.unsigned_abs() as usize);
                let fit = self.read_entries(scanner, key, value, start)?;
                ends.push(offset(key.len()));
                fit
            }
            (Data::Bytes { .. }, _) if is_text(&column.data_type) => return self.read_raw(scanner, column),
            _ => {
                scanner.skip_value()?;
                return Ok(stored(false, column));
            }
        };
        column.push_valid();
        if fit == Fit::Misfit {
            column.truncate(row);
            column.push_null();
        }
        Ok(fit)
    }

    /// Reads an object's fields into `children`, each of which has `row` rows before and one more after.
    pub(crate) fn read_fields(
        &mut self,
        scanner: &mut Scanner,
        children: &mut [Column],
        row: usize,
        position: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<(), Syntax> {
        scanner.expect(b'{')?;
        let mut first = true;
        while scanner.next_field(&mut first)? {
            let name = scanner.name()?;
            let target = self.with_name(scanner, name, |name| position(name))?;
            scanner.expect(b':')?;
            match target {
                None => scanner.skip_value()?,
                Some(target) => {
                    let child = &mut children[target];
                    // Of equal names the last counts.
                    child.truncate(row);
                    if self.read(scanner, child)? == Fit::Misfit {
                        self.inner_misfit = true;
                    }
                }
            }
        }
        for child in children {
            if child.len() == row {
                child.push_null();
            }
        }
        Ok(())
    }

    pub(crate) fn with_name<T>(
        &mut self,
        scanner: &Scanner,
        (range, escaped): (Range<usize>, bool),
        use_name: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Syntax> {
        if !escaped {
            return Ok(use_name(&scanner.bytes[range]));
        }
        let mut name = Vec::new();
        scanner.unescape(range, &mut name)?;
        Ok(use_name(&name))
    }

    fn read_elements(&mut self, scanner: &mut Scanner, element: &mut Column) -> Result<Fit, Syntax> {
        scanner.expect(b'[')?;
        let mut fit = Fit::Stored;
        let mut first = true;
        while scanner.next_element(&mut first)? {
            if self.read(scanner, element)? == Fit::Misfit {
                fit = Fit::Misfit;
            }
        }
        Ok(fit)
    }

    fn read_entries(
        &mut self,
        scanner: &mut Scanner,
        key: &mut Column,
        value: &mut Column,
        start: usize,
    ) -> Result<Fit, Syntax> {
        scanner.expect(b'{')?;
        let mut fit = Fit::Stored;
        let mut first = true;
        while scanner.next_field(&mut first)? {
            let name = scanner.name()?;
            let stored = self.with_name(scanner, name, |name| {
                if is_text(&key.data_type) {
                    key.push_bytes(name);
                }
                is_text(&key.data_type)
            })?;
            scanner.expect(b':')?;
            if !stored {
                fit = Fit::Misfit;
                scanner.skip_value()?;
            } else if self.read(scanner, value)? == Fit::Misfit {
                fit = Fit::Misfit;
            }
        }
        drop_earlier_duplicates(key, value, start);
        Ok(fit)
    }
}

/// Of equal keys of a map the last value counts, at the place of the first.
fn drop_earlier_duplicates(key: &mut Column, value: &mut Column, start: usize) {
    let Data::Bytes { bytes, ends } = &key.data else { return };
    let name = |at: usize| {
        let from = at.checked_sub(1).map_or(0, |before| ends[before].unsigned_abs() as usize);
        &bytes[from..ends[at].unsigned_abs() as usize]
    };
    let mut seen = std::collections::HashMap::new();
    let mut duplicate = false;
    for at in start..ends.len() {
        duplicate |= seen.insert(name(at), at).is_some();
    }
    if !duplicate {
        return;
    }
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut places: Vec<usize> = Vec::new();
    for at in start..ends.len() {
        let bytes = name(at);
        if !names.iter().any(|known| known == bytes) {
            names.push(bytes.to_vec());
            places.push(seen[bytes]);
        }
    }
    key.truncate(start);
    names.iter().for_each(|name| key.push_bytes(name));
    value.keep_rows(start, &places);
}

#[inline]
fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8)
}

fn stored(fits: bool, column: &mut Column) -> Fit {
    if fits {
        column.push_valid();
        Fit::Stored
    } else {
        column.push_null();
        Fit::Misfit
    }
}

fn push<T>(values: &mut Vec<T>, value: Option<T>) -> bool {
    match value {
        Some(value) => {
            values.push(value);
            true
        }
        None => false,
    }
}

fn store_number(number: Number, column: &mut Column) -> bool {
    let text = number.text;
    let whole = |text: &str| number.whole.then(|| text.as_bytes().to_vec());
    match (&mut column.data, &column.data_type) {
        (Data::Int64(values), DataType::Int64) => push(values, integer(number)),
        (Data::Int32(values), DataType::Int32) => push(values, integer(number)),
        (Data::Int16(values), _) => push(values, integer(number)),
        // Spark takes a byte's 256 patterns with or without a sign: 255 is -1.
        (Data::Int8(values), _) => {
            let value = integer::<i16>(number).filter(|value| (-128..=255).contains(value));
            #[allow(clippy::cast_possible_truncation)]
            push(values, value.map(|value| value as i8))
        }
        (Data::Float64(values), _) => push(values, numbers::parse_double(text)),
        (Data::Float32(values), _) => push(values, text.parse().ok()),
        (Data::Decimal(values), DataType::Decimal128(precision, scale)) => {
            push(values, numbers::parse_decimal(text, *precision, *scale))
        }
        (Data::Int64(values), DataType::Timestamp(_, Some(_))) => {
            let seconds = whole(text).and_then(|text| numbers::parse_integer::<i64>(&text));
            push(values, seconds.and_then(|seconds| seconds.checked_mul(1_000_000)))
        }
        _ => false,
    }
}

fn integer<T: numbers::Integer>(number: Number) -> Option<T> {
    if number.whole { numbers::parse_integer(number.text.as_bytes()) } else { None }
}
