//! Data sources written in Python: an instance of the user's class tells the columns, its reader the partitions, and its
//! writer takes the rows.
//!
//! Each step is a process of its own (see [`planning`](crate::planning)). The rows themselves are read and written by
//! pickled functions from batches to batches, which run in the pool as `mapInArrow`'s do.

use bytes::Bytes;
use firesteel_error::{Result, SparkError};

use crate::planning::Answer;
use crate::runner::PythonRunner;
use crate::session::PythonSession;
use crate::wire::{PYTHON_EXCEPTION_THROWN, WireWriter};

/// A data source's class, and what the user asked of it.
#[derive(Debug, Clone)]
pub struct DataSourceRequest<'a> {
    /// The name that the user gave as the format.
    pub provider: &'a str,
    /// The pickled class.
    pub command: &'a [u8],
    /// The client's Python version.
    pub python_version: &'a str,
    /// The options.
    pub options: &'a [(String, String)],
}

/// An instance of a data source.
#[derive(Debug, Clone)]
pub struct DataSourceInstance {
    /// The pickled instance.
    pub instance: Bytes,
    /// Its columns.
    pub schema: DeclaredSchema,
}

/// Columns as a user's class tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredSchema {
    /// Spark's JSON.
    Json(String),
    /// `a INT, b STRING`
    Ddl(String),
}

/// How a data source is read: for each partition, `command` maps a batch with its pickled value to the rows.
#[derive(Debug, Clone)]
pub struct ReadPlan {
    /// The pickled function with its return type.
    pub command: Bytes,
    /// The pickled partitions.
    pub partitions: Vec<Bytes>,
}

/// How a data source is written: `command` maps the rows of a partition to a batch with a pickled message.
#[derive(Debug, Clone)]
pub struct WritePlan {
    /// The pickled function with its return type.
    pub command: Bytes,
    /// The pickled writer, which takes the messages at the end.
    pub writer: Bytes,
}

fn failed(action: &'static str, what: &'static str) -> impl FnOnce(String) -> SparkError {
    move |traceback| {
        SparkError::new("PYTHON_DATA_SOURCE_ERROR").param("action", action).param("type", what).param("msg", traceback)
    }
}

const BINARY_COLUMN: &str =
    r#"{"type":"struct","fields":[{"name":"value","type":"binary","nullable":true,"metadata":{}}]}"#;

impl DataSourceRequest<'_> {
    fn write_options(&self, out: &mut WireWriter) {
        out.count(self.options.len());
        for (key, value) in self.options {
            out.text(key);
            out.text(value);
        }
    }
}

impl PythonRunner {
    /// Makes an instance of the class; `schema` is the user's, in JSON.
    ///
    /// # Errors
    /// `PYTHON_DATA_SOURCE_ERROR` with the traceback if the class raises.
    pub fn create_data_source(
        &self,
        session: &PythonSession,
        request: &DataSourceRequest<'_>,
        schema: Option<&str>,
    ) -> Result<DataSourceInstance> {
        let ask = |out: &mut WireWriter| {
            out.blob(request.command);
            out.text(request.provider);
            out.bool(schema.is_some());
            if let Some(schema) = schema {
                out.text(schema);
            }
            request.write_options(out);
            Ok(())
        };
        let raised = failed("create", "instance");
        let answer = self.ask(session, "create_data_source", request.python_version, ask, raised)?;
        let mut answer = Answer(&answer);
        let instance = Bytes::copy_from_slice(answer.blob()?);
        let schema = match answer.int()? {
            1 => DeclaredSchema::Ddl(answer.text()?),
            _ => DeclaredSchema::Json(answer.text()?),
        };
        Ok(DataSourceInstance { instance, schema })
    }

    /// Asks an instance's reader for its partitions; `schema` is the columns in JSON.
    ///
    /// # Errors
    /// `PYTHON_DATA_SOURCE_ERROR` with the traceback if the class raises.
    pub fn plan_data_source_read(
        &self,
        session: &PythonSession,
        python_version: &str,
        instance: &[u8],
        schema: &str,
    ) -> Result<ReadPlan> {
        let rows_max = i32::try_from(session.rows_max).unwrap_or(i32::MAX);
        let ask = |out: &mut WireWriter| {
            out.blob(instance);
            out.text(BINARY_COLUMN);
            out.text(schema);
            out.int(rows_max);
            // Filters stay with the engine; this is a batch; binary values are bytes.
            out.bool(false);
            out.bool(false);
            out.bool(true);
            Ok(())
        };
        let answer = self.ask(session, "plan_data_source_read", python_version, ask, failed("initialize", "reader"))?;
        let mut answer = Answer(&answer);
        let command = Bytes::copy_from_slice(answer.blob()?);
        let count = answer.int()?;
        if count == PYTHON_EXCEPTION_THROWN {
            // The function had been written already when the partitions failed.
            return Err(failed("generate", "read partitions")(answer.text()?));
        }
        let partitions = (0..count).map(|_| Ok(Bytes::copy_from_slice(answer.blob()?))).collect::<Result<_>>()?;
        Ok(ReadPlan { command, partitions })
    }

    /// Asks the class for its writer; `schema` is the rows' columns in JSON.
    ///
    /// # Errors
    /// `PYTHON_DATA_SOURCE_ERROR` with the traceback if the class raises.
    pub fn plan_data_source_write(
        &self,
        session: &PythonSession,
        request: &DataSourceRequest<'_>,
        schema: &str,
        overwrite: bool,
    ) -> Result<WritePlan> {
        let ask = |out: &mut WireWriter| {
            out.blob(request.command);
            out.text(request.provider);
            out.text(schema);
            out.text(BINARY_COLUMN);
            request.write_options(out);
            out.bool(overwrite);
            out.bool(false);
            out.bool(true);
            Ok(())
        };
        let raised = failed("initialize", "writer");
        let answer = self.ask(session, "write_into_data_source", request.python_version, ask, raised)?;
        let mut answer = Answer(&answer);
        let command = Bytes::copy_from_slice(answer.blob()?);
        Ok(WritePlan { command, writer: Bytes::copy_from_slice(answer.blob()?) })
    }

    /// Hands the writer the messages of all partitions: to `commit`, or to `abort` after an error.
    ///
    /// # Errors
    /// `PYTHON_DATA_SOURCE_ERROR` with the traceback if the writer raises.
    pub fn end_data_source_write(
        &self,
        session: &PythonSession,
        python_version: &str,
        writer: &[u8],
        messages: &[Bytes],
        abort: bool,
    ) -> Result<()> {
        let ask = |out: &mut WireWriter| {
            out.blob(writer);
            out.count(messages.len());
            for message in messages {
                out.blob(message);
            }
            out.bool(abort);
            Ok(())
        };
        let raised = failed(if abort { "abort" } else { "commit" }, "writer");
        self.ask(session, "commit_data_source_write", python_version, ask, raised).map(|_| ())
    }
}
