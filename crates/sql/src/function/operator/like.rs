//! `LIKE` and `ILIKE`.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Like};
use firesteel_error::Result;

use crate::analyzer::Call;
use crate::expression::Typed;

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
    let (pattern, escape) = match (pattern.scalar(), escape) {
        (Some(ScalarValue::Utf8(Some(text))), Some(own)) if own != '\\' => {
            (Expr::Literal(ScalarValue::Utf8(Some(backslashes(text, own))), None), Some('\\'))
        }
        _ => (pattern.expr, escape),
    };
    let expr = Expr::Like(Like::new(false, Box::new(value.expr), Box::new(pattern), escape, insensitive));
    Ok(Typed::new(expr, DataType::Boolean, nullable, name))
}

/// A LIKE pattern with the backslash as its escape character.
fn backslashes(pattern: &str, escape: char) -> String {
    let mut out = String::with_capacity(pattern.len() + 2);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            l if l == escape => match letters.next() {
                Some(next @ ('%' | '_')) => out.extend(['\\', next]),
                Some(next) => out.push(next),
                None => out.push(escape),
            },
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    out
}
