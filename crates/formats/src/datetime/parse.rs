//! Reading a text by the parts of a pattern, strictly: every part must be there, and the date must exist.

use crate::datetime::letters::{OffsetForm, Part};
use crate::datetime::print::MONTHS;
use crate::time_zone::ZoneId;
use crate::values::datetimes::{DAY_MICROS, days_in_month, days_of, is_leap_year};

/// What a text says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    year: Option<i32>,
    before_christ: bool,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    /// 0 to 23.
    hour: Option<u32>,
    /// 0 to 11.
    half_day_hour: Option<u32>,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    micros: u32,
    pub(crate) zone: Option<ZoneId>,
}

impl Fields {
    /// Reads all of `text`.
    pub(crate) fn read(parts: &[Part], text: &str) -> Option<Self> {
        let mut fields = Self::default();
        let rest = fields.parts(parts, text)?;
        rest.is_empty().then_some(fields)
    }

    /// The day, with January and 1 for what is not said, and 1970.
    pub(crate) fn days(&self) -> Option<i32> {
        let year = match self.year {
            None => 1970,
            Some(year) if self.before_christ => 1 - year,
            Some(year) => year,
        };
        if let Some(day) = self.day_of_year {
            if day < 1 || day > if is_leap_year(year) { 366 } else { 365 } {
                return None;
            }
            return days_of(year, 1, 1)?.checked_add(i32::try_from(day).ok()? - 1);
        }
        let month = self.month.unwrap_or(1);
        let day = self.day.unwrap_or(1);
        if !(1..=12).contains(&month) || day > days_in_month(year, month) {
            return None;
        }
        days_of(year, month, day)
    }

    pub(crate) fn local_micros(&self) -> Option<i64> {
        let half = self.half_day_hour.map(|hour| hour + if self.afternoon == Some(true) { 12 } else { 0 });
        let hour = self.hour.or(half).unwrap_or(0);
        if let (Some(hour), Some(afternoon)) = (self.hour, self.afternoon)
            && (hour >= 12) != afternoon
        {
            return None;
        }
        let seconds = i64::from(hour * 3600 + self.minute * 60 + self.second);
        i64::from(self.days()?).checked_mul(DAY_MICROS)?.checked_add(seconds * 1_000_000 + i64::from(self.micros))
    }

