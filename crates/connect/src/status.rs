//! An error as a gRPC status: `INTERNAL`, a short message, and `google.rpc.ErrorInfo` as Spark fills it.
//!
//! Clients limit the size of a status (8 KiB with gRPC's C core), so the message and the parameters are cut; the whole
//! error is under `errorId`, see [`crate::error_table`].

use std::collections::HashMap;

use firesteel_error::SparkError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::error_table::{ErrorTable, hierarchy};

/// What a message may have in a status, in bytes as they are sent.
const MESSAGE_BYTES_MAX: usize = 2048;

/// What the parameters may have; they are left out if they have more.
const PARAMETERS_BYTES_MAX: usize = 1024;

/// The status for `error`; with a table, the client can ask for the rest.
pub fn status(error: &SparkError, errors: Option<&ErrorTable>) -> Status {
    let classes = hierarchy(error.exception().hierarchy());
    let reason = classes.first().cloned().unwrap_or_default();
    let mut metadata = HashMap::from([("classes".to_string(), json(&classes))]);
    if let Some(condition) = error.condition() {
        metadata.insert("errorClass".into(), condition.to_string());
        let parameters = json(error.params());
        if parameters.len() <= PARAMETERS_BYTES_MAX {
            metadata.insert("messageParameters".into(), parameters);
        }
    }
    if let Some(state) = error.sql_state() {
        metadata.insert("sqlState".into(), state.to_string());
    }
    if let Some(errors) = errors {
        metadata.insert("errorId".into(), errors.remember(error));
    }
    let details = ErrorDetails::with_error_info(reason, "org.apache.spark", metadata);
    Status::with_error_details(Code::Internal, shortened(&error.message()), details)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// `text`, cut where its percent-encoded form (which is what gRPC sends) reaches the limit.
fn shortened(text: &str) -> String {
    let mut sent = 0;
    for (at, letter) in text.char_indices() {
        let bytes = if matches!(letter, ' '..='~') && letter != '%' { 1 } else { 3 * letter.len_utf8() };
        if sent + bytes > MESSAGE_BYTES_MAX - 3 {
            return format!("{}...", &text[..at]);
        }
        sent += bytes;
    }
    text.to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_status_says_what_the_exception_is() {
        let errors = ErrorTable::default();
        let status = status(&SparkError::new("SQL_CONF_NOT_FOUND").param("sqlConf", "\"x\""), Some(&errors));
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, "org.apache.spark.SparkNoSuchElementException");
        assert_eq!(info.domain, "org.apache.spark");
        assert_eq!(info.metadata["messageParameters"], r#"{"sqlConf":"\"x\""}"#);
        assert_eq!(info.metadata["sqlState"], "42K0I");
        assert_eq!(errors.details(&info.metadata["errorId"]).len(), 1);
    }

    #[test]
    fn a_long_message_fits_into_a_status() {
        for letter in ["a", "é", "\n"] {
            let text = shortened(&letter.repeat(5000));
            let sent: usize = text.chars().map(|c| if c.is_ascii_graphic() { 1 } else { 3 * c.len_utf8() }).sum();
            assert!(sent <= MESSAGE_BYTES_MAX && text.ends_with("..."), "{sent}");
        }
    }
}
