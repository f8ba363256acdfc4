//! Partition directories: `year=2024/month=1` below a base directory are two columns and their values.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;
use crate::file_status::FileUrl;
use crate::schema::{spark_type_name, timestamp_type};
use crate::time_zone::ZoneId;
use crate::values::{datetimes, numbers};

/// The directory name of a null.
pub(crate) const NULL_NAME: &str = "__HIVE_DEFAULT_PARTITION__";

/// A file and the directory under which its partition directories begin.
#[derive(Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) file: &'a FileUrl,
    pub(crate) base: &'a FileUrl,
}

/// Partition columns, and each file's values (`None` for a file outside the partitions).
#[derive(Debug, Default)]
pub(crate) struct Partitioning {
    pub(crate) columns: Vec<FieldRef>,
    pub(crate) values: Vec<Option<Vec<ScalarValue>>>,
}

/// Reads the partition columns off the directories of `files`.
pub(crate) fn discover(
    files: &[Placed],
    context: &FormatContext,
    zone: ZoneId,
    user_schema: Option<&Schema>,
) -> Result<Partitioning> {
    let parsed: Vec<Vec<(String, String)>> = files.iter().map(pairs).collect();
    let Some(first) = parsed.iter().find(|pairs| !pairs.is_empty()) else { return Ok(Partitioning::default()) };
    let names: Vec<String> = first.iter().map(|(name, _)| name.clone()).collect();
    let same = |pairs: &[(String, String)]| {
        pairs.len() == names.len() && pairs.iter().zip(&names).all(|((name, _), other)| context.same_name(name, other))
    };
    if parsed.iter().any(|pairs| !pairs.is_empty() && !same(pairs)) {
        return Err(conflicting_names(files, &parsed));
    }
    if let Some(error) = conflicting_structure(files, &parsed) {
        return Err(error);
    }
    let mut columns: Vec<FieldRef> = Vec::new();
    // Files beside the partition directories do not belong to the table.
    let inside: Vec<&Vec<(String, String)>> = parsed.iter().filter(|pairs| !pairs.is_empty()).collect();
    let mut values: Vec<Vec<ScalarValue>> = vec![Vec::new(); inside.len()];
    for (at, name) in names.iter().enumerate() {
        let texts: Vec<&str> = inside.iter().map(|pairs| pairs[at].1.as_str()).collect();
        let declared = user_schema
            .and_then(|schema| schema.fields().iter().find(|field| context.same_name(field.name(), name)).cloned());
        let data_type = match &declared {
            Some(field) => field.data_type().clone(),
            None => infer_type(&texts, context, zone),
        };
        for (file, text) in values.iter_mut().zip(&texts) {
            let value = typed_value(text, &data_type, zone).ok_or_else(|| {
                SparkError::new("INVALID_PARTITION_VALUE")
                    .param("value", format!("'{text}'"))
                    .param("dataType", format!("\"{}\"", spark_type_name(&data_type).to_uppercase()))
                    .param("columnName", format!("`{name}`"))
                    .with_exception(firesteel_error::Exception::SparkRuntime)
            })?;
            file.push(value);
        }
        let name = declared.as_ref().map_or(name.as_str(), |field| field.name());
        columns.push(Arc::new(Field::new(name, data_type, true)));
    }
    let mut values = values.into_iter();
    let values = parsed.iter().map(|pairs| if pairs.is_empty() { None } else { values.next() }).collect();
    Ok(Partitioning { columns, values })
}

/// The `name=value` directories between the base and the file.
fn pairs(placed: &Placed) -> Vec<(String, String)> {
    let Some(below) = placed.file.below(placed.base) else { return Vec::new() };
    let mut directories: Vec<&str> = below.split('/').collect();
    directories.pop();
    let pairs = directories
        .iter()
        .map(|part| part.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty()));
    // Directories that are not `name=value` end the search from the file upwards.
    let mut found: Vec<(String, String)> = pairs
        .rev()
        .map_while(|pair| pair.map(|(name, value)| (unescape_path_name(name), unescape_path_name(value))))
        .collect();
    found.reverse();
    found
}

