//! A column of a relation: what the user calls it, and what it is called inside the plan.
//!
//! Users may have any number of columns of one name; a plan may not. So each column gets a name of its own inside the
//! plan (`delay#17`), which stays with it as long as it is passed on unchanged. Whatever the user wrote is resolved to
//! such a name once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{DataType, Field, FieldRef};

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The user's name for it.
    pub name: String,
    /// The table, view or alias it can be qualified with, outermost first: `["spark_catalog", "default", "t"]`.
    pub qualifier: Vec<String>,
    /// Its name inside the plan.
    pub column: String,
    /// Type, nullability and metadata; its name is [`Attribute::name`].
    pub field: FieldRef,
}

impl Attribute {
    /// An attribute with a fresh name inside the plan.
    pub fn new(name: &str, data_type: DataType, nullable: bool) -> Self {
        Self::of_field(&Field::new(name, data_type, nullable))
    }

    /// An attribute for a field of a schema, with a fresh name inside the plan.
    pub fn of_field(field: &Field) -> Self {
        Self {
            name: field.name().clone(),
            qualifier: Vec::new(),
            column: fresh_column(field.name()),
            field: Arc::new(field.clone()),
        }
    }

    /// The type.
    pub fn data_type(&self) -> &DataType {
        self.field.data_type()
    }

    /// The same column under another name.
    #[must_use]
    pub fn renamed(&self, name: &str) -> Self {
        let field = self.field.as_ref().clone().with_name(name);
        Self { name: name.to_string(), field: Arc::new(field), ..self.clone() }
    }

    /// The same column under another qualifier.
    #[must_use]
    pub fn qualified(&self, qualifier: &[String]) -> Self {
        Self { qualifier: qualifier.to_vec(), ..self.clone() }
    }

    /// The same column, NULL allowed.
    #[must_use]
    pub fn nullable(&self) -> Self {
        let field = self.field.as_ref().clone().with_nullable(true);
        Self { field: Arc::new(field), ..self.clone() }
    }
}

/// A column name that no other column of any plan has.
pub fn fresh_column(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{name}#{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
