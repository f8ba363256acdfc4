//! What a reader or writer takes from its session: time zone, ANSI, name case, and Spark's `spark.sql.files.*`.

use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_settings::byte_size;

use crate::time_zone::ZoneId;

/// The session's side of a read or write. `FormatContext::default()` is a fresh session's, in UTC.
#[derive(Debug, Clone)]
pub struct FormatContext {
    /// `spark.sql.session.timeZone`.
    pub time_zone: ZoneId,
    /// `spark.sql.ansi.enabled`.
    pub ansi: bool,
    /// `spark.sql.caseSensitive`.
    pub case_sensitive: bool,
    /// Whether `spark.sql.timestampType` is `TIMESTAMP_NTZ`, which decides what inference makes of a time.
    pub timestamp_is_ntz: bool,
    /// `spark.sql.columnNameOfCorruptRecord`.
    pub corrupt_record_column: String,
    /// `spark.sql.files.ignoreCorruptFiles`.
    pub ignore_corrupt_files: bool,
    /// `spark.sql.files.ignoreMissingFiles`.
    pub ignore_missing_files: bool,
    /// `spark.sql.files.maxPartitionBytes`.
    pub max_partition_bytes: u64,
    /// `spark.sql.files.openCostInBytes`.
    pub open_cost_bytes: u64,
    /// How many tasks run at once (Spark's default parallelism).
    pub parallelism: usize,
    /// `spark.sql.sources.partitionColumnTypeInference.enabled`.
    pub infer_partition_types: bool,
    /// `spark.sql.sources.partitionOverwriteMode` is `dynamic`.
    pub dynamic_partition_overwrite: bool,
    /// `spark.sql.files.maxRecordsPerFile`; 0 for no bound.
    pub max_records_per_file: u64,
    /// `spark.sql.parquet.compression.codec`.
    pub parquet_compression: String,
    /// `spark.sql.parquet.mergeSchema`.
    pub parquet_merge_schema: bool,
    /// `spark.sql.parquet.outputTimestampType`.
    pub parquet_timestamp_type: String,
    /// `spark.sql.parquet.binaryAsString`.
    pub parquet_binary_as_string: bool,
    /// `spark.sql.csv.parser.columnPruning.enabled`.
    pub csv_column_pruning: bool,
    /// `spark.sql.jsonGenerator.ignoreNullFields`.
    pub json_ignore_null_fields: bool,
    /// Rows of a batch.
    pub batch_size: usize,
    /// Object stores (by URL) and memory.
    pub runtime: Arc<RuntimeEnv>,
}

impl Default for FormatContext {
    fn default() -> Self {
        Self {
            time_zone: ZoneId::UTC,
            ansi: true,
            case_sensitive: false,
            timestamp_is_ntz: false,
            corrupt_record_column: "_corrupt_record".into(),
            ignore_corrupt_files: false,
            ignore_missing_files: false,
            max_partition_bytes: 128 << 20,
            open_cost_bytes: 4 << 20,
            parallelism: std::thread::available_parallelism().map_or(1, usize::from),
            infer_partition_types: true,
            dynamic_partition_overwrite: false,
            max_records_per_file: 0,
            parquet_compression: "snappy".into(),
            parquet_merge_schema: false,
            parquet_timestamp_type: "TIMESTAMP_MICROS".into(),
            parquet_binary_as_string: false,
            csv_column_pruning: true,
            json_ignore_null_fields: true,
            batch_size: 8192,
            runtime: Arc::new(RuntimeEnv::default()),
        }
    }
}

impl FormatContext {
    /// The context of a session with these settings: `setting` answers with a setting's value, if it is set.
    pub fn from_settings(runtime: Arc<RuntimeEnv>, setting: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let default = Self { runtime, ..Self::default() };
        let flag = |name: &str, otherwise: bool| match setting(name) {
            None => Ok(otherwise),
            Some(value) => value.trim().to_lowercase().parse::<bool>().map_err(|_| bad_setting(name, &value)),
        };
        let bytes = |name: &str, otherwise: u64| match setting(name) {
            None => Ok(otherwise),
            Some(value) => byte_size(&value, 1).ok_or_else(|| bad_setting(name, &value)),
        };
        let text = |name: &str, otherwise: &str| setting(name).unwrap_or_else(|| otherwise.to_string());
        Ok(Self {
            time_zone: setting("spark.sql.session.timeZone").map_or(Ok(default.time_zone), |id| id.parse())?,
            ansi: flag("spark.sql.ansi.enabled", default.ansi)?,
            case_sensitive: flag("spark.sql.caseSensitive", default.case_sensitive)?,
            timestamp_is_ntz: text("spark.sql.timestampType", "").eq_ignore_ascii_case("TIMESTAMP_NTZ"),
            corrupt_record_column: text("spark.sql.columnNameOfCorruptRecord", &default.corrupt_record_column),
            ignore_corrupt_files: flag("spark.sql.files.ignoreCorruptFiles", false)?,
            ignore_missing_files: flag("spark.sql.files.ignoreMissingFiles", false)?,
            max_partition_bytes: bytes("spark.sql.files.maxPartitionBytes", default.max_partition_bytes)?.max(1),
            open_cost_bytes: bytes("spark.sql.files.openCostInBytes", default.open_cost_bytes)?,
            parallelism: match setting("spark.sql.files.minPartitionNum")
                .or_else(|| setting("spark.default.parallelism"))
            {
                None => default.parallelism,
                Some(value) => {
                    value.trim().parse::<usize>().map_err(|_| bad_setting("spark.default.parallelism", &value))?.max(1)
                }
            },
            infer_partition_types: flag("spark.sql.sources.partitionColumnTypeInference.enabled", true)?,
            dynamic_partition_overwrite: text("spark.sql.sources.partitionOverwriteMode", "")
                .eq_ignore_ascii_case("dynamic"),
            max_records_per_file: bytes("spark.sql.files.maxRecordsPerFile", 0)?,
            parquet_compression: text("spark.sql.parquet.compression.codec", &default.parquet_compression),
            parquet_merge_schema: flag("spark.sql.parquet.mergeSchema", false)?,
            parquet_timestamp_type: text("spark.sql.parquet.outputTimestampType", &default.parquet_timestamp_type),
            parquet_binary_as_string: flag("spark.sql.parquet.binaryAsString", false)?,
            csv_column_pruning: flag("spark.sql.csv.parser.columnPruning.enabled", true)?,
            json_ignore_null_fields: flag("spark.sql.jsonGenerator.ignoreNullFields", true)?,
            ..default
        })
    }

    /// Whether two column names are the same name.
    pub fn same_name(&self, a: &str, b: &str) -> bool {
        if self.case_sensitive { a == b } else { a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase() }
    }
}

fn bad_setting(name: &str, value: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("{value:?} is not a value of the setting {name}"))
}
