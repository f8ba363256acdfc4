//! A write as a whole: whether it may begin, where its files wait, and how they become visible together.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use firesteel_error::{Result, SparkError};
use object_store::{ObjectStoreExt, WriteMultipart};

use crate::file_status::FileUrl;
use crate::format::check_types;
use crate::storage;
use crate::write::{Commit, EncoderFactory, SaveMode, WriteSpec, WrittenFile, sink};

/// A write that has begun.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) spec: WriteSpec,
    pub(crate) id: String,
    /// Indices of the columns that become directories.
    pub(crate) partition_columns: Vec<usize>,
    /// Indices of the columns that are in the files.
    pub(crate) data_columns: Vec<usize>,
    pub(crate) encoders: Arc<dyn EncoderFactory>,
    pub(crate) max_records: u64,
    /// Where files wait for the commit.
    pub(crate) staging: FileUrl,
}

/// A file that waits for the commit.
pub(crate) struct PendingFile {
    /// Where it is now.
    pub(crate) here: FileUrl,
    /// Where it goes, below the target.
    pub(crate) relative: String,
    pub(crate) upload: Option<Box<WriteMultipart>>,
    pub(crate) file: WrittenFile,
}

impl Job {
    /// Checks the columns and the target. `None` if the save mode says to write nothing.
    pub(crate) async fn begin(spec: &WriteSpec) -> Result<Option<Self>> {
        spec.options.report_unknown(spec.format.name(), spec.format.known_options());
        let partition_columns = spec.partition_by.iter().map(|name| column(spec, name)).collect::<Result<Vec<_>>>()?;
        let all: Vec<usize> = (0..spec.schema.fields().len()).collect();
        let data_columns: Vec<usize> = all.into_iter().filter(|at| !partition_columns.contains(at)).collect();
        if data_columns.is_empty() && !partition_columns.is_empty() {
            return Err(SparkError::new("ALL_PARTITION_COLUMNS_NOT_ALLOWED"));
        }
        refuse_equal_names(spec)?;
        let fields: Vec<FieldRef> = data_columns.iter().map(|at| Arc::clone(&spec.schema.fields()[*at])).collect();
        let data_schema = Arc::new(Schema::new(fields));
        check_types(spec.format.as_ref(), &data_schema, true)?;
        let encoders = spec.format.encoder(&data_schema, &spec.options, &spec.context)?;
        let exists = storage::stat(&spec.dir, &spec.context).await?.is_some();
        match spec.mode {
            SaveMode::ErrorIfExists if exists => {
                return Err(SparkError::new("PATH_ALREADY_EXISTS").param("outputPath", spec.dir.hadoop()).text(
                    format!(
                        "{} exists already. The save mode \"overwrite\" replaces it, \"append\" adds to it.",
                        spec.dir.hadoop()
                    ),
                ));
            }
            SaveMode::Ignore if exists => return Ok(None),
            _ => {}
        }
        let id = uuid::Uuid::new_v4().to_string();
        let staging = match spec.commit {
            Commit::Job => spec.dir.join(&format!("_temporary/{id}")),
            Commit::Direct => spec.dir.clone(),
        };
        let max_records = spec.options.integer("maxRecordsPerFile")?.and_then(|most| u64::try_from(most).ok());
        Ok(Some(Self {
            id,
            partition_columns,
            data_columns,
            encoders,
            max_records: max_records.unwrap_or(spec.context.max_records_per_file),
            staging,
            spec: spec.clone(),
        }))
    }

