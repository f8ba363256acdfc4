//! Arrays of byte arrays in Java's serialization, which is what Spark's object files hold.
//!
//! The stream's grammar is in the "Java Object Serialization Specification", chapter 6. Spark writes an array of `[[B` (or
//! of `[Ljava.lang.Object;`) whose elements are arrays of `[B`; each class is described where it first occurs.

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};

const HEADER: [u8; 4] = [0xac, 0xed, 0x00, 0x05];
const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS: u8 = 0x72;
const ARRAY: u8 = 0x75;
const END: u8 = 0x78;
const SERIALIZABLE: u8 = 0x02;
const FIRST_HANDLE: u32 = 0x7e_0000;

/// The class `byte[][]` and its `serialVersionUID`.
const ARRAYS: (&str, [u8; 8]) = ("[[B", [0x4b, 0xfd, 0x19, 0x15, 0x67, 0x67, 0xdb, 0x37]);
/// The class `byte[]`.
const BYTES: (&str, [u8; 8]) = ("[B", [0xac, 0xf3, 0x17, 0xf8, 0x06, 0x08, 0x54, 0xe0]);

/// Writes an array of byte arrays.
pub(crate) fn write<'a>(arrays: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    out.push(ARRAY);
    put_class(&mut out, ARRAYS);
    out.extend_from_slice(&(arrays.len() as u32).to_be_bytes());
    for (index, array) in arrays.enumerate() {
        out.push(ARRAY);
        if index == 0 {
            put_class(&mut out, BYTES);
        } else {
            // The classes and the outer array have taken the handles 0, 1 and 2.
            out.push(REFERENCE);
            out.extend_from_slice(&(FIRST_HANDLE + 2).to_be_bytes());
        }
        out.extend_from_slice(&(array.len() as u32).to_be_bytes());
        out.extend_from_slice(array);
    }
    out
}

fn put_class(out: &mut Vec<u8>, (name, version): (&str, [u8; 8])) {
    out.push(CLASS);
    out.extend_from_slice(&(name.len() as u16).to_be_bytes());
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(&version);
    // No fields, no annotations, no superclass.
    out.extend_from_slice(&[SERIALIZABLE, 0, 0, END, NULL]);
}

/// Reads an array of byte arrays.
pub(crate) fn read(bytes: Bytes) -> Result<Vec<Bytes>> {
    Stream { rest: bytes, handles: Vec::new() }.arrays().ok_or_else(|| {
        SparkError::plain(Exception::Spark, "A record is no array of byte arrays: saveAsPickleFile has not written it.")
    })
}

struct Stream {
    rest: Bytes,
    handles: Vec<Handle>,
}

/// What the stream may refer back to.
#[derive(Clone)]
enum Handle {
    Class,
    Outer,
    Array(Bytes),
}

impl Stream {
    fn arrays(&mut self) -> Option<Vec<Bytes>> {
        (self.take(4)? == HEADER[..] && self.byte()? == ARRAY).then_some(())?;
        self.class()?;
        self.handles.push(Handle::Outer);
        let count = self.int()?;
        (0..count).map(|_| self.array()).collect()
    }

    fn array(&mut self) -> Option<Bytes> {
        match self.byte()? {
            ARRAY => {
                self.class()?;
                let length = self.int()? as usize;
                let bytes = self.take(length)?;
                self.handles.push(Handle::Array(bytes.clone()));
                Some(bytes)
            }
            REFERENCE => match self.reference()? {
                Handle::Array(bytes) => Some(bytes),
                _ => None,
            },
            _ => None,
        }
    }

    fn class(&mut self) -> Option<()> {
        match self.byte()? {
            CLASS => {
                let length = self.take(2)?;
                let length = u16::from_be_bytes([length[0], length[1]]);
                self.take(usize::from(length) + 8)?;
                self.handles.push(Handle::Class);
                (self.take(5)? == [SERIALIZABLE, 0, 0, END, NULL][..]).then_some(())
            }
            REFERENCE => matches!(self.reference()?, Handle::Class).then_some(()),
            _ => None,
        }
    }

    fn reference(&mut self) -> Option<Handle> {
        let index = self.int()?.checked_sub(FIRST_HANDLE)?;
        self.handles.get(index as usize).cloned()
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn int(&mut self) -> Option<u32> {
        self.take(4)?.as_ref().try_into().ok().map(u32::from_be_bytes)
    }

    fn take(&mut self, bytes: usize) -> Option<Bytes> {
        (bytes <= self.rest.len()).then(|| self.rest.split_to(bytes))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn arrays_are_read_as_they_were_written() {
        let arrays = [&b"one"[..], b"", b"three"];
        let written = write(arrays.into_iter());
        assert_eq!(read(written.into()).unwrap(), arrays);
        assert_eq!(read(write([].into_iter()).into()).unwrap(), Vec::<Bytes>::new());
    }

    #[test]
    fn other_objects_are_refused() {
        for bytes in [&b""[..], b"\xac\xed\0\x05", b"\xac\xed\0\x05t\0\x01x", b"\xac\xed\0\x05uq\0\x7e\0\x09"] {
            assert!(read(Bytes::copy_from_slice(bytes)).is_err());
        }
    }
}
