//! Databases, tables and views by name, for all sessions of an engine.
//!
//! As in a Spark without Hive, the catalog lives as long as the engine; the files of a table outlive it. A temporary view
//! belongs to a session and hides a table of its name.

mod lookup;
mod name;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_error::{Result, SparkError};
use parking_lot::RwLock;

use crate::analyzed::Analyzed;

pub(crate) use lookup::{not_found, table};
pub use name::TableName;
pub use table::{Buckets, Database, Table, TableKind};

/// The catalog's own name.
pub const SPARK_CATALOG: &str = "spark_catalog";
/// The schema of views that all sessions see.
pub const GLOBAL_TEMP: &str = "global_temp";
/// The database that is always there.
pub const DEFAULT_DATABASE: &str = "default";

/// See the module.
#[derive(Debug)]
pub struct Catalog {
    warehouse: PathBuf,
    databases: RwLock<BTreeMap<String, Database>>,
    global_views: RwLock<HashMap<String, Arc<Analyzed>>>,
}

impl Catalog {
    /// A catalog whose managed tables are kept below `warehouse` (`spark.sql.warehouse.dir`).
    pub fn new(warehouse: PathBuf) -> Self {
        let default = Database {
            name: DEFAULT_DATABASE.into(),
            comment: Some("default database".into()),
            location: warehouse.clone(),
            properties: BTreeMap::new(),
            tables: BTreeMap::new(),
        };
        let databases = RwLock::new(BTreeMap::from([(DEFAULT_DATABASE.to_string(), default)]));
        Self { warehouse, databases, global_views: RwLock::default() }
    }

    /// A view that all sessions see.
    pub fn global_view(&self, name: &str) -> Option<Arc<Analyzed>> {
        self.global_views.read().get(&name.to_lowercase()).cloned()
    }

    /// Makes a view that all sessions see; says whether there was one of that name, which is replaced.
    pub fn set_global_view(&self, name: &str, view: Analyzed) -> bool {
        self.global_views.write().insert(name.to_lowercase(), Arc::new(view)).is_some()
    }

    /// Drops a view that all sessions see; says whether there was one.
    pub fn drop_global_view(&self, name: &str) -> bool {
        self.global_views.write().remove(&name.to_lowercase()).is_some()
    }

    /// The names of the views that all sessions see, sorted.
    pub fn global_view_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.global_views.read().keys().cloned().collect();
        names.sort();
        names
    }

    /// All databases, by name.
    pub fn databases(&self) -> Vec<Database> {
        self.databases.read().values().cloned().collect()
    }

    /// A database.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`.
    pub fn database(&self, name: &str) -> Result<Database> {
        self.databases.read().get(&name.to_lowercase()).cloned().ok_or_else(|| schema_not_found(name))
    }

    /// Adds a database; without a location its tables are kept in `<warehouse>/<name>.db`.
    ///
    /// # Errors
    /// `SCHEMA_ALREADY_EXISTS`, unless that is asked to be passed over.
    pub fn create_database(
        &self,
        name: &str,
        if_not_exists: bool,
        comment: Option<String>,
        location: Option<String>,
        properties: BTreeMap<String, String>,
    ) -> Result<()> {
        let mut databases = self.databases.write();
        let key = name.to_lowercase();
        if databases.contains_key(&key) {
            return if if_not_exists {
                Ok(())
            } else {
                Err(SparkError::new("SCHEMA_ALREADY_EXISTS").param("schemaName", format!("`{name}`")))
            };
        }
        let location = location.map_or_else(|| self.warehouse.join(format!("{key}.db")), local_path);
        databases.insert(key.clone(), Database { name: key, comment, location, properties, tables: BTreeMap::new() });
        Ok(())
    }

    /// Changes a database's comment.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`.
    pub fn set_comment(&self, name: &str, comment: Option<String>) -> Result<()> {
        let mut databases = self.databases.write();
        let database = databases.get_mut(&name.to_lowercase()).ok_or_else(|| schema_not_found(name))?;
        database.comment = comment;
        Ok(())
    }

    /// Drops a database; one with tables only if `cascade` says so. The files of managed tables go with it.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`, `SCHEMA_NOT_EMPTY`.
    pub fn drop_database(&self, name: &str, if_exists: bool, cascade: bool) -> Result<()> {
        let key = name.to_lowercase();
        if key == DEFAULT_DATABASE {
            return Err(
                SparkError::new("UNSUPPORTED_FEATURE.DROP_DATABASE").param("database", "`spark_catalog`.`default`")
            );
        }
        let mut databases = self.databases.write();
        let Some(database) = databases.get(&key) else {
            return if if_exists { Ok(()) } else { Err(schema_not_found(name)) };
        };
        if !database.tables.is_empty() && !cascade {
            return Err(SparkError::new("SCHEMA_NOT_EMPTY").param("schemaName", format!("`{name}`")));
        }
        let tables: Vec<Table> = database.tables.values().cloned().collect();
        databases.remove(&key);
        drop(databases);
        tables.iter().try_for_each(remove_files)
    }

    /// A table or permanent view.
    pub fn get(&self, name: &TableName) -> Option<Table> {
        self.databases.read().get(&name.database.to_lowercase())?.tables.get(&name.table.to_lowercase()).cloned()
    }

    /// Adds a table, or replaces one.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`; `TABLE_OR_VIEW_ALREADY_EXISTS` unless `replace`.
    pub fn put(&self, table: Table, replace: bool) -> Result<()> {
        let mut databases = self.databases.write();
        let database = databases
            .get_mut(&table.name.database.to_lowercase())
            .ok_or_else(|| schema_not_found(&table.name.database))?;
        let key = table.name.table.to_lowercase();
        if !replace && database.tables.contains_key(&key) {
            return Err(SparkError::new("TABLE_OR_VIEW_ALREADY_EXISTS").param("relationName", table.name.quoted()));
        }
        database.tables.insert(key, table);
        Ok(())
    }

    /// Drops a table or view; the files of a managed table go with it. Gives what was dropped.
    ///
    /// # Errors
    /// When the files cannot be removed.
    pub fn remove(&self, name: &TableName) -> Result<Option<Table>> {
        let removed = {
            let mut databases = self.databases.write();
            databases.get_mut(&name.database.to_lowercase()).and_then(|d| d.tables.remove(&name.table.to_lowercase()))
        };
        if let Some(table) = &removed {
            remove_files(table)?;
        }
        Ok(removed)
    }

    /// Where the files of a managed table are.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`.
    pub fn managed_path(&self, name: &TableName) -> Result<PathBuf> {
        Ok(self.database(&name.database)?.location.join(name.table.to_lowercase()))
    }
}

fn schema_not_found(name: &str) -> SparkError {
    SparkError::new("SCHEMA_NOT_FOUND").param("schemaName", format!("`{SPARK_CATALOG}`.`{name}`"))
}

/// The path of a location, `file:` taken off.
pub(crate) fn local_path(location: String) -> PathBuf {
    let path = location.strip_prefix("file:").map_or(location.as_str(), |rest| rest.trim_start_matches("//"));
    PathBuf::from(path)
}

fn remove_files(table: &Table) -> Result<()> {
    let (TableKind::Managed, Some(path)) = (table.kind, &table.path) else { return Ok(()) };
    match std::fs::remove_dir_all(local_path(path.clone())) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SparkError::io(
            format!("The files of the table {} in {path} cannot be removed", table.name.quoted()),
            error,
        )),
        _ => Ok(()),
    }
}