fn conflicting_names(files: &[Placed], parsed: &[Vec<(String, String)>]) -> SparkError {
    let mut lists: Vec<String> = parsed
        .iter()
        .filter(|pairs| !pairs.is_empty())
        .map(|pairs| pairs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
        .collect();
    lists.sort();
    lists.dedup();
    let lists: Vec<String> =
        lists.iter().enumerate().map(|(at, list)| format!("Partition column name list #{at}: {list}")).collect();
    let mut directories: Vec<String> = files.iter().filter_map(|placed| Some(placed.file.parent()?.hadoop())).collect();
    directories.sort();
    directories.dedup();
    SparkError::new("CONFLICTING_PARTITION_COLUMN_NAMES")
        .param("distinctPartColLists", format!("\n\t{}\n", lists.join("\n\t")))
        .param("suspiciousPaths", format!("\n\t{}", directories.join("\n\t")))
        .with_exception(firesteel_error::Exception::SparkRuntime)
}

/// All partition directories must begin below one directory.
fn conflicting_structure(files: &[Placed], parsed: &[Vec<(String, String)>]) -> Option<SparkError> {
    let mut roots: Vec<String> = files
        .iter()
        .zip(parsed)
        .filter(|(_, pairs)| !pairs.is_empty())
        .filter_map(|(placed, pairs)| {
            let mut directory = placed.file.parent()?;
            for _ in pairs {
                directory = directory.parent()?;
            }
            Some(directory.hadoop())
        })
        .collect();
    roots.sort();
    roots.dedup();
    let error = || {
        SparkError::new("CONFLICTING_DIRECTORY_STRUCTURES")
            .param("discoveredBasePaths", format!("\n\t{}\n", roots.join("\n\t")))
    };
    (roots.len() > 1).then(error)
}

/// The narrowest type that holds all values, as Spark infers it.
fn infer_type(texts: &[&str], context: &FormatContext, zone: ZoneId) -> DataType {
    let texts = texts.iter().filter(|text| **text != NULL_NAME);
    if !context.infer_partition_types {
        return DataType::Utf8;
    }
    texts.map(|text| infer_one(text, context, zone)).reduce(|a, b| wider(&a, &b)).unwrap_or(DataType::Null)
}

fn infer_one(text: &str, context: &FormatContext, zone: ZoneId) -> DataType {
    if numbers::parse_integer::<i32>(text.as_bytes()).is_some() {
        return DataType::Int32;
    }
    if numbers::parse_integer::<i64>(text.as_bytes()).is_some() {
        return DataType::Int64;
    }
    let digits = text.trim_start_matches(['-', '+']);
    if !digits.is_empty() && digits.len() <= 38 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return DataType::Decimal128(u8::try_from(digits.trim_start_matches('0').len().max(1)).unwrap_or(38), 0);
    }
    if numbers::parse_double(text).is_some() {
        return DataType::Float64;
    }
    if text.len() >= 19 && text.as_bytes()[10] == b' ' && datetimes::parse_timestamp(text, zone).is_some() {
        return if context.timestamp_is_ntz { crate::schema::timestamp_ntz_type() } else { timestamp_type() };
    }
    if text.len() == 10 && datetimes::parse_date(text).is_some() {
        return DataType::Date32;
    }
    DataType::Utf8
}

fn wider(a: &DataType, b: &DataType) -> DataType {
    use DataType::{Date32, Decimal128, Float64, Int32, Int64, Timestamp, Utf8};
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (Int32, Int64) | (Int64, Int32) => Int64,
        (Int32, Float64) | (Float64, Int32) => Float64,
        (Decimal128(p, _), Int32 | Int64) | (Int32 | Int64, Decimal128(p, _)) => Decimal128((*p).max(20), 0),
        (Decimal128(p, _), Decimal128(q, _)) => Decimal128(*p.max(q), 0),
        (Date32, Timestamp(unit, zone)) | (Timestamp(unit, zone), Date32) => Timestamp(*unit, zone.clone()),
        _ => Utf8,
    }
}

