//! Ids of sessions and operations, as clients choose them: UUIDs.

use firesteel_error::{Result, SparkError};
use uuid::Uuid;

/// The error for a session or operation that cannot be used.
pub fn handle(why: &str, id: &str) -> SparkError {
    SparkError::new(&format!("INVALID_HANDLE.{why}")).param("handle", id)
}

/// Whether `id` looks like `00112233-4455-6677-8899-aabbccddeeff`.
///
/// # Errors
/// `INVALID_HANDLE.FORMAT` if not.
pub fn check_uuid(id: &str) -> Result<()> {
    let valid = id.len() == 36 && Uuid::try_parse(id).is_ok();
    if valid { Ok(()) } else { Err(handle("FORMAT", id)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_long_form_of_a_uuid_is_an_id() {
        assert!(check_uuid("00112233-4455-6677-8899-aabbccddeeff").is_ok());
        for id in ["", "nope", "00112233445566778899aabbccddeeff", "{00112233-4455-6677-8899-aabbccddee}"] {
            assert!(check_uuid(id).is_err(), "{id}");
        }
    }
}
