//! An element of a Python RDD: bytes that only Python understands.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use firesteel_error::{Exception, Result, SparkError};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One frame of data: a pickled batch of elements, or some lines of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch(pub Bytes);

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Batch;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Batch, E> {
        Ok(Batch(Bytes::copy_from_slice(bytes)))
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Batch, E> {
        Ok(Batch(bytes.into()))
    }
}

/// Writes a frame behind its length, as pyspark's serializers do.
pub(crate) fn put_framed(out: &mut BytesMut, frame: &[u8]) -> Result<()> {
    let length = i32::try_from(frame.len())
        .map_err(|_| SparkError::plain(Exception::Spark, "A batch of Python objects is larger than 2 GiB."))?;
    out.reserve(4 + frame.len());
    out.put_i32(length);
    out.put_slice(frame);
    Ok(())
}

/// Takes apart what [`put_framed`] has put together; the frames share the memory.
pub(crate) fn split_framed(mut bytes: Bytes) -> Result<Vec<Batch>> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let length = bytes.get(..4).and_then(|length| <[u8; 4]>::try_from(length).ok()).map(u32::from_be_bytes);
        let Some(end) = length.map(|length| 4 + length as usize).filter(|end| *end <= bytes.len()) else {
            return Err(SparkError::plain(Exception::IllegalArgument, "Frames of data are cut short."));
        };
        frames.push(Batch(bytes.split_to(end).split_off(4)));
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn frames_come_apart_as_they_were_put_together() {
        let mut out = BytesMut::new();
        for frame in [&b"one"[..], b"", b"three"] {
            put_framed(&mut out, frame).unwrap();
        }
        let whole = out.freeze();
        let frames = split_framed(whole.clone()).unwrap();
        assert_eq!(frames.iter().map(|frame| &frame.0[..]).collect::<Vec<_>>(), [&b"one"[..], b"", b"three"]);
        assert!(split_framed(whole.slice(..whole.len() - 1)).is_err());
    }
}
