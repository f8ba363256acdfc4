//! The options of CSV readers and writers.

use firesteel_error::{Exception, Result, SparkError};

use crate::DateTimePattern;
use crate::context::FormatContext;
use crate::encoding::Encoding;
use crate::lines::LineEnd;
use crate::options::Options;
use crate::parse_mode::{ParseMode, corrupt_column_name};
use crate::time_zone::ZoneId;

/// Names of all options, reading and writing.
pub(crate) const NAMES: &[&str] = &[
    "sep",
    "delimiter",
    "quote",
    "escape",
    "charToEscapeQuoteEscaping",
    "comment",
    "header",
    "inferSchema",
    "preferDate",
    "enforceSchema",
    "ignoreLeadingWhiteSpace",
    "ignoreTrailingWhiteSpace",
    "nullValue",
    "emptyValue",
    "nanValue",
    "positiveInf",
    "negativeInf",
    "dateFormat",
    "timestampFormat",
    "timestampNTZFormat",
    "maxColumns",
    "maxCharsPerColumn",
    "mode",
    "columnNameOfCorruptRecord",
    "multiLine",
    "encoding",
    "charset",
    "lineSep",
    "samplingRatio",
    "locale",
    "quoteAll",
    "escapeQuotes",
    "unescapedQuoteHandling",
    "enableDateTimeParsingFallback",
    "codec",
    "columnPruning",
];

/// What a value means that begins with a quote, but is not quoted properly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnescapedQuote {
    /// It ends at the next separator, and its quotes belong to it.
    StopAtDelimiter,
    /// It ends at the next closing quote, and quotes inside it belong to it.
    StopAtClosingQuote,
    /// It is null.
    SkipValue,
}

/// How to read CSV.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct CsvOptions {
    pub(crate) sep: Vec<u8>,
    pub(crate) quote: Option<u8>,
    pub(crate) escape: u8,
    /// Escapes the escape character.
    pub(crate) escape_escape: Option<u8>,
    pub(crate) comment: Option<u8>,
    pub(crate) header: bool,
    pub(crate) infer_schema: bool,
    pub(crate) prefer_date: bool,
    pub(crate) enforce_schema: bool,
    pub(crate) trim_leading: bool,
    pub(crate) trim_trailing: bool,
    pub(crate) null_value: String,
    pub(crate) empty_value: String,
    pub(crate) nan: String,
    pub(crate) positive_inf: String,
    pub(crate) negative_inf: String,
    pub(crate) date: Option<DateTimePattern>,
    pub(crate) timestamp: Option<DateTimePattern>,
    pub(crate) timestamp_ntz: Option<DateTimePattern>,
    pub(crate) max_columns: usize,
    pub(crate) max_chars: Option<usize>,
    pub(crate) mode: ParseMode,
    pub(crate) corrupt_column: String,
    pub(crate) multi_line: bool,
    pub(crate) encoding: Encoding,
    pub(crate) line_end: LineEnd,
    pub(crate) sampling_ratio: f64,
    pub(crate) unescaped_quote: UnescapedQuote,
    pub(crate) zone: ZoneId,
    pub(crate) timestamp_is_ntz: bool,
    pub(crate) pruning: bool,
}

/// The text of a separator: `\t` and the like stand for a character.
pub(crate) fn separator(options: &Options) -> Result<Vec<u8>> {
    let text = options.first_of(&["sep", "delimiter"]).unwrap_or(",");
    let bad = |why: &str| SparkError::plain(Exception::IllegalArgument, why.to_string());
    if text.is_empty() {
        return Err(bad("Delimiter cannot be empty"));
    }
    if text == "\\" {
        return Err(
            SparkError::new("INVALID_DELIMITER_VALUE.SINGLE_BACKSLASH").with_exception(Exception::IllegalArgument)
        );
    }
    let mut out = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let mut push = |letter: char| out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        if letter != '\\' {
            push(letter);
            continue;
        }
        match letters.next() {
            Some('t') => push('\t'),
            Some('r') => push('\r'),
            Some('n') => push('\n'),
            Some('b') => push('\u{8}'),
            Some('f') => push('\u{c}'),
            Some('0') => push('\0'),
            Some(other @ ('"' | '\'' | '\\')) => push(other),
            Some('u') if letters.as_str() == "0000" => {
                push('\0');
                break;
            }
            other => {
                return Err(SparkError::new("INVALID_DELIMITER_VALUE.UNSUPPORTED_SPECIAL_CHARACTER")
                    .param("str", format!("\\{}", other.unwrap_or_default()))
                    .with_exception(Exception::IllegalArgument));
            }
        }
    }
    Ok(out)
}

