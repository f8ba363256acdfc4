//! Settings of an application, under Spark's names.

use std::collections::BTreeMap;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_settings::byte_size;

/// The settings of an application (Spark's `SparkConf`), in order of their names.
///
/// ```
/// use firesteel_rdd::SparkConf;
/// let conf = SparkConf::new().set_master("local[2]").set_app_name("counts").set("spark.ui.port", "0");
/// assert_eq!(conf.get("spark.master"), Some("local[2]"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SparkConf {
    settings: BTreeMap<String, String>,
}

impl SparkConf {
    /// No settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key`.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(key.into(), value.into());
        self
    }

    /// Sets `key` unless it is set (Spark's `setIfMissing`).
    #[must_use]
    pub fn set_if_missing(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.entry(key.into()).or_insert_with(|| value.into());
        self
    }

    /// Where to run: `local`, `local[N]`, `local[N,F]` (F: how often a task may fail) or `local[*]`.
    #[must_use]
    pub fn set_master(self, master: impl Into<String>) -> Self {
        self.set("spark.master", master)
    }

    /// The application's name.
    #[must_use]
    pub fn set_app_name(self, name: impl Into<String>) -> Self {
        self.set("spark.app.name", name)
    }

    /// The value of `key`, if it is set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }

    /// Every setting, in order of the names.
    pub fn get_all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether `key` is set.
    pub fn contains(&self, key: &str) -> bool {
        self.settings.contains_key(key)
    }

    /// The value of `key` as a number, or `default` if it is not set.
    pub(crate) fn number<N: std::str::FromStr>(&self, key: &str, default: N) -> Result<N> {
        match self.get(key) {
            None => Ok(default),
            Some(text) => text.trim().parse().map_err(|_| invalid(key, text, "a number")),
        }
    }

    /// The value of `key` as bytes (`512m`, `1g`; a bare number counts in `unit`), or `default` if it is not set.
    pub fn bytes(&self, key: &str, unit: u64, default: u64) -> Result<u64> {
        match self.get(key) {
            None => Ok(default),
            Some(text) => byte_size(text, unit).ok_or_else(|| invalid(key, text, "a size such as 512m")),
        }
    }
}

fn invalid(key: &str, text: &str, wanted: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("{key} should be {wanted}, but was {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_not_a_number_names_itself() {
        let error = SparkConf::new().set("spark.task.cpus", "two").number("spark.task.cpus", 1_usize);
        assert!(error.is_err_and(|e| e.message().contains("spark.task.cpus should be a number, but was two")));
    }
}
