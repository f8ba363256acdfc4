//! Numbers by a format of `9`, `0`, `,`, `.`, `$`, `S`, `MI` and `PR`: `to_number`, `try_to_number`, and `to_char` of
//! numbers.
//!
//! A [`Format`] is read once. Before the point, a run of digits that starts with `0` has exactly its length, one that
//! starts with `9` may be shorter; after the point it may be shorter always.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, Decimal128Array, StringArray};
use arrow::datatypes::{DataType, Decimal128Type};
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::rows::finish;
use crate::analyzer::Call;
use crate::coerce::decimal_of;
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[("to_number", |c| to_number(c, false)), ("try_to_number", |c| to_number(c, true))];

/// How a number's sign is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    None,
    /// `S`: `+` or `-`.
    Plus,
    /// `MI`: `-` or a space.
    Minus,
    /// `PR`: negative numbers in angle brackets.
    Brackets,
}

/// See the module.
#[derive(Debug, Clone)]
struct Format {
    sign: Sign,
    sign_first: bool,
    dollar: bool,
    /// `9`, `0` and `,` before the point.
    whole: Vec<char>,
    point: bool,
    /// How many digits after the point.
    fraction: usize,
}

fn invalid(kind: &str, format: &str) -> SparkError {
    SparkError::new(&format!("INVALID_FORMAT.{kind}")).param("format", format!("'{format}'"))
}

