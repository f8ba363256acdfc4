//! The External Data Representation (RFC 4506), as far as Ganglia's packets need it.

/// A growing packet.
#[derive(Debug, Default)]
pub(super) struct Xdr {
    bytes: Vec<u8>,
}

impl Xdr {
    /// An unsigned number of four bytes, big-endian.
    pub(super) fn number(mut self, number: u32) -> Self {
        self.bytes.extend(number.to_be_bytes());
        self
    }

    /// A text: its length, its bytes, and zeros up to a multiple of four.
    pub(super) fn text(mut self, text: &str) -> Self {
        self = self.number(u32::try_from(text.len()).unwrap_or_default());
        self.bytes.extend(text.as_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }

    /// The packet.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_up_to_four_bytes() {
        let packet = Xdr::default().number(1).text("abcde").text("").bytes();
        assert_eq!(packet, b"\0\0\0\x01\0\0\0\x05abcde\0\0\0\0\0\0\0");
    }
}
