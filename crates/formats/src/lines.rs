//! Finding where lines end.

use memchr::{memchr2, memrchr2};

/// What ends a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineEnd {
    /// `\n`, `\r\n` or `\r`.
    Any,
    /// Exactly these bytes.
    Exactly(Vec<u8>),
}

impl LineEnd {
    /// The first line of `bytes` without its end, and what follows. `None` if no line ends in `bytes`, or if it is not
    /// yet clear where (a `\r` at the end of what is known so far).
    #[inline]
    pub(crate) fn split<'a>(&self, bytes: &'a [u8], last: bool) -> Option<(&'a [u8], &'a [u8])> {
        match self {
            Self::Any => {
                let at = memchr2(b'\n', b'\r', bytes)?;
                let after = match (bytes[at], bytes.get(at + 1)) {
                    (b'\r', Some(b'\n')) => at + 2,
                    (b'\r', None) if !last => return None,
                    _ => at + 1,
                };
                Some((&bytes[..at], &bytes[after..]))
            }
            Self::Exactly(end) => {
                let at =
                    if let [byte] = end[..] { memchr::memchr(byte, bytes) } else { memchr::memmem::find(bytes, end) }?;
                Some((&bytes[..at], &bytes[at + end.len()..]))
            }
        }
    }

    /// The lines of `bytes`, the last one ended or not.
    pub(crate) fn lines<'a>(&'a self, mut bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        std::iter::from_fn(move || {
            if bytes.is_empty() {
                return None;
            }
            let (line, rest) = self.split(bytes, true).unwrap_or((bytes, &[]));
            bytes = rest;
            Some(line)
        })
    }

    /// How many bytes at the front are whole lines.
    pub(crate) fn whole_lines(&self, bytes: &[u8], last: bool) -> usize {
        if last {
            return bytes.len();
        }
        match self {
            Self::Any => match memrchr2(b'\n', b'\r', bytes) {
                Some(at) if bytes[at] == b'\r' && at + 1 == bytes.len() => {
                    memrchr2(b'\n', b'\r', &bytes[..at]).map_or(0, |at| at + 1)
                }
                Some(at) => at + 1,
                None => 0,
            },
            Self::Exactly(end) => memchr::memmem::rfind(bytes, end).map_or(0, |at| at + end.len()),
        }
    }

    /// The longest end.
    pub(crate) fn longest(&self) -> usize {
        match self {
            Self::Any => 2,
            Self::Exactly(end) => end.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn three_line_ends_are_one_and_a_lone_return_waits() {
        let lines: Vec<&[u8]> = LineEnd::Any.lines(b"a\r\nb\rc\n\nd").collect();
        assert_eq!(lines, vec![&b"a"[..], b"b", b"c", b"", b"d"]);
        assert_eq!(LineEnd::Any.whole_lines(b"a\nb\r", false), 2);
        assert_eq!(LineEnd::Any.whole_lines(b"a\nb\rc", false), 4);
        assert_eq!(LineEnd::Any.split(b"a\r", false), None);
        let own = LineEnd::Exactly(b"||".to_vec());
        assert_eq!(own.lines(b"a|b||c").collect::<Vec<_>>(), vec![&b"a|b"[..], b"c"]);
    }
}
