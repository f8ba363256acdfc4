//! Numbers in other bases and as grouped text, and bits: `hex`, `conv`, `format_number`, shifts, `bit_count`.

use arrow::datatypes::DataType;
use firesteel_error::{Result, SparkError};

use super::Family;
use super::rows::{Bool, Bytes, Double, Int, Long, Text, one, three, two};
use crate::analyzer::Call;
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("bin", |c| one::<Long, _>(c, |n| format!("{n:b}"))),
    ("hex", hex),
    ("unhex", |c| one::<Text, _>(c, unhex)),
    ("conv", conv),
    ("format_number", format_number),
    ("shiftleft", |c| shift(c, i32::wrapping_shl, i64::wrapping_shl)),
    ("<<", |c| shift(c, i32::wrapping_shl, i64::wrapping_shl)),
    ("shiftright", |c| shift(c, i32::wrapping_shr, i64::wrapping_shr)),
    (">>", |c| shift(c, i32::wrapping_shr, i64::wrapping_shr)),
    ("shiftrightunsigned", |c| {
        shift(c, |a, n| (a as u32).wrapping_shr(n) as i32, |a, n| (a as u64).wrapping_shr(n) as i64)
    }),
    (">>>", |c| shift(c, |a, n| (a as u32).wrapping_shr(n) as i32, |a, n| (a as u64).wrapping_shr(n) as i64)),
    ("bit_count", bit_count),
    ("bit_get", bit_get),
    ("getbit", bit_get),
];

fn hex(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    match call.arg(0)?.data_type() {
        DataType::Binary => one::<Bytes, _>(call, |b| hex::encode_upper(b)),
        t if types::is_integral(t) => one::<Long, _>(call, |n| format!("{n:X}")),
        DataType::Utf8 => one::<Text, _>(call, |s| hex::encode_upper(s)),
        _ => one::<Long, _>(call, |n| format!("{n:X}")),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let padded = if text.len() % 2 == 1 { format!("0{text}") } else { text.to_string() };
    hex::decode(padded).ok()
}

fn conv(call: Call<'_>) -> Result<Typed> {
    let strict = call.conf().ansi();
    three::<Text, Int, Int, _>(call, move |text, from, to| converted(text, from, to, strict))
}

/// A number's digits in another base; a negative target base gives a signed number.
fn converted(text: &str, from: i32, to: i32, strict: bool) -> Result<Option<String>> {
    let valid = |base: u32| (2..=36).contains(&base);
    let text = text.trim_matches(' ');
    if from < 0 || !valid(from.unsigned_abs()) || !valid(to.unsigned_abs()) || text.is_empty() {
        return Ok(None);
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut value: u64 = 0;
    let mut full = false;
    for digit in digits.chars().map_while(|ch| ch.to_digit(from.unsigned_abs())) {
        match value.checked_mul(from as u64).and_then(|v| v.checked_add(u64::from(digit))) {
            Some(next) => value = next,
            None => full = true,
        }
    }
    if full {
        if strict {
            return Err(crate::error::overflow("Overflow in function conv()", ""));
        }
        value = u64::MAX;
    }
    let mut minus = false;
    if negative && to > 0 {
        value = if full { u64::MAX } else { value.wrapping_neg() };
    }
    if to < 0 {
        let signed = if negative && !full { (value as i64).wrapping_neg() } else { value as i64 };
        minus = signed < 0;
        value = signed.unsigned_abs();
    }
    let base = u64::from(to.unsigned_abs());
    let mut out = Vec::new();
    loop {
        let digit = (value % base) as u32;
        out.push(char::from_digit(digit, 36).unwrap_or('0').to_ascii_uppercase());
        value /= base;
        if value == 0 {
            break;
        }
    }
    if minus {
        out.push('-');
    }
    Ok(Some(out.iter().rev().collect()))
}

/// `#,##0.00` with as many places as asked.
fn format_number(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    if call.arg(1)?.data_type() == &DataType::Utf8 {
        return Err(SparkError::unsupported("The function format_number with a pattern"));
    }
    let arg = call.arg(0)?;
    if types::is_integral(arg.data_type()) {
        return two::<Long, Int, _>(call, |n, places| (places >= 0).then(|| grouped(&exact(&n.to_string(), places))));
    }
    if matches!(arg.data_type(), DataType::Decimal128(..)) {
        let title = call.title();
        let text = call.cast(0, &DataType::Utf8)?;
        let session = call.session();
        let places = call.arg(1)?;
        let rounded = match crate::fold::constant(&places)? {
            Some(_) => super::resolve_named(session, "bround", &[arg, places.clone()])?,
            None => text,
        };
        let text = crate::cast::cast(rounded, &DataType::Utf8, crate::cast::Mode::implicit(call.conf()), call.conf())?;
        let mut analyzer = crate::analyzer::Analyzer::new(session);
        let scope = crate::analyzer::Scope::default();
        let inner = Call::of_values(&mut analyzer, "format_number", &[text, places], &scope);
        return two::<Text, Int, _>(inner, |text, places| (places >= 0).then(|| grouped(&exact(text, places))))
            .map(|t| t.named(title));
    }
    two::<Double, Int, _>(call, |x, places| {
        (places >= 0).then(|| match x {
            x if x.is_nan() => "NaN".to_string(),
            x if x.is_infinite() => {
                if x > 0.0 {
                    "∞".into()
                } else {
                    "-∞".into()
                }
            }
            x => grouped(&format!("{x:.*}", places as usize)),
        })
    })
}

/// Plain digits with exactly this many places; what is beyond them was rounded before.
fn exact(text: &str, places: i32) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = places as usize;
    if places == 0 {
        return whole.to_string();
    }
    let kept: String = fraction.chars().chain(std::iter::repeat('0')).take(places).collect();
    format!("{whole}.{kept}")
}

fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::from(sign);
    for (index, ch) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(ch);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn shift(call: Call<'_>, ints: fn(i32, u32) -> i32, longs: fn(i64, u32) -> i64) -> Result<Typed> {
    call.expect(2..=2)?;
    let sign = match call.lower_name().as_str() {
        "<<" => Some("<<"),
        ">>" => Some(">>"),
        ">>>" => Some(">>>"),
        _ => None,
    };
    let title = match sign {
        Some(sign) => format!("({} {sign} {})", call.arg(0)?.name, call.arg(1)?.name),
        None => call.title(),
    };
    let typed = if call.arg(0)?.data_type() == &DataType::Int64 {
        two::<Long, Int, _>(call, move |a, n| longs(a, n as u32))
    } else {
        two::<Int, Int, _>(call, move |a, n| ints(a, n as u32))
    };
    typed.map(|t| t.named(title))
}

fn bit_count(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    match call.arg(0)?.data_type() {
        DataType::Boolean => one::<Bool, _>(call, i32::from),
        _ => one::<Long, _>(call, |n| n.count_ones() as i32),
    }
}

fn bit_get(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let bits = match call.arg(0)?.data_type() {
        DataType::Int8 => 8,
        DataType::Int16 => 16,
        DataType::Int32 => 32,
        _ => 64,
    };
    two::<Long, Int, _>(call, move |n, at| {
        if (0..bits).contains(&at) {
            return Ok(((n >> at) & 1) as i8);
        }
        let bound = if at < 0 { "greater than or equal to 0".to_string() } else { format!("less than {bits}") };
        Err(SparkError::new("INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE")
            .param("functionName", "`getbit`")
            .param("parameter", "`pos`")
            .param("upper", bits.to_string())
            .param("bound", bound)
            .param("invalidValue", at.to_string()))
    })
}
