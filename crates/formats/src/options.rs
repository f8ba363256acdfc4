//! The user's options of a reader or writer: names in any case, typed access, and a report of names nobody knows.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;

/// Option names that every file reader, writer, file stream source and file sink knows, besides those of its format.
const GENERAL: &[&str] = &[
    "path",
    "paths",
    "basePath",
    "recursiveFileLookup",
    "pathGlobFilter",
    "modifiedBefore",
    "modifiedAfter",
    "ignoreCorruptFiles",
    "ignoreMissingFiles",
    "ignoreInvalidPartitionPaths",
    "maxRecordsPerFile",
    "partitionOverwriteMode",
    "compression",
    "timeZone",
    "maxFilesPerTrigger",
    "maxBytesPerTrigger",
    "latestFirst",
    "fileNameOnly",
    "maxFileAge",
    "cleanSource",
    "sourceArchiveDir",
    "maxCachedFiles",
    "discardCachedInputRatio",
    "checkpointLocation",
    "queryName",
    "retention",
];

static REPORTED: LazyLock<Mutex<HashSet<(String, String)>>> = LazyLock::new(Mutex::default);

/// Options by name; names are compared without case and remembered as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    by_lower_name: BTreeMap<String, (String, String)>,
}

impl Options {
    /// No options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `name`; a later value replaces an earlier one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.by_lower_name.insert(name.to_lowercase(), (name, value.into()));
    }

    /// The same options and `name` set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        if let Some((_, value)) = self.by_lower_name.get(name) {
            return Some(value);
        }
        self.by_lower_name.get(&name.to_lowercase()).map(|(_, value)| value.as_str())
    }

    /// The value of the first of `names` that is set.
    pub fn first_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Whether `name` is set.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names (as written) and values, in the order of their lower-case names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_lower_name.values().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `true` or `false`, in any case; anything else is the user's error.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.get(name) {
            None => Ok(default),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(SparkError::plain(
                Exception::IllegalArgument,
                format!("{name} flag can be true or false, not {value:?}"),
            )),
        }
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.trim().parse().map(Some).map_err(|_| {
            SparkError::plain(Exception::IllegalArgument, format!("{name} should be an integer. Found {value}"))
        })
    }

    /// A number.
    pub fn number(&self, name: &str) -> Result<Option<f64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.trim().parse().map(Some).map_err(|_| {
            SparkError::plain(Exception::IllegalArgument, format!("{name} should be a number. Found {value}"))
        })
    }

    /// Reports each option that neither `known` nor any file reader or writer knows, once per process.
    /// Returns the names reported now.
    pub fn report_unknown(&self, format: &str, known: &[&str]) -> Vec<String> {
        let is_known = |lower: &str| GENERAL.iter().chain(known).any(|name| name.eq_ignore_ascii_case(lower));
        let mut reported = Vec::new();
        for (lower, (name, _)) in &self.by_lower_name {
            if is_known(lower) || !REPORTED.lock().insert((format.to_string(), lower.clone())) {
                continue;
            }
            tracing::warn!(option = %name, format, "option {name:?} is not known to the {format} format and has no effect");
            reported.push(name.clone());
        }
        reported
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Options {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        let mut options = Self::new();
        for (name, value) in pairs {
            options.set(name, value);
        }
        options
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn names_have_no_case_and_unknown_ones_are_reported_once() {
        let options = Options::new().with("Header", "TRUE").with("noSuchOption7", "1");
        assert!(options.flag("header", false).unwrap());
        assert_eq!(options.report_unknown("csv", &["sep", "header"]), vec!["noSuchOption7"]);
        assert!(options.report_unknown("csv", &["sep", "header"]).is_empty());
        assert!(Options::new().with("header", "yes").flag("header", false).is_err());
    }
}
