//! `spark.udf.register`, `spark.udtf.register`: functions that SQL text calls by name, in this session.

use std::collections::HashMap;
use std::sync::Arc;

use firesteel_error::Result;
use spark_connect_proto as pb;

use super::CommandOutcome;
use crate::python::{self, PythonFunction, PythonTableFunction};
use crate::session::Session;

/// The functions that were registered in a session, by their names in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registered {
    scalar: HashMap<String, Arc<PythonFunction>>,
    table: HashMap<String, Arc<PythonTableFunction>>,
}

impl Registered {
    /// The function of that name.
    pub(crate) fn function(&self, name: &str) -> Option<Arc<PythonFunction>> {
        self.scalar.get(&name.to_lowercase()).cloned()
    }

    /// Whether there is a function of that name, of rows or of tables.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.function(name).is_some() || self.table(name).is_some()
    }

    /// The table function of that name.
    pub(crate) fn table(&self, name: &str) -> Option<Arc<PythonTableFunction>> {
        self.table.get(&name.to_lowercase()).cloned()
    }
}

pub(super) fn register(session: &Session, message: &pb::CommonInlineUserDefinedFunction) -> Result<CommandOutcome> {
    let function = Arc::new(python::from_proto(message)?);
    session.functions().write().scalar.insert(message.function_name.to_lowercase(), function);
    Ok(CommandOutcome::Done)
}

pub(super) fn register_table(
    session: &Session,
    message: &pb::CommonInlineUserDefinedTableFunction,
) -> Result<CommandOutcome> {
    let function = Arc::new(python::table_from_proto(message)?);
    session.functions().write().table.insert(message.function_name.to_lowercase(), function);
    Ok(CommandOutcome::Done)
}
