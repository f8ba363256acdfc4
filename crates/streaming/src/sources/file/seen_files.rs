//! Which files were taken in. Bounded by age: a file much older than the newest one is not looked at again.

use std::collections::HashMap;

/// See the module.
#[derive(Debug)]
pub(super) struct SeenFiles {
    max_age_ms: i64,
    file_name_only: bool,
    times: HashMap<String, i64>,
    newest_ms: i64,
    forgotten_ms: i64,
}

impl SeenFiles {
    pub fn new(max_age_ms: i64, file_name_only: bool) -> Self {
        Self { max_age_ms, file_name_only, times: HashMap::new(), newest_ms: 0, forgotten_ms: 0 }
    }

    fn key<'a>(&self, url: &'a str) -> &'a str {
        if self.file_name_only { url.rsplit('/').next().unwrap_or(url) } else { url }
    }

    /// Whether a file was not taken in, and is not so old that it may have been forgotten.
    pub fn is_new(&self, url: &str, time_ms: i64) -> bool {
        time_ms >= self.forgotten_ms && !self.times.contains_key(self.key(url))
    }

    /// A file is taken in.
    pub fn add(&mut self, url: &str, time_ms: i64) {
        self.times.insert(self.key(url).to_string(), time_ms);
        self.newest_ms = self.newest_ms.max(time_ms);
    }

    /// Forgets files that are too old.
    pub fn purge(&mut self) {
        self.forgotten_ms = self.newest_ms.saturating_sub(self.max_age_ms);
        let oldest = self.forgotten_ms;
        self.times.retain(|_, time_ms| *time_ms >= oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_once_and_never_when_it_is_too_old() {
        let mut seen = SeenFiles::new(100, false);
        assert!(seen.is_new("/a/x", 10));
        seen.add("/a/x", 10);
        seen.add("/a/y", 200);
        seen.purge();
        assert!(!seen.is_new("/a/x", 10), "forgotten, but too old to be new");
        assert!(!seen.is_new("/a/y", 300), "seen, whatever its time is now");
        assert!(seen.is_new("/b/y", 150));
    }

    #[test]
    fn with_file_name_only_a_name_counts_in_any_directory() {
        let mut seen = SeenFiles::new(i64::MAX, true);
        seen.add("s3://a/y", 1);
        assert!(!seen.is_new("s3n://b/y", 2));
    }
}
