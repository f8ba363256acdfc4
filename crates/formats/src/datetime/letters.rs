//! Compiling the letters of a pattern.

use firesteel_error::{Exception, Result, SparkError};

/// One piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    /// `y`: 2 letters show two digits.
    Year(usize),
    /// `M` or `L`: up to 2 letters are digits, 3 a short name, 4 the name.
    Month(usize),
    Day(usize),
    DayOfYear(usize),
    /// `E`: up to 3 letters are a short name, 4 the name.
    Weekday(usize),
    /// `F`: which of its weekdays of the month a day is.
    WeekdayOfMonth(usize),
    /// `H`: 0 to 23. `k`: 1 to 24. `K`: 0 to 11. `h`: 1 to 12.
    Hour {
        letter: char,
        width: usize,
    },
    Minute(usize),
    Second(usize),
    Fraction(usize),
    AmPm,
    /// `Q` or `q`.
    Quarter(usize),
    Era(usize),
    /// `VV`
    ZoneRegion,
    /// `z`
    ZoneName(usize),
    /// `X`, `x` and `Z`: which of Java's forms of an offset, and the text of offset zero if it has its own.
    Offset {
        form: OffsetForm,
        zero: &'static str,
    },
    /// `O`, `OOOO`, `ZZZZ`
    LocalizedOffset(usize),
    Optional(Vec<Part>),
}

/// How an offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffsetForm {
    /// `+08`, with minutes if there are any.
    OptionalMinute,
    /// `+0800`
    Minute,
    /// `+08:00`
    ColonMinute,
    /// `+0800`, with seconds if there are any.
    MinuteOptionalSecond,
    /// `+08:00`, with seconds if there are any.
    ColonMinuteOptionalSecond,
}

fn illegal(letter: char, pattern: &str) -> SparkError {
    SparkError::new("INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER")
        .param("c", letter.to_string())
        .param("pattern", pattern)
        .with_exception(Exception::IllegalArgument)
}

fn too_long(pattern: &str) -> SparkError {
    SparkError::new("INVALID_DATETIME_PATTERN.LENGTH")
        .param("pattern", pattern)
        .with_exception(Exception::IllegalArgument)
}

/// The parts of `pattern`.
pub(crate) fn compile(pattern: &str, for_parsing: bool) -> Result<Vec<Part>> {
    let mut open: Vec<Vec<Part>> = vec![Vec::new()];
    let letters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let run = letters[at..].iter().take_while(|other| **other == letter).count();
        let part = match letter {
            '\'' => {
                let (text, next) = quoted(&letters, at).ok_or_else(|| illegal('\'', pattern))?;
                at = next;
                push(&mut open, Part::Literal(text));
                continue;
            }
            '[' => {
                open.push(Vec::new());
                at += 1;
                continue;
            }
            ']' => {
                let inner = if open.len() > 1 { open.pop() } else { None }.ok_or_else(|| illegal(']', pattern))?;
                push(&mut open, Part::Optional(inner));
                at += 1;
                continue;
            }
            letter if letter.is_ascii_alphabetic() => field(letter, run, pattern, for_parsing)?,
            '{' | '}' | '#' => return Err(illegal(letter, pattern)),
            letter => {
                push(&mut open, Part::Literal(letter.to_string()));
                at += 1;
                continue;
            }
        };
        push(&mut open, part);
        at += run;
    }
    // Java closes what is still open at the end.
    while open.len() > 1 {
        if let Some(inner) = open.pop() {
            push(&mut open, Part::Optional(inner));
        }
    }
    Ok(open.pop().unwrap_or_default())
}

fn push(open: &mut [Vec<Part>], part: Part) {
    let Some(parts) = open.last_mut() else { return };
    match (parts.last_mut(), part) {
        (Some(Part::Literal(text)), Part::Literal(more)) => text.push_str(&more),
        (_, part) => parts.push(part),
    }
}

/// Quoted text from `at` on, and where it ends; two quotes are one.
fn quoted(letters: &[char], at: usize) -> Option<(String, usize)> {
    if letters.get(at + 1) == Some(&'\'') {
        return Some(("'".into(), at + 2));
    }
    let mut text = String::new();
    let mut at = at + 1;
    loop {
        match (letters.get(at)?, letters.get(at + 1)) {
            ('\'', Some('\'')) => {
                text.push('\'');
                at += 2;
            }
            ('\'', _) => return Some((text, at + 1)),
            (letter, _) => {
                text.push(*letter);
                at += 1;
            }
        }
    }
}

fn field(letter: char, run: usize, pattern: &str, for_parsing: bool) -> Result<Part> {
    use OffsetForm as Form;
    let at_most = |most: usize, part: Part| if run <= most { Ok(part) } else { Err(too_long(pattern)) };
    let offset = |form, zero| Ok(Part::Offset { form, zero });
    match letter {
        'y' => at_most(6, Part::Year(run)),
        'M' | 'L' => at_most(4, Part::Month(run)),
        'd' => at_most(2, Part::Day(run)),
        'D' => at_most(3, Part::DayOfYear(run)),
        'H' | 'h' | 'k' | 'K' => at_most(2, Part::Hour { letter, width: run }),
        'm' => at_most(2, Part::Minute(run)),
        's' => at_most(2, Part::Second(run)),
        'S' => at_most(9, Part::Fraction(run)),
        'a' => at_most(1, Part::AmPm),
        'G' => at_most(4, Part::Era(run)),
        'E' | 'F' | 'q' | 'Q' if for_parsing => Err(illegal(letter, pattern)),
        'E' => at_most(4, Part::Weekday(run)),
        'F' => at_most(1, Part::WeekdayOfMonth(run)),
        'q' | 'Q' => at_most(4, Part::Quarter(run)),
        'V' if run == 2 => Ok(Part::ZoneRegion),
        'V' => Err(too_long(pattern)),
        'z' => at_most(4, Part::ZoneName(run)),
        'O' if run == 1 || run == 4 => Ok(Part::LocalizedOffset(run)),
        'O' => Err(too_long(pattern)),
        'X' | 'x' => {
            let zero = |own: &'static str| if letter == 'X' { "Z" } else { own };
            match run {
                1 => offset(Form::OptionalMinute, zero("+00")),
                2 => offset(Form::Minute, zero("+0000")),
                3 => offset(Form::ColonMinute, zero("+00:00")),
                4 => offset(Form::MinuteOptionalSecond, zero("+0000")),
                5 => offset(Form::ColonMinuteOptionalSecond, zero("+00:00")),
                _ => Err(too_long(pattern)),
            }
        }
        'Z' => match run {
            1..=3 => offset(Form::Minute, "+0000"),
            4 => Ok(Part::LocalizedOffset(4)),
            5 => offset(Form::ColonMinuteOptionalSecond, "Z"),
            _ => Err(too_long(pattern)),
        },
        'Y' | 'W' | 'w' | 'u' | 'e' | 'c' => {
            Err(SparkError::new("INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN")
                .param("c", letter.to_string())
                .with_exception(Exception::Spark))
        }
        letter => Err(illegal(letter, pattern)),
    }
}
