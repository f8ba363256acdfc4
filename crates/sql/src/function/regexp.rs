//! Regular expressions: `rlike`, `regexp_extract`, `regexp_replace`, `split` and their relatives.
//!
//! Patterns are the JVM's; those that need look-around or back-references are refused when they are compiled.

use arrow::datatypes::DataType;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use regex::Regex;

use super::Family;
use super::rows::{Int, Text, four, three, two, with_default_int};
use crate::analyzer::Call;
use crate::expression::Typed;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("rlike", rlike),
    ("regexp", rlike),
    ("regexp_like", rlike),
    ("regexp_extract", regexp_extract),
    ("regexp_extract_all", regexp_extract_all),
    ("regexp_substr", regexp_substr),
    ("regexp_instr", regexp_instr),
    ("regexp_count", regexp_count),
    ("regexp_replace", regexp_replace),
    ("split", split),
    ("like_all", |c| like_many(c, true, false)),
    ("like_any", |c| like_many(c, false, false)),
    ("not_like_all", |c| like_many(c, true, true)),
    ("not_like_any", |c| like_many(c, false, true)),
];

/// The last pattern that was compiled: it is the same for most rows.
#[derive(Default)]
struct Last(Mutex<Option<(String, Regex)>>);

impl Last {
    fn get(&self, pattern: &str, function: &str) -> Result<Regex> {
        let mut last = self.0.lock();
        if let Some((text, regex)) = last.as_ref()
            && text == pattern
        {
            return Ok(regex.clone());
        }
        let regex = compile(pattern, function)?;
        *last = Some((pattern.to_string(), regex.clone()));
        Ok(regex)
    }
}

/// The pattern in this engine's dialect.
pub(super) fn compile(pattern: &str, function: &str) -> Result<Regex> {
    let mut text = pattern.replace("\\Z", "\\z").replace("\\h", "[ \\t\\x{A0}]");
    // Atomic groups and possessive quantifiers only forbid backtracking, which this engine never does.
    for (java, own) in [("(?>", "(?:"), ("*+", "*"), ("++", "+"), ("?+", "?")] {
        text = text.replace(java, own);
    }
    if text.contains("(?=") || text.contains("(?!") || text.contains("(?<=") || text.contains("(?<!") {
        return Err(SparkError::unsupported(format!("Look-around in the regular expression {pattern}")));
    }
    Regex::new(&text).or_else(|_| Regex::new(&braces_escaped(&text))).map_err(|_| {
        SparkError::new("INVALID_PARAMETER_VALUE.PATTERN")
            .param("parameter", "`regexp`")
            .param("functionName", format!("`{function}`"))
            .param("value", format!("'{pattern}'"))
    })
}

/// The JVM reads `{` that begins no count as itself.
fn braces_escaped(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        out.push('\\');
        out.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    out + rest
}

fn rlike(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let last = Last::default();
    let word = if call.lower_name() == "rlike" { "RLIKE".into() } else { call.name.to_uppercase() };
    let title = format!("{word}({}, {})", call.arg(0)?.name, call.arg(1)?.name);
    two::<Text, Text, _>(call, move |s, p| last.get(p, "rlike").map(|r| r.is_match(s))).map(|t| t.named(title))
}

fn group_error(function: &str, groups: usize, group: i32) -> SparkError {
    SparkError::new("INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX")
        .param("parameter", "`idx`")
        .param("functionName", format!("`{function}`"))
        .param("groupCount", groups.to_string())
        .param("groupIndex", group.to_string())
}

fn group_of(regex: &Regex, group: i32, function: &str) -> Result<usize> {
    let groups = regex.captures_len() - 1;
    usize::try_from(group).ok().filter(|g| *g <= groups).ok_or_else(|| group_error(function, groups, group))
}

fn regexp_extract(call: Call<'_>) -> Result<Typed> {
    let last = Last::default();
    three::<Text, Text, Int, _>(with_default_int(call, 2, 1), move |s, p, group| -> Result<String> {
        let regex = last.get(p, "regexp_extract")?;
        let index = group_of(&regex, group, "regexp_extract")?;
        Ok(regex.captures(s).and_then(|c| c.get(index)).map_or_else(String::new, |m| m.as_str().to_string()))
    })
}

fn regexp_extract_all(call: Call<'_>) -> Result<Typed> {
    let last = Last::default();
    three::<Text, Text, Int, _>(with_default_int(call, 2, 1), move |s, p, group| -> Result<Vec<Option<String>>> {
        let regex = last.get(p, "regexp_extract_all")?;
        let index = group_of(&regex, group, "regexp_extract_all")?;
        Ok(regex
            .captures_iter(s)
            .map(|c| Some(c.get(index).map_or_else(String::new, |m| m.as_str().to_string())))
            .collect())
    })
}

