//! The options of JSON readers.

use firesteel_error::Result;

use crate::DateTimePattern;
use crate::context::FormatContext;
use crate::encoding::Encoding;
use crate::lines::LineEnd;
use crate::options::Options;
use crate::parse_mode::{ParseMode, corrupt_column_name};
use crate::time_zone::ZoneId;

/// Names of all options, reading and writing.
pub(crate) const NAMES: &[&str] = &[
    "mode",
    "columnNameOfCorruptRecord",
    "primitivesAsString",
    "prefersDecimal",
    "allowComments",
    "allowUnquotedFieldNames",
    "allowSingleQuotes",
    "allowNumericLeadingZeros",
    "allowNonNumericNumbers",
    "allowBackslashEscapingAnyCharacter",
    "allowUnquotedControlChars",
    "multiLine",
    "lineSep",
    "encoding",
    "charset",
    "samplingRatio",
    "dropFieldIfAllNull",
    "dateFormat",
    "timestampFormat",
    "timestampNTZFormat",
    "locale",
    "ignoreNullFields",
    "pretty",
    "inferTimestamp",
    "enableDateTimeParsingFallback",
    "writeNonAsciiCharacterAsCodePoint",
];

/// How to read JSON.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct JsonOptions {
    pub(crate) mode: ParseMode,
    pub(crate) corrupt_column: String,
    pub(crate) primitives_as_string: bool,
    pub(crate) prefers_decimal: bool,
    pub(crate) comments: bool,
    pub(crate) unquoted_names: bool,
    pub(crate) single_quotes: bool,
    pub(crate) leading_zeros: bool,
    pub(crate) non_numeric: bool,
    pub(crate) any_escape: bool,
    pub(crate) control_chars: bool,
    pub(crate) multi_line: bool,
    pub(crate) line_end: LineEnd,
    pub(crate) encoding: Encoding,
    pub(crate) sampling_ratio: f64,
    pub(crate) drop_all_null: bool,
    pub(crate) infer_timestamp: bool,
    pub(crate) date: Option<DateTimePattern>,
    pub(crate) timestamp: Option<DateTimePattern>,
    pub(crate) timestamp_ntz: Option<DateTimePattern>,
    pub(crate) zone: ZoneId,
    pub(crate) timestamp_is_ntz: bool,
}

impl JsonOptions {
    pub(crate) fn new(options: &Options, context: &FormatContext) -> Result<Self> {
        if options.contains("locale") {
            crate::values::report_locale();
        }
        let pattern = |name: &str| options.get(name).map(DateTimePattern::for_parsing).transpose();
        Ok(Self {
            mode: ParseMode::of(options),
            corrupt_column: corrupt_column_name(options, context),
            primitives_as_string: options.flag("primitivesAsString", false)?,
            prefers_decimal: options.flag("prefersDecimal", false)?,
            comments: options.flag("allowComments", false)?,
            unquoted_names: options.flag("allowUnquotedFieldNames", false)?,
            single_quotes: options.flag("allowSingleQuotes", true)?,
            leading_zeros: options.flag("allowNumericLeadingZeros", false)?,
            non_numeric: options.flag("allowNonNumericNumbers", true)?,
            any_escape: options.flag("allowBackslashEscapingAnyCharacter", false)?,
            control_chars: options.flag("allowUnquotedControlChars", false)?,
            multi_line: options.flag("multiLine", false)?,
            line_end: options.get("lineSep").map_or(LineEnd::Any, |end| LineEnd::Exactly(end.as_bytes().to_vec())),
            encoding: options.first_of(&["encoding", "charset"]).map_or(Ok(Encoding::Utf8), Encoding::named)?,
            sampling_ratio: options.number("samplingRatio")?.unwrap_or(1.0),
            drop_all_null: options.flag("dropFieldIfAllNull", false)?,
            infer_timestamp: options.flag("inferTimestamp", false)?,
            date: pattern("dateFormat")?,
            timestamp: pattern("timestampFormat")?,
            timestamp_ntz: pattern("timestampNTZFormat")?,
            zone: options.get("timeZone").map_or(Ok(context.time_zone), str::parse)?,
            timestamp_is_ntz: context.timestamp_is_ntz,
        })
    }
}