impl Format {
    fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(SparkError::new("INVALID_FORMAT.EMPTY").param("format", "''"));
        }
        let upper = text.to_uppercase();
        let mut rest = upper.as_str();
        let mut format =
            Self { sign: Sign::None, sign_first: true, dollar: false, whole: Vec::new(), point: false, fraction: 0 };
        for (mark, sign) in [("MI", Sign::Minus), ("S", Sign::Plus)] {
            if let Some(tail) = rest.strip_prefix(mark) {
                (format.sign, rest) = (sign, tail);
            }
        }
        if let Some(tail) = rest.strip_prefix('$') {
            (format.dollar, rest) = (true, tail);
        }
        let mut at = 0;
        for c in rest.chars() {
            match c {
                '0' | '9' if format.point => format.fraction += 1,
                '0' | '9' => format.whole.push(c),
                ',' | 'G' if !format.point => format.whole.push(','),
                '.' | 'D' if !format.point => format.point = true,
                _ => break,
            }
            at += 1;
        }
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix('$').filter(|_| !format.dollar) {
            (format.dollar, rest) = (true, tail);
        }
        for (mark, sign) in [("PR", Sign::Brackets), ("MI", Sign::Minus), ("S", Sign::Plus)] {
            if let Some(tail) = rest.strip_prefix(mark).filter(|_| format.sign == Sign::None) {
                (format.sign, format.sign_first, rest) = (sign, false, tail);
            }
        }
        if !rest.is_empty() {
            let token = rest.chars().next().map(String::from).unwrap_or_default();
            return Err(invalid("UNEXPECTED_TOKEN", text)
                .param("token", format!("'{token}'"))
                .param("structure", "[MI|S] [$] [0|9|G|,]* [.|D] [0|9]* [$] [PR|MI|S]"));
        }
        if format.digits() + format.fraction == 0 {
            return Err(invalid("WRONG_NUM_DIGIT", text));
        }
        let comma = |at: Option<&char>| at.is_none_or(|c| *c == ',');
        let loose = (0..format.whole.len()).any(|i| {
            format.whole[i] == ',' && (i == 0 || comma(format.whole.get(i - 1)) || comma(format.whole.get(i + 1)))
        });
        if loose {
            return Err(invalid("CONT_THOUSANDS_SEPS", text));
        }
        Ok(format)
    }

    fn digits(&self) -> usize {
        self.whole.iter().filter(|c| **c != ',').count()
    }

    /// The decimal type that holds what the format can say.
    fn data_type(&self) -> (u8, i8) {
        let precision = (self.digits() + self.fraction).clamp(1, 38);
        (precision as u8, self.fraction.min(38) as i8)
    }

    /// The number in a text, in units of the last digit after the point.
    fn read(&self, text: &str) -> Option<i128> {
        let mut rest: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let mut negative = false;
        let strip = |rest: &mut String, c: char, first: bool| -> bool {
            let found = if first { rest.starts_with(c) } else { rest.ends_with(c) };
            if found {
                if first {
                    rest.remove(0)
                } else {
                    rest.pop().unwrap_or(c)
                };
            }
            found
        };
        match self.sign {
            Sign::None => {}
            Sign::Brackets => {
                negative = rest.starts_with('<') && rest.ends_with('>');
                if negative {
                    rest = rest[1..rest.len() - 1].to_string();
                }
            }
            Sign::Plus | Sign::Minus => {
                negative = strip(&mut rest, '-', self.sign_first);
                if !negative {
                    strip(&mut rest, '+', self.sign_first);
                }
            }
        }
        if self.dollar && !strip(&mut rest, '$', true) && !strip(&mut rest, '$', false) {
            return None;
        }
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest.as_str(), ""));
        if (rest.contains('.') && !self.point) || fraction.len() > self.fraction || !self.fits(whole) {
            return None;
        }
        let digits = |c: char| c.is_ascii_digit();
        if !fraction.chars().all(digits) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let all: String = whole.chars().filter(|c| digits(*c)).collect();
        let padded = format!("{all}{fraction:0<width$}", width = self.fraction);
        let value: i128 = padded.parse().ok()?;
        Some(if negative { -value } else { value })
    }

    /// Whether the text before the point has the format's digits and separators, from the right.
    fn fits(&self, whole: &str) -> bool {
        let mut wanted = self.whole.iter().rev();
        for c in whole.chars().rev() {
            match wanted.next() {
                Some(',') if c == ',' => {}
                Some('0' | '9') if c.is_ascii_digit() => {}
                _ => return false,
            }
        }
        let left: Vec<&char> = wanted.rev().collect();
        // What is left out must be optional: no run that starts with 0.
        self.whole.iter().find(|c| **c != ',') != Some(&'0') || left.is_empty()
    }

    /// A number, in units of the last digit of `scale`, as text.
    fn write(&self, value: i128, scale: usize) -> String {
        let digits = format!("{:0>width$}", value.unsigned_abs().to_string(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        let too_large = whole.len() > self.digits() || fraction.len() > self.fraction;
        let mut body = if too_large { self.overflowed() } else { self.fill(whole) };
        if self.point {
            body.push('.');
            let filler =
                if too_large { "#".repeat(self.fraction) } else { format!("{fraction:0<n$}", n = self.fraction) };
            body.push_str(&filler);
        }
        let blanks = body.len() - body.trim_start_matches(' ').len();
        let (blanks, number) = body.split_at(blanks);
        let dollar = if self.dollar { "$" } else { "" };
        let negative = value < 0;
        let sign = match (self.sign, negative) {
            (Sign::Plus, true) | (Sign::Minus, true) => "-",
            (Sign::Plus, false) => "+",
            (Sign::Minus, false) => " ",
            (Sign::None | Sign::Brackets, _) => "",
        };
        match (self.sign, negative, self.sign_first) {
            (Sign::Brackets, true, _) => format!("{blanks}<{dollar}{number}>"),
            (Sign::Brackets, false, _) => format!("{blanks}{dollar}{number}  "),
            (_, _, true) => format!("{blanks}{sign}{dollar}{number}"),
            (_, _, false) => format!("{blanks}{dollar}{number}{sign}"),
        }
    }

    fn overflowed(&self) -> String {
        self.whole.iter().map(|c| if *c == ',' { ',' } else { '#' }).collect()
    }

    /// The digits before the point in the places of the format; unused places are `0` or blank, as its first digit says.
    fn fill(&self, whole: &str) -> String {
        let zeros = self.whole.iter().find(|c| **c != ',') == Some(&'0');
        let mut left: Vec<char> = whole.chars().collect();
        // A number below 1 shows a 0, if there is a place for it.
        if left.is_empty() && self.digits() > 0 {
            left.push('0');
        }
        let mut reversed = String::new();
        for place in self.whole.iter().rev() {
            reversed.push(match (place, left.is_empty()) {
                (',', false) => ',',
                (',', true) => {
                    if zeros {
                        ','
                    } else {
                        ' '
                    }
                }
                (_, false) => left.pop().unwrap_or('0'),
                (_, true) => {
                    if zeros {
                        '0'
                    } else {
                        ' '
                    }
                }
            });
        }
        reversed.chars().rev().collect()
    }
}

fn to_number(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    call.expect(2..=2)?;
    let text = call.constant_text(1)?.unwrap_or_default();
    let format = Format::parse(&text)?;
    let (precision, scale) = format.data_type();
    let arg = call.cast(0, &DataType::Utf8)?;
    let nullable = arg.nullable() || forgiving;
    let data_type = DataType::Decimal128(precision, scale);
    let target = data_type.clone();
    let title = call.title();
    let typed = finish(&call, vec![arg, call.arg(1)?], data_type, nullable, move |columns| {
        let texts = columns.array(0)?;
        let mut values = Vec::with_capacity(texts.len());
        for given in texts.as_string::<i32>() {
            let value = given.and_then(|given| format.read(given));
            if let (Some(given), None, false) = (given, value, forgiving) {
                return Err(SparkError::new("INVALID_FORMAT.MISMATCH_INPUT")
                    .param("inputType", "\"STRING\"")
                    .param("input", given)
                    .param("format", text.clone())
                    .with_exception(Exception::IllegalArgument));
            }
            values.push(value);
        }
        Ok(Arc::new(Decimal128Array::from(values).with_data_type(target.clone())))
    });
    Ok(typed.named(title))
}

/// `to_char` and `to_varchar` of a number.
pub(super) fn to_char(call: &Call<'_>) -> Result<Typed> {
    let text = call.constant_text(1)?.unwrap_or_default();
    let format = Format::parse(&text)?;
    let arg = call.arg(0)?;
    let target = match arg.data_type() {
        t if types::is_integral(t) => decimal_of(t).map(|(p, s)| DataType::Decimal128(p, s)),
        t @ DataType::Decimal128(..) => Some(t.clone()),
        DataType::Null => Some(DataType::Decimal128(38, 0)),
        DataType::Float32 | DataType::Float64 | DataType::Utf8 => Some(DataType::Decimal128(38, 18)),
        _ => None,
    };
    let Some(target) = target else { return Err(call.unexpected_input(0, &arg, "\"NUMERIC\"")) };
    let DataType::Decimal128(_, scale) = target else { return Err(SparkError::internal("a decimal")) };
    let title = format!("to_char({}, {})", arg.name, call.arg(1)?.name);
    let nullable = arg.nullable();
    let mode = crate::cast::Mode::implicit(call.conf());
    let arg = crate::cast::cast(arg, &target, mode, call.conf())?;
    let typed = finish(call, vec![arg, call.arg(1)?], DataType::Utf8, nullable, move |columns| {
        let numbers = columns.array(0)?;
        let numbers = numbers.as_primitive::<Decimal128Type>();
        let texts = numbers.iter().map(|n| n.map(|n| format.write(n, scale.max(0) as usize)));
        Ok(Arc::new(texts.collect::<StringArray>()))
    });
    Ok(typed.named(title))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for (format, value, text) in
            [("99G999D9S", -124_548, "12,454.8-"), ("0999", 54, "0054"), ("$99.99", 7812, "$78.12"), ("9PR", -5, "<5>")]
        {
            let format = Format::parse(format).unwrap();
            assert_eq!(format.write(value, format.fraction), text);
            assert_eq!(format.read(text), Some(value));
        }
    }

    #[test]
    fn a_number_without_room_is_hashes() {
        assert_eq!(Format::parse("9.99").unwrap().write(12_390, 3), "#.##");
        assert_eq!(Format::parse("999").unwrap().write(12_345, 0), "###");
    }
}
