//! Data sources written in Python, run by processes of the pool's interpreter.

use arrow::datatypes::{DataType, SchemaRef};
use bytes::Bytes;
use firesteel_error::Result;
use firesteel_python::{DataSourceRequest, DeclaredSchema};
use firesteel_sql::python::{Planned, PythonDataSource, PythonDataSources, PythonScope};
use firesteel_sql::types;

use crate::python_runtime::PythonWorkers;

fn request<'a>(source: &'a PythonDataSource, options: &'a [(String, String)]) -> DataSourceRequest<'a> {
    DataSourceRequest {
        provider: &source.name,
        command: &source.command,
        python_version: &source.python_version,
        options,
    }
}

fn json(schema: &SchemaRef) -> String {
    types::to_json(&DataType::Struct(schema.fields().clone())).to_string()
}

impl PythonDataSources for PythonWorkers {
    fn create(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        options: &[(String, String)],
        schema: Option<&SchemaRef>,
    ) -> Result<(Bytes, SchemaRef)> {
        let (session, runner) = (Self::session(scope)?, self.runner(scope.engine())?);
        let given = schema.map(json);
        let made = runner.create_data_source(&session, &request(source, options), given.as_deref())?;
        let schema = match made.schema {
            DeclaredSchema::Json(text) | DeclaredSchema::Ddl(text) => types::schema_from_json(&text)?,
        };
        Ok((made.instance, schema))
    }

    fn plan_read(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        instance: &Bytes,
        schema: &SchemaRef,
    ) -> Result<Planned<Vec<Bytes>>> {
        let (session, runner) = (Self::session(scope)?, self.runner(scope.engine())?);
        let planned = runner.plan_data_source_read(&session, &source.python_version, instance, &json(schema))?;
        Ok(Planned { command: planned.command, rest: planned.partitions })
    }

    fn plan_write(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        options: &[(String, String)],
        schema: &SchemaRef,
        overwrite: bool,
    ) -> Result<Planned<Bytes>> {
        let (session, runner) = (Self::session(scope)?, self.runner(scope.engine())?);
        let planned = runner.plan_data_source_write(&session, &request(source, options), &json(schema), overwrite)?;
        Ok(Planned { command: planned.command, rest: planned.writer })
    }

    fn end_write(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        writer: &Bytes,
        messages: &[Bytes],
        abort: bool,
    ) -> Result<()> {
        let (session, runner) = (Self::session(scope)?, self.runner(scope.engine())?);
        runner.end_data_source_write(&session, &source.python_version, writer, messages, abort)
    }
}
