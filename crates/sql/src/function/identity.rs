//! Checks, names of types and places, character sets and Base64.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::rows::{Bytes, Text, finish, one};
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("typeof", |c| {
        c.expect(1..=1)?;
        let text = types::simple_name_of(&c.arg(0)?.field);
        Ok(Typed::literal(ScalarValue::Utf8(Some(text)), c.title()))
    }),
    ("current_database", database),
    ("current_schema", database),
    ("current_path", |c| {
        c.expect(0..=0)?;
        let path = format!("system.builtin,system.session,spark_catalog.{}", c.session().database());
        Ok(Typed::literal(ScalarValue::Utf8(Some(path)), "current_path()"))
    }),
    ("current_catalog", |c| {
        c.expect(0..=0)?;
        Ok(Typed::literal(ScalarValue::Utf8(Some("spark_catalog".into())), "current_catalog()"))
    }),
    ("input_file_name", |c| of_file(c, "file_path", ScalarValue::Utf8(Some(String::new())))),
    ("input_file_block_start", |c| of_file(c, "file_block_start", ScalarValue::Int64(Some(-1)))),
    ("input_file_block_length", |c| of_file(c, "file_block_length", ScalarValue::Int64(Some(-1)))),
    ("raise_error", raise_error),
    ("assert_true", assert_true),
    ("base64", |c| {
        one::<Bytes, _>(c, |bytes| {
            let mut out = Vec::new();
            firesteel_formats::values::base64::encode(bytes, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        })
    }),
    ("unbase64", |c| {
        one::<Text, _>(c, |text| {
            // As in MIME, letters of no meaning are passed over.
            let plain: String =
                text.chars().filter(|l| l.is_ascii_alphanumeric() || matches!(l, '+' | '/' | '=')).collect();
            firesteel_formats::values::base64::decode(&plain).ok_or_else(|| {
                SparkError::new("CONVERSION_INVALID_INPUT")
                    .param("str", format!("'{text}'"))
                    .param("fmt", "'BASE64'")
                    .param("targetType", "\"BINARY\"")
                    .param("suggestion", "`try_to_binary`")
                    .with_exception(Exception::IllegalArgument)
            })
        })
    }),
    ("encode", |c| charset(c, true)),
    ("decode", |c| charset(c, false)),
    ("to_binary", |c| to_binary(c, false)),
    ("try_to_binary", |c| to_binary(c, true)),
];

/// A field of `_metadata`, or a constant where rows come from no file.
fn of_file(mut call: Call<'_>, field: &str, otherwise: ScalarValue) -> Result<Typed> {
    call.expect(0..=0)?;
    let title = call.title();
    let path = format!("{}.{field}", firesteel_formats::METADATA_COLUMN);
    let scope = call.scope().clone();
    let Ok(found) = call.analyzer().column(&path, &scope) else { return Ok(Typed::literal(otherwise, title)) };
    if field != "file_path" {
        return Ok(found.named(title));
    }
    // Spark writes the path as a URL with an empty authority here, and without one in `_metadata`.
    let kernel = Kernel::new("input_file_name", (), DataType::Utf8, false, |columns| {
        let paths = columns.array(0)?;
        let urls = paths.as_string::<i32>().iter().map(|path| {
            path.map(|path| match path.strip_prefix("file:/") {
                Some(rest) if !rest.starts_with('/') => format!("file:///{rest}"),
                _ => path.to_string(),
            })
        });
        Ok(Arc::new(urls.collect::<arrow::array::StringArray>()))
    });
    Ok(Typed::new(kernel.call(vec![found.expr]), DataType::Utf8, false, title))
}

fn database(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    let name = call.session().database();
    Ok(Typed::literal(ScalarValue::Utf8(Some(name)), "current_schema()"))
}

fn user_raised(text: &str) -> SparkError {
    SparkError::new("USER_RAISED_EXCEPTION").param("errorMessage", text).with_exception(Exception::SparkRuntime)
}

fn raise_error(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let title = format!("raise_error(USER_RAISED_EXCEPTION, map(errorMessage, {}))", call.arg(0)?.name);
    let arg = call.cast(0, &DataType::Utf8)?;
    let kernel = Kernel::new("raise_error", (), DataType::Null, true, |columns| {
        let texts = columns.array(0)?;
        let texts = texts.as_string::<i32>();
        if columns.rows() > 0 {
            let text = if texts.is_null(0) { "null" } else { texts.value(0) };
            return Err(user_raised(text));
        }
        Ok(arrow::array::new_null_array(&DataType::Null, 0))
    });
    Ok(Typed::new(kernel.volatile().call(vec![arg.expr]), DataType::Null, true, title))
}

fn assert_true(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let test = call.cast(0, &DataType::Boolean)?;
    let default = format!("'{}' is not true!", test.name);
    let title = if call.len() == 1 { format!("assert_true({}, {default})", test.name) } else { call.title() };
    let mut args = vec![test.expr];
    if call.len() == 2 {
        args.push(call.cast(1, &DataType::Utf8)?.expr);
    }
    let kernel = Kernel::new("assert_true", default.clone(), DataType::Null, true, move |columns| {
        let tests = columns.array(0)?;
        let tests: &BooleanArray = tests.as_boolean();
        if let Some(row) = (0..tests.len()).find(|row| tests.is_null(*row) || !tests.value(*row)) {
            if columns.len() < 2 {
                return Err(user_raised(&default));
            }
            let texts = columns.array(1)?;
            let texts = texts.as_string::<i32>();
            return Err(user_raised(if texts.is_null(row) { "null" } else { texts.value(row) }));
        }
        Ok(arrow::array::new_null_array(&DataType::Null, columns.rows()))
    });
    Ok(Typed::new(kernel.volatile().call(args), DataType::Null, true, title))
}

