//! `format_string` and `printf`: the JVM's format specifiers; `to_char` of times; `mask`; random texts and numbers.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::rows::{Text, finish, one};
use crate::analyzer::Call;
use crate::display::{Style, format_value};
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("format_string", format_string),
    ("printf", format_string),
    ("to_char", to_char),
    ("to_varchar", to_char),
    ("mask", mask),
];

/// One `%[index$][flags][width][.precision]conversion`.
struct Spec {
    index: Option<usize>,
    flags: String,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

/// A format: text, or a specifier.
enum Part {
    Text(String),
    Spec(Spec),
}

fn parse(format: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        parts.push(Part::Text(rest[..at].to_string()));
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
        let (head, conversion) = (&rest[..end], rest[end..].chars().next()?);
        rest = &rest[end + 1..];
        match conversion {
            '%' => parts.push(Part::Text("%".into())),
            'n' => parts.push(Part::Text("\n".into())),
            _ => {
                let (index, head) = match head.split_once('$') {
                    Some((index, head)) => (Some(index.parse::<usize>().ok()?), head),
                    None => (None, head),
                };
                let flags: String = head.chars().take_while(|c| "-+ 0,(#".contains(*c)).collect();
                let (width, precision) = match head[flags.len()..].split_once('.') {
                    Some((width, precision)) => (width, Some(precision.parse().ok()?)),
                    None => (&head[flags.len()..], None),
                };
                let width = if width.is_empty() { 0 } else { width.parse().ok()? };
                parts.push(Part::Spec(Spec { index, flags, width, precision, conversion }));
            }
        }
    }
    parts.push(Part::Text(rest.to_string()));
    Some(parts)
}

fn wrong(format: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("the format '{format}' does not fit its arguments"))
}

fn with_sign(spec: &Spec, negative: bool, digits: String) -> String {
    let digits = if spec.flags.contains(',') { grouped(&digits) } else { digits };
    let sign = if negative && spec.flags.contains('(') {
        return format!("({digits})");
    } else if negative {
        "-"
    } else if spec.flags.contains('+') {
        "+"
    } else if spec.flags.contains(' ') {
        " "
    } else {
        ""
    };
    if spec.flags.contains('0') {
        let fill = spec.width.saturating_sub(sign.len() + digits.len());
        return format!("{sign}{}{digits}", "0".repeat(fill));
    }
    format!("{sign}{digits}")
}

fn grouped(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').map_or((digits, String::new()), |(w, f)| (w, format!(".{f}")));
    let mut out = String::new();
    for (index, ch) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(ch);
    }
    out + &fraction
}

