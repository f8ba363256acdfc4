//! Plans with Python functions, run by a stand-in whose functions are known by their names: `inc` adds one, `total` sums.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use firesteel_error::{Result, SparkError};
use firesteel_parser::Statement;
use firesteel_sql::display::{Show, show};
use firesteel_sql::python::{
    Batches, GroupColumns, Groups, Pairs, PythonCall, PythonFunction, PythonRuntime, PythonTask, TableCall, WindowCall,
};
use firesteel_sql::{Analyzed, Engine, EngineConfig, Session};
use futures::StreamExt;
use parking_lot::Mutex;
use spark_connect_proto as pb;
use spark_connect_proto::command::CommandType;
use spark_connect_proto::common_inline_user_defined_function::Function;

/// Counts the rows and calls that it is given.
#[derive(Debug, Default)]
struct StandIn {
    rows: Arc<Mutex<usize>>,
    calls: Mutex<Vec<usize>>,
}

fn longs(batch: &RecordBatch, column: usize) -> Vec<i64> {
    let column = arrow::compute::cast(batch.column(column), &DataType::Int64).unwrap();
    column.as_primitive::<Int64Type>().values().to_vec()
}

fn unused() -> SparkError {
    SparkError::unsupported("the stand-in")
}

impl PythonRuntime for StandIn {
    fn scalar(&self, _: &PythonTask, calls: &[PythonCall], schema: &SchemaRef, input: Batches) -> Result<Batches> {
        self.calls.lock().extend(calls.iter().map(|call| call.chain.len()));
        let added: Vec<(usize, i64)> =
            calls.iter().map(|call| (call.arguments[0].column, call.chain.len() as i64)).collect();
        let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
        fields.extend(calls.iter().map(|_| Arc::new(Field::new("r", DataType::Int64, true))));
        let output = Arc::new(Schema::new(fields));
        let rows = self.rows.clone();
        Ok(input
            .map(move |batch| {
                let batch = batch?;
                *rows.lock() += batch.num_rows();
                let mut columns = batch.columns().to_vec();
                for (column, by) in &added {
                    let values = longs(&batch, *column).into_iter().map(|v| v + by);
                    columns.push(Arc::new(Int64Array::from_iter_values(values)) as ArrayRef);
                }
                Ok(RecordBatch::try_new(output.clone(), columns).unwrap())
            })
            .boxed())
    }

    fn map_batches(
        &self,
        _: &PythonTask,
        _: &PythonFunction,
        _: &SchemaRef,
        input: Batches,
        _: &SchemaRef,
    ) -> Result<Batches> {
        Ok(input)
    }

    fn grouped(
        &self,
        _: &PythonTask,
        _: &PythonFunction,
        _: &GroupColumns,
        _: Groups,
        _: &SchemaRef,
    ) -> Result<Batches> {
        Err(unused())
    }

    fn cogrouped(
        &self,
        _: &PythonTask,
        _: &PythonFunction,
        _: (&GroupColumns, &GroupColumns),
        _: Pairs,
        _: &SchemaRef,
    ) -> Result<Batches> {
        Err(unused())
    }

    fn aggregate(&self, _: &PythonTask, calls: &[PythonCall], _: &SchemaRef, groups: Groups) -> Result<Batches> {
        let column = calls[0].arguments[0].column;
        let schema = Arc::new(Schema::new(vec![Field::new("r", DataType::Int64, true)]));
        Ok(groups
            .map(move |group| {
                let total: i64 = group?.iter().flat_map(|batch| longs(batch, column)).sum();
                let values: ArrayRef = Arc::new(Int64Array::from(vec![total]));
                Ok(RecordBatch::try_new(schema.clone(), vec![values]).unwrap())
            })
            .boxed())
    }