fn typed_value(text: &str, data_type: &DataType, zone: ZoneId) -> Option<ScalarValue> {
    if text == NULL_NAME {
        return ScalarValue::try_from(data_type).ok();
    }
    let bytes = text.trim().as_bytes();
    Some(match data_type {
        DataType::Utf8 => ScalarValue::Utf8(Some(text.into())),
        DataType::Int8 => ScalarValue::Int8(Some(numbers::parse_integer(bytes)?)),
        DataType::Int16 => ScalarValue::Int16(Some(numbers::parse_integer(bytes)?)),
        DataType::Int32 => ScalarValue::Int32(Some(numbers::parse_integer(bytes)?)),
        DataType::Int64 => ScalarValue::Int64(Some(numbers::parse_integer(bytes)?)),
        #[allow(clippy::cast_possible_truncation)]
        DataType::Float32 => ScalarValue::Float32(Some(numbers::parse_double(text)? as f32)),
        DataType::Float64 => ScalarValue::Float64(Some(numbers::parse_double(text)?)),
        DataType::Boolean => ScalarValue::Boolean(Some(crate::values::parse_boolean(text)?)),
        DataType::Decimal128(p, s) => ScalarValue::Decimal128(Some(numbers::parse_decimal(text, *p, *s)?), *p, *s),
        DataType::Date32 => ScalarValue::Date32(Some(datetimes::parse_date(text)?)),
        DataType::Timestamp(_, Some(utc)) => {
            ScalarValue::TimestampMicrosecond(Some(datetimes::parse_timestamp(text, zone)?), Some(Arc::clone(utc)))
        }
        DataType::Timestamp(_, None) => {
            ScalarValue::TimestampMicrosecond(Some(datetimes::parse_timestamp_ntz(text)?), None)
        }
        DataType::Binary => ScalarValue::Binary(Some(text.as_bytes().to_vec())),
        _ => return None,
    })
}

/// Whether a character of a column's name or value is written as `%XX` in a directory name.
fn needs_escape(letter: char) -> bool {
    (letter as u32) < 0x20
        || letter == '\x7f'
        || matches!(letter, '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\' | '{' | '[' | ']' | '^')
}

/// A column's name or value as part of a directory name.
pub fn escape_path_name(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if needs_escape(letter) { escaped.push_str(&format!("%{:02X}", letter as u32)) } else { escaped.push(letter) }
    }
    escaped
}

/// The reverse of [`escape_path_name`].
pub fn unescape_path_name(text: &str) -> String {
    crate::sink_log::percent_decode(text)
}

/// `a=1/b=__HIVE_DEFAULT_PARTITION__`: the directory of these values (texts as Spark casts them to string).
pub fn partition_path<'a>(columns: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let parts = columns.into_iter().map(|(name, value)| {
        let value = match value {
            None | Some("") => NULL_NAME.to_string(),
            Some(value) => escape_path_name(value),
        };
        format!("{}={value}", escape_path_name(name))
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn names_survive_their_directories() {
        let name = "a b=c/d%e:f";
        assert_eq!(escape_path_name(name), "a b%3Dc%2Fd%25e%3Af");
        assert_eq!(unescape_path_name(&escape_path_name(name)), name);
        assert_eq!(partition_path([("x", Some("1")), ("y", None)]), "x=1/y=__HIVE_DEFAULT_PARTITION__");
    }

    #[test]
    fn types_are_inferred_over_all_directories() {
        let base = FileUrl::local("/t");
        let files =
            ["a=1/b=2024-01-01/x", "a=20000000000/b=2024-01-02 10:00:00/x", "a=3/b=__HIVE_DEFAULT_PARTITION__/x"]
                .map(|path| base.join(path));
        let placed: Vec<Placed> = files.iter().map(|file| Placed { file, base: &base }).collect();
        let found = discover(&placed, &FormatContext::default(), ZoneId::UTC, None).unwrap();
        assert_eq!(found.columns[0].data_type(), &DataType::Int64);
        assert_eq!(found.columns[1].data_type(), &timestamp_type());
        assert!(found.values[2].as_ref().unwrap()[1].is_null());
    }
}
