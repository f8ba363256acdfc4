//! Files that are new in a directory.
//!
//! A file belongs to the first batch whose time is not before the file's modification time, if that time is after the
//! context's start and not longer ago than the remember window. Each file is taken once: the window is also how long
//! the names of taken files are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::time::{Time, millis};

/// Whether a file is taken at all, by its path.
pub type FileFilter = Arc<dyn Fn(&Path) -> bool + Send + Sync>;

/// The input of one stream of files.
pub struct FileInput {
    stream: i32,
    directory: String,
    filter: FileFilter,
    window_ms: i64,
    state: Mutex<FileState>,
}

#[derive(Default)]
struct FileState {
    /// Files must be younger.
    since_ms: i64,
    batches: BTreeMap<Time, Vec<String>>,
    taken: BTreeSet<String>,
}

impl FileInput {
    /// The files of `directory` that are new after `since_ms`. `min_remember` is how old a file may be at most.
    pub fn new(
        stream: i32,
        directory: impl Into<String>,
        filter: Option<FileFilter>,
        since_ms: i64,
        batch: Duration,
        min_remember: Duration,
    ) -> Self {
        let batch_ms = millis(batch).max(1);
        let batches = (millis(min_remember) + batch_ms - 1) / batch_ms;
        Self {
            stream,
            directory: directory.into(),
            filter: filter.unwrap_or_else(|| Arc::new(is_not_hidden)),
            window_ms: batches.max(1) * batch_ms,
            state: Mutex::new(FileState { since_ms, ..FileState::default() }),
        }
    }

    /// The stream's id.
    pub fn stream(&self) -> i32 {
        self.stream
    }

    /// How long the files of a batch are remembered at least, in milliseconds.
    pub fn window_ms(&self) -> i64 {
        self.window_ms
    }

    /// The files of the batch at `time`; they are looked for when they are first asked for.
    pub fn select(&self, time: Time) -> Vec<String> {
        let mut state = self.state.lock();
        if let Some(files) = state.batches.get(&time) {
            return files.clone();
        }
        let after = state.since_ms.max(time.ms() - self.window_ms);
        let mut files: Vec<(i64, String)> = Vec::new();
        for path in self.listed() {
            let Some(modified_ms) = modified_ms(&path) else { continue };
            let name = path.to_string_lossy().into_owned();
            let is_new = modified_ms > after && modified_ms <= time.ms();
            if is_new && (self.filter)(&path) && !state.taken.contains(&name) {
                files.push((modified_ms, name));
            }
        }
        files.sort_unstable();
        let files: Vec<String> = files.into_iter().map(|(_, name)| name).collect();
        state.taken.extend(files.iter().cloned());
        state.batches.insert(time, files.clone());
        files
    }

    /// The files of the batch at `time`, if they have been looked for.
    pub fn files(&self, time: Time) -> Vec<String> {
        self.state.lock().batches.get(&time).cloned().unwrap_or_default()
    }

    /// Forgets the batches before `time`.
    pub(crate) fn forget(&self, time: Time) {
        let mut state = self.state.lock();
        let kept = state.batches.split_off(&time);
        for file in std::mem::replace(&mut state.batches, kept).into_values().flatten() {
            state.taken.remove(&file);
        }
    }

    /// After which time files are new, and what the batches have.
    pub(crate) fn save(&self) -> (i64, BTreeMap<Time, Vec<String>>) {
        let state = self.state.lock();
        (state.since_ms, state.batches.clone())
    }

    /// Takes what [`Self::save`] gave.
    pub(crate) fn restore(&self, since_ms: i64, batches: BTreeMap<Time, Vec<String>>) {
        let mut state = self.state.lock();
        state.since_ms = since_ms;
        state.taken = batches.values().flatten().cloned().collect();
        state.batches = batches;
    }

    /// The files directly in the directory, or in each of those that its pattern names.
    fn listed(&self) -> Vec<PathBuf> {
        let path = self
            .directory
            .strip_prefix("file:")
            .map_or(self.directory.as_str(), |rest| rest.strip_prefix("//").unwrap_or(rest));
        let mut files = Vec::new();
        for directory in expand(Path::new(path)) {
            match fs::read_dir(&directory) {
                Ok(entries) => files.extend(entries.flatten().map(|entry| entry.path())),
                Err(error) => {
                    tracing::warn!(directory = %directory.display(), %error, "the directory of a file stream cannot be listed");
                }
            }
        }
        files
    }
}

