//! `cleanSource`: deletes or archives files whose batch is committed, in the background.

use std::path::{Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::{FileUrl, percent_decode};
use tokio::task::JoinSet;

use crate::Options;
use crate::checkpoint::file_entry::SourceFile;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    Off,
    Delete,
    Archive(PathBuf),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Cleaner {
    mode: Mode,
    tasks: JoinSet<()>,
}

impl Cleaner {
    pub fn new(options: &Options, source: &FileUrl) -> Result<Self> {
        let bad = |text: String| SparkError::plain(Exception::IllegalArgument, text);
        let mode = match options.get("cleanSource").map(|text| (text, text.to_lowercase())) {
            None => Mode::Off,
            Some((_, lower)) if lower == "off" => Mode::Off,
            Some((_, lower)) if lower == "delete" => Mode::Delete,
            Some((_, lower)) if lower == "archive" => Mode::Archive(archive_directory(options, source)?),
            Some((text, _)) => {
                return Err(bad(format!(
                    "Invalid mode for clean source option Some({text}). Must be one of ARCHIVE,DELETE,OFF"
                )));
            }
        };
        if mode != Mode::Off && !source.is_local() {
            return Err(SparkError::unsupported("cleanSource for files that are not on a local disk"));
        }
        Ok(Self { mode, tasks: JoinSet::new() })
    }

    /// Whether there is anything to do.
    pub fn is_on(&self) -> bool {
        self.mode != Mode::Off
    }

    /// The files' batch is committed. A file that cannot be cleaned stays; that is only warned of.
    pub fn clean(&mut self, files: &[SourceFile]) {
        if files.is_empty() {
            return;
        }
        while self.tasks.try_join_next().is_some() {}
        let paths: Vec<PathBuf> = files.iter().filter_map(|file| local(&file.path)).collect();
        let mode = self.mode.clone();
        self.tasks.spawn_blocking(move || {
            for path in paths {
                let done = match &mode {
                    Mode::Off => Ok(()),
                    Mode::Delete => std::fs::remove_file(&path),
                    Mode::Archive(directory) => archive(&path, directory),
                };
                if let Err(error) = done {
                    tracing::warn!(path = %path.display(), %error, "cannot clean a file that was read");
                }
            }
        });
    }

    /// Waits for what is under way.
    pub async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

fn local(url: &str) -> Option<PathBuf> {
    FileUrl::parse(&percent_decode(url)).ok()?.local_path()
}

/// Moves a file below the archive directory, under its whole path.
fn archive(path: &Path, directory: &Path) -> std::io::Result<()> {
    let target = directory.join(path.strip_prefix("/").unwrap_or(path));
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::rename(path, target)
}

fn archive_directory(options: &Options, source: &FileUrl) -> Result<PathBuf> {
    let Some(text) = options.get("sourceArchiveDir") else {
        let text = "Archive mode must be used with 'sourceArchiveDir' option.";
        return Err(SparkError::plain(Exception::IllegalArgument, text));
    };
    let directory = FileUrl::parse(text)?;
    // An archived file must not look like a new one.
    let depth = |url: &FileUrl| url.path().split('/').filter(|part| !part.is_empty()).count();
    let shorter = depth(source).min(depth(&directory));
    let prefix = |url: &FileUrl| {
        url.path().split('/').filter(|part| !part.is_empty()).take(shorter).map(str::to_string).collect::<Vec<_>>()
    };
    if prefix(source) == prefix(&directory) {
        let text = "requirement failed: Base archive path cannot be set to the path where archived path can possibly match \
                    with source pattern. Ensure the base archive path doesn't match with source pattern in depth, where \
                    the depth is minimum of depth on both paths.";
        return Err(SparkError::plain(Exception::IllegalArgument, text));
    }
    directory.local_path().ok_or_else(|| SparkError::unsupported("a sourceArchiveDir that is not on a local disk"))
}
