//! `analyze` of a table function: asks the class for the columns of its result before the query is planned.
//!
//! This runs in a process of its own (see [`planning`](crate::planning)).

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use firesteel_error::{Result, SparkError};

use crate::pickle::RowPickler;
use crate::planning::Answer;
use crate::runner::PythonRunner;
use crate::session::PythonSession;
use crate::type_json::schema_json;
use crate::wire::WireWriter;

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
        let raised =
            |traceback| SparkError::new("TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON").param("msg", traceback);
        let ask = |out: &mut WireWriter| question(out, name, command, arguments);
        let answer = self.ask(session, "analyze_udtf", python_version, ask, raised)?;
        read(&mut Answer(&answer))
    }
}

fn question(out: &mut WireWriter, name: &str, command: &[u8], arguments: &[AnalyzeArgument]) -> Result<()> {
    out.text(name);
    out.blob(command);
    out.count(arguments.len());
    for argument in arguments {
        out.text(&type_json(&argument.data_type)?);
        out.bool(argument.constant.is_some());
        if let Some(value) = &argument.constant {
            out.blob(&RowPickler::value(value)?);
        }
        out.bool(argument.is_table);
        out.bool(argument.keyword.is_some());
        if let Some(name) = &argument.keyword {
            out.text(name);
        }
    }
    Ok(())
}

/// The type alone, in Spark's JSON.
fn type_json(data_type: &DataType) -> Result<String> {
    let schema = schema_json(&Schema::new(vec![Field::new("value", data_type.clone(), true)]))?;
    let parsed: serde_json::Value =
        serde_json::from_str(&schema).map_err(|e| SparkError::internal(format!("a type in JSON: {e}")))?;
    Ok(parsed["fields"][0]["type"].to_string())
}

fn read(answer: &mut Answer<'_>) -> Result<TableAnalysis> {
    let schema_json = answer.text()?;
    let result = Bytes::copy_from_slice(answer.blob()?);
    let single_partition = answer.int()? == 1;
    let partition_by = (0..answer.int()?).map(|_| answer.text()).collect::<Result<_>>()?;
    let order_by =
        (0..answer.int()?).map(|_| Ok((answer.text()?, answer.int()? == 1, nulls(answer)?))).collect::<Result<_>>()?;
    let select = (0..answer.int()?).map(|_| Ok((answer.text()?, answer.text()?))).collect::<Result<_>>()?;
    Ok(TableAnalysis { schema_json, result, single_partition, partition_by, order_by, select })
}

fn nulls(answer: &mut Answer<'_>) -> Result<Option<bool>> {
    Ok(match answer.int()? {
        0 => None,
        first => Some(first == 1),
    })
}
