//! Checkpoints: one small file per batch from which a context starts again.
//!
//! ```text
//! firesteel-dstream-checkpoint 1 <CRC-32 of all that follows, in hex>\n
//! <JSON object>\n
//! <the graph's state>
//! ```
//!
//! A file is written under another name, synced and renamed, so a reader never sees half of one. The last ten are kept;
//! one that is damaged is passed over for the one before it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};
use serde::{Deserialize, Serialize};

use crate::inputs::SavedInputs;
use crate::time::Time;

const MAGIC: &str = "firesteel-dstream-checkpoint 1 ";
const PREFIX: &str = "checkpoint-";
const KEPT: usize = 10;

/// What a context needs to go on where another one stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last batch that had been generated.
    pub generated: Time,
    /// The time before the first batch of all.
    pub zero: Time,
    /// The batch interval.
    pub batch_ms: i64,
    /// The batches that had been generated and had not ended.
    pub pending: Vec<Time>,
    /// The application's settings.
    pub settings: BTreeMap<String, String>,
    pub(crate) inputs: SavedInputs,
    /// What the graph remembers.
    #[serde(skip)]
    pub state: Vec<u8>,
}

/// The directory of a context's checkpoints.
#[derive(Debug, Clone)]
pub struct CheckpointDirectory {
    path: PathBuf,
}

impl CheckpointDirectory {
    /// The directory at `location`, a local path or `file:` URL.
    ///
    /// # Errors
    /// If the location has another scheme.
    pub fn at(location: &str) -> Result<Self> {
        match firesteel_durable::local_path(location) {
            Some(path) => Ok(Self { path }),
            None => Err(SparkError::unsupported(format!(
                "the checkpoint directory {location}: a DStream checkpoint must be on a local path"
            ))),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a checkpoint, durably, and removes those that are too old to be of use.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<()> {
        let mut body = serde_json::to_vec(checkpoint)
            .map_err(|e| SparkError::internal(format!("a checkpoint is no JSON: {e}")))?;
        body.push(b'\n');
        body.extend_from_slice(&checkpoint.state);
        let mut bytes = format!("{MAGIC}{:08x}\n", crc32fast::hash(&body)).into_bytes();
        bytes.extend_from_slice(&body);
        let name = format!("{PREFIX}{}", checkpoint.generated.ms());
        self.replace(&name, &bytes).map_err(|e| {
            SparkError::io(format!("The checkpoint {} could not be written", self.path.join(&name).display()), e)
        })?;
        for (_, old) in self.files()?.iter().skip(KEPT) {
            // It will be tried again with the next checkpoint.
            let _ = fs::remove_file(old);
        }
        Ok(())
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.path)?;
        let temporary = self.path.join(format!(".{name}.tmp"));
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, self.path.join(name))?;
        File::open(&self.path)?.sync_all()
    }

    /// The newest checkpoint that is whole; `None` if there never was one.
    ///
    /// # Errors
    /// If there are checkpoints and none of them can be read.
    pub fn read(&self) -> Result<Option<Checkpoint>> {
        let files = self.files()?;
        let mut reasons = Vec::new();
        for (_, path) in &files {
            match read_file(path) {
                Ok(checkpoint) => return Ok(Some(checkpoint)),
                Err(reason) => {
                    tracing::warn!(path = %path.display(), reason, "a checkpoint cannot be read; trying the one before");
                    reasons.push(format!("{}: {reason}", path.display()));
                }
            }
        }
        if files.is_empty() {
            return Ok(None);
        }
        let text = format!(
            "Failed to read a checkpoint from the directory {}: {}. To start anew, name another directory.",
            self.path.display(),
            reasons.join("; ")
        );
        Err(SparkError::plain(Exception::Spark, text))
    }

    /// The checkpoints, newest first.
    fn files(&self) -> Result<Vec<(i64, PathBuf)>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => {
                let what = format!("The checkpoint directory {} cannot be listed", self.path.display());
                return Err(SparkError::io(what, e));
            }
        };
        let mut files: Vec<(i64, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let time = entry.file_name().to_str()?.strip_prefix(PREFIX)?.parse().ok()?;
                Some((time, entry.path()))
            })
            .collect();
        files.sort_unstable_by(|a, b| b.cmp(a));
        Ok(files)
    }
}

fn read_file(path: &Path) -> std::result::Result<Checkpoint, String> {
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    let rest = bytes.strip_prefix(MAGIC.as_bytes()).ok_or("it is no checkpoint of this version")?;
    let (checksum, body) = rest.split_at_checked(9).ok_or("it is cut short")?;
    let checksum = std::str::from_utf8(&checksum[..8]).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
    if checksum != Some(crc32fast::hash(body)) {
        return Err("it does not match its checksum".into());
    }
    let end = memchr::memchr(b'\n', body).ok_or("it has no header")?;
    let mut checkpoint: Checkpoint = serde_json::from_slice(&body[..end]).map_err(|e| e.to_string())?;
    checkpoint.state = body[end + 1..].to_vec();
    Ok(checkpoint)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn checkpoint(time: i64) -> Checkpoint {
        let files = BTreeMap::from([(Time::from_ms(1000), BTreeMap::from([(0, vec!["/a".to_string()])]))]);
        Checkpoint {
            generated: Time::from_ms(time),
            zero: Time::from_ms(0),
            batch_ms: 1000,
            pending: vec![Time::from_ms(time)],
            settings: BTreeMap::from([("spark.app.name".into(), "test".into())]),
            inputs: SavedInputs { since_ms: BTreeMap::from([(0, 500)]), files },
            state: b"\x80\x05state\nof the graph".to_vec(),
        }
    }

    #[test]
    fn the_newest_whole_checkpoint_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let checkpoints = CheckpointDirectory::at(&directory.path().to_string_lossy()).unwrap();
        assert_eq!(checkpoints.read().unwrap(), None);
        checkpoints.write(&checkpoint(1000)).unwrap();
        checkpoints.write(&checkpoint(2000)).unwrap();
        assert_eq!(checkpoints.read().unwrap(), Some(checkpoint(2000)));
        let newest = directory.path().join("checkpoint-2000");
        let whole = fs::read(&newest).unwrap();
        for cut in 0..whole.len() {
            fs::write(&newest, &whole[..cut]).unwrap();
            assert_eq!(checkpoints.read().unwrap(), Some(checkpoint(1000)), "cut at {cut}");
        }
        fs::write(directory.path().join("checkpoint-1000"), "?").unwrap();
        let error = checkpoints.read().unwrap_err();
        assert!(error.message().contains("Failed to read a checkpoint from the directory"), "{error}");
    }

    #[test]
    fn only_the_last_ten_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let checkpoints = CheckpointDirectory::at(&directory.path().to_string_lossy()).unwrap();
        for n in 1..=15 {
            checkpoints.write(&checkpoint(n * 1000)).unwrap();
        }
        let times: Vec<i64> = checkpoints.files().unwrap().into_iter().map(|(time, _)| time).collect();
        assert_eq!(times, (6..=15).rev().map(|n| n * 1000).collect::<Vec<_>>());
    }
}
