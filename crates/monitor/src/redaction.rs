//! Secrets in settings, hidden as Spark hides them.
//!
//! What may be shown or stored goes through a [`Redaction`] first: the store does it when settings come in, so that no page can forget
//! to; the event log before it writes; whoever logs a setting's value.

use std::collections::BTreeMap;
use std::sync::Once;

use regex::Regex;

/// What stands where a secret was.
pub const REDACTED: &str = "*********(redacted)";

/// Spark's default of `spark.redaction.regex`.
const DEFAULT: &str = "(?i)secret|password|token|access[.]?key";

/// Settings of ours that are secret whatever `spark.redaction.regex` says.
const OWN: [&str; 3] = ["spark.firesteel.ui.token", "spark.firesteel.ui.password", "spark.connect.authenticate.token"];

/// Which settings are secret: those whose name or value the regular expression finds, and our own credentials.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// None when it could not be read: then everything is a secret.
    pattern: Option<Regex>,
}

impl Redaction {
    /// As `spark.redaction.regex` among the settings says. One that is no regular expression, or one that only Java can read, hides
    /// more than it should: all values.
    pub fn of(settings: &BTreeMap<String, String>) -> Self {
        static SAID: Once = Once::new();
        let pattern = settings.get("spark.redaction.regex").map_or(DEFAULT, String::as_str);
        let pattern = Regex::new(pattern).inspect_err(|error| {
            // Its last line is the reason; those before it draw the expression.
            let reason = error.to_string().lines().last().unwrap_or_default().to_string();
            SAID.call_once(|| {
                tracing::warn!(target: "firesteel::Logging", "spark.redaction.regex cannot be read, so all values are hidden: {reason}");
            });
        });
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
        let is_secret =
            is_own(name) || self.pattern.as_ref().is_none_or(|secret| secret.is_match(name) || secret.is_match(value));
        if is_secret { REDACTED } else { value }
    }

    /// All settings with their secrets hidden.
    pub fn all(&self, settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        settings.iter().map(|(name, value)| (name.clone(), self.value(name, value).to_string())).collect()
    }
}

/// The headers of a metrics sink are its credentials.
fn is_own(name: &str) -> bool {
    OWN.contains(&name) || (name.contains("sink.") && name.ends_with(".headers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction(regex: &str) -> Redaction {
        Redaction::of(&[("spark.redaction.regex".to_string(), regex.to_string())].into())
    }

    #[test]
    fn a_secret_in_a_value_is_one_too() {
        let redaction = Redaction::of(&BTreeMap::new());
        let options = "-Xmx1g -Djavax.net.ssl.keyStorePassword=hunter2";
        assert_eq!(redaction.value("spark.driver.extraJavaOptions", options), REDACTED);
    }

    #[test]
    fn the_own_credentials_are_hidden_whatever_the_setting_says() {
        let redaction = redaction("nothing-of-the-kind");
        assert_eq!(redaction.value("spark.x.password", "shown"), "shown");
        let headers = "spark.metrics.conf.*.sink.otlp.headers";
        for name in OWN.iter().chain(&[headers, "*.sink.otlp.headers"]) {
            assert_eq!(redaction.value(name, "x"), REDACTED, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_read_hides_everything() {
        for regex in ["(", "(?<!not)secret"] {
            assert_eq!(redaction(regex).value("spark.app.name", "mine"), REDACTED, "{regex}");
        }
    }
}