fn is_not_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
}

fn modified_ms(path: &Path) -> Option<i64> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// The directories that a path names whose parts may have `*`, `?` and `[...]`; a path without them names itself.
fn expand(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in path.components() {
        let text = part.as_os_str().to_string_lossy();
        if !text.contains(['*', '?', '[']) {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let pattern: Vec<char> = text.chars().collect();
        let mut matching = Vec::new();
        for base in found {
            let parent = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base.clone() };
            for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
                let name: Vec<char> = entry.file_name().to_string_lossy().chars().collect();
                if entry.path().is_dir() && matches(&pattern, &name) {
                    matching.push(base.join(entry.file_name()));
                }
            }
        }
        matching.sort_unstable();
        found = matching;
    }
    found
}

fn matches(pattern: &[char], name: &[char]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        (['?', rest @ ..], [_, name @ ..]) => matches(rest, name),
        (['[', set @ ..], [letter, name @ ..]) => match set.iter().position(|c| *c == ']') {
            Some(end) => in_set(&set[..end], *letter) && matches(&set[end + 1..], name),
            None => false,
        },
        ([expected, rest @ ..], [letter, name @ ..]) => expected == letter && matches(rest, name),
        _ => false,
    }
}

fn in_set(set: &[char], letter: char) -> bool {
    let (negated, set) = match set {
        ['^' | '!', rest @ ..] => (true, rest),
        _ => (false, set),
    };
    let mut found = false;
    let mut rest = set;
    while let [first, more @ ..] = rest {
        if let ['-', last, after @ ..] = more {
            found |= (*first..=*last).contains(&letter);
            rest = after;
        } else {
            found |= *first == letter;
            rest = more;
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::SystemTime;

    fn write(directory: &Path, name: &str, modified_ms: u64) {
        let file = fs::File::create(directory.join(name)).unwrap();
        let modified: SystemTime = UNIX_EPOCH + Duration::from_millis(modified_ms);
        file.set_modified(modified).unwrap();
    }

    fn names(files: &[String]) -> Vec<&str> {
        files.iter().map(|file| file.rsplit('/').next().unwrap_or(file)).collect()
    }

    fn input(directory: &Path) -> FileInput {
        let batch = Duration::from_secs(1);
        FileInput::new(0, directory.to_string_lossy(), None, 1_000, batch, Duration::from_secs(10))
    }

    #[test]
    fn a_file_is_taken_once_by_the_first_batch_after_it() {
        let directory = tempfile::tempdir().unwrap();
        let files = input(directory.path());
        write(directory.path(), "old", 1_000);
        write(directory.path(), "now", 2_500);
        write(directory.path(), ".hidden", 2_500);
        write(directory.path(), "soon", 3_500);
        let select = |time| files.select(Time::from_ms(time));
        assert_eq!(names(&select(3_000)), ["now"]);
        assert_eq!(names(&select(4_000)), ["soon"]);
        assert!(select(5_000).is_empty());
        write(directory.path(), "late", 4_000);
        write(directory.path(), "too-late", 2_000);
        assert_eq!(names(&select(12_000)), ["late"]);
        assert_eq!(names(&files.files(Time::from_ms(3_000))), ["now"]);
    }

    #[test]
    fn a_restored_input_has_the_same_files_in_the_same_batches() {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), "a", 2_500);
        let before = input(directory.path());
        before.select(Time::from_ms(3_000));
        let (since, batches) = before.save();
        let after = input(directory.path());
        after.restore(since, batches);
        write(directory.path(), "b", 2_600);
        assert_eq!(names(&after.select(Time::from_ms(3_000))), ["a"]);
        assert_eq!(names(&after.select(Time::from_ms(4_000))), ["b"]);
        after.forget(Time::from_ms(4_000));
        assert!(after.files(Time::from_ms(3_000)).is_empty());
    }

    #[test]
    fn patterns_name_directories() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["2017", "2018", "other"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let found = |pattern: &str| {
            let paths = expand(&directory.path().join(pattern));
            paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("20*"), ["2017", "2018"]);
        assert_eq!(found("201[8-9]"), ["2018"]);
        assert_eq!(found("o?her"), ["other"]);
        assert_eq!(found("missing"), ["missing"]);
    }
}
