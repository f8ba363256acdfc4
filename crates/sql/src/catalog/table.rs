//! What the catalog knows of a database and of a table.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use spark_connect_proto as pb;

use super::TableName;

/// A database.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its name, in lower case.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// Where its managed tables are kept.
    pub location: PathBuf,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
    /// Its tables and views, by their names in lower case.
    pub tables: BTreeMap<String, Table>,
}

/// Who owns a table's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// The catalog: dropping the table removes them.
    Managed,
    /// The user.
    External,
    /// There are none.
    View,
}

impl TableKind {
    /// Spark's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Managed => "MANAGED",
            Self::External => "EXTERNAL",
            Self::View => "VIEW",
        }
    }
}

/// `bucketBy(number, columns).sortBy(sort_columns)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// How many there are.
    pub number: usize,
    /// The columns whose hash says which one a row goes to.
    pub columns: Vec<String>,
    /// The columns by which the rows of one are sorted.
    pub sort_columns: Vec<String>,
}

impl Buckets {
    /// What a write asks for.
    ///
    /// # Errors
    /// `INVALID_BUCKET_COUNT`; when columns are sorted by without being bucketed by.
    pub fn of(
        message: Option<&pb::write_operation::BucketBy>,
        sort_columns: &[String],
    ) -> firesteel_error::Result<Option<Self>> {
        use firesteel_error::SparkError;
        let Some(message) = message else {
            return match sort_columns {
                [] => Ok(None),
                _ => Err(SparkError::new("SORT_BY_WITHOUT_BUCKETING")),
            };
        };
        match usize::try_from(message.num_buckets) {
            Ok(number @ 1..=100_000) => Ok(Some(Self {
                number,
                columns: message.bucket_column_names.clone(),
                sort_columns: sort_columns.to_vec(),
            })),
            _ => Err(SparkError::new("INVALID_BUCKET_COUNT")
                .param("bucketingMaxBuckets", "100000")
                .param("numBuckets", message.num_buckets.to_string())),
        }
    }
}

/// A table or permanent view.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Who owns its files.
    pub kind: TableKind,
    /// The file format.
    pub format: String,
    /// Where its files are.
    pub path: Option<String>,
    /// All columns, partition columns last.
    pub schema: SchemaRef,
    /// The columns that are directories.
    pub partition_columns: Vec<String>,
    /// How the rows are spread over files, if the table says so.
    pub buckets: Option<Buckets>,
    /// The columns of `clusterBy`: kept for who asks, the files do not follow them.
    pub cluster_columns: Vec<String>,
    /// The options of its files.
    pub options: BTreeMap<String, String>,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
    /// Its comment.
    pub comment: Option<String>,
    /// A view's query, with its text.
    pub view: Option<(Arc<pb::Relation>, String)>,
}
