//! Text: case, trimming, padding, parts, search.

use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::rows::{Bytes, Int, Text, four, one, three, two, with_default_int, with_default_text};
use crate::analyzer::{Argument, Call};
use crate::expression::Typed;
use arrow::datatypes::DataType;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("upper", |c| one::<Text, _>(c, |s| s.to_uppercase())),
    ("ucase", |c| one::<Text, _>(c, |s| s.to_uppercase())),
    ("lower", |c| one::<Text, _>(c, lower)),
    ("lcase", |c| one::<Text, _>(c, lower)),
    ("length", length),
    ("len", length),
    ("char_length", length),
    ("character_length", length),
    ("octet_length", |c| byte_count(c, 1)),
    ("bit_length", |c| byte_count(c, 8)),
    ("trim", |c| trim(c, Side::Both)),
    ("btrim", |c| trim(c, Side::Both)),
    ("ltrim", |c| trim(c, Side::Left)),
    ("rtrim", |c| trim(c, Side::Right)),
    ("lpad", |c| pad(c, true)),
    ("rpad", |c| pad(c, false)),
    ("substring", substring),
    ("substr", substring),
    ("left", |c| two::<Text, Int, _>(c, |s, n| s.chars().take(n.max(0) as usize).collect::<String>())),
    ("right", |c| two::<Text, Int, _>(c, right)),
    ("substring_index", |c| three::<Text, Text, Int, _>(c, substring_index)),
    ("split_part", |c| three::<Text, Text, Int, _>(c, split_part)),
    ("instr", |c| two::<Text, Text, _>(c, |s, sub| position(s, sub, 1))),
    ("locate", locate),
    ("position", locate),
    ("charindex", |c| {
        let c = with_default_int(c, 2, 1);
        three::<Text, Text, Int, _>(c, |sub, s, start| position(s, sub, start))
    }),
    ("contains", |c| binary_test(c, |s, x| s.contains(x), |s, x| x.is_empty() || s.windows(x.len()).any(|w| w == x))),
    ("startswith", |c| binary_test(c, |s, x| s.starts_with(x), |s, x| s.starts_with(x))),
    ("endswith", |c| binary_test(c, |s, x| s.ends_with(x), |s, x| s.ends_with(x))),
    ("replace", |c| {
        let c = with_default_text(c, 2, "");
        three::<Text, Text, Text, _>(c, |s, from, to| if from.is_empty() { s.to_string() } else { s.replace(from, to) })
    }),
    ("translate", |c| three::<Text, Text, Text, _>(c, translate)),
    ("repeat", |c| two::<Text, Int, _>(c, repeated)),
    ("space", |c| one::<Int, _>(c, |n| repeated(" ", n))),
    ("initcap", |c| one::<Text, _>(c, initcap)),
    ("ascii", |c| one::<Text, _>(c, |s| s.chars().next().map_or(0, |ch| ch as i32))),
    ("chr", chr),
    ("char", chr),
    ("overlay", overlay),
    ("levenshtein", levenshtein),
    ("soundex", |c| one::<Text, _>(c, soundex)),
    ("find_in_set", |c| {
        two::<Text, Text, _>(c, |word, set| {
            if word.contains(',') { 0 } else { set.split(',').position(|w| w == word).map_or(0, |i| i as i32 + 1) }
        })
    }),
    ("concat_ws", concat_ws),
    ("elt", elt),
    ("sentences", |c| super::sentences::sentences(c)),
    ("luhn_check", |c| one::<Text, _>(c, |s| Some(luhn(s)))),
    ("is_valid_utf8", |c| one::<Bytes, _>(c, |b| std::str::from_utf8(b).is_ok())),
    ("make_valid_utf8", |c| one::<Bytes, _>(c, |b| String::from_utf8_lossy(b).into_owned())),
    ("validate_utf8", |c| {
        one::<Bytes, _>(c, |b| {
            String::from_utf8(b.to_vec()).map_err(|_| {
                let shown: Vec<String> = b.iter().map(|b| format!("\\x{b:02X}")).collect();
                SparkError::new("INVALID_UTF8_STRING").param("str", shown.concat())
            })
        })
    }),
    ("try_validate_utf8", |c| one::<Bytes, _>(c, |b| String::from_utf8(b.to_vec()).ok())),
    ("quote", |c| one::<Text, _>(c, |s| format!("'{}'", s.replace('\\', "\\\\").replace('\'', "\\'")))),
    ("collate", collate),
    ("collation", |c| one::<Text, _>(c, |_| "SYSTEM.BUILTIN.UTF8_BINARY".to_string())),
];

