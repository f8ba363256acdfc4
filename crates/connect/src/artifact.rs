//! A session's artifacts: files that the client sent, in a directory of the session's own.
//!
//! Names are relative paths whose first part says what they are for: `pyfiles/` (on the Python workers' path), `files/`,
//! `archives/`, and `cache/<sha-256>` (local relations, which a plan then names by their hash). A name that would leave
//! the directory is refused, and so is another content under a name that is taken; only `cache/` may be sent again.

use std::path::{Component, Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};
use flate2::Crc;
use parking_lot::Mutex;
use tempfile::TempDir;

/// A session's artifacts.
#[derive(Debug, Default)]
pub struct Artifacts {
    directory: Mutex<Option<TempDir>>,
    pyfiles: Mutex<Vec<PathBuf>>,
}

/// An artifact that is being received; nothing is kept of it unless it is complete and whole.
#[derive(Debug)]
pub struct Incoming {
    name: String,
    content: Vec<u8>,
    bytes_expected: usize,
    chunks_expected: i64,
    chunks: i64,
    whole: bool,
}

impl Incoming {
    /// An artifact of `bytes` in `chunks`.
    ///
    /// # Errors
    /// `INVALID_ARTIFACT_PATH` for a name that leaves the directory.
    pub fn new(name: &str, bytes: i64, chunks: i64) -> Result<Self> {
        checked(name)?;
        let bytes_expected = usize::try_from(bytes).unwrap_or_default();
        let content = Vec::with_capacity(bytes_expected.min(1 << 20));
        Ok(Self { name: name.to_string(), content, bytes_expected, chunks_expected: chunks, chunks: 0, whole: true })
    }

    /// The next chunk, with the checksum (CRC-32) that it should have.
    ///
    /// # Errors
    /// If there is more than was announced.
    pub fn chunk(&mut self, data: &[u8], checksum: i64) -> Result<()> {
        let mut crc = Crc::new();
        crc.update(data);
        self.whole &= i64::from(crc.sum()) == checksum;
        self.chunks += 1;
        if self.chunks > self.chunks_expected || self.content.len() + data.len() > self.bytes_expected {
            return Err(illegal(format!("The artifact {} has more data than was announced.", self.name)));
        }
        self.content.extend_from_slice(data);
        Ok(())
    }

    /// Whether all chunks are there.
    pub fn is_complete(&self) -> bool {
        self.chunks == self.chunks_expected
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Artifacts {
    /// Keeps `incoming`; `false` if a checksum was wrong, and then nothing is kept.
    ///
    /// # Errors
    /// If data is missing, the name is taken by another content, or the disk refuses.
    pub fn keep(&self, incoming: &Incoming) -> Result<bool> {
        if !incoming.is_complete() || incoming.content.len() != incoming.bytes_expected {
            return Err(illegal(format!(
                "The artifact {} is not complete: {} of {} chunks, {} of {} bytes.",
                incoming.name,
                incoming.chunks,
                incoming.chunks_expected,
                incoming.content.len(),
                incoming.bytes_expected
            )));
        }
        if incoming.whole {
            self.store(&incoming.name, &incoming.content)?;
        }
        Ok(incoming.whole)
    }

    fn store(&self, name: &str, content: &[u8]) -> Result<()> {
        let relative = checked(name)?;
        let path = self.root()?.join(&relative);
        if path.exists() {
            let same = std::fs::read(&path).is_ok_and(|existing| existing == content);
            return if same || relative.starts_with("cache") {
                Ok(())
            } else {
                Err(SparkError::new("ARTIFACT_ALREADY_EXISTS")
                    .param("normalizedRemoteRelativePath", name)
                    .with_exception(Exception::SparkRuntime))
            };
        }
        let parent = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, content))
            .map_err(|e| SparkError::io(format!("Cannot keep the artifact {name} as {}", path.display()), e))?;
        if relative.starts_with("pyfiles") {
            self.pyfiles.lock().push(path);
        }
        Ok(())
    }

    /// Whether `name` is there.
    pub fn contains(&self, name: &str) -> bool {
        self.path(name).is_some_and(|path| path.is_file())
    }

