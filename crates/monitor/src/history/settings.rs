//! The settings of the event log.

use std::collections::BTreeMap;
use std::path::PathBuf;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_settings::byte_size;

/// Where logs are unless `spark.eventLog.dir` says otherwise; Spark's default.
const DIRECTORY: &str = "/tmp/spark-events";

/// The smallest size at which a log may be continued in another file, as in Spark.
const FILE_BYTES_MIN: u64 = 10 << 20;

/// How the event log is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLogConfig {
    /// `spark.eventLog.dir`.
    pub directory: PathBuf,
    /// `spark.eventLog.compress`: with zstd.
    pub compress: bool,
    /// `spark.eventLog.rolling.enabled` and `spark.eventLog.rolling.maxFileSize`.
    pub roll_at_bytes: Option<u64>,
    /// `spark.history.fs.eventLog.rolling.maxFilesToRetain`: of one application; older ones are removed.
    pub files_max: usize,
    /// `spark.eventLog.logBlockUpdates.enabled`.
    pub block_updates: bool,
}

impl EventLogConfig {
    /// Reads the settings; `None` if `spark.eventLog.enabled` is not true.
    ///
    /// # Errors
    /// When a setting cannot be read, or asks for what there is not.
    pub fn of(settings: &BTreeMap<String, String>) -> Result<Option<Self>> {
        let flag = |name: &str, otherwise: bool| match settings.get(name).map(|text| text.trim().to_ascii_lowercase()) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| refused(format!("{name} must be true or false: {text}"))),
        };
        if !flag("spark.eventLog.enabled", false)? {
            return Ok(None);
        }
        let codec = settings.get("spark.eventLog.compression.codec").map_or("zstd", String::as_str);
        let compress = flag("spark.eventLog.compress", true)?;
        if compress && !codec.eq_ignore_ascii_case("zstd") && !codec.ends_with("ZStdCompressionCodec") {
            return Err(refused(format!("spark.eventLog.compression.codec={codec}: only zstd is there.")));
        }
        Ok(Some(Self {
            directory: log_directory(settings)?,
            compress,
            roll_at_bytes: if flag("spark.eventLog.rolling.enabled", true)? { Some(roll_at(settings)?) } else { None },
            files_max: files_max(settings)?,
            block_updates: flag("spark.eventLog.logBlockUpdates.enabled", false)?,
        }))
    }
}

/// The directory of logs: `spark.eventLog.dir`.
///
/// # Errors
/// If it is not on this machine.
pub fn log_directory(settings: &BTreeMap<String, String>) -> Result<PathBuf> {
    let text = settings.get("spark.eventLog.dir").map_or(DIRECTORY, String::as_str);
    let path = text.strip_prefix("file:").map_or(text, |path| path.strip_prefix("//").unwrap_or(path));
    if path.contains("://") || !path.starts_with('/') && text.contains(':') {
        return Err(refused(format!("spark.eventLog.dir={text}: event logs can only be on this machine's disk.")));
    }
    Ok(PathBuf::from(path))
}

fn roll_at(settings: &BTreeMap<String, String>) -> Result<u64> {
    const NAME: &str = "spark.eventLog.rolling.maxFileSize";
    let Some(text) = settings.get(NAME) else { return Ok(128 << 20) };
    let bytes = byte_size(text, 1).ok_or_else(|| refused(format!("{NAME} must be a size such as 128m: {text}")))?;
    if bytes < FILE_BYTES_MIN {
        return Err(refused(format!("{NAME} must be at least 10 MiB: {text}")));
    }
    Ok(bytes)
}

fn files_max(settings: &BTreeMap<String, String>) -> Result<usize> {
    const NAME: &str = "spark.history.fs.eventLog.rolling.maxFilesToRetain";
    let Some(text) = settings.get(NAME) else { return Ok(usize::MAX) };
    text.trim()
        .parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| refused(format!("{NAME} must be a number above 0: {text}")))
}

fn refused(message: String) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Result<Option<EventLogConfig>> {
        EventLogConfig::of(&settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    #[test]
    fn defaults_are_sparks() {
        assert_eq!(config(&[]).unwrap(), None);
        let config = config(&[("spark.eventLog.enabled", "true"), ("spark.eventLog.dir", "file:///logs")]);
        let config = config.unwrap().unwrap();
        assert_eq!(config.directory, PathBuf::from("/logs"));
        assert_eq!((config.compress, config.roll_at_bytes), (true, Some(128 << 20)));
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        let enabled = ("spark.eventLog.enabled", "true");
        for (name, value) in [
            ("spark.eventLog.dir", "hdfs://host/logs"),
            ("spark.eventLog.compression.codec", "lz4"),
            ("spark.eventLog.rolling.maxFileSize", "1m"),
        ] {
            let error = config(&[enabled, (name, value)]).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
