//! The exception classes that Spark's clients know, and which condition raises which.

/// A class of exception, as a client sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exception {
    /// `AnalysisException`: the query is wrong.
    Analysis,
    /// `ParseException`: the SQL text is wrong.
    Parse,
    /// `StreamingQueryException`: a streaming query ended with an error.
    StreamingQuery,
    /// `QueryExecutionException`.
    QueryExecution,
    /// `NumberFormatException`: a text is not a number.
    NumberFormat,
    /// `IllegalArgumentException`: an option or argument is wrong.
    IllegalArgument,
    /// `ArithmeticException`: overflow, division by zero.
    Arithmetic,
    /// `UnsupportedOperationException`.
    UnsupportedOperation,
    /// `ArrayIndexOutOfBoundsException`.
    ArrayIndexOutOfBounds,
    /// `DateTimeException`: a text is not a date or time.
    DateTime,
    /// `SparkRuntimeException`: the data is wrong.
    SparkRuntime,
    /// `PythonException`: a Python function raised.
    Python,
    /// `SparkNoSuchElementException`: a setting is not set.
    NoSuchElement,
    /// `SparkException`: everything else.
    Spark,
    /// `InvalidPlanInput`: a client sent a message that makes no sense.
    InvalidPlan,
    /// `ClassNotFoundException`: no data source has that name. PySpark's clients raise `UnknownException`.
    ClassNotFound,
    /// `InvalidInputException`: a path that should be read is not there.
    InvalidInput,
    /// `FileAlreadyExistsException`: a path that should be written is there.
    FileAlreadyExists,
    /// `SparkSQLException`: a session or operation that is gone, closed or cancelled.
    Sql,
    /// `TimeoutException`: what was asked for has not happened in time.
    Timeout,
}

impl Exception {
    /// The JVM's names of the class and of the classes above it, which clients look for.
    pub fn hierarchy(self) -> &'static [&'static str] {
        match self {
            Self::Analysis => &["org.apache.spark.sql.AnalysisException", "java.lang.Exception"],
            Self::Parse => &[
                "org.apache.spark.sql.catalyst.parser.ParseException",
                "org.apache.spark.sql.AnalysisException",
                "java.lang.Exception",
            ],
            Self::Timeout => &["java.util.concurrent.TimeoutException", "java.lang.Exception"],
            Self::StreamingQuery => &["org.apache.spark.sql.streaming.StreamingQueryException", "java.lang.Exception"],
            Self::QueryExecution => &["org.apache.spark.sql.execution.QueryExecutionException", "java.lang.Exception"],
            Self::NumberFormat => &[
                "org.apache.spark.SparkNumberFormatException",
                "java.lang.NumberFormatException",
                "java.lang.IllegalArgumentException",
                "java.lang.RuntimeException",
            ],
            Self::IllegalArgument => &[
                "org.apache.spark.SparkIllegalArgumentException",
                "java.lang.IllegalArgumentException",
                "java.lang.RuntimeException",
            ],
            Self::Arithmetic => &[
                "org.apache.spark.SparkArithmeticException",
                "java.lang.ArithmeticException",
                "java.lang.RuntimeException",
            ],
            Self::UnsupportedOperation => &[
                "org.apache.spark.SparkUnsupportedOperationException",
                "java.lang.UnsupportedOperationException",
                "java.lang.RuntimeException",
            ],
            Self::ArrayIndexOutOfBounds => &[
                "org.apache.spark.SparkArrayIndexOutOfBoundsException",
                "java.lang.ArrayIndexOutOfBoundsException",
                "java.lang.RuntimeException",
            ],
            Self::DateTime => &[
                "org.apache.spark.SparkDateTimeException",
                "java.time.DateTimeException",
                "java.lang.RuntimeException",
            ],
            Self::SparkRuntime => &["org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"],
            Self::Python => &["org.apache.spark.api.python.PythonException", "java.lang.RuntimeException"],
            Self::NoSuchElement => &[
                "org.apache.spark.SparkNoSuchElementException",
                "java.util.NoSuchElementException",
                "java.lang.RuntimeException",
            ],
            Self::Spark => &["org.apache.spark.SparkException", "java.lang.Exception"],
            Self::InvalidPlan => {
                &["org.apache.spark.sql.connect.common.InvalidPlanInput", "java.lang.RuntimeException"]
            }
            Self::ClassNotFound => &[
                "org.apache.spark.SparkClassNotFoundException",
                "java.lang.ClassNotFoundException",
                "java.lang.ReflectiveOperationException",
                "java.lang.Exception",
            ],
            Self::InvalidInput => {
                &["org.apache.hadoop.mapred.InvalidInputException", "java.io.IOException", "java.lang.Exception"]
            }
            Self::FileAlreadyExists => {
                &["org.apache.hadoop.mapred.FileAlreadyExistsException", "java.io.IOException", "java.lang.Exception"]
            }
            Self::Sql => &["org.apache.spark.SparkSQLException", "java.sql.SQLException", "java.lang.Exception"],
        }
    }

    /// The class that Spark raises for `condition`; analysis, unless it stands in the list below.
    pub fn of_condition(condition: &str) -> Self {
        let head = condition.split_once('.').map_or(condition, |(head, _)| head);
        CLASSES.iter().find(|(_, conditions)| conditions.contains(&head)).map_or(Self::Analysis, |(class, _)| *class)
    }
}

