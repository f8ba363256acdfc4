//! A store that is a prefix of an object store (S3 and its like), through the crate `object_store`.
//!
//! Put-if-absent is the object store's own conditional put, so two writers on two machines are told apart.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use crate::store::{DurableStore, Entry, Put};

/// Durable files under a prefix of an object store.
#[derive(Debug, Clone)]
pub struct ObjectStoreFiles {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    location: String,
}

impl ObjectStoreFiles {
    /// Files under `prefix` of `store`; `location` is how users write the place (`s3://bucket/prefix`).
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path, location: impl Into<String>) -> Self {
        Self { store, prefix, location: location.into() }
    }

    fn full(&self, path: &str) -> Path {
        path.split('/').filter(|part| !part.is_empty()).fold(self.prefix.clone(), |full, part| full.join(part))
    }

    fn error(&self, doing: &str, path: &str, error: Error) -> SparkError {
        SparkError::io(format!("Cannot {doing} {}/{path}", self.location), error)
    }
}

#[async_trait]
impl DurableStore for ObjectStoreFiles {
    async fn put_if_absent(&self, path: &str, bytes: Bytes) -> Result<Put> {
        let options = PutOptions::from(PutMode::Create);
        match self.store.put_opts(&self.full(path), PutPayload::from_bytes(bytes), options).await {
            Ok(_) => Ok(Put::Written),
            Err(Error::AlreadyExists { .. }) => Ok(Put::Exists),
            Err(error) => Err(self.error("write", path, error)),
        }
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        let outcome = self.store.put(&self.full(path), PutPayload::from_bytes(bytes)).await;
        outcome.map(|_| ()).map_err(|e| self.error("write", path, e))
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        match self.store.get(&self.full(path)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(|e| self.error("read", path, e)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error("read", path, error)),
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<Entry>> {
        let full = self.full(folder);
        let listed = self.store.list_with_delimiter(Some(&full)).await.map_err(|e| self.error("list", folder, e))?;
        let prefix = folder.trim_matches('/');
        let mut entries = Vec::with_capacity(listed.objects.len());
        for object in listed.objects {
            let Some(name) = object.location.filename().filter(|name| !name.starts_with('.')) else { continue };
            entries.push(Entry {
                path: if prefix.is_empty() { name.to_string() } else { format!("{prefix}/{name}") },
                size: object.size,
                modified_ms: object.last_modified.timestamp_millis(),
            });
        }
        Ok(entries)
    }

    async fn delete(&self, path: &str) -> Result<()> {
        match self.store.delete(&self.full(path)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.error("delete", path, error)),
        }
    }

    fn location(&self) -> String {
        self.location.clone()
    }
}
