//! A frame of the driver service: a small JSON header and a binary payload.
//!
//! ```text
//! +-------------------+----------------------+------------------+
//! | header length     | header               | payload          |
//! | u32, big-endian   | UTF-8 JSON object    | the rest         |
//! +-------------------+----------------------+------------------+
//! ```
//!
//! One frame is one gRPC message, so the payload needs no length of its own.

use bytes::{Buf, BufMut, Bytes};
use serde_json::{Map, Value};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// A JSON object.
pub type Header = Map<String, Value>;

/// Headers are small; what is large belongs into the payload.
const HEADER_BYTES_MAX: usize = 1 << 20;

/// One message of the driver service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    /// What the message is and what it is about.
    pub header: Header,
    /// Bytes that JSON cannot carry.
    pub payload: Bytes,
}

impl Frame {
    /// A frame without a payload.
    pub fn of(header: Header) -> Self {
        Self { header, payload: Bytes::new() }
    }

    fn write(&self, out: &mut impl BufMut) -> Result<(), Status> {
        let header = serde_json::to_vec(&self.header)
            .map_err(|e| Status::internal(format!("a frame's header is not JSON: {e}")))?;
        let length = u32::try_from(header.len())
            .ok()
            .filter(|length| *length as usize <= HEADER_BYTES_MAX)
            .ok_or_else(|| Status::internal("a frame's header is too large"))?;
        out.put_u32(length);
        out.put_slice(&header);
        out.put_slice(&self.payload);
        Ok(())
    }

    fn read(bytes: &mut impl Buf) -> Result<Self, Status> {
        if bytes.remaining() < 4 {
            return Err(Status::invalid_argument("a frame is shorter than its header's length"));
        }
        let length = bytes.get_u32() as usize;
        if length > bytes.remaining() || length > HEADER_BYTES_MAX {
            return Err(Status::invalid_argument(format!("a frame cannot have a header of {length} bytes")));
        }
        let header = serde_json::from_slice(&bytes.copy_to_bytes(length))
            .map_err(|e| Status::invalid_argument(format!("a frame's header is not a JSON object: {e}")))?;
        Ok(Self { header, payload: bytes.copy_to_bytes(bytes.remaining()) })
    }
}

/// Reads and writes [`Frame`]s as gRPC messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameCodec;

impl Codec for FrameCodec {
    type Encode = Frame;
    type Decode = Frame;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self::Encoder {
        Self
    }

    fn decoder(&mut self) -> Self::Decoder {
        Self
    }
}

impl Encoder for FrameCodec {
    type Item = Frame;
    type Error = Status;

    fn encode(&mut self, frame: Frame, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        frame.write(out)
    }
}

impl Decoder for FrameCodec {
    type Item = Frame;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<Frame>, Status> {
        Frame::read(bytes).map(Some)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn header(value: Value) -> Header {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_frame_reads_as_it_was_written() {
        let frame = Frame { header: header(json!({"id": 7, "kind": "é"})), payload: Bytes::from_static(b"\0\xff") };
        let mut bytes = Vec::new();
        frame.write(&mut bytes).unwrap();
        assert_eq!(Frame::read(&mut bytes.as_slice()).unwrap(), frame);
    }

    #[test]
    fn malformed_frames_are_refused() {
        for bytes in [&b""[..], b"\0\0", b"\0\0\0\x05{}", b"\xff\xff\xff\xff", b"\0\0\0\x02[]", b"\0\0\0\x02{,"] {
            let mut cursor = bytes;
            assert!(Frame::read(&mut cursor).is_err(), "{bytes:?}");
        }
    }
}
