//! Floating-point numbers as the JVM writes them: `1.0`, `1.0E10`, `1.0E-5`, `NaN`, `Infinity`.

/// A `double` as text.
pub fn format_double(value: f64) -> String {
    format(value, value.abs(), format!("{value:e}"))
}

/// A `float` as text.
pub fn format_float(value: f32) -> String {
    format(f64::from(value), f64::from(value.abs()), format!("{value:e}"))
}

/// `scientific` holds the shortest digits that read back as the same number: `1.5e-7`.
fn format(value: f64, magnitude: f64, scientific: String) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0.0".into() } else { "0.0".into() };
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    if (1e-3..1e7).contains(&magnitude) {
        return format!("{sign}{}", plain(&digits, exponent));
    }
    let fraction = if digits.len() > 1 { &digits[1..] } else { "0" };
    format!("{sign}{}.{fraction}E{exponent}", &digits[..1])
}

fn plain(digits: &str, exponent: i32) -> String {
    if exponent < 0 {
        return format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{digits}{}.0", "0".repeat(whole - digits.len()));
    }
    format!("{}.{}", &digits[..whole], &digits[whole..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_jvm_writes_them() {
        let cases = [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1234567.0, "1234567.0"),
            (1.0e7, "1.0E7"),
            (1.0e-4, "1.0E-4"),
            (0.001, "0.001"),
            (123.456, "123.456"),
            (-2.5, "-2.5"),
            (1.5e300, "1.5E300"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(format_double(value), text);
        }
        assert_eq!(format_float(0.1), "0.1");
        assert_eq!(format_float(3.4e38), "3.4E38");
    }
}