fn regexp_substr(call: Call<'_>) -> Result<Typed> {
    let last = Last::default();
    two::<Text, Text, _>(call, move |s, p| -> Result<Option<String>> {
        Ok(last.get(p, "regexp_substr")?.find(s).map(|m| m.as_str().to_string()))
    })
}

fn regexp_instr(call: Call<'_>) -> Result<Typed> {
    let last = Last::default();
    three::<Text, Text, Int, _>(with_default_int(call, 2, 0), move |s, p, _| -> Result<i32> {
        let regex = last.get(p, "regexp_instr")?;
        Ok(regex.find(s).map_or(0, |m| s[..m.start()].chars().count() as i32 + 1))
    })
}

fn regexp_count(call: Call<'_>) -> Result<Typed> {
    let last = Last::default();
    two::<Text, Text, _>(call, move |s, p| -> Result<i32> {
        Ok(last.get(p, "regexp_count")?.find_iter(s).count() as i32)
    })
}

/// The JVM's `$1` and `\$` in this engine's form.
fn replacement(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '\\' => match chars.next() {
                Some('$') => out.push_str("$$"),
                Some(other) => out.push(other),
                None => {}
            },
            '$' if chars.peek() == Some(&'{') => out.push('$'),
            '$' => {
                let mut digits = String::new();
                while let Some(digit) = chars.peek().filter(|c| c.is_ascii_digit() && digits.len() < 2) {
                    digits.push(*digit);
                    chars.next();
                }
                out.push_str(&format!("${{{digits}}}"));
            }
            other => out.push(other),
        }
    }
    out
}

fn regexp_replace(call: Call<'_>) -> Result<Typed> {
    let last = Last::default();
    let title_call = with_default_int(call, 3, 1);
    four::<Text, Text, Text, Int, _>(title_call, move |s, p, with, from| -> Result<String> {
        let regex = last.get(p, "regexp_replace")?;
        let with = replacement(with);
        let start =
            s.char_indices().map(|(i, _)| i).chain([s.len()]).nth((from - 1).max(0) as usize).unwrap_or(s.len());
        Ok(format!("{}{}", &s[..start], regex.replace_all(&s[start..], with.as_str())))
    })
}

fn split(call: Call<'_>) -> Result<Typed> {
    let last = Last::default();
    three::<Text, Text, Int, _>(with_default_int(call, 2, -1), move |s, p, limit| -> Result<Vec<String>> {
        if p.is_empty() {
            return Ok(letters(s, limit));
        }
        let regex = last.get(p, "split")?;
        let mut parts = Vec::new();
        let mut from = 0;
        for found in regex.find_iter(s) {
            if limit > 0 && parts.len() as i32 == limit - 1 {
                break;
            }
            // A match of nothing at the start gives no empty first part.
            if found.end() == 0 || found.is_empty() && found.start() >= s.len() {
                continue;
            }
            parts.push(s[from..found.start()].to_string());
            from = found.end();
        }
        parts.push(s[from..].to_string());
        Ok(parts)
    })
}

fn letters(s: &str, limit: i32) -> Vec<String> {
    if s.is_empty() {
        return vec![String::new()];
    }
    let chars: Vec<char> = s.chars().collect();
    let most = if limit > 0 { (limit as usize).min(chars.len()) } else { chars.len() };
    let mut parts: Vec<String> = chars[..most - 1].iter().map(char::to_string).collect();
    let rest: String = chars[most - 1..].iter().collect();
    parts.push(if limit > 0 { rest } else { chars[most - 1].to_string() });
    parts
}

/// `x LIKE ALL (..)` and its relatives.
fn like_many(call: Call<'_>, all: bool, negated: bool) -> Result<Typed> {
    call.expect(2..)?;
    let (title, session) = (call.title(), call.session());
    let value = call.cast(0, &DataType::Utf8)?;
    let mut tests = Vec::new();
    for index in 1..call.len() {
        let test = super::resolve_named(session, "like", &[value.clone(), call.arg(index)?])?;
        tests.push(if negated { super::resolve_named(session, "not", &[test])? } else { test });
    }
    let mut whole: Option<Typed> = None;
    for test in tests {
        whole = Some(match whole {
            None => test,
            Some(before) => super::resolve_named(session, if all { "and" } else { "or" }, &[before, test])?,
        });
    }
    whole.map(|t| t.named(title)).ok_or_else(|| SparkError::internal("LIKE without patterns"))
}
