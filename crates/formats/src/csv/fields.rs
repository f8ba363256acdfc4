//! Cutting a record into fields.
//!
//! A field that begins with a quote ends at the quote that is followed by a separator or the record's end; blanks may
//! stand between. A quote after the escape character is a quote of the value. What begins with a quote and is not
//! quoted properly is taken as [`UnescapedQuote`] says.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

use crate::csv::options::{CsvOptions, UnescapedQuote};

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    /// As it stands in the record.
    Plain(Range<usize>),
    /// As it stands between quotes, without escapes.
    Quoted(Range<usize>),
    /// With escapes resolved: a range of the scratch bytes.
    Resolved(Range<usize>),
    /// No value.
    Missing,
}

/// The fields of one record; the memory is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<Field>,
    scratch: Vec<u8>,
}

impl Fields {
    /// The bytes of a field, and whether it was quoted. `None` if it has no value.
    #[inline]
    pub(crate) fn get<'a>(&'a self, record: &'a [u8], at: usize) -> Option<(&'a [u8], bool)> {
        match self.fields.get(at)? {
            Field::Plain(range) => Some((&record[range.clone()], false)),
            Field::Quoted(range) => Some((&record[range.clone()], true)),
            Field::Resolved(range) => Some((&self.scratch[range.clone()], true)),
            Field::Missing => None,
        }
    }

    /// Reads the record at the front of `bytes`; gives its length with its end, and without. With `multi_line`, ends of
    /// lines inside quotes belong to values. `None` if the record does not end in `bytes` and more may come.
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        options: &CsvOptions,
        multi_line: bool,
        last: bool,
    ) -> Option<(usize, usize)> {
        self.read_some(bytes, options, multi_line, last, usize::MAX)
    }

    /// The same, but no more than the first `most` fields, if a line is a record.
    #[inline]
    pub(crate) fn read_some(
        &mut self,
        bytes: &[u8],
        options: &CsvOptions,
        multi_line: bool,
        last: bool,
        most: usize,
    ) -> Option<(usize, usize)> {
        self.fields.clear();
        self.scratch.clear();
        let mut at = 0;
        loop {
            at = if options.trim_leading { skip_blanks(bytes, at, options) } else { at };
            let (end, next) = match options.quote {
                Some(quote) if bytes.get(at) == Some(&quote) => {
                    self.read_quoted(bytes, at, options, multi_line, last)?
                }
                _ => self.read_plain(bytes, at, options, multi_line, last)?,
            };
            if self.fields.len() >= most && !multi_line {
                return Some((bytes.len(), bytes.len()));
            }
            match next {
                Next::Field => at = end + options.sep.len(),
                Next::Record(length) => return Some((end + length, end)),
            }
        }
    }

    #[inline]
    fn read_plain(
        &mut self,
        bytes: &[u8],
        start: usize,
        options: &CsvOptions,
        lines: bool,
        last: bool,
    ) -> Option<(usize, Next)> {
        let (end, next) = find_end(bytes, start, options, lines, last)?;
        let mut stop = end;
        if options.trim_trailing {
            while stop > start && bytes[stop - 1] <= b' ' {
                stop -= 1;
            }
        }
        self.fields.push(Field::Plain(start..stop));
        Some((end, next))
    }

    fn read_quoted(
        &mut self,
        bytes: &[u8],
        start: usize,
        options: &CsvOptions,
        lines: bool,
        last: bool,
    ) -> Option<(usize, Next)> {
        let quote = options.quote?;
        let from = start + 1;
        let mut at = from;
        let mut resolved: Option<usize> = None;
        let mut copied = from;
        let mut keep = |scratch: &mut Vec<u8>, upto: usize, skip: usize| {
            resolved.get_or_insert(scratch.len());
            scratch.extend_from_slice(&bytes[copied..upto]);
            copied = upto + skip;
            resolved
        };
        let mut begin = None;
        loop {
            let Some(found) = memchr2(quote, options.escape, &bytes[at..]) else {
                // The quote is never closed: all that is left is the value.
                if !last {
                    return None;
                }
                let end = if lines { bytes.len() } else { bytes.len().min(find_line_end(bytes, from, options)) };
                self.close(begin, from, copied, end, bytes);
                return Some((end, Next::Record(bytes.len() - end)));
            };
            at += found;
            let after = bytes.get(at + 1).copied();
            if after.is_none() && !last {
                return None;
            }
            if bytes[at] == options.escape && (options.escape != quote || after == Some(quote)) {
                if after == Some(quote)
                    || (after == Some(options.escape) && options.escape_escape == Some(options.escape))
                {
                    begin = keep(&mut self.scratch, at, 1);
                    at += 2;
                } else {
                    at += 1;
                }
                continue;
            }
            let mut end = at + 1;
            while end < bytes.len() && bytes[end] <= b' ' && !starts_end(bytes, end, options, lines) {
                end += 1;
            }
            if end == bytes.len() && !last {
                return None;
            }
            if let Some(next) = next_at(bytes, end, options, lines, last) {
                self.close(begin, from, copied, at, bytes);
                return Some((end, next));
            }
            if options.unescaped_quote == UnescapedQuote::StopAtClosingQuote {
                at += 1;
                continue;
            }
            self.scratch.truncate(begin.unwrap_or(self.scratch.len()));
            let (end, next) = find_end(bytes, at + 1, options, lines, last)?;
            self.fields.push(match options.unescaped_quote {
                UnescapedQuote::SkipValue => Field::Missing,
                _ => Field::Plain(start..end),
            });
            return Some((end, next));
        }
    }

    fn close(&mut self, begin: Option<usize>, from: usize, copied: usize, end: usize, bytes: &[u8]) {
        self.fields.push(match begin {
            None => Field::Quoted(from..end),
            Some(begin) => {
                self.scratch.extend_from_slice(&bytes[copied.min(end)..end]);
                Field::Resolved(begin..self.scratch.len())
            }
        });
    }
}

