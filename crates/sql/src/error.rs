//! DataFusion's and Arrow's errors, given Spark's names.

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use firesteel_error::{Exception, SparkError};

/// The Spark error for one of DataFusion's. An error of ours that travelled through DataFusion comes back as it was.
pub fn from_datafusion(error: DataFusionError) -> SparkError {
    if let Some(own) = find_own(&error) {
        return own.clone();
    }
    let root = error.find_root();
    if let Some(own) = find_own(root) {
        return own.clone();
    }
    match root {
        DataFusionError::ArrowError(arrow, _) => from_arrow(arrow),
        DataFusionError::ResourcesExhausted(text) => out_of_memory(text),
        DataFusionError::NotImplemented(text) => SparkError::unsupported(text.clone()),
        DataFusionError::ObjectStore(error) => SparkError::plain(Exception::Spark, error.to_string()),
        DataFusionError::IoError(error) => SparkError::plain(Exception::Spark, error.to_string()),
        DataFusionError::Execution(text) => from_text(text),
        other => SparkError::internal(other.strip_backtrace()),
    }
}

/// The Spark error for one of Arrow's.
pub fn from_arrow(error: &ArrowError) -> SparkError {
    match error {
        ArrowError::DivideByZero => divide_by_zero(),
        ArrowError::ArithmeticOverflow(_) => overflow("overflow", ""),
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<SparkError>() {
            Some(own) => own.clone(),
            None => match inner.downcast_ref::<DataFusionError>() {
                Some(inner) => find_own(inner)
                    .cloned()
                    .unwrap_or_else(|| SparkError::plain(Exception::Spark, inner.strip_backtrace())),
                None => SparkError::plain(Exception::Spark, inner.to_string()),
            },
        },
        ArrowError::ComputeError(text) | ArrowError::CastError(text) | ArrowError::ParseError(text) => from_text(text),
        other => SparkError::plain(Exception::Spark, other.to_string()),
    }
}

/// The query failed, alone: what it held is free again.
fn out_of_memory(text: &str) -> SparkError {
    SparkError::new("UNABLE_TO_ACQUIRE_MEMORY")
        .text(format!(
            "The query needs more memory than there is, for something that cannot be spilled to disk. Give the engine more \
             with `spark.driver.memory` (of which queries have the part `spark.memory.fraction`). In detail: {text}"
        ))
        .with_exception(Exception::Spark)
}

fn from_text(text: &str) -> SparkError {
    let lower = text.to_lowercase();
    if lower.contains("scalar subquery") && lower.contains("more than one row") {
        return SparkError::new("SCALAR_SUBQUERY_TOO_MANY_ROWS");
    }
    if lower.contains("overflow") {
        return overflow(text, "");
    }
    if lower.contains("divide by zero") || lower.contains("division by zero") {
        return divide_by_zero();
    }
    SparkError::new("INTERNAL_ERROR").param("message", text).with_exception(Exception::Spark)
}

/// `DIVIDE_BY_ZERO`, as division and modulo raise it.
pub fn divide_by_zero() -> SparkError {
    SparkError::new("DIVIDE_BY_ZERO").param("config", "\"spark.sql.ansi.enabled\"")
}

/// `ARITHMETIC_OVERFLOW`. `alternative` is the hint with the `try_` function, if there is one.
pub fn overflow(message: &str, alternative: &str) -> SparkError {
    let hint = if alternative.is_empty() {
        String::new()
    } else {
        format!(" Use '{alternative}' to tolerate overflow and return NULL instead.")
    };
    SparkError::new("ARITHMETIC_OVERFLOW")
        .param("message", message)
        .param("alternative", hint)
        .param("config", "\"spark.sql.ansi.enabled\"")
}

fn find_own(error: &DataFusionError) -> Option<&SparkError> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(own) = error.downcast_ref::<SparkError>() {
            return Some(own);
        }
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            next = Some(inner);
            continue;
        }
        next = match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner)) => Some(inner.as_ref()),
            Some(DataFusionError::Shared(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::Collection(inner)) => inner.first().map(|e| e as _),
            Some(DataFusionError::ArrowError(inner, _)) => Some(inner.as_ref()),
            Some(DataFusionError::IoError(inner)) => Some(inner),
            _ => match error.downcast_ref::<ArrowError>() {
                Some(ArrowError::ExternalError(inner)) => Some(inner.as_ref()),
                Some(ArrowError::IoError(_, inner)) => Some(inner),
                _ => error.source(),
            },
        };
    }
    None
}
