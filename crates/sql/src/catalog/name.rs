//! The full name of a table: `spark_catalog.database.table`.

use firesteel_error::{Result, SparkError};

use super::SPARK_CATALOG;
use crate::analyzer::quoted_name;

/// A table's name, the current database filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
}

impl TableName {
    /// The name that was written, in the current database where it names none.
    ///
    /// # Errors
    /// `REQUIRES_SINGLE_PART_NAMESPACE` for names with more parts, `CATALOG_NOT_FOUND` for another catalog.
    pub fn resolve(parts: &[String], current: &str) -> Result<Self> {
        match parts {
            [table] => Ok(Self { database: current.to_string(), table: table.clone() }),
            [database, table] => Ok(Self { database: database.clone(), table: table.clone() }),
            [catalog, database, table] if catalog.eq_ignore_ascii_case(SPARK_CATALOG) => {
                Ok(Self { database: database.clone(), table: table.clone() })
            }
            [catalog, _, _] => Err(SparkError::new("CATALOG_NOT_FOUND")
                .param("catalogName", format!("`{catalog}`"))
                .param("config", format!("\"spark.sql.catalog.{catalog}\""))),
            _ => Err(SparkError::new("REQUIRES_SINGLE_PART_NAMESPACE")
                .param("sessionCatalog", SPARK_CATALOG)
                .param("namespace", quoted_name(&parts[..parts.len().saturating_sub(1)]))),
        }
    }

    /// The qualifier of the table's columns.
    pub fn qualifier(&self) -> Vec<String> {
        vec![SPARK_CATALOG.to_string(), self.database.clone(), self.table.clone()]
    }

    /// The name in back-ticks, as errors show it.
    pub fn quoted(&self) -> String {
        quoted_name(&self.qualifier())
    }
}
