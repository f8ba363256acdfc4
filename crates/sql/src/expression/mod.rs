//! A resolved expression: DataFusion's expression with Spark's type and Spark's name for it.

mod kernel;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::Expr;

use crate::attribute::Attribute;
use crate::types::IntervalFields;

pub use kernel::{Columns, Kernel, kernel};

/// An expression whose names are resolved and whose types are settled.
#[derive(Debug, Clone)]
pub struct Typed {
    /// What DataFusion computes.
    pub expr: Expr,
    /// Type, nullability and metadata; the name in it means nothing.
    pub field: FieldRef,
    /// The column name that Spark gives it: `(a + 1)`, `sum(x)`.
    pub name: String,
}

impl Typed {
    /// An expression of a type that has no metadata.
    pub fn new(expr: Expr, data_type: DataType, nullable: bool, name: impl Into<String>) -> Self {
        Self { expr, field: Arc::new(Field::new("", data_type, nullable)), name: name.into() }
    }

    /// A reference to an attribute.
    pub fn attribute(attribute: &Attribute) -> Self {
        Self {
            expr: Expr::Column(Column::new_unqualified(&attribute.column)),
            field: attribute.field.clone(),
            name: attribute.name.clone(),
        }
    }

    /// A constant.
    pub fn literal(value: ScalarValue, name: impl Into<String>) -> Self {
        let (data_type, nullable) = (value.data_type(), value.is_null());
        Self::new(Expr::Literal(value, None), data_type, nullable, name)
    }

    /// The type.
    pub fn data_type(&self) -> &DataType {
        self.field.data_type()
    }

    /// Whether it can be NULL.
    pub fn nullable(&self) -> bool {
        self.field.is_nullable()
    }

    /// The same expression under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same expression as an interval of these fields.
    #[must_use]
    pub(crate) fn with_interval(self, fields: IntervalFields) -> Self {
        Self { field: Arc::new(fields.on(&self.field)), ..self }
    }

    /// The constant, if it is one.
    pub fn scalar(&self) -> Option<&ScalarValue> {
        match &self.expr {
            Expr::Literal(value, _) => Some(value),
            Expr::Alias(alias) => match alias.expr.as_ref() {
                Expr::Literal(value, _) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// The expression under an internal column name, its metadata kept with it.
    pub fn aliased(&self, column: &str) -> Expr {
        if self.field.metadata().is_empty() {
            return self.expr.clone().alias(column);
        }
        let metadata = FieldMetadata::from(self.field.as_ref());
        self.expr.clone().alias_with_metadata(column, Some(metadata))
    }
}
