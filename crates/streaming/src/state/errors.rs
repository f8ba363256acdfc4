//! The errors of the state store under Spark's conditions.

use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use firesteel_error::{Exception, SparkError};

/// A state file that is there but cannot be used.
pub(crate) fn unreadable(path: &str, why: &str) -> SparkError {
    SparkError::new("CANNOT_LOAD_STATE_STORE.CANNOT_READ_STREAMING_STATE_FILE").param("fileToRead", path).text(format!(
        "The state file {path} cannot be used: {why}. Restore it from a copy, or start with a new checkpoint directory."
    ))
}

/// A delta that a version needs is not there.
pub(crate) fn missing_delta(path: &str, version: u64) -> SparkError {
    SparkError::new("CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS")
        .param("fileToRead", path)
        .param("clazz", "StateStore")
        .text(format!(
            "Version {version} of the state needs the file {path}, which is not there. \
             Restore it from a copy, or start with a new checkpoint directory."
        ))
}

/// The state of an operator does not fit the memory that is left.
pub(crate) fn out_of_memory(store: &str, why: impl std::error::Error) -> SparkError {
    SparkError::new("CANNOT_LOAD_STATE_STORE.HDFS_STORE_PROVIDER_OUT_OF_MEMORY").param("stateStoreId", store).text(format!(
        "The state of {store} does not fit the memory of the engine: {why}. Give it more (spark.driver.memory), or bound the \
         state with a watermark."
    ))
}

/// A batch's changes could not be written.
pub(crate) fn cannot_commit(store: &str, version: u64, cause: SparkError) -> SparkError {
    SparkError::new("CANNOT_WRITE_STATE_STORE.CANNOT_COMMIT")
        .with_exception(Exception::Spark)
        .param("providerName", store)
        .text(format!("Version {version} of the state of {store} could not be written: {cause}"))
        .cause(cause)
}

/// The stored keys have other types than the operator's keys.
pub(crate) fn key_schema_changed(stored: &[DataType], now: &[DataType]) -> SparkError {
    let (stored, now) = (types(stored), types(now));
    SparkError::new("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE")
        .with_exception(Exception::Spark)
        .param("storedKeySchema", &stored)
        .param("newKeySchema", &now)
        .text(format!(
            "The keys in the checkpoint have the types {stored}; the query's have {now}. \
             Undo the change of the query, or start with a new checkpoint directory."
        ))
}

/// The stored values have other types than the operator's values.
pub(crate) fn value_schema_changed(stored: &[DataType], now: &[DataType]) -> SparkError {
    let (stored, now) = (types(stored), types(now));
    SparkError::new("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE")
        .with_exception(Exception::Spark)
        .param("storedValueSchema", &stored)
        .param("newValueSchema", &now)
        .text(format!(
            "The values in the checkpoint have the types {stored}; the query's have {now}. \
             Undo the change of the query, or start with a new checkpoint directory."
        ))
}

/// A provider class that is not known.
pub(crate) fn unknown_provider(class: &str) -> SparkError {
    SparkError::new("STATE_STORE_INVALID_PROVIDER").param("inputClass", class).text(format!(
        "There is no state store provider {class}; spark.sql.streaming.stateStore.providerClass takes \
         HDFSBackedStateStoreProvider and RocksDBStateStoreProvider."
    ))
}

/// Arrow refused something that the engine made.
pub(crate) fn arrow(error: ArrowError) -> SparkError {
    SparkError::internal(format!("state rows: {error}")).cause(error)
}

fn types(types: &[DataType]) -> String {
    let names: Vec<String> = types.iter().map(ToString::to_string).collect();
    format!("({})", names.join(", "))
}
