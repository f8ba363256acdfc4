//! Data types and table schemas as DDL text: `array<struct<a:int,b:string>>`, `a INT NOT NULL COMMENT 'x', b STRING`.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::DataType;
use spark_connect_proto::data_type as t;
use spark_connect_proto::data_type::Kind;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::source::Source;
use crate::{error, interval, stack};

/// The type of `kind`.
pub(crate) fn of(kind: Kind) -> DataType {
    DataType { kind: Some(kind) }
}

/// Reads one data type.
pub(crate) fn parse(text: &str) -> Result<DataType> {
    let source = Source::new(text)?;
    let mut reader = Reader::new(&source);
    let data_type = reader.data_type(0)?;
    reader.end()?;
    Ok(data_type)
}

/// Reads a table schema, or the type of a struct.
pub(crate) fn parse_schema(text: &str) -> Result<DataType> {
    let source = Source::new(text)?;
    let mut reader = Reader::new(&source);
    let fields = if source.tokens.is_empty() { Ok(Vec::new()) } else { reader.fields(0, &Token::EOF) };
    match fields.and_then(|fields| reader.end().map(|()| fields)) {
        Ok(fields) => Ok(of(Kind::Struct(t::Struct { fields, type_variation_reference: 0 }))),
        Err(error) => match parse(text) {
            Ok(data_type) if matches!(data_type.kind, Some(Kind::Struct(_))) => Ok(data_type),
            _ => Err(error),
        },
    }
}

/// Reads types from the tokens of a text.
pub(crate) struct Reader<'s, 't> {
    source: &'s Source<'t>,
    at: usize,
    /// How many of the current token's `>` have been read.
    closed: usize,
}

impl<'s, 't> Reader<'s, 't> {
    fn new(source: &'s Source<'t>) -> Self {
        Self { source, at: 0, closed: 0 }
    }