/// `1.234560e+01`, with at least two digits of exponent.
fn scientific(value: f64, precision: usize) -> String {
    let text = format!("{:.precision$e}", value);
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

fn convert(spec: &Spec, array: &ArrayRef, row: usize, style: Style) -> Option<String> {
    let is_null = array.is_null(row) || array.data_type() == &DataType::Null;
    let long = || {
        let wide = arrow::compute::cast(&array.slice(row, 1), &DataType::Int64).ok()?;
        types::is_integral(array.data_type()).then(|| wide.as_primitive::<Int64Type>().value(0))
    };
    let double = || {
        let wide = arrow::compute::cast(&array.slice(row, 1), &DataType::Float64).ok()?;
        let real = matches!(array.data_type(), DataType::Float32 | DataType::Float64 | DataType::Decimal128(..));
        real.then(|| wide.as_primitive::<Float64Type>().value(0))
    };
    let text = match spec.conversion {
        _ if is_null && !spec.conversion.eq_ignore_ascii_case(&'b') => "null".to_string(),
        's' | 'S' => {
            let text = format_value(array, row, style);
            spec.precision.map_or(text.clone(), |n| text.chars().take(n).collect())
        }
        'd' => long().map(|n| with_sign(spec, n < 0, n.unsigned_abs().to_string()))?,
        'x' | 'X' | 'o' => {
            let n = long()?;
            let n = if array.data_type() == &DataType::Int64 { n as u64 } else { u64::from(n as u32) };
            let digits = if spec.conversion == 'o' { format!("{n:o}") } else { format!("{n:x}") };
            with_sign(spec, false, digits)
        }
        'f' => double().map(|x| with_sign(spec, x < 0.0, format!("{:.*}", spec.precision.unwrap_or(6), x.abs())))?,
        'e' | 'E' => double().map(|x| with_sign(spec, x < 0.0, scientific(x.abs(), spec.precision.unwrap_or(6))))?,
        'g' | 'G' => double().map(|x| {
            let precision = spec.precision.unwrap_or(6).max(1);
            let small = x != 0.0 && !(1e-4..10_f64.powi(precision as i32)).contains(&x.abs());
            let whole = if x == 0.0 { 0 } else { x.abs().log10().floor() as i32 };
            let digits = if small {
                scientific(x.abs(), precision - 1)
            } else {
                format!("{:.*}", (precision as i32 - 1 - whole).max(0) as usize, x.abs())
            };
            with_sign(spec, x < 0.0, digits)
        })?,
        'c' | 'C' => match array.data_type() {
            DataType::Utf8 => format_value(array, row, style),
            _ => char::from_u32(u32::try_from(long()?).ok()?)?.to_string(),
        },
        'b' | 'B' => match array.as_boolean_opt() {
            Some(values) => (!is_null && values.value(row)).to_string(),
            None => (!is_null).to_string(),
        },
        _ => return None,
    };
    let text = if spec.conversion.is_uppercase() { text.to_uppercase() } else { text };
    let fill = " ".repeat(spec.width.saturating_sub(text.chars().count()));
    Some(if spec.flags.contains('-') { text + &fill } else { fill + &text })
}

fn format_string(call: Call<'_>) -> Result<Typed> {
    call.expect(1..)?;
    let mut args = vec![call.cast(0, &DataType::Utf8)?];
    for index in 1..call.len() {
        args.push(call.arg(index)?);
    }
    let nullable = args[0].nullable();
    let style = Style { zone: crate::display::zone(call.conf()), scientific: true, ..Style::default() };
    let mut typed = finish(&call, args, DataType::Utf8, false, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let formats = arrays[0].as_string::<i32>();
        let mut out = StringBuilder::new();
        for row in 0..columns.rows() {
            if formats.is_null(row) {
                out.append_null();
                continue;
            }
            let format = formats.value(row);
            let mut next = 0;
            let mut text = String::new();
            for part in parse(format).ok_or_else(|| wrong(format))? {
                match part {
                    Part::Text(plain) => text.push_str(&plain),
                    Part::Spec(spec) => {
                        let index = spec.index.unwrap_or_else(|| {
                            next += 1;
                            next
                        });
                        let array = arrays.get(index).filter(|_| index > 0).ok_or_else(|| wrong(format))?;
                        text.push_str(&convert(&spec, array, row, style).ok_or_else(|| wrong(format))?);
                    }
                }
            }
            out.append_value(text);
        }
        Ok(Arc::new(out.finish()))
    });
    typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(nullable));
    Ok(typed)
}

/// Of dates and times, `date_format`.
fn to_char(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let value = call.arg(0)?;
    match value.data_type() {
        t if types::is_datetime(t) => super::resolve_named(call.session(), "date_format", &call.values()?),
        DataType::Binary => {
            let format = call.constant_text(1)?.unwrap_or_default().to_lowercase();
            let name = match format.as_str() {
                "base64" => "base64",
                "hex" => "hex",
                _ => return super::resolve_named(call.session(), "decode", &call.values()?),
            };
            super::resolve_named(call.session(), name, &[value])
        }
        _ => super::number_format::to_char(&call),
    }
}

/// The text with upper-case letters as `X`, lower-case ones as `x`, digits as `n`, or what the arguments say.
fn mask(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=5)?;
    let mut marks = [Some('X'), Some('x'), Some('n'), None];
    let mut shown = ["X".to_string(), "x".into(), "n".into(), "NULL".into()];
    for index in 1..call.len() {
        marks[index - 1] = call.constant_text(index)?.and_then(|text| text.chars().next());
        shown[index - 1] = call.arg(index)?.name;
    }
    let title = format!("mask({}, {})", call.arg(0)?.name, shown.join(", "));
    let text = call.arg(0)?;
    let mut call = call;
    call.args = vec![crate::analyzer::Argument::Value(text)];
    call.name = format!("mask {marks:?}");
    one::<Text, _>(call, move |s| {
        let masked: String = s
            .chars()
            .map(|ch| {
                let mark = if ch.is_uppercase() {
                    marks[0]
                } else if ch.is_lowercase() {
                    marks[1]
                } else if ch.is_ascii_digit() {
                    marks[2]
                } else {
                    marks[3]
                };
                mark.unwrap_or(ch)
            })
            .collect();
        Some(masked)
    })
    .map(|t| t.named(title))
}