/// An option that is one character, or none if it is empty or `\0`.
pub(crate) fn one_char(options: &Options, name: &str, otherwise: Option<u8>) -> Result<Option<u8>> {
    match options.get(name).map(str::as_bytes) {
        None => Ok(otherwise),
        Some([] | [0]) => Ok(None),
        Some([byte]) if byte.is_ascii() => Ok(Some(*byte)),
        Some(other) if std::str::from_utf8(other).is_ok_and(|text| text.chars().count() == 1) => {
            Err(SparkError::unsupported(format!("A {name} character outside ASCII in CSV files")))
        }
        Some(other) => Err(SparkError::new("OPTION_VALUE_EXCEEDS_ONE_CHARACTER")
            .param("paramName", name)
            .param("actualValue", String::from_utf8_lossy(other))
            .with_exception(Exception::SparkRuntime)),
    }
}

impl CsvOptions {
    pub(crate) fn new(options: &Options, context: &FormatContext) -> Result<Self> {
        if options.contains("locale") {
            crate::values::report_locale();
        }
        let text = |name: &str, otherwise: &str| options.get(name).unwrap_or(otherwise).to_string();
        let pattern = |name: &str| options.get(name).map(DateTimePattern::for_parsing).transpose();
        let quote = one_char(options, "quote", Some(b'"'))?;
        let escape = one_char(options, "escape", Some(b'\\'))?.unwrap_or(0);
        let handling = match options.get("unescapedQuoteHandling").map(str::to_uppercase).as_deref() {
            None | Some("STOP_AT_DELIMITER") => UnescapedQuote::StopAtDelimiter,
            Some("STOP_AT_CLOSING_QUOTE" | "BACK_TO_DELIMITER") => UnescapedQuote::StopAtClosingQuote,
            Some("SKIP_VALUE") => UnescapedQuote::SkipValue,
            Some(other) => return Err(SparkError::unsupported(format!("unescapedQuoteHandling = {other}"))),
        };
        let line_end = match options.get("lineSep") {
            None => LineEnd::Any,
            Some(end) if end.chars().count() == 1 => LineEnd::Exactly(end.as_bytes().to_vec()),
            Some("\r\n") => LineEnd::Any,
            Some(_) => {
                return Err(SparkError::plain(
                    Exception::IllegalArgument,
                    "requirement failed: 'lineSep' can contain only 1 character.",
                ));
            }
        };
        Ok(Self {
            sep: separator(options)?,
            quote,
            escape,
            escape_escape: one_char(options, "charToEscapeQuoteEscaping", (Some(escape) != quote).then_some(escape))?,
            comment: one_char(options, "comment", None)?,
            header: options.flag("header", false)?,
            infer_schema: options.flag("inferSchema", false)?,
            prefer_date: options.flag("preferDate", true)?,
            enforce_schema: options.flag("enforceSchema", true)?,
            trim_leading: options.flag("ignoreLeadingWhiteSpace", false)?,
            trim_trailing: options.flag("ignoreTrailingWhiteSpace", false)?,
            null_value: text("nullValue", ""),
            empty_value: text("emptyValue", ""),
            nan: text("nanValue", "NaN"),
            positive_inf: text("positiveInf", "Inf"),
            negative_inf: text("negativeInf", "-Inf"),
            date: pattern("dateFormat")?,
            timestamp: pattern("timestampFormat")?,
            timestamp_ntz: pattern("timestampNTZFormat")?,
            max_columns: options.integer("maxColumns")?.and_then(|most| usize::try_from(most).ok()).unwrap_or(20_480),
            max_chars: options.integer("maxCharsPerColumn")?.and_then(|most| usize::try_from(most).ok()),
            mode: ParseMode::of(options),
            corrupt_column: corrupt_column_name(options, context),
            multi_line: options.flag("multiLine", false)?,
            encoding: options.first_of(&["encoding", "charset"]).map_or(Ok(Encoding::Utf8), Encoding::named)?,
            line_end,
            sampling_ratio: options.number("samplingRatio")?.unwrap_or(1.0),
            unescaped_quote: handling,
            zone: options.get("timeZone").map_or(Ok(context.time_zone), str::parse)?,
            timestamp_is_ntz: context.timestamp_is_ntz,
            pruning: options.flag("columnPruning", context.csv_column_pruning)?,
        })
    }
}