const CLASSES: &[(Exception, &[&str])] = &[
    (
        Exception::Parse,
        &["PARSE_SYNTAX_ERROR", "PARSE_EMPTY_STATEMENT", "INVALID_IDENTIFIER", "UNSUPPORTED_DATATYPE_TEXT"],
    ),
    (
        Exception::Arithmetic,
        &[
            "DIVIDE_BY_ZERO",
            "REMAINDER_BY_ZERO",
            "INTERVAL_DIVIDED_BY_ZERO",
            "ARITHMETIC_OVERFLOW",
            "BINARY_ARITHMETIC_OVERFLOW",
            "CAST_OVERFLOW",
            "NUMERIC_VALUE_OUT_OF_RANGE",
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            "DATETIME_OVERFLOW",
            "INTERVAL_ARITHMETIC_OVERFLOW",
        ],
    ),
    (Exception::ArrayIndexOutOfBounds, &["INVALID_ARRAY_INDEX", "INVALID_ARRAY_INDEX_IN_ELEMENT_AT"]),
    (Exception::DateTime, &["CANNOT_PARSE_TIMESTAMP", "DATETIME_FIELD_OUT_OF_BOUNDS", "INVALID_TIMESTAMP_FORMAT"]),
    (
        Exception::SparkRuntime,
        &[
            "ELEMENT_AT_BY_INDEX_ZERO",
            "INVALID_INDEX_OF_ZERO",
            "NULL_MAP_KEY",
            "DUPLICATED_MAP_KEY",
            "USER_RAISED_EXCEPTION",
            "CANNOT_PARSE_JSON_FIELD",
            "MALFORMED_RECORD_IN_PARSING",
            "COLLECTION_SIZE_LIMIT_EXCEEDED",
            "NOT_NULL_ASSERT_VIOLATION",
            "INVALID_PARAMETER_VALUE",
            "CANNOT_PARSE_DECIMAL",
            "UNRECOGNIZED_SQL_TYPE",
            "MULTIPLE_ROW_SUBQUERY_ERROR",
            "MERGE_CARDINALITY_VIOLATION",
            "INVALID_URL",
            "ROW_VALUE_IS_NULL",
            "EXECUTOR_BROADCAST_JOIN_OOM",
        ],
    ),
    (
        Exception::Spark,
        &[
            "INTERNAL_ERROR",
            "SCALAR_SUBQUERY_TOO_MANY_ROWS",
            "ROW_SUBQUERY_TOO_MANY_ROWS",
            "FAILED_READ_FILE",
            "TASK_WRITE_FAILED",
            "FAILED_EXECUTE_UDF",
            "CANNOT_LOAD_STATE_STORE",
            "UNSUPPORTED_FEATURE_STATE",
            "STREAM_FAILED",
            "JOB_CANCELLED",
            "OUT_OF_MEMORY",
        ],
    ),
    (Exception::NoSuchElement, &["SQL_CONF_NOT_FOUND"]),
    (Exception::ClassNotFound, &["DATA_SOURCE_NOT_FOUND"]),
    (Exception::InvalidPlan, &["CONNECT_INVALID_PLAN"]),
    (Exception::Sql, &["INVALID_HANDLE", "INVALID_CURSOR", "OPERATION_CANCELED", "INVALID_CLONE_SESSION_REQUEST"]),
    (Exception::IllegalArgument, &["INVALID_CONF_VALUE", "INVALID_OPTION_VALUE"]),
    (Exception::UnsupportedOperation, &["UNSUPPORTED_CALL", "OPERATION_NOT_SUPPORTED"]),
];
