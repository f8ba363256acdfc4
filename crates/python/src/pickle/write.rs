//! Pickle opcodes that we write (protocol 4).

/// A pickle under construction.
#[derive(Debug)]
pub(crate) struct Pickler(Vec<u8>);

impl Pickler {
    pub(crate) fn new() -> Self {
        Self(vec![0x80, 4])
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.push(b'.');
        self.0
    }

    pub(crate) fn mark(&mut self) {
        self.0.push(b'(');
    }

    pub(crate) fn empty_list(&mut self) {
        self.0.push(b']');
    }

    /// Adds what stands after the mark to the list before it.
    pub(crate) fn appends(&mut self) {
        self.0.push(b'e');
    }

    pub(crate) fn empty_dict(&mut self) {
        self.0.push(b'}');
    }

    /// Adds the pairs that stand after the mark to the dict before it.
    pub(crate) fn set_items(&mut self) {
        self.0.push(b'u');
    }

    /// Makes a tuple of what stands after the mark.
    pub(crate) fn tuple(&mut self) {
        self.0.push(b't');
    }

    pub(crate) fn tuple1(&mut self) {
        self.0.push(0x85);
    }

    /// Calls the function before the tuple.
    pub(crate) fn reduce(&mut self) {
        self.0.push(b'R');
    }

    pub(crate) fn global(&mut self, module: &str, name: &str) {
        self.0.push(b'c');
        self.0.extend_from_slice(module.as_bytes());
        self.0.push(b'\n');
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b'\n');
    }

    /// Remembers the top of the stack under `slot` and takes it away.
    pub(crate) fn remember(&mut self, slot: u8) {
        self.0.extend_from_slice(&[b'q', slot, b'0']);
    }

    pub(crate) fn recall(&mut self, slot: u8) {
        self.0.extend_from_slice(&[b'h', slot]);
    }

    pub(crate) fn none(&mut self) {
        self.0.push(b'N');
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.0.push(if value { 0x88 } else { 0x89 });
    }

    pub(crate) fn int(&mut self, value: i64) {
        if let Ok(value) = u8::try_from(value) {
            self.0.extend_from_slice(&[b'K', value]);
        } else if let Ok(value) = i32::try_from(value) {
            self.0.push(b'J');
            self.0.extend_from_slice(&value.to_le_bytes());
        } else {
            self.0.extend_from_slice(&[0x8a, 8]);
            self.0.extend_from_slice(&value.to_le_bytes());
        }
    }

    pub(crate) fn float(&mut self, value: f64) {
        self.0.push(b'G');
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.sized(0x8c, b'X', value.as_bytes());
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.sized(b'C', b'B', value);
    }

    fn sized(&mut self, short: u8, long: u8, value: &[u8]) {
        if let Ok(length) = u8::try_from(value.len()) {
            self.0.extend_from_slice(&[short, length]);
        } else {
            // Arrow's 32-bit offsets keep every value under 2 GiB.
            let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
            self.0.push(long);
            self.0.extend_from_slice(&length.to_le_bytes());
        }
        self.0.extend_from_slice(value);
    }
}
