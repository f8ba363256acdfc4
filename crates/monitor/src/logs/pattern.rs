//! `PatternLayout`: a record as a line, by a pattern such as `%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n`.
//!
//! A conversion is `%`, perhaps a width (`-5.20`: at least 5 to the left, at most the last 20 characters), a word, perhaps options in braces.

use std::time::Instant;

use super::date::DatePattern;
use super::record::Record;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    pieces: Vec<Piece>,
    start: Instant,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Conversion(Conversion, Width),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Width {
    left: bool,
    zeros: bool,
    min: usize,
    max: Option<usize>,
    /// Cut at the end instead of the beginning.
    cut_end: bool,
}

#[derive(Debug, Clone)]
enum Conversion {
    Date(DatePattern),
    Level,
    Logger(Precision),
    Message,
    Newline,
    Thread,
    ProcessId,
    Line,
    File,
    Location,
    Unknown,
    Stack,
    Context(Option<String>),
    Elapsed,
    Nothing,
}

/// How much of a logger's name is shown.
#[derive(Debug, Clone)]
enum Precision {
    All,
    /// So many parts from the end.
    Last(usize),
    /// All but so many parts from the beginning.
    WithoutFirst(usize),
    /// So many characters of each part but the last.
    Short(usize),
}

impl Pattern {
    /// Spark's own pattern.
    pub const SPARK: &str = "%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex";

    /// Compiles a pattern; what is not understood is printed as it stands, and is among the problems.
    ///
    /// ```
    /// use firesteel_monitor::logs::pattern::Pattern;
    ///
    /// let (_, problems) = Pattern::parse("%d{HH:mm:ss} %-5p %c{1}:%L - %m%n");
    /// assert!(problems.is_empty());
    /// ```
    pub fn parse(pattern: &str) -> (Self, Vec<String>) {
        let mut parser = Parser { rest: pattern, pieces: Vec::new(), problems: Vec::new() };
        parser.run();
        (Self { pieces: parser.pieces, start: Instant::now() }, parser.problems)
    }

    /// The record's line.
    pub fn render(&self, record: &Record) -> String {
        let mut line = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => line.push_str(text),
                Piece::Conversion(conversion, width) => width.put(&mut line, &self.convert(conversion, record)),
            }
        }
        line
    }

    fn convert(&self, conversion: &Conversion, record: &Record) -> String {
        let file = || record.file.and_then(|file| file.rsplit('/').next()).unwrap_or("?").to_string();
        let line = || record.line.map_or("?".into(), |line| line.to_string());
        match conversion {
            Conversion::Date(date) => date.render(&record.time),
            Conversion::Level => record.level.name().into(),
            Conversion::Logger(precision) => precision.of(&record.logger),
            Conversion::Message => record.text(),
            Conversion::Newline => "\n".into(),
            Conversion::Thread => record.thread.clone(),
            Conversion::ProcessId => std::process::id().to_string(),
            Conversion::Line => line(),
            Conversion::File => file(),
            Conversion::Location => format!("{}({}:{})", record.logger, file(), line()),
            Conversion::Unknown => "?".into(),
            Conversion::Stack => "[]".into(),
            Conversion::Context(None) => {
                let facts: Vec<String> = record.context.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{{{}}}", facts.join(", "))
            }
            Conversion::Context(Some(wanted)) => {
                let found = record.context.iter().find(|(name, _)| name == wanted);
                found.map(|(_, value)| value.clone()).unwrap_or_default()
            }
            Conversion::Elapsed => self.start.elapsed().as_millis().to_string(),
            Conversion::Nothing => String::new(),
        }
    }
}

impl Precision {
    fn parse(text: Option<&String>) -> Self {
        let Some(text) = text.map(|text| text.trim()) else { return Self::All };
        if let Some(count) = text.strip_suffix('.').and_then(|count| count.parse().ok()) {
            return Self::Short(count);
        }
        match text.parse::<i64>() {
            Ok(count) if count > 0 => Self::Last(usize::try_from(count).unwrap_or(usize::MAX)),
            Ok(count) if count < 0 => Self::WithoutFirst(usize::try_from(-count).unwrap_or(usize::MAX)),
            _ => Self::All,
        }
    }

    fn of(&self, name: &str) -> String {
        let parts: Vec<&str> = name.split('.').collect();
        match self {
            Self::All => name.into(),
            Self::Last(count) => parts[parts.len().saturating_sub(*count)..].join("."),
            Self::WithoutFirst(count) => parts[(*count).min(parts.len() - 1)..].join("."),
            Self::Short(length) => {
                let last = parts.len() - 1;
                let short = |(at, part): (usize, &&str)| {
                    if at == last { part.to_string() } else { part.chars().take(*length).collect() }
                };
                parts.iter().enumerate().map(short).collect::<Vec<_>>().join(".")
            }
        }
    }
}

impl Width {
    fn put(self, line: &mut String, text: &str) {
        let length = text.chars().count();
        let skipped = self.max.map_or(0, |max| length.saturating_sub(max));
        let fill = self.min.saturating_sub(length - skipped);
        let filling = if self.zeros { '0' } else { ' ' };
        if !self.left {
            line.extend(std::iter::repeat_n(filling, fill));
        }
        if self.cut_end {
            line.extend(text.chars().take(length - skipped));
        } else {
            line.extend(text.chars().skip(skipped));
        }
        if self.left {
            line.extend(std::iter::repeat_n(' ', fill));
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    pieces: Vec<Piece>,
    problems: Vec<String>,
}

impl Parser<'_> {
    fn run(&mut self) {
        while let Some((text, rest)) = self.rest.split_once('%') {
            self.text(text);
            self.rest = rest;
            if let Some(rest) = self.rest.strip_prefix('%') {
                self.text("%");
                self.rest = rest;
                continue;
            }
            let width = self.width();
            let word = self.word();
            let options = if word == "n" { Vec::new() } else { self.options() };
            self.conversion(&word, &options, width);
        }
        self.text(self.rest);
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.pieces.push(Piece::Text(text.to_string()));
        }
    }