    fn parts<'a>(&mut self, parts: &[Part], text: &'a str) -> Option<&'a str> {
        let mut rest = text;
        for (at, part) in parts.iter().enumerate() {
            if let Part::Optional(inner) = part {
                let mut tried = self.clone();
                if let Some(after) = tried.parts(inner, rest) {
                    *self = tried;
                    rest = after;
                }
                continue;
            }
            rest = self.part(part, reserved(&parts[at + 1..]), rest)?;
        }
        Some(rest)
    }

    fn part<'a>(&mut self, part: &Part, reserved: usize, text: &'a str) -> Option<&'a str> {
        match part {
            Part::Literal(literal) => {
                let head = text.get(..literal.len())?;
                head.eq_ignore_ascii_case(literal).then(|| &text[literal.len()..])
            }
            Part::Year(width) => self.read_year(*width, reserved, text),
            Part::Month(width @ 1..=2) => number(text, *width, reserved, 1, 12).map(|(value, rest)| {
                self.month = Some(value);
                rest
            }),
            Part::Month(width) => {
                let length = |name: &str| if *width == 3 { 3 } else { name.len() };
                let index = MONTHS.iter().position(|name| {
                    text.get(..length(name)).is_some_and(|head| head.eq_ignore_ascii_case(&name[..length(name)]))
                })?;
                self.month = Some(u32::try_from(index).ok()? + 1);
                Some(&text[length(MONTHS[index])..])
            }
            Part::Day(width) => number(text, *width, reserved, 1, 31).map(|(value, rest)| {
                self.day = Some(value);
                rest
            }),
            Part::DayOfYear(width) => number(text, *width, reserved, 1, 366).map(|(value, rest)| {
                self.day_of_year = Some(value);
                rest
            }),
            Part::Hour { letter, width } => {
                let (low, high) = match letter {
                    'H' => (0, 23),
                    'k' => (1, 24),
                    'K' => (0, 11),
                    _ => (1, 12),
                };
                let (value, rest) = number(text, *width, reserved, low, high)?;
                match letter {
                    'H' | 'k' => self.hour = Some(value % 24),
                    _ => self.half_day_hour = Some(value % 12),
                }
                Some(rest)
            }
            Part::Minute(width) => number(text, *width, reserved, 0, 59).map(|(value, rest)| {
                self.minute = value;
                rest
            }),
            Part::Second(width) => number(text, *width, reserved, 0, 59).map(|(value, rest)| {
                self.second = value;
                rest
            }),
            Part::Fraction(width) => self.read_fraction(*width, text),
            Part::AmPm => {
                let head = text.get(..2)?;
                let afternoon = head.eq_ignore_ascii_case("PM");
                (afternoon || head.eq_ignore_ascii_case("AM")).then(|| {
                    self.afternoon = Some(afternoon);
                    &text[2..]
                })
            }
            Part::Era(width) => self.read_era(*width, text),
            Part::ZoneRegion | Part::ZoneName(_) => self.read_zone(text),
            Part::Offset { form, zero } => self.read_offset(*form, zero, text),
            Part::LocalizedOffset(_) => self.read_zone(text),
            Part::Weekday(_) | Part::WeekdayOfMonth(_) | Part::Quarter(_) | Part::Optional(_) => None,
        }
    }

    fn read_year<'a>(&mut self, width: usize, reserved: usize, text: &'a str) -> Option<&'a str> {
        if width == 2 {
            let (value, rest) = number(text, 2, reserved, 0, 99)?;
            self.year = Some(2000 + i32::try_from(value).ok()?);
            return Some(rest);
        }
        let (negative, signed, digits) = match text.as_bytes().first()? {
            b'-' => (true, true, &text[1..]),
            b'+' if width >= 4 => (false, true, &text[1..]),
            _ => (false, false, text),
        };
        let run = digits.bytes().take_while(u8::is_ascii_digit).count();
        let length = run.saturating_sub(reserved);
        // Without a sign, more digits than the pattern has letters are an error.
        if length < width.min(4) || (length > width && width >= 4 && !signed) || length > 9 {
            return None;
        }
        let year: i32 = digits[..length].parse().ok()?;
        self.year = Some(if negative { -year } else { year });
        Some(&digits[length..])
    }

    fn read_fraction<'a>(&mut self, width: usize, text: &'a str) -> Option<&'a str> {
        let length = text.bytes().take_while(u8::is_ascii_digit).count().min(width);
        if length == 0 {
            return None;
        }
        let digits = format!("{:0<6}", &text[..length]);
        self.micros = digits[..6].parse().ok()?;
        Some(&text[length..])
    }

    fn read_era<'a>(&mut self, width: usize, text: &'a str) -> Option<&'a str> {
        let names =
            if width == 4 { [("Anno Domini", false), ("Before Christ", true)] } else { [("AD", false), ("BC", true)] };
        let (name, before) = names
            .into_iter()
            .find(|(name, _)| text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)))?;
        self.before_christ = before;
        Some(&text[name.len()..])
    }

    fn read_zone<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let end = text
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+' | b':')))
            .unwrap_or(text.len());
        // Names of zones as they print (PST, PDT) are regions here as in Java.
        let id = match &text[..end] {
            "PDT" => "America/Los_Angeles",
            "CDT" => "America/Chicago",
            "EST" | "EDT" => "America/New_York",
            "MST" | "MDT" => "America/Denver",
            "BST" => "Europe/London",
            "CET" | "CEST" => "Europe/Paris",
            id => id,
        };
        self.zone = Some(id.parse().ok()?);
        Some(&text[end..])
    }

    fn read_offset<'a>(&mut self, form: OffsetForm, zero: &str, text: &'a str) -> Option<&'a str> {
        if let Some(rest) = text.strip_prefix(zero) {
            self.zone = Some(ZoneId::UTC);
            return Some(rest);
        }
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let two = |text: &'a str| number(text, 2, 0, 0, 59);
        let (hours, mut rest) = two(&text[1..])?;
        let colon = matches!(form, OffsetForm::ColonMinute | OffsetForm::ColonMinuteOptionalSecond);
        let next = |text: &'a str| if colon { text.strip_prefix(':') } else { Some(text) }.and_then(two);
        let mut seconds = hours * 3600;
        match (next(rest), form) {
            (Some((minutes, after)), _) => {
                seconds += minutes * 60;
                rest = after;
            }
            (None, OffsetForm::OptionalMinute) => {}
            (None, _) => return None,
        }
        let may_have_seconds = matches!(form, OffsetForm::MinuteOptionalSecond | OffsetForm::ColonMinuteOptionalSecond);
        if may_have_seconds && let Some((more, after)) = next(rest) {
            seconds += more;
            rest = after;
        }
        let offset = chrono::FixedOffset::east_opt(sign * i32::try_from(seconds).ok()?)?;
        self.zone = Some(ZoneId::Fixed(offset));
        Some(rest)
    }
}

/// Digits that fixed-width numbers right behind a number of open width need.
fn reserved(following: &[Part]) -> usize {
    let mut digits = 0;
    for part in following {
        match part {
            Part::Month(2) | Part::Day(2) | Part::Minute(2) | Part::Second(2) | Part::Year(2) => digits += 2,
            Part::Hour { width: 2, .. } => digits += 2,
            Part::DayOfYear(3) => digits += 3,
            _ => break,
        }
    }
    digits
}

/// A number between bounds: of exactly `width` digits, or, if `width` is 1, of as many as there are but `reserved`.
fn number(text: &str, width: usize, reserved: usize, low: u32, high: u32) -> Option<(u32, &str)> {
    let run = text.bytes().take_while(u8::is_ascii_digit).count();
    let length = if width == 1 { run.saturating_sub(reserved) } else { width };
    if length == 0 || run < length || length > 9 {
        return None;
    }
    let value: u32 = text[..length].parse().ok()?;
    (low..=high).contains(&value).then(|| (value, &text[length..]))
}
