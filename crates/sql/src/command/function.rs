//! `spark.udf.register`, `spark.udtf.register`: functions that SQL text calls by name, in this session.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, common_inline_user_defined_function::Function};

use super::CommandOutcome;
use crate::python::{self, PythonDataSource, PythonFunction, PythonTableFunction};
use crate::routine::SqlFunction;
use crate::session::Session;

/// The functions that were registered in a session, by their names in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registered {
    scalar: HashMap<String, Arc<PythonFunction>>,
    table: HashMap<String, Arc<PythonTableFunction>>,
    sources: HashMap<String, Arc<PythonDataSource>>,
    sql: HashMap<String, Arc<SqlFunction>>,
}

impl Registered {
    /// The function of that name.
    pub(crate) fn function(&self, name: &str) -> Option<Arc<PythonFunction>> {
        self.scalar.get(&name.to_lowercase()).cloned()
    }

    /// Whether there is a function of that name, of rows or of tables.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.function(name).is_some() || self.table(name).is_some() || self.sql(name).is_some()
    }

    /// The function written in SQL of that name.
    pub(crate) fn sql(&self, name: &str) -> Option<Arc<SqlFunction>> {
        self.sql.get(&name.to_lowercase()).cloned()
    }

    /// Adds a function written in SQL; it takes the place of any other of its name.
    pub(crate) fn add_sql(&mut self, function: Arc<SqlFunction>) {
        self.remove(&function.name);
        self.sql.insert(function.name.to_lowercase(), function);
    }

    /// Removes the function of that name; says whether there was one.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let name = name.to_lowercase();
        let removed = [self.scalar.remove(&name).is_some(), self.table.remove(&name).is_some()];
        self.sql.remove(&name).is_some() || removed.contains(&true)
    }

    /// The table function of that name.
    pub(crate) fn table(&self, name: &str) -> Option<Arc<PythonTableFunction>> {
        self.table.get(&name.to_lowercase()).cloned()
    }

    /// The data source of that name.
    pub(crate) fn source(&self, name: &str) -> Option<Arc<PythonDataSource>> {
        self.sources.get(&name.to_lowercase()).cloned()
    }
}

pub(super) fn register(session: &Session, message: &pb::CommonInlineUserDefinedFunction) -> Result<CommandOutcome> {
    if let Some(Function::JavaUdf(java)) = &message.function {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_1329").param("className", &java.class_name).text(format!(
            "Can not load class {}: functions written in Java need a JVM, and there is none here.",
            java.class_name
        )));
    }
    let mut function = python::from_proto(message)?;
    function.name.clone_from(&message.function_name);
    let function = Arc::new(function);
    session.functions().write().remove(&message.function_name);
    session.functions().write().scalar.insert(message.function_name.to_lowercase(), function);
    Ok(CommandOutcome::Done)
}

/// `spark.dataSource.register`
pub(super) fn register_source(
    session: &Session,
    message: &pb::CommonInlineUserDefinedDataSource,
) -> Result<CommandOutcome> {
    let Some(pb::common_inline_user_defined_data_source::DataSource::PythonDataSource(python)) = &message.data_source
    else {
        return Err(SparkError::internal(format!("the data source {} came without its class", message.name)));
    };
    let source = PythonDataSource {
        name: message.name.clone(),
        command: Bytes::copy_from_slice(&python.command),
        python_version: python.python_ver.clone(),
    };
    session.functions().write().sources.insert(message.name.to_lowercase(), Arc::new(source));
    Ok(CommandOutcome::Done)
}

pub(super) fn register_table(
    session: &Session,
    message: &pb::CommonInlineUserDefinedTableFunction,
) -> Result<CommandOutcome> {
    let function = Arc::new(python::table_from_proto(message)?);
    session.functions().write().remove(&message.function_name);
    session.functions().write().table.insert(message.function_name.to_lowercase(), function);
    Ok(CommandOutcome::Done)
}
