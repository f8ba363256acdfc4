//! String literals: what their escapes stand for.

/// The value of the text between two `quote`s.
pub(crate) fn unescape(raw: &str, quote: char) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        if c == quote && rest.peek() == Some(&quote) {
            rest.next();
            value.push(quote);
        } else if c == '\\' {
            escape(&mut rest, &mut value);
        } else {
            value.push(c);
        }
    }
    value
}

fn escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, value: &mut String) {
    for (letter, digits) in [('u', 4), ('U', 8)] {
        if rest.peek() == Some(&letter) {
            let code: String = rest.clone().skip(1).take(digits).collect();
            if let Some(c) = (code.chars().count() == digits)
                .then(|| u32::from_str_radix(&code, 16).ok().and_then(char::from_u32))
                .flatten()
            {
                rest.nth(digits);
                value.push(c);
                return;
            }
        }
    }
    let octal: String = rest.clone().take(3).collect();
    if octal.len() == 3
        && octal.starts_with(['0', '1'])
        && octal.bytes().all(|b| (b'0'..=b'7').contains(&b))
        && let Some(c) = u32::from_str_radix(&octal, 8).ok().and_then(char::from_u32)
    {
        rest.nth(2);
        value.push(c);
        return;
    }
    match rest.next() {
        Some('0') => value.push('\0'),
        Some('b') => value.push('\u{8}'),
        Some('n') => value.push('\n'),
        Some('r') => value.push('\r'),
        Some('t') => value.push('\t'),
        Some('Z') => value.push('\u{1a}'),
        // Kept for LIKE, to which they mean the character itself.
        Some(c @ ('%' | '_')) => value.extend(['\\', c]),
        Some(c) => value.push(c),
        None => value.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_have_sparks_meaning() {
        assert_eq!(unescape(r"a\nb\tc\\d\'e", '\''), "a\nb\tc\\d'e");
        assert_eq!(unescape(r"it''s", '\''), "it's");
        assert_eq!(unescape(r"\u0041\101\%\_", '\''), "AA\\%\\_");
        assert_eq!(unescape(r"\u00", '\''), "u00");
    }
}
