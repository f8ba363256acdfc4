//! A file that rolls: when it is large enough, or the date has changed, it is set aside under another name and a new one begins.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Local};

use super::config::Rolling;
use super::date::DatePattern;

/// See the module.
#[derive(Debug)]
pub(super) struct RollingFile {
    config: Rolling,
    date: Option<DatePattern>,
    file: File,
    length: u64,
    /// The date of what is in the file.
    dated: String,
}

impl RollingFile {
    pub(super) fn open(config: Rolling, now: &DateTime<Local>) -> Result<Self, String> {
        let date = config.date.as_deref().map(|pattern| DatePattern::parse(pattern, None)).transpose()?;
        let (file, length) =
            open(&config.path, config.append).map_err(|error| format!("{}: {error}", config.path.display()))?;
        let dated = date.as_ref().map(|date| date.render(now)).unwrap_or_default();
        Ok(Self { config, date, file, length, dated })
    }

    /// Writes a line, to a new file if it is time.
    pub(super) fn write(&mut self, line: &str, now: &DateTime<Local>) -> io::Result<()> {
        let dated = self.date.as_ref().map(|date| date.render(now)).unwrap_or_default();
        let bytes = line.len() as u64;
        let is_full = self.config.size_max.is_some_and(|max| self.length > 0 && self.length + bytes > max);
        if is_full || (dated != self.dated && self.length > 0) {
            self.roll(now)?;
        }
        self.dated = dated;
        self.length += bytes;
        self.file.write_all(line.as_bytes())
    }

    fn roll(&mut self, now: &DateTime<Local>) -> io::Result<()> {
        let pattern = self.config.pattern.clone().unwrap_or_else(|| format!("{}.%i", self.config.path.display()));
        let pattern = self.dated_name(&pattern, now);
        if !pattern.contains("%i") {
            make_room(Path::new(&pattern))?;
            fs::rename(&self.config.path, &pattern)?;
        } else if self.config.kept > 0 {
            let name = |number: usize| PathBuf::from(pattern.replace("%i", &number.to_string()));
            let kept = self.config.kept.min(1_000);
            // The oldest goes, each other one gets the next number.
            for number in (1..kept).rev() {
                if name(number).exists() {
                    fs::rename(name(number), name(number + 1))?;
                }
            }
            make_room(&name(1))?;
            fs::rename(&self.config.path, name(1))?;
        }
        (self.file, self.length) = open(&self.config.path, false)?;
        Ok(())
    }

    /// The pattern with the date that the file's content has in place of `%d{…}`.
    fn dated_name(&self, pattern: &str, now: &DateTime<Local>) -> String {
        let Some((before, rest)) = pattern.split_once("%d{") else { return pattern.to_string() };
        let Some((date, after)) = rest.split_once('}') else { return pattern.to_string() };
        let text = if self.dated.is_empty() {
            DatePattern::parse(date, None).map(|date| date.render(now)).unwrap_or_default()
        } else {
            self.dated.clone()
        };
        format!("{before}{text}{after}")
    }
}

fn make_room(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Opens a file for writing at its end; its directory is made.
pub(super) fn open(path: &Path, append: bool) -> io::Result<(File, u64)> {
    make_room(path)?;
    let file = OpenOptions::new().create(true).append(append).write(true).truncate(!append).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeZone;

    use super::*;

    fn day(day: u32) -> DateTime<Local> {
        Local.with_ymd_and_hms(2026, 1, day, 12, 0, 0).unwrap()
    }

    #[test]
    fn a_file_rolls_by_size_and_old_ones_go() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("logs/a.log");
        let config =
            Rolling { path: path.clone(), pattern: None, size_max: Some(10), date: None, kept: 2, append: true };
        let mut file = RollingFile::open(config, &day(1)).unwrap();
        for line in ["first..\n", "second.\n", "third..\n", "fourth.\n"] {
            file.write(line, &day(1)).unwrap();
        }
        let read = |name: &str| fs::read_to_string(directory.path().join("logs").join(name)).unwrap();
        assert_eq!([read("a.log"), read("a.log.1"), read("a.log.2")], ["fourth.\n", "third..\n", "second.\n"]);
        assert!(!directory.path().join("logs/a.log.3").exists());
    }

    #[test]
    fn a_file_rolls_by_date() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.log");
        let pattern = Some(format!("{}/old-%d{{yyyy-MM-dd}}.log", directory.path().display()));
        let date = Some("yyyy-MM-dd".to_string());
        let config = Rolling { path: path.clone(), pattern, size_max: None, date, kept: 7, append: true };
        let mut file = RollingFile::open(config, &day(1)).unwrap();
        file.write("one\n", &day(1)).unwrap();
        file.write("two\n", &day(2)).unwrap();
        assert_eq!(fs::read_to_string(directory.path().join("old-2026-01-01.log")).unwrap(), "one\n");
        assert_eq!(fs::read_to_string(path).unwrap(), "two\n");
    }
}