    fn width(&mut self) -> Width {
        let mut width = Width::default();
        if let Some(rest) = self.rest.strip_prefix('-') {
            width.left = true;
            self.rest = rest;
        }
        width.zeros = self.rest.starts_with('0');
        width.min = self.number().unwrap_or(0);
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            if let Some(rest) = self.rest.strip_prefix('-') {
                width.cut_end = true;
                self.rest = rest;
            }
            width.max = self.number();
        }
        width
    }

    fn number(&mut self) -> Option<usize> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        // A line has no use for more.
        digits.parse().ok().map(|number: usize| number.min(1_000))
    }

    /// The longest known word that stands here, since text may follow a conversion without a gap (`%mend`).
    fn word(&mut self) -> String {
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let known = (1..=end).rev().find(|end| WORDS.contains(&&self.rest[..*end]));
        let (word, rest) = self.rest.split_at(known.unwrap_or(end));
        self.rest = rest;
        word.to_string()
    }

    fn options(&mut self) -> Vec<String> {
        let mut options = Vec::new();
        while let Some((option, rest)) = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            options.push(option.to_string());
            self.rest = rest;
        }
        options
    }

    fn conversion(&mut self, word: &str, options: &[String], width: Width) {
        let first = options.first();
        let conversion = match word {
            "d" | "date" => {
                let date =
                    DatePattern::parse(first.map_or("DEFAULT", String::as_str), options.get(1).map(String::as_str));
                match date {
                    Ok(date) => Conversion::Date(date),
                    Err(problem) => {
                        self.problems.push(problem);
                        return;
                    }
                }
            }
            "p" | "level" => Conversion::Level,
            "c" | "logger" | "C" | "class" => Conversion::Logger(Precision::parse(first)),
            "m" | "msg" | "message" => Conversion::Message,
            "n" => Conversion::Newline,
            "t" | "tn" | "thread" | "threadName" => Conversion::Thread,
            "pid" | "processId" => Conversion::ProcessId,
            "L" | "line" => Conversion::Line,
            "F" | "file" => Conversion::File,
            "l" | "location" => Conversion::Location,
            "M" | "method" | "T" | "tid" | "threadId" => Conversion::Unknown,
            "x" | "NDC" => Conversion::Stack,
            "X" | "mdc" | "MDC" => Conversion::Context(first.cloned()),
            "r" | "relative" => Conversion::Elapsed,
            "ex" | "exception" | "throwable" | "xEx" | "xException" | "rEx" | "rException" => Conversion::Nothing,
            _ => {
                self.problems.push(format!("the conversion %{word} is not known"));
                self.text(&format!("%{word}"));
                return;
            }
        };
        self.pieces.push(Piece::Conversion(conversion, width));
    }
}

const WORDS: &[&str] = &[
    "d",
    "date",
    "p",
    "level",
    "c",
    "logger",
    "C",
    "class",
    "m",
    "msg",
    "message",
    "n",
    "t",
    "tn",
    "thread",
    "threadName",
    "pid",
    "processId",
    "L",
    "line",
    "F",
    "file",
    "l",
    "location",
    "M",
    "method",
    "T",
    "tid",
    "threadId",
    "x",
    "NDC",
    "X",
    "mdc",
    "MDC",
    "r",
    "relative",
    "ex",
    "exception",
    "throwable",
    "xEx",
    "xException",
    "rEx",
    "rException",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::{Local, TimeZone};

    use super::*;
    use crate::logs::Level;

    fn record() -> Record {
        Record {
            time: Local.with_ymd_and_hms(2026, 11, 23, 10, 20, 5).unwrap(),
            level: Level::Info,
            logger: "org.apache.spark.sql.Some$Thing".into(),
            message: "text".into(),
            context: vec![("batch", "2".into())],
            thread: "main".into(),
            file: Some("crates/a/src/b.rs"),
            line: Some(7),
        }
    }

    fn shown(pattern: &str) -> String {
        let (pattern, problems) = Pattern::parse(pattern);
        assert_eq!(problems, Vec::<String>::new());
        pattern.render(&record())
    }

    #[test]
    fn conversions_are_log4js() {
        for (pattern, expected) in [
            (Pattern::SPARK, "26/11/23 10:20:05 INFO Some$Thing: text batch=2\n"),
            ("%d{HH:mm:ss} %-5p %c{1}:%L - %m%n", "10:20:05 INFO  Some$Thing:7 - text batch=2\n"),
            ("[%5p|%5.5c|%.-3c|%-12c{1}|%3.3p]", "[ INFO|Thing|org|Some$Thing  |NFO]"),
            (
                "%c|%c{2}|%c{1.}|%c{-1}",
                "org.apache.spark.sql.Some$Thing|sql.Some$Thing|o.a.s.s.Some$Thing|apache.spark.sql.Some$Thing",
            ),
            ("%t %F %x %X %X{batch} %X{no}", "main b.rs [] {batch=2} 2 "),
            ("100%% %level %msg{x}", "100% INFO text batch=2"),
            ("%pid", &std::process::id().to_string()),
        ] {
            assert_eq!(shown(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_not_known_is_said_and_printed() {
        let (pattern, problems) = Pattern::parse("%q %m");
        assert_eq!((pattern.render(&record()).as_str(), problems.len()), ("%q text batch=2", 1));
    }
}
