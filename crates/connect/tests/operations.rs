//! Operations over the wire: results, broken connections, cancellation, errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;

use client::{Client, condition, range, rest, server, sql};
use spark_connect_proto as pb;
use spark_connect_proto::execute_plan_response::ResponseType;
use spark_connect_proto::get_status_request::OperationStatusRequest;
use spark_connect_proto::get_status_response::operation_status::OperationState;
use spark_connect_proto::interrupt_request::{Interrupt, InterruptType};
use spark_connect_proto::release_execute_request::{Release, ReleaseAll};
use tonic_types::StatusExt;
use uuid::Uuid;

/// A query that does not end by itself within a test.
const LONG: &str = "SELECT sum(hash(a.id, b.id)) FROM range(10000000) a CROSS JOIN range(10000000) b";

fn rows(responses: &[pb::ExecutePlanResponse]) -> i64 {
    let batches = responses.iter().filter_map(|response| match &response.response_type {
        Some(ResponseType::ArrowBatch(batch)) => Some(batch.row_count),
        _ => None,
    });
    batches.sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_schema_rows_metrics_and_the_end() {
    let server = server().await;
    let mut client = Client::connect(&server).await;
    let responses = client.execute(range(1000)).await.unwrap();
    assert!(responses[0].schema.is_some());
    assert_eq!(rows(&responses), 1000);
    let is_progress =
        |r: &&pb::ExecutePlanResponse| matches!(r.response_type, Some(ResponseType::ExecutionProgress(_)));
    let before_end = responses.iter().rev().skip(1).find(|response| !is_progress(response));
    assert!(before_end.unwrap().metrics.is_some());
    assert!(matches!(responses.last().unwrap().response_type, Some(ResponseType::ResultComplete(_))));
    assert!(responses.iter().all(|response| response.session_id == client.session_id));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_resumes_after_the_last_response() {
    let server = server().await;
    let mut client = Client::connect(&server).await;
    let id = Uuid::new_v4().to_string();
    let whole = {
        let request = client.request(range(3_000_000), &id);
        let mut stream = client.stub.execute_plan(request).await.unwrap().into_inner();
        let mut first = vec![stream.message().await.unwrap().unwrap(), stream.message().await.unwrap().unwrap()];
        drop(stream);
        let again = client.reattach(&id, &first[1].response_id).await.unwrap();
        first.extend(rest(again).await.unwrap());
        first
    };
    assert_eq!(rows(&whole), 3_000_000);
    let mut ids: Vec<_> = whole.iter().map(|response| response.response_id.clone()).collect();
    ids.dedup();
    assert_eq!(ids.len(), whole.len());
    assert!(matches!(whole.last().unwrap().response_type, Some(ResponseType::ResultComplete(_))));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_operation_is_gone() {
    let server = server().await;
    let mut client = Client::connect(&server).await;
    let id = Uuid::new_v4().to_string();
    let request = client.request(range(3), &id);
    let responses = rest(client.stub.execute_plan(request).await.unwrap().into_inner()).await.unwrap();
    let release = pb::ReleaseExecuteRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        operation_id: id.clone(),
        release: Some(Release::ReleaseAll(ReleaseAll {})),
        ..Default::default()
    };
    let released = client.stub.release_execute(release.clone()).await.unwrap().into_inner();
    assert_eq!(released.operation_id, Some(id.clone()));
    assert_eq!(client.stub.release_execute(release).await.unwrap().into_inner().operation_id, None);
    let gone = client.reattach(&id, &responses[0].response_id).await.unwrap_err();
    assert_eq!(condition(&gone), "INVALID_HANDLE.OPERATION_NOT_FOUND");
    // The client's library looks for the condition in the message.
    assert!(gone.message().contains("INVALID_HANDLE.OPERATION_NOT_FOUND"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_cancelled_by_its_tag() {
    let server = server().await;
    let mut client = Client::connect(&server).await;
    let id = Uuid::new_v4().to_string();
    let request = pb::ExecutePlanRequest { tags: vec!["long".into()], ..client.request(sql(LONG), &id) };
    let mut running = client.stub.execute_plan(request).await.unwrap().into_inner();
    assert!(running.message().await.unwrap().unwrap().schema.is_some());
    let interrupt = |tag: &str| pb::InterruptRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        interrupt_type: InterruptType::Tag.into(),
        interrupt: Some(Interrupt::OperationTag(tag.into())),
        ..Default::default()
    };
    let (other, long) = (interrupt("other"), interrupt("long"));
    assert!(client.stub.interrupt(other).await.unwrap().into_inner().interrupted_ids.is_empty());
    assert_eq!(client.stub.interrupt(long).await.unwrap().into_inner().interrupted_ids, std::slice::from_ref(&id));
    assert_eq!(condition(&rest(running).await.unwrap_err()), "OPERATION_CANCELED");
    let status = pb::GetStatusRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        operation_status: Some(OperationStatusRequest { operation_ids: vec![id], extensions: Vec::new() }),
        ..Default::default()
    };
    let status = client.stub.get_status(status).await.unwrap().into_inner();
    assert_eq!(status.operation_statuses[0].state(), OperationState::Cancelled);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_has_its_class_and_the_rest_can_be_fetched() {
    let server = server().await;
    let mut client = Client::connect(&server).await;
    let status = client.execute(sql("SELECT nothing FROM range(1)")).await.unwrap_err();
    let info = status.get_details_error_info().unwrap();
    assert!(info.metadata["classes"].contains("org.apache.spark.sql.AnalysisException"));
    let request = pb::FetchErrorDetailsRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        error_id: info.metadata["errorId"].clone(),
        ..Default::default()
    };
    let details = client.stub.fetch_error_details(request).await.unwrap().into_inner();
    assert_eq!(details.root_error_idx, Some(0));
    let throwable = details.errors[0].spark_throwable.clone().unwrap();
    assert_eq!(throwable.error_class(), info.metadata["errorClass"]);
    assert_eq!(throwable.sql_state(), "42703");
    server.stop().await;
}