    /// Makes the files visible.
    pub(crate) async fn commit(&self, pending: Vec<PendingFile>) -> Result<Vec<WrittenFile>> {
        if self.spec.commit == Commit::Direct {
            self.sync_directories(&pending)?;
            return Ok(pending.into_iter().map(|pending| pending.file).collect());
        }
        let relative: Vec<String> = pending.iter().map(|pending| pending.relative.clone()).collect();
        self.make_room(&relative).await?;
        let mut files = Vec::new();
        for mut pending in pending {
            let target = self.spec.dir.join(&pending.relative);
            if let (Some(from), Some(to)) = (pending.here.local_path(), target.local_path()) {
                let moved =
                    to.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::rename(&from, &to));
                moved.map_err(|error| SparkError::io(format!("Committing {}", target.hadoop()), error))?;
            }
            if let Some(upload) = pending.upload.take() {
                sink::complete(upload, &target).await?;
            }
            pending.file.path = target;
            files.push(pending.file);
        }
        self.succeed().await?;
        Ok(files)
    }

    /// Deletes what the write replaces; `files` are its own, below the target.
    async fn make_room(&self, files: &[String]) -> Result<()> {
        if self.spec.mode != SaveMode::Overwrite {
            return Ok(());
        }
        let mode = self.spec.options.get("partitionOverwriteMode");
        let dynamic =
            mode.map_or(self.spec.context.dynamic_partition_overwrite, |mode| mode.eq_ignore_ascii_case("dynamic"));
        if dynamic && !self.partition_columns.is_empty() {
            let directories: BTreeSet<&str> =
                files.iter().filter_map(|file| file.rsplit_once('/')).map(|(directory, _)| directory).collect();
            for directory in directories {
                self.delete(&self.spec.dir.join(directory)).await?;
            }
            return Ok(());
        }
        match storage::stat(&self.spec.dir, &self.spec.context).await? {
            Some(entry) if entry.is_dir => {
                for entry in storage::list(&self.spec.dir, &self.spec.context).await? {
                    if entry.url.name() != "_temporary" {
                        self.delete(&entry.url).await?;
                    }
                }
            }
            Some(entry) => self.delete(&entry.url).await?,
            None => {}
        }
        Ok(())
    }

    async fn delete(&self, url: &FileUrl) -> Result<()> {
        let failed = |error: std::io::Error| SparkError::io(format!("Deleting {}", url.hadoop()), error);
        if let Some(path) = url.local_path() {
            let deleted = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            return match deleted {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
                _ => Ok(()),
            };
        }
        let Some(entry) = storage::stat(url, &self.spec.context).await? else { return Ok(()) };
        let mut open = vec![entry];
        let store = storage::store_of(url, &self.spec.context)?;
        while let Some(entry) = open.pop() {
            if entry.is_dir {
                open.extend(storage::list(&entry.url, &self.spec.context).await?);
            } else {
                store.delete(&entry.url.store_path()?).await.map_err(|error| failed(std::io::Error::other(error)))?;
            }
        }
        Ok(())
    }

    /// Writes `_SUCCESS` and takes the waiting place away.
    async fn succeed(&self) -> Result<()> {
        let success = self.spec.dir.join("_SUCCESS");
        let failed = |error: std::io::Error| SparkError::io(format!("Writing {}", success.hadoop()), error);
        if let Some(path) = success.local_path() {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory).map_err(failed)?;
            }
            std::fs::write(path, b"").map_err(failed)?;
            self.clear_staging();
            return Ok(());
        }
        let store = storage::store_of(&success, &self.spec.context)?;
        store
            .put(&success.store_path()?, bytes::Bytes::new().into())
            .await
            .map(|_| ())
            .map_err(|error| failed(std::io::Error::other(error)))
    }

    fn clear_staging(&self) {
        if self.spec.commit == Commit::Direct {
            return;
        }
        if let Some(path) = self.staging.local_path() {
            // What stays behind is hidden from readers.
            let _ = std::fs::remove_dir_all(&path);
            if let Some(parent) = path.parent() {
                let _ = std::fs::remove_dir(parent);
            }
        }
    }

    /// Takes back what was written; gives the error on.
    pub(crate) fn failed(&self, error: SparkError) -> SparkError {
        self.clear_staging();
        error
    }

    /// New names in directories last only when the directories are on disk.
    fn sync_directories(&self, pending: &[PendingFile]) -> Result<()> {
        let mut directories: BTreeSet<std::path::PathBuf> = BTreeSet::new();
        let root = self.spec.dir.local_path();
        for pending in pending {
            let mut directory = pending.here.local_path();
            while let Some(parent) = directory.as_ref().and_then(|path| path.parent()).map(std::path::Path::to_path_buf)
            {
                let above = root.as_ref().is_none_or(|root| !parent.starts_with(root));
                if above {
                    break;
                }
                directories.insert(parent.clone());
                directory = Some(parent);
            }
        }
        for directory in directories {
            std::fs::File::open(&directory)
                .and_then(|file| file.sync_all())
                .map_err(|error| SparkError::io(format!("Writing {} to disk", directory.display()), error))?;
        }
        Ok(())
    }
}

impl Drop for Job {
    /// A write that was cancelled leaves nothing behind.
    fn drop(&mut self) {
        self.clear_staging();
    }
}

fn column(spec: &WriteSpec, name: &str) -> Result<usize> {
    let found = spec.schema.fields().iter().position(|field| spec.context.same_name(field.name(), name));
    found.ok_or_else(|| {
        let schema = crate::schema::spark_type_name(&arrow::datatypes::DataType::Struct(spec.schema.fields().clone()));
        SparkError::new("_LEGACY_ERROR_TEMP_1155")
            .param("col", name)
            .text(format!("The partition column {name} is not among the columns {schema}."))
            .param("schemaCatalog", schema)
    })
}

fn refuse_equal_names(spec: &WriteSpec) -> Result<()> {
    let fields = spec.schema.fields();
    for (at, field) in fields.iter().enumerate() {
        if fields[..at].iter().any(|other| spec.context.same_name(other.name(), field.name())) {
            return Err(SparkError::new("COLUMN_ALREADY_EXISTS")
                .param("columnName", format!("`{}`", field.name().to_lowercase())));
        }
    }
    Ok(())
}
