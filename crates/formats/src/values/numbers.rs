//! Numbers from text and to text, as Java's number classes read and print them.

use std::io::Write;

/// Types that [`parse_integer`] gives.
pub trait Integer: Copy + TryFrom<i64> {}
impl Integer for i8 {}
impl Integer for i16 {}
impl Integer for i32 {}
impl Integer for i64 {}

/// Decimal digits with an optional sign; `None` if it is anything else or does not fit.
#[inline]
pub fn parse_integer<T: Integer>(text: &[u8]) -> Option<T> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    if digits.len() < 19 {
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + i64::from(digit);
        }
        return T::try_from(if negative { -value } else { value }).ok();
    }
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    T::try_from(if negative { value } else { value.checked_neg()? }).ok()
}

/// A floating-point number as Java's `Double.parseDouble` reads it: blanks around it and a final `d` or `f` are allowed.
#[inline]
pub fn parse_double(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let bytes = text.as_bytes();
    let start = usize::from(matches!(bytes.first()?, b'+' | b'-'));
    match bytes.get(start)? {
        b'0'..=b'9' | b'.' => {}
        b'N' if &text[start..] == "NaN" => return Some(f64::NAN),
        b'I' if &text[start..] == "Infinity" => {
            return Some(if bytes[0] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        _ => return None,
    }
    let text = match bytes.last()? {
        b'd' | b'D' | b'f' | b'F' => &text[..text.len() - 1],
        _ => text,
    };
    text.parse().ok()
}

/// A decimal of this precision and scale, rounded half up; `None` if it is not a number or does not fit.
pub fn parse_decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (digits, exponent) = decimal_parts(text.trim().as_bytes())?;
    rescale(digits, exponent, scale).filter(|value| fits(*value, precision))
}

/// The number's precision and scale as it is written (`1.50` is 3 and 2; `1E3` is 1 and -3), if it has at most 38 digits.
pub fn decimal_shape(text: &str) -> Option<(u8, i32)> {
    let (digits, exponent) = decimal_parts(text.trim().as_bytes())?;
    let precision = digits.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
    (precision <= 38).then_some((u8::try_from(precision).ok()?, -exponent))
}

/// Digits as a whole number, and the power of ten to multiply it with.
fn decimal_parts(text: &[u8]) -> Option<(i128, i32)> {
    let negative = text.first() == Some(&b'-');
    let rest = if matches!(text.first(), Some(b'-' | b'+')) { &text[1..] } else { text };
    let mut value: i128 = 0;
    let mut exponent = 0_i32;
    let mut seen_digit = false;
    let mut seen_point = false;
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'0'..=b'9' => {
                seen_digit = true;
                match value.checked_mul(10).and_then(|value| value.checked_add(i128::from(byte - b'0'))) {
                    Some(next) => {
                        value = next;
                        exponent -= i32::from(seen_point);
                    }
                    // Digits past the 38th after the point cannot show; before it the number is too large.
                    None if seen_point => {}
                    None => return None,
                }
            }
            b'.' if !seen_point => seen_point = true,
            b'e' | b'E' if seen_digit => {
                let written: i32 = std::str::from_utf8(&rest[at + 1..]).ok()?.parse().ok()?;
                exponent = exponent.checked_add(written)?;
                break;
            }
            _ => return None,
        }
        at += 1;
    }
    seen_digit.then_some((if negative { -value } else { value }, exponent))
}

/// `value * 10^exponent` as a whole number of `10^-scale`, rounded half up.
fn rescale(value: i128, exponent: i32, scale: i8) -> Option<i128> {
    let shift = exponent.checked_add(i32::from(scale))?;
    if value == 0 {
        return Some(0);
    }
    if shift >= 0 {
        return 10_i128.checked_pow(u32::try_from(shift).ok()?)?.checked_mul(value);
    }
    let Some(divisor) = 10_i128.checked_pow(shift.unsigned_abs()) else { return Some(0) };
    let (quotient, rest) = (value / divisor, value % divisor);
    Some(if rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2) { quotient + value.signum() } else { quotient })
}

/// Whether a decimal's digits fit a precision.
pub fn fits(value: i128, precision: u8) -> bool {
    10_u128.checked_pow(u32::from(precision)).is_none_or(|bound| value.unsigned_abs() < bound)
}

