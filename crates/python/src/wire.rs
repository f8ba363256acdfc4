//! The primitive encodings of the worker protocol: big-endian numbers, and texts and blobs with their length before them.

/// The end of the data, and the end of the timings, before the accumulators.
pub(crate) const END_OF_DATA_SECTION: i32 = -1;
/// A traceback follows.
pub(crate) const PYTHON_EXCEPTION_THROWN: i32 = -2;
/// The worker's timings follow.
pub(crate) const TIMING_DATA: i32 = -3;
/// The end of a task; as an answer: the worker is fit for another one.
pub(crate) const END_OF_STREAM: i32 = -4;
/// A null where a text or blob could stand.
pub(crate) const NULL: i32 = -5;
/// An Arrow IPC stream follows.
pub(crate) const START_ARROW_STREAM: i32 = -6;

/// Collects what is to be sent to a worker.
#[derive(Debug, Default)]
pub(crate) struct WireWriter(Vec<u8>);

impl WireWriter {
    pub(crate) fn int(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn count(&mut self, count: usize) {
        // A count over i32::MAX cannot occur: everything counted is held in memory as a header.
        self.int(i32::try_from(count).unwrap_or(i32::MAX));
    }

    pub(crate) fn long(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.0.push(u8::from(value));
    }

    pub(crate) fn blob(&mut self, value: &[u8]) {
        self.count(value.len());
        self.0.extend_from_slice(value);
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.blob(value.as_bytes());
    }

    pub(crate) fn raw(&mut self, value: &[u8]) {
        self.0.extend_from_slice(value);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
