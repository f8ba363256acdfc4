//! The trait that each file format implements, and the table of formats by name.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;
use crate::file_status::FileStatus;
use crate::options::Options;
use crate::split::FileSlice;
use crate::write::EncoderFactory;

/// A file format: what `spark.read.format(name)` and `df.write.format(name)` mean.
#[async_trait]
pub trait FileFormat: Debug + Send + Sync {
    /// The name, in lower case.
    fn name(&self) -> &'static str;

    /// The names of the options that this format knows, for reading and writing.
    fn known_options(&self) -> &'static [&'static str];

    /// Whether columns of this type can be read (or written).
    fn supports(&self, data_type: &DataType, writing: bool) -> bool;

    /// The data columns of `files`; `None` if there is nothing to infer from.
    async fn infer_schema(
        &self,
        files: &[FileStatus],
        options: &Options,
        context: &FormatContext,
    ) -> Result<Option<SchemaRef>>;

    /// Whether a large file may be cut into byte ranges that are read apart.
    fn splittable(&self, file: &FileStatus, options: &Options) -> bool;

    /// The plan that reads.
    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn ExecutionPlan>>;

    /// What encodes batches of `schema` (partition columns already taken out).
    fn encoder(
        &self,
        schema: &SchemaRef,
        options: &Options,
        context: &FormatContext,
    ) -> Result<Arc<dyn EncoderFactory>>;
}

/// What a format is asked to read.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// All data columns of the files, as the table declares them.
    pub data_schema: SchemaRef,
    /// Partition columns, and `_metadata` after them if it was asked for: constants of each slice.
    pub constant_columns: Vec<FieldRef>,
    /// The columns to give back: indices into the data columns, then the constant columns.
    pub projection: Vec<usize>,
    /// The slices of each partition.
    pub partitions: Vec<Vec<FileSlice>>,
    /// No partition needs to give more rows than this.
    pub limit: Option<usize>,
    /// Conditions over the table's columns that a format may use to skip data; they are checked again above.
    pub filters: Vec<Arc<dyn PhysicalExpr>>,
    /// The user's options.
    pub options: Options,
    /// The session's settings.
    pub context: FormatContext,
}

impl ScanRequest {
    /// The schema of the batches to give back.
    pub fn output_schema(&self) -> SchemaRef {
        let data = self.data_schema.fields();
        let field = |index: &usize| -> FieldRef {
            let constant = index.checked_sub(data.len());
            Arc::clone(constant.map_or_else(|| &data[*index], |at| &self.constant_columns[at]))
        };
        Arc::new(Schema::new(self.projection.iter().map(field).collect::<Vec<_>>()))
    }

    /// The data columns among the projected ones, ascending, without repetition.
    pub fn needed_data_columns(&self) -> Vec<usize> {
        let mut needed: Vec<usize> =
            self.projection.iter().copied().filter(|index| *index < self.data_schema.fields().len()).collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }
}

/// The format called `name` (any case; a few of Spark's class names too), or `DATA_SOURCE_NOT_FOUND`.
pub fn format(name: &str) -> Result<Arc<dyn FileFormat>> {
    let lower = name.to_lowercase();
    let short = lower
        .strip_prefix("org.apache.spark.sql.execution.datasources.")
        .or_else(|| lower.strip_prefix("org.apache.spark.sql."))
        .map_or(lower.as_str(), |class| class.split('.').next().unwrap_or(class));
    Ok(match short {
        "csv" | "com.databricks.spark.csv" => Arc::new(crate::csv::CsvFormat),
        "json" => Arc::new(crate::json::JsonFormat),
        "text" => Arc::new(crate::text::TextFormat),
        "parquet" => Arc::new(crate::parquet::ParquetFormat),
        "binaryfile" => Arc::new(crate::binary_file::BinaryFileFormat),
        "avro" | "kafka" => return Err(external(name)),
        "orc" => return Err(SparkError::unsupported("The orc data source")),
        _ => return Err(SparkError::new("DATA_SOURCE_NOT_FOUND").param("provider", name)),
    })
}

/// The error of a format that Spark has in a package of its own.
fn external(name: &str) -> SparkError {
    let condition =
        if name.eq_ignore_ascii_case("avro") { "_LEGACY_ERROR_TEMP_1139" } else { "_LEGACY_ERROR_TEMP_1140" };
    SparkError::new(condition)
        .param("provider", name)
        .text(format!("The data source {name} is not built in; docs/compatibility.md lists those that are."))
}

/// Fails with `UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE` if `format` cannot hold a column of `schema`.
pub fn check_types(format: &dyn FileFormat, schema: &Schema, writing: bool) -> Result<()> {
    for field in schema.fields() {
        if !format.supports(field.data_type(), writing) {
            return Err(SparkError::new("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE")
                .param("columnName", format!("`{}`", field.name().replace('`', "``")))
                .param(
                    "columnType",
                    format!("\"{}\"", crate::schema::spark_type_name(field.data_type()).to_uppercase()),
                )
                .param("format", display_name(format.name())));
        }
    }
    Ok(())
}

/// As Spark prints a format in error messages.
pub fn display_name(name: &str) -> &'static str {
    match name {
        "csv" => "CSV",
        "json" => "JSON",
        "text" => "Text",
        "parquet" => "Parquet",
        "binaryfile" => "binaryFile",
        _ => "file",
    }
}