    fn peek(&self) -> Option<&'s Token> {
        self.source.tokens.get(self.at).map(|token| &token.token)
    }

    fn here(&self) -> SparkError {
        match self.source.tokens.get(self.at) {
            Some(token) => error::at_token(self.source, token, ""),
            None => error::at_end(""),
        }
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token) -> Result<()> {
        if self.take(token) { Ok(()) } else { Err(self.here()) }
    }

    fn end(&self) -> Result<()> {
        match self.source.tokens.get(self.at) {
            None => Ok(()),
            Some(token) => Err(error::extra_input(self.source, token)),
        }
    }

    /// One `>`, of `>`, `>>` or `>>>`.
    fn close(&mut self) -> Result<()> {
        let width = match self.peek() {
            Some(Token::Gt) => 1,
            Some(Token::ShiftRight) => 2,
            Some(Token::CustomBinaryOperator(operator)) if operator == ">>>" => 3,
            _ => return Err(self.here()),
        };
        self.closed += 1;
        if self.closed == width {
            self.closed = 0;
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self) -> Result<(String, &'s TokenWithSpan)> {
        match self.source.tokens.get(self.at) {
            Some(token @ TokenWithSpan { token: Token::Word(word), .. }) => {
                self.at += 1;
                Ok((word.value.clone(), token))
            }
            _ => Err(self.here()),
        }
    }

    fn take_word(&mut self, expected: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(expected));
        self.at += usize::from(found);
        found
    }

    fn number(&mut self) -> Result<i32> {
        let number = match self.peek() {
            Some(Token::Number(digits, _)) => digits.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.here())?;
        self.at += 1;
        Ok(number)
    }

    /// `(1, 2)`, if it is there.
    fn arguments(&mut self) -> Result<Vec<i32>> {
        let mut numbers = Vec::new();
        if self.take(&Token::LParen) {
            loop {
                numbers.push(self.number()?);
                if !self.take(&Token::Comma) {
                    break;
                }
            }
            self.expect(&Token::RParen)?;
        }
        Ok(numbers)
    }

    fn data_type(&mut self, depth: usize) -> Result<DataType> {
        if depth > stack::DEPTH_MAX {
            return Err(stack::too_complex());
        }
        let start = self.at;
        let (name, token) = self.word()?;
        let lower = name.to_ascii_lowercase();
        let kind = match lower.as_str() {
            "array" | "map" | "struct" => return self.nested(&lower, token, depth),
            "interval" => self.interval()?,
            _ => {
                let arguments = self.arguments()?;
                match atomic(&lower, &arguments)? {
                    Some(kind) => kind,
                    None => return Err(self.unknown(&name, &arguments, start)),
                }
            }
        };
        if let (Kind::String(_), true) = (&kind, self.take_word("collate")) {
            let (collation, _) = self.word()?;
            return Ok(of(Kind::String(t::String { collation: collation.to_uppercase(), ..Default::default() })));
        }
        Ok(of(kind))
    }

    fn unknown(&self, name: &str, arguments: &[i32], start: usize) -> SparkError {
        let span = |at: usize| self.source.tokens.get(at).map(|token| token.span);
        let sized = matches!(name.to_ascii_lowercase().as_str(), "char" | "character" | "varchar");
        let error = if sized && arguments.is_empty() {
            SparkError::new("DATATYPE_MISSING_SIZE").param("type", format!("\"{}\"", name.to_uppercase()))
        } else {
            let numbers: Vec<String> = arguments.iter().map(i32::to_string).collect();
            let suffix = if numbers.is_empty() { String::new() } else { format!("({})", numbers.join(",")) };
            SparkError::new("UNSUPPORTED_DATATYPE").param("typeName", format!("\"{}{suffix}\"", name.to_uppercase()))
        };
        match (span(start), span(self.at.saturating_sub(1))) {
            (Some(first), Some(last)) => error::parse_exception(self.source, error, first.union(&last)),
            _ => error.with_exception(Exception::Parse),
        }
    }

    fn nested(&mut self, name: &str, token: &TokenWithSpan, depth: usize) -> Result<DataType> {
        if name == "struct" && self.take(&Token::Neq) {
            return Ok(of(Kind::Struct(t::Struct::default())));
        }
        if !self.take(&Token::Lt) {
            let condition = format!("INCOMPLETE_TYPE_DEFINITION.{}", name.to_uppercase());
            return Err(error::parse_exception(
                self.source,
                SparkError::new(&condition).param("elementType", "<INT>"),
                token.span,
            ));
        }
        let kind = match name {
            "array" => {
                let element = self.data_type(depth + 1)?;
                Kind::Array(Box::new(t::Array {
                    element_type: Some(Box::new(element)),
                    contains_null: true,
                    type_variation_reference: 0,
                }))
            }
            "map" => {
                let key = self.data_type(depth + 1)?;
                self.expect(&Token::Comma)?;
                let value = self.data_type(depth + 1)?;
                Kind::Map(Box::new(t::Map {
                    key_type: Some(Box::new(key)),
                    value_type: Some(Box::new(value)),
                    value_contains_null: true,
                    type_variation_reference: 0,
                }))
            }
            _ => {
                let fields =
                    if self.peek() == Some(&Token::Gt) { Vec::new() } else { self.fields(depth + 1, &Token::Gt)? };
                Kind::Struct(t::Struct { fields, type_variation_reference: 0 })
            }
        };
        self.close()?;
        Ok(of(kind))
    }

    /// `a INT NOT NULL COMMENT 'x', b: STRING`, up to `end`.
    fn fields(&mut self, depth: usize, end: &Token) -> Result<Vec<t::StructField>> {
        let mut fields = Vec::new();
        loop {
            let (name, _) = self.word()?;
            self.take(&Token::Colon);
            let data_type = self.data_type(depth + 1)?;
            let mut nullable = true;
            let mut metadata = None;
            loop {
                if self.take_word("not") {
                    if !self.take_word("null") {
                        return Err(self.here());
                    }
                    nullable = false;
                } else if self.take_word("comment") {
                    let Some(Token::SingleQuotedString(comment)) = self.peek() else { return Err(self.here()) };
                    metadata = Some(serde_json::json!({ "comment": comment }).to_string());
                    self.at += 1;
                } else if self.take_word("default") || self.take_word("generated") {
                    return Err(SparkError::unsupported("a default or generated column"));
                } else {
                    break;
                }
            }
            fields.push(t::StructField { name, data_type: Some(data_type), nullable, metadata });
            if !self.take(&Token::Comma) {
                break;
            }
        }
        if *end == Token::EOF { self.end().map(|()| fields) } else { Ok(fields) }
    }

    fn interval(&mut self) -> Result<Kind> {
        let unit = |token: Option<&Token>| match token {
            Some(Token::Word(word)) => interval::unit(&word.value),
            _ => None,
        };
        let Some(start) = unit(self.peek()) else { return Ok(Kind::CalendarInterval(t::CalendarInterval::default())) };
        self.at += 1;
        let mut end = start;
        if self.take_word("to") {
            end = unit(self.peek()).ok_or_else(|| self.here())?;
            self.at += 1;
        }
        let (start_field, end_field) = (Some(start.field()), Some(end.field()));
        let year_month = |unit| matches!(unit, interval::Unit::Year | interval::Unit::Month);
        if year_month(start) != year_month(end) || start > end {
            let name = format!("INTERVAL {} TO {}", start.name(), end.name());
            return Err(SparkError::new("UNSUPPORTED_DATATYPE")
                .param("typeName", format!("\"{name}\""))
                .with_exception(Exception::Parse));
        }
        Ok(if year_month(start) {
            Kind::YearMonthInterval(t::YearMonthInterval { start_field, end_field, type_variation_reference: 0 })
        } else {
            Kind::DayTimeInterval(t::DayTimeInterval { start_field, end_field, type_variation_reference: 0 })
        })
    }
}