    fn window(&self, _: &PythonTask, calls: &[WindowCall], _: &SchemaRef, partitions: Groups) -> Result<Batches> {
        let (column, frame) = (calls[0].call.arguments[0].column, calls[0].frame);
        let schema = Arc::new(Schema::new(vec![Field::new("r", DataType::Int64, true)]));
        Ok(partitions
            .map(move |rows| {
                let rows = rows?;
                let rows = concat_batches(&rows[0].schema(), &rows).unwrap();
                let values = longs(&rows, column);
                let bound = |column: usize| -> Int32Array { rows.column(column).as_primitive::<Int32Type>().clone() };
                let sums: Vec<i64> = (0..values.len())
                    .map(|row| match frame {
                        Some((b, e)) => values[bound(b).value(row) as usize..bound(e).value(row) as usize].iter().sum(),
                        None => values.iter().sum(),
                    })
                    .collect();
                Ok(RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from(sums))]).unwrap())
            })
            .boxed())
    }

    fn table(&self, _: &PythonTask, _: &TableCall, _: &SchemaRef, _: Vec<usize>, _: Batches) -> Result<Batches> {
        Err(unused())
    }
}

async fn session() -> (Session, Arc<StandIn>) {
    let engine = Engine::new(EngineConfig {
        settings: vec![("spark.master".into(), "local[2]".into()), ("spark.sql.session.timeZone".into(), "UTC".into())],
    })
    .unwrap();
    let runtime = Arc::new(StandIn::default());
    engine.set_python_runtime(runtime.clone());
    let session = Session::new(engine, "test");
    register(&session, "inc", 100, true).await;
    register(&session, "draw", 100, false).await;
    register(&session, "total", 202, true).await;
    (session, runtime)
}

async fn register(session: &Session, name: &str, eval_type: i32, deterministic: bool) {
    let output = firesteel_parser::parse_data_type("bigint").unwrap();
    let udf = pb::PythonUdf {
        output_type: Some(output),
        eval_type,
        command: name.as_bytes().to_vec().into(),
        python_ver: "3.11".into(),
        ..Default::default()
    };
    let function = pb::CommonInlineUserDefinedFunction {
        function_name: name.into(),
        deterministic,
        function: Some(Function::PythonUdf(udf)),
        ..Default::default()
    };
    let command = pb::Command { command_type: Some(CommandType::RegisterFunction(function)) };
    session.command(&command).await.unwrap();
}

fn analyzed(session: &Session, sql: &str) -> Result<Analyzed> {
    let Statement::Query(relation) = firesteel_parser::parse_statement(sql).unwrap() else {
        panic!("not a query: {sql}")
    };
    session.analyze(&relation)
}

/// The rows as `show()` prints them, without its frame; or the error's condition.
async fn rows(session: &Session, sql: &str) -> Vec<String> {
    let result = match analyzed(session, sql) {
        Ok(analyzed) => session.collect(&analyzed).await.map(|batches| (analyzed, batches)),
        Err(error) => Err(error),
    };
    let (analyzed, batches) = match result {
        Ok(done) => done,
        Err(error) => return vec![format!("{} {}", error.condition().unwrap_or("-"), error.message())],
    };
    let names: Vec<String> = analyzed.output.iter().map(|a| a.name.clone()).collect();
    let zone = firesteel_sql::display::zone(session.conf());
    let text = show(&names, &batches, Show { rows: 100, truncate: 0, vertical: false, zone });
    text.lines().filter(|line| line.starts_with('|')).map(|line| line.replace(' ', "")).collect()
}

#[tokio::test]
async fn nested_calls_of_one_kind_run_in_one_go() {
    let (session, runtime) = session().await;
    assert_eq!(
        rows(&session, "select inc(inc(id * 10)) x, inc(id) y from range(2)").await,
        ["|x|y|", "|2|1|", "|12|2|"]
    );
    let mut calls = runtime.calls.lock().clone();
    calls.dedup();
    assert_eq!(calls.iter().filter(|length| **length == 2).count(), calls.len() / 2);
    assert_eq!(*runtime.rows.lock(), 2);
}

#[tokio::test]
async fn a_call_is_evaluated_once_for_equal_arguments_unless_it_is_not_deterministic() {
    let (session, runtime) = session().await;
    rows(&session, "select inc(id), inc(id) + 1, draw(id), draw(id) from range(1, 2, 1, 1)").await;
    assert_eq!(*runtime.calls.lock(), [1, 1, 1]);
}

