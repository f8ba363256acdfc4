//! Walking over JSON text: tokens, strings, values to be skipped, with the liberties that the options give.

use std::ops::Range;

use memchr::{memchr, memchr2};

use crate::json::options::JsonOptions;

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax;

/// How deep values may be nested.
const DEPTH_MAX: usize = 1000;

/// A place in the bytes of a record (valid UTF-8).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanner<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    options: &'a JsonOptions,
    /// Whether strings may have control characters in them, so that it must be looked for.
    controls: bool,
}

/// A number as written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number<'a> {
    pub(crate) text: &'a str,
    pub(crate) whole: bool,
}

/// What kind of value begins here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(bytes: &'a [u8], options: &'a JsonOptions, controls: bool) -> Self {
        Self { bytes, at: 0, options, controls: controls && !options.control_chars }
    }

    /// The next byte that is not blank (nor comment); zero at the end.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<u8, Syntax> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte > b' ' && (*byte != b'/' || !self.options.comments) => Ok(*byte),
            None => Ok(0),
            Some(_) => self.skip_blanks(),
        }
    }

    fn skip_blanks(&mut self) -> Result<u8, Syntax> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') if self.options.comments => self.skip_comment()?,
                Some(0) => return Err(Syntax),
                Some(byte) => return Ok(*byte),
                None => return Ok(0),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), Syntax> {
        let rest = &self.bytes[self.at..];
        self.at += match rest.get(1) {
            Some(b'/') => memchr(b'\n', rest).unwrap_or(rest.len()),
            Some(b'*') => memchr::memmem::find(&rest[2..], b"*/").ok_or(Syntax)? + 4,
            _ => return Err(Syntax),
        };
        Ok(())
    }

    /// Steps over `byte`, after blanks.
    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Syntax> {
        if self.peek()? == byte && self.at < self.bytes.len() {
            self.at += 1;
            return Ok(());
        }
        Err(Syntax)
    }

    /// What begins here.
    #[inline]
    pub(crate) fn kind(&mut self) -> Result<Kind, Syntax> {
        Ok(match self.peek()? {
            b'"' => Kind::String,
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'-' | b'0'..=b'9' => Kind::Number,
            b't' => Kind::True,
            b'f' => Kind::False,
            b'n' => Kind::Null,
            b'\'' if self.options.single_quotes => Kind::String,
            b'N' | b'I' | b'+' if self.options.non_numeric => Kind::Number,
            _ => return Err(Syntax),
        })
    }

    /// Steps over `true`, `false` or `null`.
    #[inline]
    pub(crate) fn literal(&mut self, text: &str) -> Result<(), Syntax> {
        let end = self.at + text.len();
        if self.bytes.get(self.at..end) != Some(text.as_bytes()) || self.word_goes_on(end) {
            return Err(Syntax);
        }
        self.at = end;
        Ok(())
    }

    #[inline]
    fn word_goes_on(&self, at: usize) -> bool {
        self.bytes
            .get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.' | b'+' | b'-'))
    }

    /// Steps over a number.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<Number<'a>, Syntax> {
        let start = self.at;
        let digits = |mut at: usize| {
            while self.bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let first = start + usize::from(self.bytes[start] == b'-');
        if !self.bytes.get(first).is_some_and(u8::is_ascii_digit) {
            return self.named_number(start);
        }
        let mut end = digits(first);
        if self.bytes[first] == b'0' && end > first + 1 && !self.options.leading_zeros {
            return Err(Syntax);
        }
        let mut whole = true;
        if self.bytes.get(end) == Some(&b'.') {
            let after = digits(end + 1);
            if after == end + 1 {
                return Err(Syntax);
            }
            (end, whole) = (after, false);
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let exponent = end + 1 + usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let after = digits(exponent);
            if after == exponent {
                return Err(Syntax);
            }
            (end, whole) = (after, false);
        }
        if self.word_goes_on(end) {
            return Err(Syntax);
        }
        self.at = end;
        let text = std::str::from_utf8(&self.bytes[start..end]).map_err(|_| Syntax)?;
        Ok(Number { text, whole })
    }

    /// `NaN`, `Infinity`, `-INF` and the like.
    fn named_number(&mut self, start: usize) -> Result<Number<'a>, Syntax> {
        const NAMES: [(&str, &str); 6] = [
            ("NaN", "NaN"),
            ("Infinity", "Infinity"),
            ("+Infinity", "Infinity"),
            ("-Infinity", "-Infinity"),
            ("+INF", "Infinity"),
            ("-INF", "-Infinity"),
        ];
        let rest = &self.bytes[start..];
        let found = NAMES
            .iter()
            .filter(|_| self.options.non_numeric)
            .find(|(name, _)| rest.starts_with(name.as_bytes()) && !self.word_goes_on(start + name.len()));
        let (name, value) = found.ok_or(Syntax)?;
        self.at = start + name.len();
        Ok(Number { text: value, whole: false })
    }

    /// Steps over a string and gives the range between its quotes, and whether escapes are in it.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<(Range<usize>, bool), Syntax> {
        let quote = self.bytes[self.at];
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(at..).ok_or(Syntax)?;
            at += memchr2(quote, b'\\', rest).ok_or(Syntax)?;
            if self.bytes[at] == quote {
                break;
            }
            escaped = true;
            at += 2;
        }
        if self.controls && self.bytes[start..at].iter().any(|byte| *byte < b' ') {
            return Err(Syntax);
        }
        self.at = at + 1;
        Ok((start..at, escaped))
    }

    /// Appends the text between the quotes of a string, its escapes resolved.
    pub(crate) fn unescape(&self, range: Range<usize>, out: &mut Vec<u8>) -> Result<(), Syntax> {
        let mut rest = &self.bytes[range];
        while let Some(at) = memchr(b'\\', rest) {
            out.extend_from_slice(&rest[..at]);
            let escape = *rest.get(at + 1).ok_or(Syntax)?;
            rest = &rest[at + 2..];
            match escape {
                b'"' | b'\\' | b'/' => out.push(escape),
                b'b' => out.push(8),
                b'f' => out.push(12),
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b't' => out.push(b'\t'),
                b'u' => rest = unicode_escape(rest, out)?,
                b'\'' if self.options.single_quotes => out.push(b'\''),
                other if self.options.any_escape => out.push(other),
                _ => return Err(Syntax),
            }
        }
        out.extend_from_slice(rest);
        Ok(())
    }

    /// Whether the escapes of a string are good.
    fn check_escapes(&self, range: Range<usize>) -> Result<(), Syntax> {
        let mut sink = Vec::new();
        self.unescape(range, &mut sink)
    }

    /// Steps over the name of a field. Unquoted names may be allowed.
    pub(crate) fn name(&mut self) -> Result<(Range<usize>, bool), Syntax> {
        match self.peek()? {
            b'"' => self.string(),
            b'\'' if self.options.single_quotes => self.string(),
            _ if self.options.unquoted_names => {
                let start = self.at;
                let is_part = |byte: &u8| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'@' | b'#' | b'*' | b'-' | 0x80..)
                };
                while self.bytes.get(self.at).is_some_and(is_part) {
                    self.at += 1;
                }
                if self.at > start { Ok((start..self.at, false)) } else { Err(Syntax) }
            }
            _ => Err(Syntax),
        }
    }

    /// Steps over any value, checking that it is one.
    #[inline]
    pub(crate) fn skip_value(&mut self) -> Result<(), Syntax> {
        if self.peek()? == b'"' {
            let (range, escaped) = self.string()?;
            return if escaped { self.check_escapes(range) } else { Ok(()) };
        }
        self.skip_any(0)
    }

    fn skip_any(&mut self, depth: usize) -> Result<(), Syntax> {
        if depth > DEPTH_MAX {
            return Err(Syntax);
        }
        match self.kind()? {
            Kind::String => {
                let (range, escaped) = self.string()?;
                if escaped { self.check_escapes(range) } else { Ok(()) }
            }
            Kind::Number => self.number().map(|_| ()),
            Kind::True => self.literal("true"),
            Kind::False => self.literal("false"),
            Kind::Null => self.literal("null"),
            Kind::Object => {
                self.at += 1;
                let mut first = true;
                while self.next_field(&mut first)? {
                    let (range, escaped) = self.name()?;
                    if escaped {
                        self.check_escapes(range)?;
                    }
                    self.expect(b':')?;
                    self.skip_any(depth + 1)?;
                }
                Ok(())
            }
            Kind::Array => {
                self.at += 1;
                let mut first = true;
                while self.next_element(&mut first)? {
                    self.skip_any(depth + 1)?;
                }
                Ok(())
            }
        }
    }

    /// Steps to the next field of an object, or over its end.
    #[inline]
    pub(crate) fn next_field(&mut self, first: &mut bool) -> Result<bool, Syntax> {
        self.next_item(first, b'}')
    }

    /// Steps to the next element of an array, or over its end.
    #[inline]
    pub(crate) fn next_element(&mut self, first: &mut bool) -> Result<bool, Syntax> {
        self.next_item(first, b']')
    }

    #[inline]
    fn next_item(&mut self, first: &mut bool, end: u8) -> Result<bool, Syntax> {
        let byte = self.peek()?;
        if std::mem::take(first) {
            if byte == end {
                self.at += 1;
                return Ok(false);
            }
            return Ok(true);
        }
        if self.at >= self.bytes.len() {
            return Err(Syntax);
        }
        self.at += 1;
        match byte {
            b',' => Ok(true),
            byte if byte == end => Ok(false),
            _ => Err(Syntax),
        }
    }
}

/// `XXXX` after `\u`, and the second half of a pair if one follows. Half a pair becomes `?`, as in Java.
fn unicode_escape<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], Syntax> {
    let hex = |bytes: &[u8]| -> Result<u32, Syntax> {
        let digits = bytes.get(..4).ok_or(Syntax)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(Syntax);
        }
        u32::from_str_radix(std::str::from_utf8(digits).map_err(|_| Syntax)?, 16).map_err(|_| Syntax)
    };
    let mut push = |letter: char| out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    let high = hex(rest)?;
    let rest = &rest[4..];
    if let Some(letter) = char::from_u32(high) {
        push(letter);
        return Ok(rest);
    }
    if (0xD800..0xDC00).contains(&high) && rest.starts_with(b"\\u") {
        let low = hex(&rest[2..])?;
        if (0xDC00..0xE000).contains(&low) {
            push(char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).unwrap_or('?'));
            return Ok(&rest[6..]);
        }
    }
    push('?');
    Ok(rest)
}
