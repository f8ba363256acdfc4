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
    /// The options of its files.
    pub options: BTreeMap<String, String>,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
    /// Its comment.
    pub comment: Option<String>,
    /// A view's query, with its text.
    pub view: Option<(Arc<pb::Relation>, String)>,
}
