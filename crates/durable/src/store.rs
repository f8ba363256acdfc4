//! The trait: put if absent, put, get, list, delete; and a store that is a folder of another.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use firesteel_error::Result;

/// What became of a [`DurableStore::put_if_absent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Put {
    /// The file is now there, with the bytes given.
    Written,
    /// A file of that name was there before; it is unchanged.
    Exists,
}

/// A file in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path below the store's root, parts joined by `/`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// When it was last written, in milliseconds since the epoch.
    pub modified_ms: i64,
}

impl Entry {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A tree of small durable files. Paths are relative to the store's root (`offsets/3`).
#[async_trait]
pub trait DurableStore: fmt::Debug + Send + Sync {
    /// Writes a file unless one of that name exists; atomic and durable.
    async fn put_if_absent(&self, path: &str, bytes: Bytes) -> Result<Put>;

    /// Writes a file, replacing one of that name; atomic and durable.
    async fn put(&self, path: &str, bytes: Bytes) -> Result<()>;

    /// The content of a file; `None` if there is none of that name.
    async fn get(&self, path: &str) -> Result<Option<Bytes>>;

    /// The files directly in a folder, in no particular order; empty if there is no such folder.
    /// Files being written are not among them.
    async fn list(&self, folder: &str) -> Result<Vec<Entry>>;

    /// Removes a file; no error if there is none.
    async fn delete(&self, path: &str) -> Result<()>;

    /// Returns when nothing is under way: a call whose future was dropped may have gone on until then.
    async fn settled(&self) {}

    /// Where the store is, as users write it (a path or URL).
    fn location(&self) -> String;
}

/// A folder of a store, as a store of its own.
#[derive(Debug, Clone)]
pub struct SubStore {
    store: Arc<dyn DurableStore>,
    folder: String,
}

/// The folder `folder` of `store` as a store of its own.
pub fn sub_store(store: Arc<dyn DurableStore>, folder: &str) -> Arc<dyn DurableStore> {
    Arc::new(SubStore { store, folder: folder.trim_matches('/').to_string() })
}

impl SubStore {
    fn full(&self, path: &str) -> String {
        if path.is_empty() { self.folder.clone() } else { format!("{}/{path}", self.folder) }
    }
}

#[async_trait]
impl DurableStore for SubStore {
    async fn put_if_absent(&self, path: &str, bytes: Bytes) -> Result<Put> {
        self.store.put_if_absent(&self.full(path), bytes).await
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.store.put(&self.full(path), bytes).await
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        self.store.get(&self.full(path)).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Entry>> {
        let prefix = format!("{}/", self.folder);
        let mut entries = self.store.list(&self.full(folder)).await?;
        for entry in &mut entries {
            if let Some(rest) = entry.path.strip_prefix(&prefix) {
                entry.path = rest.to_string();
            }
        }
        Ok(entries)
    }

    async fn delete(&self, path: &str) -> Result<()> {
        self.store.delete(&self.full(path)).await
    }

    async fn settled(&self) {
        self.store.settled().await;
    }

    fn location(&self) -> String {
        format!("{}/{}", self.store.location().trim_end_matches('/'), self.folder)
    }
}
