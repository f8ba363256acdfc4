//! Numbers as a person reads them: bytes, durations, counts.

/// `2.5 KiB`, as Spark writes it: in the largest unit of which there are two.
pub(crate) fn bytes(count: i64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value.abs() >= 2048.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `12 ms`, `3 s`, `1.5 min`, `2.0 h`, as Spark writes it.
pub(crate) fn duration(ms: i64) -> String {
    let seconds = ms as f64 / 1000.0;
    match ms {
        ..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{seconds:.1} s"),
        60_000..3_600_000 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// `1,234,567`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with two digits after the point, or none if it is whole.
pub(crate) fn short(number: f64) -> String {
    if number.fract().abs() < 0.005 { grouped(number.round() as i64) } else { format!("{number:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_unit_that_fits() {
        assert_eq!([bytes(0), bytes(1536), bytes(2560), bytes(8 << 20)], ["0.0 B", "1536.0 B", "2.5 KiB", "8.0 MiB"]);
        assert_eq!([duration(57), duration(1234), duration(90_000)], ["57 ms", "1.2 s", "1.5 min"]);
        assert_eq!([grouped(-1_234_567), grouped(999), short(2.5), short(3.0)], ["-1,234,567", "999", "2.50", "3"]);
    }
}
