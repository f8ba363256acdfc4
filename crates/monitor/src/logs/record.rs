//! A record: one thing that was logged.

use chrono::{DateTime, Local};

use super::Level;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// When.
    pub time: DateTime<Local>,
    /// How grave.
    pub level: Level,
    /// Who: a name with dots, as log4j's.
    pub logger: String,
    /// What.
    pub message: String,
    /// Facts by name, in order.
    pub context: Vec<(&'static str, String)>,
    /// The thread.
    pub thread: String,
    /// The source file.
    pub file: Option<&'static str>,
    /// The line in it.
    pub line: Option<u32>,
}

impl Record {
    /// The message with the facts behind it.
    pub fn text(&self) -> String {
        let mut text = self.message.clone();
        for (name, value) in &self.context {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&format!("{name}={value}"));
        }
        text
    }

    /// The last part of the logger's name.
    pub fn short_logger(&self) -> &str {
        self.logger.rsplit('.').next().unwrap_or(&self.logger)
    }
}
