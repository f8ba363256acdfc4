//! Python functions as a client sends them, and calls of them.

use arrow::datatypes::{DataType, SchemaRef};
use bytes::Bytes;

use crate::eval_kind::EvalKind;
use crate::wire::WireWriter;

/// A Python function that a client registered or sent within a plan.
#[derive(Debug, Clone)]
pub struct PythonFunction {
    /// Its name, for messages and column names.
    pub name: String,
    /// The pickled pair of function and return type, as the client made it.
    pub command: Bytes,
    /// The client's Python version, `3.11`; a worker of another version refuses the function.
    pub python_version: String,
    /// How it is called.
    pub eval_kind: EvalKind,
    /// What it returns.
    pub return_type: DataType,
}

/// An argument of a call: a column of the input, by position or by the parameter's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The index of the input column.
    pub column: usize,
    /// The parameter's name, for a keyword argument.
    pub keyword: Option<String>,
}

impl Argument {
    /// A positional argument.
    pub fn positional(column: usize) -> Self {
        Self { column, keyword: None }
    }

    /// A keyword argument.
    pub fn keyword(column: usize, name: impl Into<String>) -> Self {
        Self { column, keyword: Some(name.into()) }
    }
}

/// A call of a function, or of several that are nested: `h(g(f(x)))` is one call whose chain is `[f, g, h]`.
#[derive(Debug, Clone)]
pub struct UdfCall {
    /// The functions, the innermost first; never empty.
    pub chain: Vec<PythonFunction>,
    /// The arguments of the innermost function.
    pub arguments: Vec<Argument>,
    /// The id under which profilers report the call.
    pub result_id: i64,
}

impl UdfCall {
    /// A call of one function with positional arguments.
    pub fn new(function: PythonFunction, columns: impl IntoIterator<Item = usize>) -> Self {
        let arguments = columns.into_iter().map(Argument::positional).collect();
        Self { chain: vec![function], arguments, result_id: 0 }
    }

    /// The function that gives the call's result.
    pub(crate) fn outermost(&self) -> Option<&PythonFunction> {
        self.chain.last()
    }

    /// Writes the call; `position` tells where an input column is among the columns that are sent.
    pub(crate) fn write(&self, out: &mut WireWriter, position: impl Fn(usize) -> usize) {
        write_arguments(out, &self.arguments, position);
        out.count(self.chain.len());
        for function in &self.chain {
            out.blob(&function.command);
        }
        out.long(self.result_id);
    }
}

/// A call of a Python table function.
#[derive(Debug, Clone)]
pub struct TableCall {
    /// Its name, for messages.
    pub name: String,
    /// The pickled class.
    pub command: Bytes,
    /// The client's Python version.
    pub python_version: String,
    /// [`EvalKind::Table`], [`EvalKind::ArrowTable`] or [`EvalKind::ArrowUdtf`].
    pub eval_kind: EvalKind,
    /// The columns of its result.
    pub return_schema: SchemaRef,
    /// The arguments, as columns of the input.
    pub arguments: Vec<Argument>,
    /// Of the struct column that is a TABLE argument: the indexes of the fields that hold PARTITION BY expressions.
    pub partition_fields: Vec<usize>,
    /// Input columns that are TABLE arguments.
    pub table_columns: Vec<usize>,
    /// The pickled result of the class's `analyze`, if it has one.
    pub analyze_result: Option<Bytes>,
}

pub(crate) fn write_arguments(out: &mut WireWriter, arguments: &[Argument], position: impl Fn(usize) -> usize) {
    out.count(arguments.len());
    for argument in arguments {
        out.count(position(argument.column));
        out.bool(argument.keyword.is_some());
        if let Some(name) = &argument.keyword {
            out.text(name);
        }
    }
}

/// The distinct columns that `arguments` use, in the order of first use.
pub(crate) fn used_columns<'a>(arguments: impl IntoIterator<Item = &'a Argument>) -> Vec<usize> {
    let mut columns = Vec::new();
    for argument in arguments {
        if !columns.contains(&argument.column) {
            columns.push(argument.column);
        }
    }
    columns
}
