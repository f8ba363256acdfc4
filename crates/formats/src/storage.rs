//! Reading directories and bytes, from this machine's file system or from an object store.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::context::FormatContext;
use crate::file_status::FileUrl;

/// A file or directory as a listing shows it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) url: FileUrl,
    pub(crate) is_dir: bool,
    pub(crate) size: u64,
    pub(crate) modification_ms: i64,
}

/// The object store of a place that is not on this machine.
pub(crate) fn store_of(url: &FileUrl, context: &FormatContext) -> Result<Arc<dyn ObjectStore>> {
    context.runtime.object_store(url.store_url()?).map_err(|error| {
        SparkError::new("FAILED_READ_FILE.UNSUPPORTED_FILE_SYSTEM")
            .param("path", url.hadoop())
            .param("fileSystemClass", url.to_string().split(':').next().unwrap_or_default())
            .cause(error)
    })
}

fn local_entry(url: FileUrl, metadata: &std::fs::Metadata) -> Entry {
    let modified = metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    Entry {
        url,
        is_dir: metadata.is_dir(),
        size: metadata.len(),
        modification_ms: modified.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
    }
}

/// What is at `url`, or `None` if nothing is.
pub(crate) async fn stat(url: &FileUrl, context: &FormatContext) -> Result<Option<Entry>> {
    if let Some(path) = url.local_path() {
        return match std::fs::metadata(&path) {
            Ok(metadata) => Ok(Some(local_entry(url.clone(), &metadata))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(SparkError::io(format!("Reading {}", url.hadoop()), error)),
        };
    }
    let store = store_of(url, context)?;
    match store.head(&url.store_path()?).await {
        Ok(meta) => Ok(Some(Entry {
            url: url.clone(),
            is_dir: false,
            size: meta.size,
            modification_ms: meta.last_modified.timestamp_millis(),
        })),
        Err(object_store::Error::NotFound { .. }) => {
            let directory = Entry { url: url.clone(), is_dir: true, size: 0, modification_ms: 0 };
            Ok((!list(url, context).await?.is_empty()).then_some(directory))
        }
        Err(error) => Err(SparkError::io(format!("Reading {}", url.hadoop()), error)),
    }
}

/// The files and directories in the directory `url`, by name.
pub(crate) async fn list(url: &FileUrl, context: &FormatContext) -> Result<Vec<Entry>> {
    let mut entries = match url.local_path() {
        Some(path) => {
            list_local(url, &path).map_err(|error| SparkError::io(format!("Listing {}", url.hadoop()), error))?
        }
        None => {
            let store = store_of(url, context)?;
            let found = store
                .list_with_delimiter(Some(&url.store_path()?))
                .await
                .map_err(|error| SparkError::io(format!("Listing {}", url.hadoop()), error))?;
            let directories = found.common_prefixes.into_iter().map(|path| Entry {
                url: url.with_path(path.as_ref()),
                is_dir: true,
                size: 0,
                modification_ms: 0,
            });
            let files = found.objects.into_iter().map(|meta| Entry {
                url: url.with_path(meta.location.as_ref()),
                is_dir: false,
                size: meta.size,
                modification_ms: meta.last_modified.timestamp_millis(),
            });
            directories.chain(files).collect()
        }
    };
    entries.sort_by(|a, b| a.url.cmp(&b.url));
    Ok(entries)
}

fn list_local(url: &FileUrl, path: &std::path::Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        // A file may go between being listed and being looked at.
        let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
        let Some(name) = entry.file_name().to_str().map(str::to_string) else { continue };
        entries.push(local_entry(url.join(&name), &metadata));
    }
    Ok(entries)
}

/// All bytes of a file.
pub(crate) async fn read_all(url: &FileUrl, context: &FormatContext) -> Result<Bytes, ReadError> {
    if let Some(path) = url.local_path() {
        return Ok(tokio::task::spawn_blocking(move || std::fs::read(path)).await.map_err(io::Error::other)??.into());
    }
    let store = store_of(url, context)?;
    Ok(store.get(&url.store_path()?).await?.bytes().await?)
}

/// Why bytes could not be read; a missing file is told apart, because readers may be asked to skip it.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// There is no such file (any more).
    Missing,
    /// Anything else.
    Other(SparkError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound {
            Self::Missing
        } else {
            Self::Other(SparkError::io("Reading", error))
        }
    }
}

impl From<object_store::Error> for ReadError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            other => Self::Other(SparkError::io("Reading", other)),
        }
    }
}

impl From<SparkError> for ReadError {
    fn from(error: SparkError) -> Self {
        Self::Other(error)
    }
}
