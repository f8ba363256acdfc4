//! A store that is a directory of the local disk.
//!
//! A put writes a hidden temporary file beside its target, gives it its name in one step, and syncs, so that file and
//! name survive a power cut. Temporary files are called `.NAME.ID.tmp`, which every reader of these folders ignores.
//! How many times the disk is waited for is what a micro-batch costs; see [`crate::naming`] for why once is enough.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use tokio::sync::RwLock;

use crate::naming;
use crate::store::{DurableStore, Entry, Put};

static NEXT_TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// Durable files in a local directory.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: PathBuf,
    /// Held for reading by each call until the disk has answered, even if nobody waits for the call any more.
    under_way: Arc<RwLock<()>>,
}

impl LocalStore {
    /// A store of the directory `root`; it is made when the first file is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), under_way: Arc::default() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        path: &str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let target = if path.is_empty() { self.root.clone() } else { self.root.join(path) };
        let shown = target.display().to_string();
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        let answer = tokio::task::spawn_blocking(move || {
            let answer = work(&target);
            drop(under_way);
            answer
        });
        match answer.await {
            Ok(result) => result.map_err(|e| SparkError::io(format!("Cannot {doing} {shown}"), e)),
            Err(e) => Err(SparkError::internal(format!("the task that should {doing} {shown} did not end: {e}"))),
        }
    }
}

#[async_trait]
impl DurableStore for LocalStore {
    async fn put_if_absent(&self, path: &str, bytes: Bytes) -> Result<Put> {
        self.run("write", path, move |target| {
            if target.exists() {
                return Ok(Put::Exists);
            }
            naming::write_if_absent(target, &temporary_of(target), &bytes)
        })
        .await
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.run("write", path, move |target| {
            naming::replace(target, &temporary_of(target), &bytes)?;
            remove_checksum(target)
        })
        .await
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        self.run("read", path, |target| match fs::read(target) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Entry>> {
        let prefix = folder.trim_matches('/').to_string();
        self.run("list", folder, move |target| {
            let directory = match fs::read_dir(target) {
                Ok(directory) => directory,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            let mut entries = Vec::new();
            for item in directory {
                let item = item?;
                let name = item.file_name().to_string_lossy().into_owned();
                let Ok(status) = item.metadata() else { continue };
                if name.starts_with('.') || !status.is_file() {
                    continue;
                }
                let modified = status.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                entries.push(Entry {
                    path: if prefix.is_empty() { name } else { format!("{prefix}/{name}") },
                    size: status.len(),
                    modified_ms: i64::try_from(modified.as_millis()).unwrap_or(i64::MAX),
                });
            }
            Ok(entries)
        })
        .await
    }

    async fn delete(&self, path: &str) -> Result<()> {
        self.run("delete", path, |target| {
            remove_checksum(target)?;
            remove_if_there(target)
        })
        .await
    }

    async fn settled(&self) {
        drop(self.under_way.write().await);
    }

    fn location(&self) -> String {
        self.root.display().to_string()
    }
}

/// A name beside `target` that nobody else uses.
fn temporary_of(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
    target.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id()))
}

/// Hadoop keeps a checksum in `.NAME.crc`; one that outlives its file would make the next file of that name unreadable.
fn remove_checksum(target: &Path) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    remove_if_there(&target.with_file_name(format!(".{name}.crc")))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn a_write_that_was_given_up_is_over_when_the_store_has_settled() {
        let directory = tempfile::tempdir().unwrap();
        let store = LocalStore::new(directory.path());
        // Polled once, the write is with the disk; then nobody waits for it.
        let write = store.put("offsets/0", "v1".into());
        assert!(write.now_or_never().is_none_or(|written| written.is_ok()));
        store.settled().await;
        assert_eq!(store.get("offsets/0").await.unwrap().as_deref(), Some(b"v1".as_slice()));
    }
}
