//! Character encodings: files in others than UTF-8 are turned into it before anything else looks at them.

use encoding_rs::{CoderResult, Decoder};
use firesteel_error::{Exception, Result, SparkError};

/// The encoding of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// Any that browsers know, by its tables.
    Table(&'static encoding_rs::Encoding),
    Latin1,
    Utf16 {
        little: bool,
        detect: bool,
    },
    Utf32 {
        little: bool,
        detect: bool,
    },
}

impl Encoding {
    /// The encoding of this name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        Ok(match name.trim().to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" => Self::Utf8,
            "ISO-8859-1" | "ISO8859-1" | "ISO8859_1" | "LATIN1" | "US-ASCII" | "ASCII" => Self::Latin1,
            "UTF-16" | "UTF16" => Self::Utf16 { little: false, detect: true },
            "UTF-16BE" => Self::Utf16 { little: false, detect: false },
            "UTF-16LE" => Self::Utf16 { little: true, detect: false },
            "UTF-32" | "UTF32" => Self::Utf32 { little: false, detect: true },
            "UTF-32BE" => Self::Utf32 { little: false, detect: false },
            "UTF-32LE" => Self::Utf32 { little: true, detect: false },
            _ => match encoding_rs::Encoding::for_label(name.trim().as_bytes()) {
                Some(encoding) => Self::Table(encoding),
                None => {
                    return Err(SparkError::plain(
                        Exception::IllegalArgument,
                        format!("{name} is not the name of a character encoding"),
                    ));
                }
            },
        })
    }

    pub(crate) fn is_utf8(self) -> bool {
        self == Self::Utf8
    }

    /// Encodes text to be written.
    pub(crate) fn encode(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Latin1 => out.extend(text.chars().map(|c| u8::try_from(c as u32).unwrap_or(b'?'))),
            Self::Table(encoding) => out.extend_from_slice(&encoding.encode(text).0),
            Self::Utf16 { little, .. } => {
                for unit in text.encode_utf16() {
                    out.extend_from_slice(&if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
                }
            }
            Self::Utf32 { little, .. } => {
                for letter in text.chars() {
                    let code = letter as u32;
                    out.extend_from_slice(&if little { code.to_le_bytes() } else { code.to_be_bytes() });
                }
            }
        }
    }

    /// What turns the bytes of one file into UTF-8.
    pub(crate) fn transcoder(self) -> Transcoder {
        match self {
            Self::Utf8 => Transcoder::None,
            Self::Table(encoding) => Transcoder::Table(Box::new(encoding.new_decoder_without_bom_handling())),
            other => Transcoder::Units { encoding: other, held: Vec::new(), at_start: true },
        }
    }
}

/// Takes bytes of an encoding in pieces and gives UTF-8.
pub(crate) enum Transcoder {
    None,
    Table(Box<Decoder>),
    Units { encoding: Encoding, held: Vec<u8>, at_start: bool },
}

impl Transcoder {
    pub(crate) fn push(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        match self {
            Self::None => out.extend_from_slice(bytes),
            Self::Table(decoder) => {
                let mut rest = bytes;
                let mut text = String::with_capacity(bytes.len() + 16);
                loop {
                    let (result, read, _) = decoder.decode_to_string(rest, &mut text, last);
                    rest = &rest[read..];
                    if result == CoderResult::InputEmpty {
                        break;
                    }
                    text.reserve(rest.len() + 16);
                }
                out.extend_from_slice(text.as_bytes());
            }
            Self::Units { encoding, held, at_start } => {
                held.extend_from_slice(bytes);
                let used = decode_units(encoding, held, at_start, last, out);
                held.drain(..used);
            }
        }
    }
}

/// Decodes whole characters; gives back how many bytes they took.
fn decode_units(encoding: &mut Encoding, bytes: &[u8], at_start: &mut bool, last: bool, out: &mut Vec<u8>) -> usize {
    let mut push = |code: u32| {
        let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    };
    match encoding {
        Encoding::Utf16 { little, detect } => {
            let unit = |at: usize, little: bool| {
                let pair = [bytes[at], bytes[at + 1]];
                u32::from(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
            };
            let mut at = 0;
            if *at_start && bytes.len() >= 2 {
                *at_start = false;
                if *detect && matches!(unit(0, true), 0xFEFF | 0xFFFE) {
                    *little = unit(0, true) == 0xFEFF;
                    at = 2;
                }
            }
            while at + 2 <= bytes.len() {
                let high = unit(at, *little);
                if !(0xD800..0xDC00).contains(&high) {
                    push(high);
                    at += 2;
                } else if at + 4 <= bytes.len() {
                    let low = unit(at + 2, *little);
                    let pair = (0xDC00..0xE000).contains(&low);
                    push(if pair { 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) } else { high });
                    at += if pair { 4 } else { 2 };
                } else if last {
                    push(high);
                    at += 2;
                } else {
                    break;
                }
            }
            at
        }
        Encoding::Utf32 { little, detect } => {
            let unit = |at: usize, little: bool| {
                let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
                if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }
            };
            let mut at = 0;
            if *at_start && bytes.len() >= 4 {
                *at_start = false;
                if *detect && (unit(0, true) == 0xFEFF || unit(0, false) == 0xFEFF) {
                    *little = unit(0, true) == 0xFEFF;
                    at = 4;
                }
            }
            while at + 4 <= bytes.len() {
                push(unit(at, *little));
                at += 4;
            }
            at
        }
        _ => {
            bytes.iter().for_each(|byte| push(u32::from(*byte)));
            bytes.len()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn text_survives_each_encoding_in_any_pieces() {
        for name in ["UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "windows-1252", "ISO-8859-1"] {
            let encoding = Encoding::named(name).unwrap();
            let text = if name.starts_with("UTF") { "aé😀\n" } else { "aé\n" };
            let mut bytes = Vec::new();
            encoding.encode(text, &mut bytes);
            let mut transcoder = encoding.transcoder();
            let mut out = Vec::new();
            bytes.iter().for_each(|byte| transcoder.push(&[*byte], false, &mut out));
            transcoder.push(&[], true, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text, "{name}");
        }
        assert!(Encoding::named("no-such").is_err());
    }
}
