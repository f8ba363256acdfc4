//! Room on the stack for deeply nested text.
//!
//! Reading is recursive, and trees are dropped recursively. How deep a text can nest is bounded by its number of tokens,
//! so the work runs on a stack in proportion to it (address space only: pages are used when touched).

use firesteel_error::{Result, SparkError};

const BYTES_PER_TOKEN: usize = 2 << 10;
const BYTES_MIN: usize = 4 << 20;
const TOKENS_MAX: usize = 1 << 20;

/// How deep a message may nest; those who read it recurse too.
pub(crate) const DEPTH_MAX: usize = 400;

/// Runs `work`, which reads a text of `tokens` tokens.
pub(crate) fn with_room_for<T>(tokens: usize, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if tokens > TOKENS_MAX {
        return Err(too_complex());
    }
    let bytes = BYTES_MIN + tokens * BYTES_PER_TOKEN;
    stacker::maybe_grow(bytes, bytes, work)
}

/// The text is nested too deeply or is too long.
pub(crate) fn too_complex() -> SparkError {
    SparkError::new("FAILED_TO_PARSE_TOO_COMPLEX").with_exception(firesteel_error::Exception::Parse)
}
