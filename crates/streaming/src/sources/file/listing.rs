//! Which files are there: the directory or pattern of the user's, listed.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use firesteel_error::Result;
use firesteel_formats::{FileStatus, FileUrl, FormatContext, Listing, list_files};

use crate::Options;

pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

pub(super) fn is_directory(url: &FileUrl) -> bool {
    url.local_path().is_none_or(|path| path.is_dir())
}

/// The files that are there now. A pattern that matches nothing yet is no error: files may come.
pub(super) async fn list(
    path: &str,
    options: &Options,
    context: &FormatContext,
    schema: Option<&Schema>,
) -> Result<Listing> {
    match list_files(&[path.to_string()], options, context, schema).await {
        Err(error) if error.condition() == Some("PATH_NOT_FOUND") => match is_pattern(path) {
            true => Ok(Listing::default()),
            // Spark names the path as the user wrote it.
            false => Err(error.param("path", path)),
        },
        outcome => outcome,
    }
}

/// A file that could be read, with what its directories say.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub status: FileStatus,
    pub url: String,
    pub partition_columns: Arc<Vec<FieldRef>>,
}

impl Candidate {
    /// The files of a listing.
    pub fn all(listing: Listing) -> impl Iterator<Item = Self> {
        let partition_columns = Arc::new(listing.partition_columns);
        let candidate = move |status: FileStatus| {
            let partition_columns = Arc::clone(&partition_columns);
            Self { url: status.path.to_string(), status, partition_columns }
        };
        listing.files.into_iter().map(candidate)
    }
}
