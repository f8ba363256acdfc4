//! Which files a path means: a file, the files of a directory, a pattern, or several of these with commas between.
//!
//! Files whose names begin with `_` or `.` are hidden, as in Hadoop.

use std::path::{Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};

/// A file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputFile {
    pub(super) path: PathBuf,
    pub(super) length: u64,
}

impl InputFile {
    /// The path as Spark shows it: `file:/dir/name`.
    pub(super) fn uri(&self) -> String {
        uri(&self.path)
    }
}

/// A path as Spark shows it.
pub(crate) fn uri(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    format!("file:{}", absolute.display())
}

/// A path without the scheme `file:`.
pub(crate) fn local_path(text: &str) -> Result<PathBuf> {
    let text = text.trim();
    let path = text.strip_prefix("file://").or_else(|| text.strip_prefix("file:")).unwrap_or(text);
    match path.split_once("://") {
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => Err(SparkError::unsupported(
            format!("reading or writing {scheme}:// paths with RDDs; use DataFrames for them"),
        )),
        _ => Ok(PathBuf::from(path)),
    }
}

/// The files that `paths` means, in order of their names within each path.
pub(super) fn list(paths: &str) -> Result<Vec<InputFile>> {
    let mut files = Vec::new();
    for path in split_outside_braces(paths) {
        let matches = matches(&path)?;
        for found in matches {
            add(&found, &mut files)?;
        }
    }
    Ok(files)
}

fn matches(path: &str) -> Result<Vec<PathBuf>> {
    let local = local_path(path)?;
    if !path.contains(['*', '?', '[', '{']) || local.exists() {
        if !local.exists() {
            let text = format!("Input path does not exist: {}", uri(&local));
            return Err(SparkError::plain(Exception::Spark, text));
        }
        return Ok(vec![local]);
    }
    let mut found = Vec::new();
    for pattern in expand_braces(&local.to_string_lossy()) {
        let bad = |e| SparkError::plain(Exception::IllegalArgument, format!("The pattern {pattern} is wrong: {e}"));
        let entries = glob::glob(&pattern).map_err(bad)?;
        for entry in entries {
            let entry = entry.map_err(|e| SparkError::io(format!("listing {pattern}"), e))?;
            if !is_hidden(&entry) {
                found.push(entry);
            }
        }
    }
    if found.is_empty() {
        let text = format!("Input Pattern {} matches 0 files", uri(&local));
        return Err(SparkError::plain(Exception::Spark, text));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn add(path: &Path, files: &mut Vec<InputFile>) -> Result<()> {
    let failed = |e| SparkError::io(format!("listing {}", path.display()), e);
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_dir() {
        files.push(InputFile { path: path.to_path_buf(), length: metadata.len() });
        return Ok(());
    }
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_hidden(&path) {
            continue;
        }
        let metadata = std::fs::metadata(&path).map_err(failed)?;
        if metadata.is_dir() {
            let text =
                format!("Not a file: {}. Name the directories to be read, for example with a pattern.", uri(&path));
            return Err(SparkError::plain(Exception::Spark, text));
        }
        inside.push(InputFile { path, length: metadata.len() });
    }
    inside.sort_by(|left, right| left.path.cmp(&right.path));
    files.extend(inside);
    Ok(())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['_', '.']))
}

fn split_outside_braces(paths: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_i32);
    for c in paths.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match parts.last_mut() {
            Some(last) if c != ',' || depth > 0 => last.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}

/// `a{b,c}d` as `abd` and `acd`.
fn expand_braces(pattern: &str) -> Vec<String> {
    let Some(open) = pattern.find('{') else { return vec![pattern.to_string()] };
    let mut depth = 0_usize;
    let close = pattern[open..].char_indices().find_map(|(at, c)| {
        depth = match c {
            '{' => depth + 1,
            '}' => depth - 1,
            _ => depth,
        };
        (depth == 0).then_some(open + at)
    });
    let Some(close) = close else { return vec![pattern.to_string()] };
    let (before, inside, after) = (&pattern[..open], &pattern[open + 1..close], &pattern[close + 1..]);
    let choices = split_outside_braces(inside);
    choices.iter().flat_map(|choice| expand_braces(&format!("{before}{choice}{after}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_choices() {
        assert_eq!(expand_braces("x{a,b{1,2}}y"), ["xay", "xb1y", "xb2y"]);
        assert_eq!(split_outside_braces("a{1,2},b"), ["a{1,2}", "b"]);
    }

    #[test]
    fn schemes_are_told_apart() {
        assert_eq!(local_path("file:///tmp/x").ok(), Some(PathBuf::from("/tmp/x")));
        assert_eq!(local_path("file:/tmp/x").ok(), Some(PathBuf::from("/tmp/x")));
        assert!(local_path("s3a://bucket/x").is_err());
    }
}
