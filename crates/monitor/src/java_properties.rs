//! Java's property files: lines of `key value`, `key=value` or `key: value`, with comments, continued lines and escapes.
//!
//! `metrics.properties`, `log4j.properties` and `log4j2.properties` are such files, and Spark lets Java read them. So every
//! rule of Java's reader holds here: a later line for a key beats an earlier one, `\u0041` is a letter, a backslash at the
//! end of a line goes on in the next. A file that Java could not read is refused with its line.

use std::path::Path;

/// The properties of a file, in its order, each key once.
///
/// # Errors
/// A sentence with the file and the line.
pub fn read(path: &Path) -> Result<Vec<(String, String)>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // Java reads other files as Latin-1.
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The properties of a text.
///
/// # Errors
/// A sentence with the line.
///
/// ```
/// let properties = firesteel_monitor::java_properties::parse("# sinks\n*.sink.csv.period = 5\n").unwrap();
/// assert_eq!(properties, [("*.sink.csv.period".to_string(), "5".to_string())]);
/// ```
pub fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut properties: Vec<(String, String)> = Vec::new();
    for (line, logical) in logical_lines(text) {
        let (key, value) = setting(&logical);
        let unescaped = |part| unescape(part).map_err(|error| format!("line {line}: {error}"));
        let (key, value) = (unescaped(key)?, unescaped(value)?);
        properties.retain(|(known, _)| *known != key);
        properties.push((key, value));
    }
    Ok(properties)
}

/// Lines with their numbers: comments left out, continued lines joined.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut joined: Option<(usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start_matches([' ', '\t', '\u{c}']);
        if joined.is_none() && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let continues = line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        let (number, mut whole) = joined.take().unwrap_or((at + 1, String::new()));
        whole.push_str(if continues { &line[..line.len() - 1] } else { line });
        if continues {
            joined = Some((number, whole));
        } else {
            lines.push((number, whole));
        }
    }
    lines.extend(joined);
    lines
}

/// Key and value, both still escaped.
fn setting(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let mut end = line.len();
    for (at, c) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if matches!(c, ' ' | '\t' | '\u{c}' | '=' | ':') {
            end = at;
            break;
        }
    }
    let blank = [' ', '\t', '\u{c}'];
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(blank);
    (key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(blank))
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let escape = if c == '\\' { chars.next() } else { None };
        if escape == Some('u') {
            let digits: String = chars.by_ref().take(4).collect();
            let unit = (digits.len() == 4).then(|| u16::from_str_radix(&digits, 16).ok()).flatten();
            units.push(unit.ok_or_else(|| format!("\\u{digits} is not \\u with four hexadecimal digits"))?);
            continue;
        }
        plain.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        match escape {
            None if c == '\\' => {}
            None => plain.push(c),
            Some('t') => plain.push('\t'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some(other) => plain.push(other),
        }
    }
    plain.push_str(&String::from_utf16_lossy(&units));
    Ok(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn every_form_of_a_line_is_read_as_java_reads_it() {
        let text = "! no\na=1\nb : 2 \n  c 3 4\nd\n# e=5\nf x,\\\n   y\nkey\\ with\\=signs=v\\tw\ng=\\u0041\\u00e9\n\
                    pattern=%d{HH:mm:ss} %-5p %c{1}:%L - %m%n\nh=C:\\\\dir\\\\\n";
        let expected = owned(&[
            ("a", "1"),
            ("b", "2 "),
            ("c", "3 4"),
            ("d", ""),
            ("f", "x,y"),
            ("key with=signs", "v\tw"),
            ("g", "A\u{e9}"),
            ("pattern", "%d{HH:mm:ss} %-5p %c{1}:%L - %m%n"),
            ("h", "C:\\dir\\"),
        ]);
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn the_last_line_of_a_key_counts() {
        assert_eq!(parse("a=1\nb=2\na=3").unwrap(), owned(&[("b", "2"), ("a", "3")]));
    }

    #[test]
    fn a_wrong_escape_is_refused_with_its_line() {
        assert_eq!(parse("a=1\nb=\\u00g1").unwrap_err(), "line 2: \\u00g1 is not \\u with four hexadecimal digits");
    }
}
