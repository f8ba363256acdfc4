//! Hadoop's path patterns: `*`, `?`, `[abc]`, `[a-c]`, `[^a]`, `{one,two}` and `\` before a character.

use firesteel_error::{Exception, Result, SparkError};
use regex::Regex;

/// Whether a path has a pattern in it.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{', '\\'])
}

/// A pattern for one file name.
pub(crate) fn compile(pattern: &str) -> Result<Regex> {
    let mut text = String::from("(?s)^");
    let mut letters = pattern.chars();
    let mut braces = 0;
    while let Some(letter) = letters.next() {
        match letter {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            '\\' => text.push_str(&regex::escape(&letters.next().unwrap_or('\\').to_string())),
            '[' => {
                text.push('[');
                if letters.as_str().starts_with(['^', '!']) {
                    letters.next();
                    text.push('^');
                }
                for inner in letters.by_ref() {
                    match inner {
                        ']' => break,
                        '[' | '&' | '~' | '\\' => text.extend(['\\', inner]),
                        inner => text.push(inner),
                    }
                }
                text.push(']');
            }
            '{' => {
                braces += 1;
                text.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                text.push(')');
            }
            ',' if braces > 0 => text.push('|'),
            letter => text.push_str(&regex::escape(&letter.to_string())),
        }
    }
    text.push('$');
    Regex::new(&text).map_err(|_| {
        SparkError::plain(
            Exception::IllegalArgument,
            format!("{pattern:?} is not a path pattern: its brackets or braces do not match"),
        )
    })
}

/// The parts of a path between slashes, where a slash inside braces separates nothing.
pub(crate) fn components(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_u32;
    for letter in path.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match parts.last_mut() {
            Some(last) if letter != '/' || depth > 0 => last.push(letter),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Alternatives that span a slash (`{a/b,c}`) as separate patterns.
pub(crate) fn expand_slashed_braces(pattern: &str) -> Vec<String> {
    let mut depth = 0;
    let mut open = 0;
    for (at, letter) in pattern.char_indices() {
        match letter {
            '{' => {
                if depth == 0 {
                    open = at;
                }
                depth += 1;
            }
            '}' if depth > 0 => {
                depth -= 1;
                let inner = &pattern[open + 1..at];
                if depth == 0 && inner.contains('/') {
                    let (head, tail) = (&pattern[..open], &pattern[at + 1..]);
                    return split_alternatives(inner)
                        .into_iter()
                        .flat_map(|choice| expand_slashed_braces(&format!("{head}{choice}{tail}")))
                        .collect();
                }
            }
            _ => {}
        }
    }
    vec![pattern.to_string()]
}

fn split_alternatives(inner: &str) -> Vec<String> {
    let mut choices = vec![String::new()];
    let mut depth = 0_u32;
    for letter in inner.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                choices.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = choices.last_mut() {
            last.push(letter);
        }
    }
    choices
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn patterns_match_as_hadoops() {
        for (pattern, name, matches) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.gz", false),
            ("part-[0-3]?", "part-2x", true),
            ("part-[^0-3]", "part-2", false),
            ("{a,b*}.txt", "bcd.txt", true),
            ("a\\*b", "a*b", true),
            ("a+b", "aab", false),
        ] {
            assert_eq!(compile(pattern).unwrap().is_match(name), matches, "{pattern} {name}");
        }
        assert_eq!(expand_slashed_braces("/x/{a/b,c}/d"), vec!["/x/a/b/d", "/x/c/d"]);
        assert!(compile("{a").is_err());
    }
}
