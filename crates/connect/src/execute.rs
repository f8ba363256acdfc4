//! What an operation does: rows for a relation, a handler for a command.

use std::collections::HashMap;
use std::sync::Arc;

use firesteel_error::Result;
use firesteel_sql::execution;
use firesteel_sql::observe::Observer;
use firesteel_sql::types;
use spark_connect_proto::execute_plan_response::metrics::{MetricObject, MetricValue};
use spark_connect_proto::execute_plan_response::{Metrics, ObservedMetrics, ResponseType};
use spark_connect_proto::{ExecutePlanResponse, Plan, Relation};

use crate::commands::{self, Context};
use crate::operation::Operation;
use crate::origin;
use crate::plan::Request;
use crate::progress;
use crate::results::{Chunking, ResultMessages};
use crate::session::ClientSession;

/// Carries out `plan`; its responses go to `operation`.
///
/// # Errors
/// Whatever goes wrong in it; the operation ends with that.
pub async fn execute(
    session: Arc<ClientSession>,
    operation: Arc<Operation>,
    plan: Option<Plan>,
    chunking: Chunking,
) -> Result<()> {
    let request = Request::of(plan)?;
    let bus = session.sql.engine().bus().clone();
    let origin = origin::of(&session, &operation, &request);
    let interval = progress::interval(&session, &request);
    let work = async {
        match request {
            Request::Relation(relation) => rows(&session, &operation, *relation, chunking).await,
            Request::Command(command) => {
                commands::run(Context { session: session.clone(), operation: operation.clone() }, *command).await
            }
        }
    };
    // Progress listens to the bus, so it comes before what is done only if someone listens.
    let ended = progress::told(&session, &operation, interval, || execution::observed(&bus, origin, work)).await;
    if let Some(profiled) = session.accumulated.profiled() {
        operation.send(ExecutePlanResponse { observed_metrics: vec![profiled], ..Default::default() }).await;
    }
    // The driver reads its accumulators as soon as it has the result.
    session.accumulated.send().await;
    ended
}

/// The schema, the rows, then how many there were.
async fn rows(session: &ClientSession, operation: &Operation, relation: Relation, chunking: Chunking) -> Result<()> {
    let (sql, observer) = session.sql.observing();
    let analyzed = ClientSession::analyze_in(&sql, relation).await?;
    let stream = sql.execute(&analyzed).await?;
    let schema = types::schema_to_proto(&analyzed.schema());
    operation.send(ExecutePlanResponse { schema: Some(schema), ..Default::default() }).await;
    let mut messages = ResultMessages::new(stream, &session.sql.conf().time_zone(), chunking);
    while let Some(batches) = messages.next().await? {
        for batch in batches {
            operation.respond(ResponseType::ArrowBatch(batch)).await;
        }
    }
    operation.send(ExecutePlanResponse { metrics: Some(metrics(messages.rows())), ..Default::default() }).await;
    if let Some(observed) = observed(&observer)? {
        operation.send(observed).await;
    }
    Ok(())
}

/// What the queries of an operation observed, if they observed something.
///
/// # Errors
/// What the aggregates raise.
pub fn observed(observer: &Observer) -> Result<Option<ExecutePlanResponse>> {
    let observed = observer.take()?.into_iter().map(|observed| {
        let (keys, values): (Vec<_>, Vec<_>) = observed.metrics.into_iter().unzip();
        Ok(ObservedMetrics {
            name: observed.name,
            keys: keys.iter().map(|field| field.name().clone()).collect(),
            values: values.iter().map(types::literal_to_proto).collect::<Result<_>>()?,
            plan_id: observed.plan_id,
            ..Default::default()
        })
    });
    let observed_metrics: Vec<_> = observed.collect::<Result<_>>()?;
    Ok((!observed_metrics.is_empty()).then(|| ExecutePlanResponse { observed_metrics, ..Default::default() }))
}

fn metrics(rows: i64) -> Metrics {
    let rows = MetricValue { name: "number of output rows".into(), value: rows, metric_type: "sum".into() };
    let execution_metrics = HashMap::from([("numOutputRows".to_string(), rows)]);
    Metrics { metrics: vec![MetricObject { name: "Result".into(), plan_id: 0, parent: 0, execution_metrics }] }
}
