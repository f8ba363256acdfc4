//! `analyze` of a table function: asks the class for the columns of its result before the query is planned.
//!
//! This runs in a process of its own, as in Spark: it happens once for a call, and not on the way of any data.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Schema};
use bytes::Bytes;
use firesteel_error::{Result, SparkError};

use crate::pickle::Pickler;
use crate::runner::PythonRunner;
use crate::session::PythonSession;
use crate::type_json::schema_json;
use crate::wire::{END_OF_STREAM, PYTHON_EXCEPTION_THROWN, WireWriter};

/// Pyspark's own analysis, with what the function prints kept apart from the answer.
const SCRIPT: &str = "import os,sys;out=os.fdopen(os.dup(1),'wb');os.dup2(2,1);\
from pyspark.sql.worker.analyze_udtf import main;main(sys.stdin.buffer,out);out.flush()";

/// An argument as `analyze` sees it.
#[derive(Debug, Clone)]
pub struct AnalyzeArgument {
    /// Its type; of a TABLE argument the struct of its columns.
    pub data_type: DataType,
    /// Its value in an array of one, if it is a constant.
    pub constant: Option<ArrayRef>,
    /// Whether it is a TABLE argument.
    pub is_table: bool,
    /// The parameter's name, if it is passed by name.
    pub keyword: Option<String>,
}

/// What `analyze` answered.
#[derive(Debug, Clone)]
pub struct TableAnalysis {
    /// The columns of the result, in Spark's JSON.
    pub schema_json: String,
    /// The pickled answer, for the function's instances.
    pub result: Bytes,
    /// Whether all rows of the TABLE argument belong to one instance.
    pub single_partition: bool,
    /// Expressions by which the TABLE argument is partitioned.
    pub partition_by: Vec<String>,
    /// Expressions by which each partition is sorted, ascending or not, NULLs first or not.
    pub order_by: Vec<(String, bool, Option<bool>)>,
    /// Expressions that are selected from the TABLE argument, and their names; none for all columns.
    pub select: Vec<(String, String)>,
}

