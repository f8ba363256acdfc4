//! A gauge's value, written as Java writes it: `7` is a whole number and `7.0` is not.

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A fraction.
    Float(f64),
}

impl Value {
    /// The number as a fraction.
    #[expect(clippy::cast_precision_loss, reason = "metrics are sent as doubles")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// As `toString` writes it in Java.
    pub fn java_text(self) -> String {
        match self {
            Self::Int(value) => value.to_string(),
            Self::Float(value) => java_double(value),
        }
    }

    /// Whole numbers as they are, fractions with two decimals, as Graphite and StatsD reporters write them.
    pub fn short_text(self) -> String {
        match self {
            Self::Int(value) => value.to_string(),
            Self::Float(value) => format!("{value:.2}"),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

/// `1.0`, `0.001`, `1.0E7`, `NaN`, `Infinity`.
pub fn java_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_written_as_java_writes_them() {
        let expected = [
            (0.0, "0.0"),
            (0.944_435_699_669_447_5, "0.9444356996694475"),
            (1e7, "1.0E7"),
            (12_345_678.5, "1.23456785E7"),
            (0.000_12, "1.2E-4"),
            (-3.0, "-3.0"),
            (f64::INFINITY, "Infinity"),
        ];
        for (value, text) in expected {
            assert_eq!(java_double(value), text);
        }
    }
}
