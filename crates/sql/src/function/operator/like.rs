//! `LIKE` and `ILIKE`.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::array::cast::AsArray;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Like};
use firesteel_error::{Result, SparkError};

use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};

pub(super) fn like(call: Call<'_>, insensitive: bool) -> Result<Typed> {
    call.expect(2..=3)?;
    let (value, pattern) = (call.cast(0, &DataType::Utf8)?, call.cast(1, &DataType::Utf8)?);
    let escape = match call.len() {
        3 => call.constant_text(2)?.and_then(|text| text.chars().next()),
        _ => Some('\\'),
    };
    let word = if insensitive { "ILIKE" } else { "LIKE" };
    let nullable = value.nullable() || pattern.nullable();
    let name = if insensitive {
        format!("ilike({}, {})", value.name, pattern.name)
    } else {
        format!("{} {word} {}", value.name, pattern.name)
    };
    let escape = escape.unwrap_or('\\');
    let name = if call.len() == 3 && !insensitive { format!("{name} ESCAPE '{escape}'") } else { name };
    let pattern = match pattern.scalar() {
        Some(ScalarValue::Utf8(Some(text))) => Expr::Literal(ScalarValue::Utf8(Some(backslashes(text, escape)?)), None),
        _ => {
            let kernel = Kernel::new("like_pattern", escape, DataType::Utf8, pattern.nullable(), move |columns| {
                let patterns = columns.array(0)?;
                let plain =
                    patterns.as_string::<i32>().iter().map(|text| text.map(|t| backslashes(t, escape)).transpose());
                Ok(Arc::new(plain.collect::<Result<StringArray>>()?))
            });
            kernel.call(vec![pattern.expr])
        }
    };
    let expr = Expr::Like(Like::new(false, Box::new(value.expr), Box::new(pattern), Some('\\'), insensitive));
    Ok(Typed::new(expr, DataType::Boolean, nullable, name))
}

/// A LIKE pattern with the backslash as its escape character.
///
/// # Errors
/// `INVALID_FORMAT` where the escape character stands before anything but a wildcard or itself.
fn backslashes(pattern: &str, escape: char) -> Result<String> {
    let shown = || format!("'{}'", pattern.replace('\\', "\\\\"));
    let mut out = String::with_capacity(pattern.len() + 2);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            l if l == escape => match letters.next() {
                Some(next) if next == '%' || next == '_' || next == escape => {
                    if matches!(next, '%' | '_' | '\\') {
                        out.push('\\');
                    }
                    out.push(next);
                }
                Some(next) => {
                    return Err(SparkError::new("INVALID_FORMAT.ESC_IN_THE_MIDDLE")
                        .param("format", shown())
                        .param("char", format!("'{next}'")));
                }
                None => return Err(SparkError::new("INVALID_FORMAT.ESC_AT_THE_END").param("format", shown())),
            },
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    Ok(out)
}