impl PythonRunner {
    /// Runs `analyze` of the class in `command` and waits for its answer.
    ///
    /// # Errors
    /// `TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON` if it raises.
    pub fn analyze_table(
        &self,
        session: &PythonSession,
        name: &str,
        command: &[u8],
        python_version: &str,
        arguments: &[AnalyzeArgument],
    ) -> Result<TableAnalysis> {
        let input = question(session, name, command, python_version, arguments)?;
        let config = self.pool().config();
        let cannot = |error| SparkError::io(format!("cannot run {}", config.python.display()), error);
        let mut child = Command::new(&config.python)
            .args(["-c", SCRIPT])
            .envs(config.variables())
            .envs(&session.environment.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(cannot)?;
        // The process reads all of the question before it answers; one that ended early shows in its answer.
        if let Some(mut pipe) = child.stdin.take() {
            let _ = pipe.write_all(&input);
        }
        let mut answer = Vec::new();
        if let Some(mut pipe) = child.stdout.take() {
            pipe.read_to_end(&mut answer).map_err(cannot)?;
        }
        child.wait().map_err(cannot)?;
        Answer(&answer).read(name)
    }
}

fn question(
    session: &PythonSession,
    name: &str,
    command: &[u8],
    python_version: &str,
    arguments: &[AnalyzeArgument],
) -> Result<Vec<u8>> {
    let mut out = WireWriter::default();
    out.text(python_version);
    out.text(&session.environment.files_directory);
    out.count(session.environment.includes.len());
    for include in &session.environment.includes {
        out.text(include);
    }
    // No broadcasts, no settings.
    out.bool(false);
    out.count(0);
    out.count(0);
    out.text(name);
    out.blob(command);
    out.count(arguments.len());
    for argument in arguments {
        out.text(&type_json(&argument.data_type)?);
        out.bool(argument.constant.is_some());
        if let Some(value) = &argument.constant {
            out.blob(&pickled(value)?);
        }
        out.bool(argument.is_table);
        out.bool(argument.keyword.is_some());
        if let Some(name) = &argument.keyword {
            out.text(name);
        }
    }
    out.int(END_OF_STREAM);
    Ok(out.into_bytes())
}

/// The type alone, in Spark's JSON.
fn type_json(data_type: &DataType) -> Result<String> {
    let schema = schema_json(&Schema::new(vec![Field::new("value", data_type.clone(), true)]))?;
    let parsed: serde_json::Value =
        serde_json::from_str(&schema).map_err(|e| SparkError::internal(format!("a type in JSON: {e}")))?;
    Ok(parsed["fields"][0]["type"].to_string())
}

fn pickled(value: &ArrayRef) -> Result<Vec<u8>> {
    let mut out = Pickler::new();
    if value.is_null(0) {
        out.none();
        return Ok(out.finish());
    }
    match value.data_type() {
        DataType::Null => out.none(),
        DataType::Boolean => out.bool(value.as_boolean().value(0)),
        DataType::Int8 => out.int(value.as_primitive::<Int8Type>().value(0).into()),
        DataType::Int16 => out.int(value.as_primitive::<Int16Type>().value(0).into()),
        DataType::Int32 => out.int(value.as_primitive::<Int32Type>().value(0).into()),
        DataType::Int64 => out.int(value.as_primitive::<Int64Type>().value(0)),
        DataType::Float32 => out.float(value.as_primitive::<Float32Type>().value(0).into()),
        DataType::Float64 => out.float(value.as_primitive::<Float64Type>().value(0)),
        DataType::Utf8 => out.text(value.as_string::<i32>().value(0)),
        DataType::Binary => out.bytes(value.as_binary::<i32>().value(0)),
        other => {
            return Err(SparkError::unsupported(format!(
                "A constant of the type {other} for a table function whose columns `analyze` tells"
            )));
        }
    }
    Ok(out.finish())
}

struct Answer<'a>(&'a [u8]);

impl Answer<'_> {
    fn read(&mut self, name: &str) -> Result<TableAnalysis> {
        if self.0.get(..4).is_some_and(|start| start == PYTHON_EXCEPTION_THROWN.to_be_bytes()) {
            self.int()?;
            let traceback = self.text()?;
            return Err(SparkError::new("TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON").param("msg", traceback));
        }
        let schema_json = self.text().map_err(|_| {
            SparkError::internal(format!("the process that should analyze the table function {name} gave no answer"))
        })?;
        let result = Bytes::copy_from_slice(self.blob()?);
        let single_partition = self.int()? == 1;
        let partition_by = (0..self.int()?).map(|_| self.text()).collect::<Result<_>>()?;
        let order_by =
            (0..self.int()?).map(|_| Ok((self.text()?, self.int()? == 1, self.nulls()?))).collect::<Result<_>>()?;
        let select = (0..self.int()?).map(|_| Ok((self.text()?, self.text()?))).collect::<Result<_>>()?;
        Ok(TableAnalysis { schema_json, result, single_partition, partition_by, order_by, select })
    }

    fn nulls(&mut self) -> Result<Option<bool>> {
        Ok(match self.int()? {
            0 => None,
            first => Some(first == 1),
        })
    }

    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else {
            return Err(SparkError::internal("the analysis of a table function ended early"));
        };
        self.0 = rest;
        Ok(taken)
    }

    fn int(&mut self) -> Result<i32> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().fold(0i32, |number, byte| (number << 8) | i32::from(*byte)))
    }

    fn blob(&mut self) -> Result<&[u8]> {
        let length = usize::try_from(self.int()?);
        self.take(length.unwrap_or(usize::MAX))
    }

    fn text(&mut self) -> Result<String> {
        Ok(String::from_utf8_lossy(self.blob()?).into_owned())
    }
}
