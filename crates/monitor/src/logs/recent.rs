//! The newest lines of the log, kept in memory for the log viewer.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::pattern::Pattern;
use super::record::Record;

/// How many lines are kept.
const LINES_MAX: usize = 1000;

/// A longer line is cut.
const BYTES_MAX: usize = 8 << 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Recent {
    layout: Pattern,
    lines: Mutex<VecDeque<String>>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { layout: Pattern::parse(Pattern::SPARK).0, lines: Mutex::default() }
    }

    pub(super) fn add(&self, record: &Record) {
        let mut line = self.layout.render(record);
        if line.len() > BYTES_MAX {
            let end = (0..=BYTES_MAX).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
            line.truncate(end);
            line.push_str("...\n");
        }
        let mut lines = self.lines.lock();
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// The lines, the oldest first.
    pub(super) fn text(&self) -> String {
        self.lines.lock().iter().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Level;

    fn record(level: Level, message: &str) -> Record {
        let (logger, message) = ("a.B".to_string(), message.to_string());
        let (time, thread) = (chrono::Local::now(), "main".to_string());
        Record { time, level, logger, message, context: Vec::new(), thread, file: None, line: None }
    }

    #[test]
    fn the_newest_lines_are_kept() {
        let recent = Recent::new();
        for number in 0..LINES_MAX + 5 {
            recent.add(&record(Level::Info, &format!("line {number}.")));
        }
        recent.add(&record(Level::Warn, &"é".repeat(BYTES_MAX)));
        let text = recent.text();
        assert!(!text.contains("line 5.") && text.contains("INFO B: line 6.\n"), "{}", &text[..200]);
        assert!(text.len() < LINES_MAX * 100 + BYTES_MAX && text.ends_with("é...\n"));
    }
}