/// The texts of one character set as bytes, or bytes as texts.
fn charset(call: Call<'_>, encode: bool) -> Result<Typed> {
    if !encode && call.len() > 2 {
        return decode_cases(call);
    }
    call.expect(2..=2)?;
    let name = call.constant_text(1)?.unwrap_or_default().to_uppercase();
    let known = ["UTF-8", "US-ASCII", "ISO-8859-1", "UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32"];
    if !known.contains(&name.as_str()) || name == "UTF-32" {
        return Err(SparkError::new("INVALID_PARAMETER_VALUE.CHARSET")
            .param("functionName", format!("`{}`", call.lower_name()))
            .param("parameter", "`charset`")
            .param("charset", name)
            .param("charsets", known.join(", ")));
    }
    if encode {
        return super::rows::two::<Text, Text, _>(call, move |text, _| encoded(text, &name).map(Some));
    }
    super::rows::two::<Bytes, Text, _>(call, move |bytes, _| decoded(bytes, &name).map(Some))
}

fn encoded(text: &str, charset: &str) -> Result<Vec<u8>> {
    let narrow = |limit: u32| {
        text.chars()
            .map(|ch| if (ch as u32) < limit { Ok(ch as u32 as u8) } else { Err(malformed("encode", charset)) })
            .collect()
    };
    match charset {
        "US-ASCII" => narrow(128),
        "ISO-8859-1" => narrow(256),
        "UTF-16LE" => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        "UTF-16BE" => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        "UTF-16" => Ok([0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()),
        _ => Ok(text.as_bytes().to_vec()),
    }
}

fn malformed(function: &str, charset: &str) -> SparkError {
    SparkError::new("MALFORMED_CHARACTER_CODING")
        .param("function", format!("`{function}`"))
        .param("charset", charset)
        .with_exception(Exception::SparkRuntime)
}

fn decoded(bytes: &[u8], charset: &str) -> Result<String> {
    let wide = |little: bool, bytes: &[u8]| {
        let units = bytes.chunks(2).map(|c| {
            let pair = [c[0], c.get(1).copied().unwrap_or(0)];
            if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        });
        String::from_utf16(&units.collect::<Vec<_>>()).map_err(|_| malformed("decode", charset))
    };
    match charset {
        "ISO-8859-1" => Ok(bytes.iter().map(|b| char::from(*b)).collect()),
        "UTF-16LE" => wide(true, bytes),
        "UTF-16BE" => wide(false, bytes),
        "UTF-16" => match bytes {
            [0xff, 0xfe, rest @ ..] => wide(true, rest),
            [0xfe, 0xff, rest @ ..] | rest => wide(false, rest),
        },
        "US-ASCII" if !bytes.is_ascii() => Err(malformed("decode", charset)),
        _ => String::from_utf8(bytes.to_vec()).map_err(|_| malformed("decode", charset)),
    }
}

/// `decode(x, a, result, .., default)`: a `CASE` in which NULL equals NULL.
fn decode_cases(call: Call<'_>) -> Result<Typed> {
    let title = call.title();
    let values = call.values()?;
    let session = call.session();
    let mut branches = Vec::new();
    for pair in values[1..].chunks(2) {
        match pair {
            [wanted, result] => {
                branches.push(super::resolve_named(session, "<=>", &[values[0].clone(), wanted.clone()])?);
                branches.push(result.clone());
            }
            rest => branches.extend(rest.iter().cloned()),
        }
    }
    Ok(super::resolve_named(session, "when", &branches)?.named(title))
}

fn to_binary(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    let title = call.title();
    let format = if call.len() > 1 { call.constant_text(1)?.unwrap_or_default().to_lowercase() } else { "hex".into() };
    let arg = call.cast(0, &DataType::Utf8)?;
    let mut args = vec![arg];
    args.extend((call.len() > 1).then(|| call.arg(1)).transpose()?);
    let typed = finish(&call, args, DataType::Binary, true, move |columns| {
        let texts = columns.array(0)?;
        let mut values = Vec::new();
        for text in texts.as_string::<i32>() {
            let Some(text) = text else {
                values.push(None);
                continue;
            };
            let bytes = match format.as_str() {
                "utf-8" | "utf8" => Some(text.as_bytes().to_vec()),
                "base64" => firesteel_formats::values::base64::decode(text),
                _ => hex::decode(if text.len() % 2 == 1 { format!("0{text}") } else { text.to_string() }).ok(),
            };
            if bytes.is_none() && !forgiving {
                return Err(SparkError::new("CONVERSION_INVALID_INPUT")
                    .param("str", format!("'{text}'"))
                    .param("fmt", format!("'{}'", format.to_uppercase()))
                    .param("targetType", "\"BINARY\"")
                    .param("suggestion", "`try_to_binary`")
                    .with_exception(Exception::IllegalArgument));
            }
            values.push(bytes);
        }
        Ok(Arc::new(values.into_iter().collect::<arrow::array::BinaryArray>()))
    });
    Ok(typed.named(title))
}
