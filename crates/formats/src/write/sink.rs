//! Where the bytes of one file go: a local file, or an upload that is not complete until it is committed.

use std::io::Write;

use firesteel_error::{Result, SparkError};
use object_store::{ObjectStoreExt, WriteMultipart};

use crate::context::FormatContext;
use crate::file_status::FileUrl;
use crate::storage::store_of;

/// An open file.
pub(crate) enum Sink {
    Local { file: std::fs::File, written: u64 },
    Remote { upload: Box<WriteMultipart>, written: u64 },
}

fn failed(url: &FileUrl, error: impl std::error::Error + Send + Sync + 'static) -> SparkError {
    SparkError::new("TASK_WRITE_FAILED")
        .param("path", url.hadoop())
        .text(format!("Writing {} failed: {error}. What this query wrote is not visible.", url.hadoop()))
        .cause(error)
}

impl Sink {
    /// Creates the file at `here`; an upload goes to its final place `there` at once, but shows only when committed.
    pub(crate) async fn create(here: &FileUrl, there: &FileUrl, context: &FormatContext) -> Result<Self> {
        if let Some(path) = here.local_path() {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory).map_err(|error| failed(here, error))?;
            }
            let file = std::fs::File::create(&path).map_err(|error| failed(here, error))?;
            return Ok(Self::Local { file, written: 0 });
        }
        let store = store_of(there, context)?;
        let upload = store.put_multipart(&there.store_path()?).await.map_err(|error| failed(there, error))?;
        Ok(Self::Remote { upload: Box::new(WriteMultipart::new(upload)), written: 0 })
    }

    pub(crate) async fn write(&mut self, url: &FileUrl, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Local { file, written } => {
                file.write_all(bytes).map_err(|error| failed(url, error))?;
                *written += bytes.len() as u64;
            }
            Self::Remote { upload, written } => {
                upload.wait_for_capacity(8).await.map_err(|error| failed(url, error))?;
                upload.write(bytes);
                *written += bytes.len() as u64;
            }
        }
        Ok(())
    }

    pub(crate) fn written(&self) -> u64 {
        match self {
            Self::Local { written, .. } | Self::Remote { written, .. } => *written,
        }
    }

    /// Ends a local file, on disk for good if `durable`; an upload is given back to be completed later.
    pub(crate) async fn close(self, url: &FileUrl, durable: bool) -> Result<Option<Box<WriteMultipart>>> {
        match self {
            Self::Local { file, .. } if durable => {
                let synced = tokio::task::spawn_blocking(move || file.sync_all()).await;
                synced.map_err(std::io::Error::other).and_then(|done| done).map_err(|error| failed(url, error))?;
                Ok(None)
            }
            Self::Local { .. } => Ok(None),
            Self::Remote { upload, .. } if durable => {
                upload.finish().await.map_err(|error| failed(url, error))?;
                Ok(None)
            }
            Self::Remote { upload, .. } => Ok(Some(upload)),
        }
    }
}

/// Completes an upload.
pub(crate) async fn complete(upload: Box<WriteMultipart>, url: &FileUrl) -> Result<()> {
    upload.finish().await.map(|_| ()).map_err(|error| failed(url, error))
}
