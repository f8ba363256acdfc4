//! An appender: a layout and the place it writes to. What it cannot write is said once on standard error.

use std::fs::File;
use std::io::{self, Write};

use parking_lot::Mutex;

use super::config::{AppenderConfig, Layout, Target};
use super::pattern::Pattern;
use super::record::Record;
use super::rolling::{self, RollingFile};
use super::{Level, json};

/// See the module.
#[derive(Debug)]
pub(super) struct Appender {
    threshold: Level,
    layout: Compiled,
    place: Mutex<Place>,
}

#[derive(Debug)]
enum Compiled {
    Pattern(Pattern),
    Json,
}

#[derive(Debug)]
enum Place {
    Stdout,
    Stderr,
    File(File),
    Rolling(Box<RollingFile>),
    /// It could not be written.
    Broken,
}

impl Appender {
    /// Opens it; what in its pattern is not understood is among the problems.
    pub(super) fn open(config: AppenderConfig) -> Result<(Self, Vec<String>), String> {
        let (layout, problems) = match config.layout {
            Layout::Json => (Compiled::Json, Vec::new()),
            Layout::Pattern(text) => {
                let (pattern, problems) = Pattern::parse(&text);
                (Compiled::Pattern(pattern), problems)
            }
        };
        let place = match config.target {
            Target::Stdout => Place::Stdout,
            Target::Stderr => Place::Stderr,
            Target::File { path, append } => {
                let opened = rolling::open(&path, append).map_err(|error| format!("{}: {error}", path.display()))?;
                Place::File(opened.0)
            }
            Target::Rolling(rolling) => Place::Rolling(Box::new(RollingFile::open(rolling, &chrono::Local::now())?)),
        };
        let threshold = config.threshold.unwrap_or(Level::Trace);
        Ok((Self { threshold, layout, place: Mutex::new(place) }, problems))
    }

    pub(super) fn write(&self, record: &Record) {
        if record.level > self.threshold {
            return;
        }
        let line = match &self.layout {
            Compiled::Pattern(pattern) => pattern.render(record),
            Compiled::Json => json::line(record),
        };
        let mut place = self.place.lock();
        if let Err(error) = place.write(&line, record) {
            // Standard error may be what is broken.
            let _ = writeln!(io::stderr(), "A log cannot be written any more: {error}");
            *place = Place::Broken;
        }
    }
}

impl Place {
    fn write(&mut self, line: &str, record: &Record) -> io::Result<()> {
        match self {
            Self::Stdout => io::stdout().lock().write_all(line.as_bytes()).and_then(|()| io::stdout().flush()),
            Self::Stderr => io::stderr().lock().write_all(line.as_bytes()),
            Self::File(file) => file.write_all(line.as_bytes()),
            Self::Rolling(file) => file.write(line, &record.time),
            Self::Broken => Ok(()),
        }
    }
}