/// As Java prints a `double`: `1.0`, `1.0E10`, `NaN`, `-Infinity`.
pub fn write_double(value: f64, out: &mut Vec<u8>) {
    write_java_float(
        value.is_nan(),
        value.is_infinite(),
        value < 0.0,
        value == 0.0 && value.is_sign_negative(),
        &format!("{value:e}"),
        out,
    );
}

/// As Java prints a `float`.
pub fn write_float(value: f32, out: &mut Vec<u8>) {
    write_java_float(
        value.is_nan(),
        value.is_infinite(),
        value < 0.0,
        value == 0.0 && value.is_sign_negative(),
        &format!("{value:e}"),
        out,
    );
}

/// From Rust's shortest scientific form, `1.25e-7`.
fn write_java_float(nan: bool, infinite: bool, negative: bool, minus_zero: bool, scientific: &str, out: &mut Vec<u8>) {
    if nan {
        return out.extend_from_slice(b"NaN");
    }
    if infinite {
        return out.extend_from_slice(if negative { b"-Infinity" } else { b"Infinity" });
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mantissa = mantissa.trim_start_matches('-');
    if negative || minus_zero {
        out.push(b'-');
    }
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    if !(-3..7).contains(&exponent) {
        out.push(digits[0]);
        out.push(b'.');
        out.extend_from_slice(if digits.len() > 1 { &digits[1..] } else { b"0" });
        // Writing to a vector does not fail.
        let _ = write!(out, "E{exponent}");
        return;
    }
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', exponent.unsigned_abs() as usize - 1));
        out.extend_from_slice(&digits);
        return;
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    for at in 0..whole.max(digits.len()) {
        if at == whole {
            out.push(b'.');
        }
        out.push(digits.get(at).copied().unwrap_or(b'0'));
    }
    if digits.len() <= whole {
        out.extend_from_slice(b".0");
    }
}

/// A decimal with all digits of its scale, `-1.50`; in scientific form, `1E-10`, where the JVM's `BigDecimal` uses it.
pub fn write_decimal(value: i128, scale: i8, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let digits = value.unsigned_abs().to_string();
    let scale = usize::try_from(scale).unwrap_or(0);
    if scale == 0 {
        return out.extend_from_slice(digits.as_bytes());
    }
    if scale > digits.len() + 5 {
        out.extend_from_slice(&digits.as_bytes()[..1]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits.as_bytes()[1..]);
        }
        return out.extend_from_slice(format!("E-{}", scale + 1 - digits.len()).as_bytes());
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    out.extend_from_slice(whole.as_bytes());
    out.push(b'.');
    out.extend_from_slice(fraction.as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn integers_have_bounds() {
        assert_eq!(parse_integer::<i64>(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_integer::<i64>(b"9223372036854775808"), None);
        assert_eq!(parse_integer::<i8>(b"+127"), Some(127));
        assert_eq!(parse_integer::<i8>(b"128"), None);
        assert_eq!(parse_integer::<i32>(b"-"), None);
        assert_eq!(parse_integer::<i32>(b"1.0"), None);
    }

    #[test]
    fn doubles_read_and_print_as_in_java() {
        for (text, printed) in [
            ("1", "1.0"),
            ("1e7", "1.0E7"),
            ("12345678.5", "1.23456785E7"),
            ("0.001", "0.001"),
            ("0.0001", "1.0E-4"),
            ("-0.0", "-0.0"),
            ("100", "100.0"),
            ("NaN", "NaN"),
            ("-Infinity", "-Infinity"),
            (" 1.5d", "1.5"),
            ("123.456", "123.456"),
        ] {
            let mut out = Vec::new();
            write_double(parse_double(text).unwrap(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), printed, "{text}");
        }
        assert_eq!(parse_double("inf"), None);
        assert_eq!(parse_double(""), None);
        assert_eq!(parse_double("1x"), None);
    }

    #[test]
    fn decimals_round_half_up() {
        assert_eq!(parse_decimal("1.005", 10, 2), Some(101));
        assert_eq!(parse_decimal("-1.005", 10, 2), Some(-101));
        assert_eq!(parse_decimal("1E3", 10, 2), Some(100_000));
        assert_eq!(parse_decimal("123456", 5, 2), None);
        assert_eq!(parse_decimal("x", 5, 2), None);
        assert_eq!(decimal_shape("1.50"), Some((3, 2)));
        let mut out = Vec::new();
        write_decimal(-5, 2, &mut out);
        assert_eq!(out, b"-0.05");
    }
}