/// The text so many times; a column cannot hold more than 2 GB of text.
fn repeated(text: &str, times: i32) -> Result<String> {
    let times = usize::try_from(times).unwrap_or(0);
    match text.len().checked_mul(times) {
        Some(bytes) if i32::try_from(bytes).is_ok() => Ok(text.repeat(times)),
        _ => Err(SparkError::plain(
            Exception::SparkRuntime,
            format!("A text of {} bytes, {times} times, is longer than a column can hold (2 GB).", text.len()),
        )),
    }
}

fn lower(s: &str) -> String {
    s.to_lowercase()
}

fn length(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    if call.arg(0)?.data_type() == &DataType::Binary {
        return one::<Bytes, _>(call, |b| b.len() as i32);
    }
    one::<Text, _>(call, |s| s.chars().count() as i32)
}

fn byte_count(call: Call<'_>, factor: i32) -> Result<Typed> {
    call.expect(1..=1)?;
    if call.arg(0)?.data_type() == &DataType::Binary {
        return one::<Bytes, _>(call, move |b| b.len() as i32 * factor);
    }
    one::<Text, _>(call, move |s| s.len() as i32 * factor)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
}

fn trimmed(s: &str, side: Side, test: impl Fn(char) -> bool + Copy) -> String {
    match side {
        Side::Left => s.trim_start_matches(test),
        Side::Right => s.trim_end_matches(test),
        Side::Both => s.trim_start_matches(test).trim_end_matches(test),
    }
    .to_string()
}

/// `trim(s)` removes spaces, `trim(chars, s)` those characters, `ltrim` and `rtrim` too; `btrim` takes `s` first.
fn trim(call: Call<'_>, side: Side) -> Result<Typed> {
    call.expect(1..=2)?;
    if call.len() == 1 {
        return one::<Text, _>(call, move |s| trimmed(s, side, |ch| ch == ' '));
    }
    let text_first = call.lower_name() == "btrim";
    let (at_source, at_chars) = if text_first { (0, 1) } else { (1, 0) };
    let (source, chars) = (call.arg(at_source)?, call.arg(at_chars)?);
    let title = match (call.lower_name().as_str(), side) {
        ("btrim", _) => call.title(),
        (_, Side::Left) => format!("TRIM(LEADING {} FROM {})", chars.name, source.name),
        (_, Side::Right) => format!("TRIM(TRAILING {} FROM {})", chars.name, source.name),
        (_, Side::Both) => format!("TRIM(BOTH {} FROM {})", chars.name, source.name),
    };
    let trimmed = if text_first {
        two::<Text, Text, _>(call, move |s, chars| trimmed(s, side, |ch| chars.contains(ch)))
    } else {
        two::<Text, Text, _>(call, move |chars, s| trimmed(s, side, |ch| chars.contains(ch)))
    };
    trimmed.map(|t| t.named(title))
}

fn pad(call: Call<'_>, left: bool) -> Result<Typed> {
    call.expect(2..=3)?;
    if call.arg(0)?.data_type() == &DataType::Binary {
        if call.len() == 2 {
            return two::<Bytes, Int, _>(call, move |b, n| padded_bytes(b, n, &[0], left));
        }
        return three::<Bytes, Int, Bytes, _>(call, move |b, n, fill| padded_bytes(b, n, fill, left));
    }
    let call = with_default_text(call, 2, " ");
    three::<Text, Int, Text, _>(call, move |s, n, fill| {
        let n = n.max(0) as usize;
        let count = s.chars().count();
        if count >= n || fill.is_empty() {
            return s.chars().take(n).collect::<String>();
        }
        let filler: String = fill.chars().cycle().take(n - count).collect();
        if left { filler + s } else { s.to_string() + &filler }
    })
}

fn padded_bytes(bytes: &[u8], n: i32, fill: &[u8], left: bool) -> Vec<u8> {
    let n = n.max(0) as usize;
    if bytes.len() >= n || fill.is_empty() {
        return bytes[..bytes.len().min(n)].to_vec();
    }
    let filler = fill.iter().copied().cycle().take(n - bytes.len());
    if left { filler.chain(bytes.iter().copied()).collect() } else { bytes.iter().copied().chain(filler).collect() }
}

