//! Levels, with log4j's names.

use tracing::level_filters::LevelFilter;

/// How much a logger says; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Off,
    /// What ends the application; nothing here is logged so, and ERROR is not included.
    Fatal,
    /// Failures.
    Error,
    /// Trouble that is coped with.
    Warn,
    /// What happens.
    Info,
    /// Details.
    Debug,
    /// All details.
    Trace,
}

impl Level {
    /// The level of this name, in any case.
    ///
    /// ```
    /// use firesteel_monitor::logs::Level;
    ///
    /// assert_eq!(Level::parse(" info "), Some(Level::Info));
    /// assert_eq!(Level::parse("loud"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_uppercase().as_str() {
            "OFF" => Self::Off,
            "FATAL" => Self::Fatal,
            "ERROR" => Self::Error,
            "WARN" | "WARNING" => Self::Warn,
            "INFO" => Self::Info,
            "DEBUG" => Self::Debug,
            "TRACE" | "ALL" => Self::Trace,
            _ => return None,
        })
    }

    /// Its name in a line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Fatal => "FATAL",
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }

    pub(super) fn filter(self) -> LevelFilter {
        match self {
            // `tracing` has no level above ERROR, so a logger at FATAL is silent.
            Self::Off | Self::Fatal => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

impl From<tracing::Level> for Level {
    fn from(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::TRACE => Self::Trace,
        }
    }
}
