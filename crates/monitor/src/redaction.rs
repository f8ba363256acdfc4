//! Secrets in settings, hidden as Spark hides them.

use std::collections::BTreeMap;

use regex::Regex;

/// What stands where a secret was.
pub const REDACTED: &str = "*********(redacted)";

/// Spark's default of `spark.redaction.regex`.
const DEFAULT: &str = "(?i)secret|password|token|access[.]?key";

/// Which settings are secret: those whose name the regular expression finds, and values of Java options that it finds in.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// None when it could not be read: then everything is a secret.
    pattern: Option<Regex>,
}

impl Redaction {
    /// As `spark.redaction.regex` among the settings says. One that is no regular expression hides more than it should: all values.
    pub fn of(settings: &BTreeMap<String, String>) -> Self {
        let pattern = settings.get("spark.redaction.regex").map_or(DEFAULT, String::as_str);
        let pattern = Regex::new(pattern);
        if let Err(error) = &pattern {
            tracing::warn!("spark.redaction.regex is not a regular expression, so all values are hidden: {error}");
        }
        Self { pattern: pattern.ok() }
    }

    /// The value of a setting, or what stands for it.
    ///
    /// ```
    /// use firesteel_monitor::redaction::Redaction;
    ///
    /// let redaction = Redaction::of(&Default::default());
    /// assert_eq!(redaction.value("spark.my.password", "hunter2"), "*********(redacted)");
    /// assert_eq!(redaction.value("spark.app.name", "mine"), "mine");
    /// ```
    pub fn value<'a>(&self, name: &str, value: &'a str) -> &'a str {
        let is_secret = self.pattern.as_ref().is_none_or(|secret| secret.is_match(name) || secret.is_match(value));
        if is_secret { REDACTED } else { value }
    }

    /// All settings with their secrets hidden.
    pub fn all(&self, settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        settings.iter().map(|(name, value)| (name.clone(), self.value(name, value).to_string())).collect()
    }
}