/// What comes after a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Field,
    /// The record's end, of this length.
    Record(usize),
}

fn skip_blanks(bytes: &[u8], mut at: usize, options: &CsvOptions) -> usize {
    while at < bytes.len()
        && bytes[at] <= b' '
        && !matches!(bytes[at], b'\n' | b'\r')
        && !bytes[at..].starts_with(&options.sep)
    {
        at += 1;
    }
    at
}

fn starts_end(bytes: &[u8], at: usize, options: &CsvOptions, lines: bool) -> bool {
    bytes[at..].starts_with(&options.sep) || (lines && matches!(bytes[at], b'\n' | b'\r'))
}

/// Where the line ends that `from` is in.
fn find_line_end(bytes: &[u8], from: usize, options: &CsvOptions) -> usize {
    options.line_end.split(&bytes[from.min(bytes.len())..], true).map_or(bytes.len(), |(line, _)| from + line.len())
}

/// What begins at `at`, if it is the end of a field.
fn next_at(bytes: &[u8], at: usize, options: &CsvOptions, lines: bool, last: bool) -> Option<Next> {
    if at >= bytes.len() {
        return last.then_some(Next::Record(0));
    }
    if bytes[at..].starts_with(&options.sep) {
        return Some(Next::Field);
    }
    if !lines {
        return None;
    }
    let (line, rest) = options.line_end.split(&bytes[at..], last)?;
    line.is_empty().then(|| Next::Record(bytes.len() - at - rest.len()))
}

/// The end of a field that is not quoted.
#[inline]
fn find_end(bytes: &[u8], start: usize, options: &CsvOptions, lines: bool, last: bool) -> Option<(usize, Next)> {
    let rest = bytes.get(start..).unwrap_or_default();
    if !lines {
        let found = match options.sep[..] {
            [sep] => memchr(sep, rest),
            _ => memmem::find(rest, &options.sep),
        };
        return Some(found.map_or((bytes.len(), Next::Record(0)), |at| (start + at, Next::Field)));
    }
    let sep = match options.sep[..] {
        [sep] => memchr(sep, rest),
        _ => memmem::find(rest, &options.sep),
    };
    let within = &rest[..sep.unwrap_or(rest.len())];
    match options.line_end.split(within, last || sep.is_some()) {
        Some((line, after)) => Some((start + line.len(), Next::Record(within.len() - line.len() - after.len()))),
        None => match sep {
            Some(at) => Some((start + at, Next::Field)),
            None if last => Some((bytes.len(), Next::Record(0))),
            None => None,
        },
    }
}