/// Where a part that starts at `start` (from 1; negative from the end) and is `count` long begins and ends.
fn span(total: usize, start: i32, count: i32) -> (usize, usize) {
    let total = total as i64;
    let from = match start {
        1.. => i64::from(start) - 1,
        0 => 0,
        _ => total + i64::from(start),
    };
    let to = from.saturating_add(i64::from(count));
    let clip = |n: i64| n.clamp(0, total) as usize;
    (clip(from), clip(to).max(clip(from)))
}

fn substring(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let call = with_default_int(call, 2, i32::MAX);
    if call.arg(0)?.data_type() == &DataType::Binary {
        return three::<Bytes, Int, Int, _>(call, |b, start, count| {
            let (from, to) = span(b.len(), start, count);
            b[from..to].to_vec()
        });
    }
    three::<Text, Int, Int, _>(call, |s, start, count| {
        if s.is_ascii() {
            let (from, to) = span(s.len(), start, count);
            return s[from..to].to_string();
        }
        let (from, to) = span(s.chars().count(), start, count);
        s.chars().skip(from).take(to - from).collect()
    })
}

fn right(s: &str, n: i32) -> Option<String> {
    let count = s.chars().count();
    Some(s.chars().skip(count.saturating_sub(n.max(0) as usize)).collect())
}

fn substring_index(s: &str, mark: &str, count: i32) -> String {
    if count == 0 || mark.is_empty() {
        return String::new();
    }
    if count > 0 {
        let mut at = 0;
        for _ in 0..count {
            match s[at..].find(mark) {
                Some(i) => at += i + mark.len(),
                None => return s.to_string(),
            }
        }
        return s[..at - mark.len()].to_string();
    }
    let mut end = s.len();
    for _ in 0..count.unsigned_abs() {
        match s[..end].rfind(mark) {
            Some(i) => end = i,
            None => return s.to_string(),
        }
    }
    s[end + mark.len()..].to_string()
}

fn split_part(s: &str, mark: &str, part: i32) -> Result<Option<String>> {
    if part == 0 {
        return Err(SparkError::new("INVALID_INDEX_OF_ZERO"));
    }
    let parts: Vec<&str> = if mark.is_empty() { vec![s] } else { s.split(mark).collect() };
    let index = if part > 0 { i64::from(part) - 1 } else { parts.len() as i64 + i64::from(part) };
    Ok(Some(usize::try_from(index).ok().and_then(|i| parts.get(i)).map_or_else(String::new, ToString::to_string)))
}

/// Where `sub` is in `s` at `start` or after it, counted in characters from 1; 0 if nowhere.
fn position(s: &str, sub: &str, start: i32) -> i32 {
    if start < 1 {
        return 0;
    }
    let skip = start as usize - 1;
    let Some(from) = s.char_indices().map(|(i, _)| i).chain([s.len()]).nth(skip) else { return 0 };
    s[from..].find(sub).map_or(0, |i| (s[..from + i].chars().count() + 1) as i32)
}

fn locate(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let call = with_default_int(call, 2, 1);
    let title = call.title();
    three::<Text, Text, Int, _>(call, |sub, s, start| position(s, sub, start)).map(|t| t.named(title))
}

fn binary_test(
    call: Call<'_>,
    text: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    bytes: impl Fn(&[u8], &[u8]) -> bool + Send + Sync + 'static,
) -> Result<Typed> {
    call.expect(2..=2)?;
    let name = format!("{}({}, {})", call.lower_name(), call.arg(0)?.name, call.arg(1)?.name);
    let typed = if call.arg(0)?.data_type() == &DataType::Binary && call.arg(1)?.data_type() == &DataType::Binary {
        two::<Bytes, Bytes, _>(call, bytes)
    } else {
        two::<Text, Text, _>(call, text)
    };
    typed.map(|t| t.named(name))
}

fn translate(s: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    s.chars()
        .filter_map(|ch| match from.chars().position(|f| f == ch) {
            Some(i) => to.get(i).copied(),
            None => Some(ch),
        })
        .collect()
}

fn initcap(s: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(s.len());
    for ch in s.chars() {
        if start {
            out.extend(ch.to_uppercase());
        } else {
            out.extend(ch.to_lowercase());
        }
        start = ch == ' ';
    }
    out
}

fn chr(call: Call<'_>) -> Result<Typed> {
    one::<super::rows::Long, _>(call, |n| if n < 0 { String::new() } else { char::from((n & 0xff) as u8).to_string() })
}

