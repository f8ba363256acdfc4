//! Which column of a Parquet file a column of the table is, and whether its values fit.
//!
//! Columns are found by name; unless `spark.sql.caseSensitive` is on, in any case of letters. A column that is wider in
//! the table than in the file is cast. Any other difference fails with
//! `FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH`: text is not parsed, and nothing is narrowed.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DataFusionError, Result};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};
use firesteel_error::SparkError;

use crate::context::FormatContext;
use crate::schema::spark_type_name;

/// Makes the adapter of each file.
#[derive(Debug)]
pub(crate) struct ColumnsByName {
    context: FormatContext,
}

impl ColumnsByName {
    pub(crate) fn new(context: FormatContext) -> Self {
        Self { context }
    }

    /// The table's columns under the names that the file has for them.
    fn renamed(&self, logical: &Schema, physical: &Schema) -> Result<SchemaRef> {
        let stored = |field: &FieldRef| -> Result<FieldRef> {
            let same = |other: &&FieldRef| self.context.same_name(other.name(), field.name());
            let exact = physical.fields().iter().find(|other| other.name() == field.name());
            let Some(found) = exact.or_else(|| physical.fields().iter().find(same)) else {
                return Ok(Arc::clone(field));
            };
            if !is_readable(found.data_type(), field.data_type()) {
                return Err(mismatch(found, field));
            }
            Ok(Arc::new(field.as_ref().clone().with_name(found.name())))
        };
        let fields = logical.fields().iter().map(stored).collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(Schema::new(fields)))
    }
}

impl PhysicalExprAdapterFactory for ColumnsByName {
    fn create(&self, logical: SchemaRef, physical: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let renamed = self.renamed(&logical, &physical)?;
        let inner = DefaultPhysicalExprAdapterFactory.create(Arc::clone(&renamed), physical)?;
        Ok(Arc::new(ByName { logical, renamed, inner }))
    }
}

#[derive(Debug)]
struct ByName {
    logical: SchemaRef,
    renamed: SchemaRef,
    inner: Arc<dyn PhysicalExprAdapter>,
}

impl PhysicalExprAdapter for ByName {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let rename = |node: Arc<dyn PhysicalExpr>| {
            let renamed = node.downcast_ref::<Column>().and_then(|column| {
                let at = self.logical.index_of(column.name()).ok()?;
                let name = self.renamed.field(at).name();
                (name != column.name()).then(|| Column::new(name, column.index()))
            });
            Ok(match renamed {
                Some(column) => Transformed::yes(Arc::new(column) as Arc<dyn PhysicalExpr>),
                None => Transformed::no(node),
            })
        };
        self.inner.rewrite(expr.transform(rename).data()?)
    }
}

/// Whether values of a file's type are values of the table's type. Types that are not listed are left to the cast.
fn is_readable(file: &DataType, table: &DataType) -> bool {
    use DataType::{Binary, Boolean, Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, Timestamp, Utf8};
    // Below 32 bits Parquet stores 32.
    let bits = |data_type: &DataType| if *data_type == Int64 { 64 } else { 32 };
    match (file, table) {
        (file, table) if file == table => true,
        (Utf8, table) => *table == Binary || !is_plain(table),
        (file, Utf8) => !is_plain(file),
        (Boolean, table) => !is_plain(table),
        (file, Boolean) => !is_plain(file),
        (Int8 | Int16 | Int32 | Int64, Int8 | Int16 | Int32 | Int64) => bits(file) <= bits(table),
        (Int8 | Int16 | Int32 | Float32, Float64) | (Int8 | Int16 | Int32 | Int64, Decimal128(..)) => true,
        (Decimal128(p, s), Decimal128(q, t)) => {
            t >= s && i16::from(*q) - i16::from(*t) >= i16::from(*p) - i16::from(*s)
        }
        (Float32 | Float64 | Decimal128(..), table) => !is_plain(table),
        (file, Float32 | Float64 | Decimal128(..)) => !is_plain(file),
        (Date32, Int32) | (Timestamp(..), Int64) | (Timestamp(..), Timestamp(..)) => true,
        (Date32, Timestamp(_, zone)) => zone.is_none(),
        (file, table) => !is_plain(file) || !is_plain(table),
    }
}

/// The types that [`is_readable`] decides about.
fn is_plain(data_type: &DataType) -> bool {
    use DataType::{Boolean, Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, Timestamp, Utf8};
    matches!(
        data_type,
        Boolean | Date32 | Decimal128(..) | Float32 | Float64 | Int8 | Int16 | Int32 | Int64 | Timestamp(..) | Utf8
    )
}

fn mismatch(file: &Field, table: &Field) -> DataFusionError {
    let error = SparkError::new("FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH")
        .param("column", format!("[{}]", table.name()))
        .param("expectedType", spark_type_name(table.data_type()))
        .param("actualType", spark_type_name(file.data_type()));
    DataFusionError::External(Box::new(error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn values_are_widened_and_never_parsed_or_narrowed() {
        use DataType::{Date32, Decimal128, Float32, Float64, Int8, Int32, Int64, Utf8};
        for (file, table) in [(Int32, Int64), (Int8, Float64), (Float32, Float64), (Decimal128(5, 2), Decimal128(7, 3))]
        {
            assert!(is_readable(&file, &table), "{file} as {table}");
            assert!(!is_readable(&table, &file), "{table} as {file}");
        }
        for (file, table) in [(Utf8, Int32), (Int32, Utf8), (Int64, Date32), (Float64, Int32)] {
            assert!(!is_readable(&file, &table), "{file} as {table}");
        }
    }
}