/// The type called `name` with `arguments`; none if there is no such type.
pub(crate) fn atomic(name: &str, arguments: &[i32]) -> Result<Option<Kind>> {
    Ok(Some(match (name, arguments) {
        ("boolean", []) => Kind::Boolean(t::Boolean::default()),
        ("tinyint" | "byte", []) => Kind::Byte(t::Byte::default()),
        ("smallint" | "short", []) => Kind::Short(t::Short::default()),
        ("int" | "integer", []) => Kind::Integer(t::Integer::default()),
        ("bigint" | "long", []) => Kind::Long(t::Long::default()),
        ("float" | "real", []) => Kind::Float(t::Float::default()),
        ("double", []) => Kind::Double(t::Double::default()),
        ("date", []) => Kind::Date(t::Date::default()),
        ("timestamp" | "timestamp_ltz", []) => Kind::Timestamp(t::Timestamp::default()),
        ("timestamp_ntz", []) => Kind::TimestampNtz(t::TimestampNtz::default()),
        ("time", []) => Kind::Time(t::Time { precision: Some(6), type_variation_reference: 0 }),
        ("time", [precision @ 0..=6]) => {
            Kind::Time(t::Time { precision: Some(*precision), type_variation_reference: 0 })
        }
        ("string", []) => Kind::String(t::String::default()),
        ("char" | "character", [length]) => Kind::Char(t::Char { length: *length, type_variation_reference: 0 }),
        ("varchar", [length]) => Kind::VarChar(t::VarChar { length: *length, type_variation_reference: 0 }),
        ("binary", []) => Kind::Binary(t::Binary::default()),
        ("decimal" | "dec" | "numeric", []) => decimal(10, 0)?,
        ("decimal" | "dec" | "numeric", [precision]) => decimal(*precision, 0)?,
        ("decimal" | "dec" | "numeric", [precision, scale]) => decimal(*precision, *scale)?,
        ("void", []) => Kind::Null(t::Null::default()),
        ("variant", []) => Kind::Variant(t::Variant::default()),
        _ => return Ok(None),
    }))
}

fn decimal(precision: i32, scale: i32) -> Result<Kind> {
    if precision > 38 {
        return Err(SparkError::new("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION")
            .param("precision", precision.to_string())
            .param("maxPrecision", "38"));
    }
    if scale > precision {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_1228")
            .param("scale", scale.to_string())
            .param("precision", precision.to_string())
            .with_exception(Exception::Parse));
    }
    Ok(Kind::Decimal(t::Decimal { precision: Some(precision), scale: Some(scale), type_variation_reference: 0 }))
}