fn overlay(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=4)?;
    let call = with_default_int(call, 3, -1);
    if call.arg(0)?.data_type() == &DataType::Binary && call.arg(1)?.data_type() == &DataType::Binary {
        return four::<Bytes, Bytes, Int, Int, _>(call, |s, replacement, at, count| {
            let count = if count >= 0 { count } else { replacement.len() as i32 };
            let (_, head) = span(s.len(), 1, at - 1);
            let (tail, _) = span(s.len(), at.saturating_add(count), 0);
            [&s[..head], replacement, &s[tail..]].concat()
        });
    }
    four::<Text, Text, Int, Int, _>(call, |s, replacement, at, count| {
        let chars: Vec<char> = s.chars().collect();
        let count = if count >= 0 { count } else { replacement.chars().count() as i32 };
        let (_, head) = span(chars.len(), 1, at - 1);
        let (tail, _) = span(chars.len(), at.saturating_add(count), 0);
        chars[..head]
            .iter()
            .copied()
            .chain(replacement.chars())
            .chain(chars[tail..].iter().copied())
            .collect::<String>()
    })
}

fn levenshtein(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    if call.len() == 2 {
        return two::<Text, Text, _>(call, distance);
    }
    three::<Text, Text, Int, _>(call, |a, b, most| {
        let far = distance(a, b);
        if far > most { -1 } else { far }
    })
}

fn distance(a: &str, b: &str) -> i32 {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<i32> = (0..=b.len() as i32).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i as i32 + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + i32::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn soundex(s: &str) -> String {
    const CODES: &[u8; 26] = b"01230127022455012623017202";
    let bytes = s.as_bytes();
    let Some(first) = bytes.first().map(u8::to_ascii_uppercase) else { return String::new() };
    if !first.is_ascii_uppercase() {
        return s.to_string();
    }
    let mut code = vec![first];
    let mut last = CODES[usize::from(first - b'A')];
    for byte in &bytes[1..] {
        let upper = byte.to_ascii_uppercase();
        if !upper.is_ascii_uppercase() {
            last = b'0';
            continue;
        }
        let digit = CODES[usize::from(upper - b'A')];
        if digit == b'7' {
            continue;
        }
        if digit != b'0' && digit != last {
            code.push(digit);
            if code.len() > 3 {
                break;
            }
        }
        last = digit;
    }
    code.resize(4, b'0');
    String::from_utf8_lossy(&code).into_owned()
}

/// Joins texts and arrays of texts; NULLs are left out.
fn concat_ws(call: Call<'_>) -> Result<Typed> {
    call.expect(1..)?;
    let mut args = vec![call.cast(0, &DataType::Utf8)?];
    for index in 1..call.len() {
        let is_list = matches!(call.arg(index)?.data_type(), DataType::List(_));
        let wanted = if is_list { crate::types::array(DataType::Utf8, true) } else { DataType::Utf8 };
        args.push(call.cast(index, &wanted)?);
    }
    let nullable = args[0].nullable();
    let mut typed = super::rows::finish(&call, args, DataType::Utf8, false, super::text_join::joined);
    if !nullable {
        typed.field = std::sync::Arc::new(typed.field.as_ref().clone().with_nullable(false));
    }
    Ok(typed)
}

fn elt(call: Call<'_>) -> Result<Typed> {
    call.expect(2..)?;
    let binary = (1..call.len()).all(|i| call.arg(i).is_ok_and(|a| a.data_type() == &DataType::Binary));
    let kind = if binary { DataType::Binary } else { DataType::Utf8 };
    let mut args = vec![call.cast(0, &DataType::Int32)?];
    for index in 1..call.len() {
        args.push(call.cast(index, &kind)?);
    }
    let ansi = call.conf().ansi();
    Ok(super::rows::finish(&call, args, kind, true, move |columns| super::text_join::chosen(columns, ansi)))
}

fn luhn(s: &str) -> bool {
    if s.is_empty() || !s.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = s
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Only the collation that compares bytes exists here.
fn collate(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let wanted = call.constant_text(1)?.unwrap_or_default();
    if !wanted.eq_ignore_ascii_case("UTF8_BINARY") {
        return Err(SparkError::unsupported(format!("The collation {wanted}")));
    }
    match call.args.first() {
        Some(Argument::Value(_)) => Ok(call.cast(0, &DataType::Utf8)?.named(call.title())),
        _ => call.arg(0),
    }
}