    /// The cached blob with this hash.
    pub fn cached(&self, hash: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(&format!("cache/{hash}"))?).ok()
    }

    /// The directory; made when first asked for.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn root(&self) -> Result<PathBuf> {
        let mut directory = self.directory.lock();
        if let Some(directory) = directory.as_ref() {
            return Ok(directory.path().to_path_buf());
        }
        let made = tempfile::Builder::new()
            .prefix("firesteel-artifacts-")
            .tempdir()
            .map_err(|e| SparkError::io("Cannot make a directory for the session's artifacts", e))?;
        let path = made.path().to_path_buf();
        *directory = Some(made);
        Ok(path)
    }

    /// The directory of added files and archives, if there are any.
    pub fn files_directory(&self) -> Option<PathBuf> {
        let directory = self.directory.lock();
        Some(directory.as_ref()?.path().join("files")).filter(|path| path.is_dir())
    }

    /// The Python files, archives and eggs, in the order they came.
    pub fn pyfiles(&self) -> Vec<PathBuf> {
        self.pyfiles.lock().clone()
    }

    /// Copies everything to a session that is cloned from this one.
    ///
    /// # Errors
    /// If a file cannot be copied.
    pub fn copy(&self) -> Result<Self> {
        let copy = Self::default();
        let from = self.directory.lock().as_ref().map(|directory| directory.path().to_path_buf());
        if let Some(from) = from {
            let to = copy.root()?;
            copy_directory(&from, &to).map_err(|e| SparkError::io("Cannot copy the session's artifacts", e))?;
            let moved = |path: &PathBuf| path.strip_prefix(&from).ok().map(|relative| to.join(relative));
            *copy.pyfiles.lock() = self.pyfiles.lock().iter().filter_map(moved).collect();
        }
        Ok(copy)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let directory = self.directory.lock();
        Some(directory.as_ref()?.path().join(checked(name).ok()?))
    }
}

/// `name` as a path below the directory.
fn checked(name: &str) -> Result<PathBuf> {
    if name.starts_with("forward_to_fs/") {
        return Err(SparkError::unsupported("copyFromLocalToFs"));
    }
    let path = Path::new(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    let named = path.components().next().is_some() && !name.ends_with('/') && !name.contains('\0');
    if inside && named {
        return Ok(path.to_path_buf());
    }
    Err(SparkError::new("INVALID_ARTIFACT_PATH").param("name", name).with_exception(Exception::SparkRuntime))
}

fn copy_directory(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn illegal(text: String) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn whole(name: &str, data: &[u8]) -> Incoming {
        let mut crc = Crc::new();
        crc.update(data);
        let mut incoming = Incoming::new(name, data.len() as i64, 1).unwrap();
        incoming.chunk(data, i64::from(crc.sum())).unwrap();
        incoming
    }

    #[test]
    fn a_name_cannot_leave_the_directory() {
        for name in ["../x", "files/../../x", "/etc/x", "", ".", "files/", "a\0b"] {
            let error = Incoming::new(name, 1, 1).unwrap_err();
            assert_eq!(error.condition(), Some("INVALID_ARTIFACT_PATH"), "{name}");
        }
    }

    #[test]
    fn an_artifact_cannot_be_overwritten_but_the_cache_can_be_sent_again() {
        let artifacts = Artifacts::default();
        assert!(artifacts.keep(&whole("files/a", b"1")).unwrap());
        assert!(artifacts.keep(&whole("files/a", b"1")).unwrap());
        let error = artifacts.keep(&whole("files/a", b"2")).unwrap_err();
        assert_eq!(error.condition(), Some("ARTIFACT_ALREADY_EXISTS"));
        assert!(artifacts.keep(&whole("cache/00", b"1")).unwrap());
        assert!(artifacts.keep(&whole("cache/00", b"2")).unwrap());
        assert_eq!(artifacts.cached("00").unwrap(), b"1");
    }

    #[test]
    fn nothing_is_kept_of_an_artifact_with_a_wrong_checksum_or_missing_data() {
        let artifacts = Artifacts::default();
        let mut wrong = Incoming::new("files/a", 1, 1).unwrap();
        wrong.chunk(b"x", 1).unwrap();
        assert!(!artifacts.keep(&wrong).unwrap());
        assert!(artifacts.keep(&Incoming::new("files/a", 1, 1).unwrap()).is_err());
        assert!(!artifacts.contains("files/a"));
        assert!(Incoming::new("files/a", 1, 1).unwrap().chunk(b"xy", 0).is_err());
    }

    #[test]
    fn a_copy_has_the_same_files_and_lives_on() {
        let artifacts = Artifacts::default();
        artifacts.keep(&whole("pyfiles/a.py", b"x = 1")).unwrap();
        let copy = artifacts.copy().unwrap();
        drop(artifacts);
        assert_eq!(std::fs::read(&copy.pyfiles()[0]).unwrap(), b"x = 1");
    }
}