#[tokio::test]
async fn plain_conditions_are_tested_before_functions_are_called() {
    let (session, runtime) = session().await;
    let sql = "select id from range(100) where inc(id) % 2 = 0 and id < 10";
    assert_eq!(rows(&session, sql).await, ["|id|", "|1|", "|3|", "|5|", "|7|", "|9|"]);
    assert_eq!(*runtime.rows.lock(), 10);
}

#[tokio::test]
async fn a_column_that_nobody_asks_for_is_not_computed() {
    let (session, runtime) = session().await;
    assert_eq!(rows(&session, "select k from (select id as k, inc(id) x from range(3))").await.len(), 4);
    assert_eq!(*runtime.rows.lock(), 0);
}

#[tokio::test]
async fn a_filter_on_a_function_computes_it_once() {
    let (session, runtime) = session().await;
    assert_eq!(
        rows(&session, "select x from (select inc(id) x from range(5)) where x > 3").await,
        ["|x|", "|4|", "|5|"]
    );
    assert_eq!(*runtime.rows.lock(), 5);
}

#[tokio::test]
async fn functions_in_every_clause() {
    let (session, _) = session().await;
    let cases: [(&str, &[&str]); 8] = [
        (
            "select inc(id % 2) k, count(*) n from range(5) group by inc(id % 2) order by k",
            &["|k|n|", "|1|3|", "|2|2|"],
        ),
        ("select sum(inc(id)) s, inc(sum(id)) t from range(3)", &["|s|t|", "|6|4|"]),
        ("select id from range(3) order by -inc(id)", &["|id|", "|2|", "|1|", "|0|"]),
        (
            "select a.id x, b.id y from range(3) a join range(3) b on inc(a.id) = b.id order by 1",
            &["|x|y|", "|0|1|", "|1|2|"],
        ),
        ("select a.id x, b.id y from range(2) a join range(3) b on inc(a.id + b.id) = 4", &["|x|y|", "|1|2|"]),
        (
            "select a.id x, b.id y from range(2) a left join range(2) b on a.id = inc(b.id) order by 1",
            &["|x|y|", "|0|NULL|", "|1|0|"],
        ),
        ("select inc(row_number() over (order by id)) r from range(2) order by r", &["|r|", "|2|", "|3|"]),
        ("select inc(1) x", &["|x|", "|2|"]),
    ];
    for (sql, expected) in cases {
        assert_eq!(rows(&session, sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn aggregates_over_groups_and_windows() {
    let (session, _) = session().await;
    let cases: [(&str, &[&str]); 5] = [
        ("select id % 2 k, total(id) t from range(5) group by id % 2 order by k", &["|k|t|", "|0|6|", "|1|4|"]),
        ("select total(inc(id)) + 1 t from range(3)", &["|t|", "|7|"]),
        ("select total(id) t from range(0)", &["|t|"]),
        (
            "select id, total(id) over (partition by id % 2) w, count(*) over () n from range(4) order by id",
            &["|id|w|n|", "|0|2|4|", "|1|4|4|", "|2|2|4|", "|3|4|4|"],
        ),
        (
            "select id, total(id) over (order by id rows between 1 preceding and current row) w from range(3) order by id",
            &["|id|w|", "|0|0|", "|1|1|", "|2|3|"],
        ),
    ];
    for (sql, expected) in cases {
        assert_eq!(rows(&session, sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn refused_as_spark_refuses_it() {
    let (session, _) = session().await;
    let cases = [
        ("select total(id), sum(id) from range(3)", "INVALID_PANDAS_UDF_PLACEMENT"),
        (
            "select transform(array(id), x -> inc(x)) from range(3)",
            "UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_PYTHON_UDF",
        ),
        (
            "select a.id from range(3) a left join range(3) b on inc(a.id + b.id) = 1",
            "UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE",
        ),
        ("select nothing(id) from range(3)", "UNRESOLVED_ROUTINE"),
    ];
    for (sql, condition) in cases {
        let shown = rows(&session, sql).await;
        assert!(shown[0].starts_with(condition), "{sql}: {shown:?}");
    }
}
