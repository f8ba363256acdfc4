//! Bytes on their way to a worker, sent as far as the socket takes them.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Result};

use bytes::{Buf, Bytes};

const SLICES_MAX: usize = 64;

/// A queue of bytes.
#[derive(Debug, Default)]
pub(crate) struct Outgoing(VecDeque<Bytes>);

impl Outgoing {
    pub(crate) fn push(&mut self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        if !bytes.is_empty() {
            self.0.push_back(bytes);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes waiting.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// Calls `write` until everything is sent or it would block; false in the latter case.
    pub(crate) fn send(&mut self, mut write: impl FnMut(&[IoSlice<'_>]) -> Result<usize>) -> Result<bool> {
        while !self.0.is_empty() {
            let slices: Vec<IoSlice<'_>> = self.0.iter().take(SLICES_MAX).map(|bytes| IoSlice::new(bytes)).collect();
            match write(&slices) {
                Ok(count) => self.sent(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn sent(&mut self, mut count: usize) {
        while count > 0 {
            let Some(first) = self.0.front_mut() else { return };
            let part = count.min(first.len());
            first.advance(part);
            count -= part;
            if first.is_empty() {
                self.0.pop_front();
            }
        }
    }
}
