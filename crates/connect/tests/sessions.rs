//! Sessions over the wire: tokens, sockets, release, uploads, the driver's callbacks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;

use bytes::Bytes;
use client::{Client, TOKEN, WithToken, channel, condition, server};
use firesteel_connect::driver_service::DriverServiceClient;
use firesteel_connect::frame::{Frame, Header};
use firesteel_connect::registry::SessionKey;
use firesteel_connect::{Listener, ServerConfig, serve};
use firesteel_sql::{Engine, EngineConfig};
use serde_json::json;
use spark_connect_proto as pb;
use spark_connect_proto::add_artifacts_request::{ArtifactChunk, Batch, Payload, SingleChunkArtifact};
use spark_connect_proto::config_request::operation::OpType;
use spark_connect_proto::config_request::{Get, Set};
use spark_connect_proto::spark_connect_service_client::SparkConnectServiceClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

fn get(key: &str) -> OpType {
    OpType::Get(Get { keys: vec![key.into()] })
}

#[tokio::test]
async fn no_one_without_the_token_is_answered() {
    let server = server().await;
    let mut stranger = SparkConnectServiceClient::new(channel(&server).await);
    let error = stranger.config(pb::ConfigRequest::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthenticated);
    assert!(!error.message().contains(TOKEN));
    let mut driver = DriverServiceClient::new(channel(&server).await);
    let error = driver.callbacks(tokio_stream::empty()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthenticated);
    server.stop().await;
}

#[tokio::test]
async fn a_server_listens_on_a_unix_socket() {
    let directory = tempfile::tempdir().unwrap();
    let address = format!("unix:{}", directory.path().join("engine").display());
    let engine = Engine::new(EngineConfig::default()).unwrap();
    let listener = Listener::bind(&address).await.unwrap();
    let server = serve(ServerConfig { engine, token: None }, listener).unwrap();
    assert_eq!(server.address(), address);
    let channel = tonic::transport::Endpoint::from_shared(address.clone()).unwrap().connect().await.unwrap();
    let request = pb::ConfigRequest { session_id: uuid::Uuid::new_v4().to_string(), ..Default::default() };
    let error = SparkConnectServiceClient::new(channel).config(request).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal);
    server.stop().await;
}

#[tokio::test]
async fn settings_live_in_the_session_until_it_is_released() {
    let server = server().await;
    let mut client = Client::connect(&server).await;
    let pair = pb::KeyValue { key: "spark.sql.shuffle.partitions".into(), value: Some("7".into()) };
    client.config(OpType::Set(Set { pairs: vec![pair], silent: None })).await.unwrap();
    let answer = client.config(get("spark.sql.shuffle.partitions")).await.unwrap();
    assert_eq!(answer.pairs[0].value(), "7");
    let clone = pb::CloneSessionRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        ..Default::default()
    };
    let clone = client.stub.clone_session(clone).await.unwrap().into_inner();
    let release = pb::ReleaseSessionRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        ..Default::default()
    };
    let released = client.stub.release_session(release).await.unwrap().into_inner();
    assert_eq!(released.server_side_session_id, answer.server_side_session_id);
    let error = client.config(get("spark.sql.shuffle.partitions")).await.unwrap_err();
    assert_eq!(condition(&error), "INVALID_HANDLE.SESSION_CLOSED");
    client.session_id = clone.new_session_id;
    assert_eq!(client.config(get("spark.sql.shuffle.partitions")).await.unwrap().pairs[0].value(), "7");
    server.stop().await;
}

#[tokio::test]
async fn uploads_are_checked() {
    let server = server().await;
    let mut client = Client::connect(&server).await;
    let artifact = |name: &str, crc: i64| SingleChunkArtifact {
        name: name.into(),
        data: Some(ArtifactChunk { data: b"abc".as_slice().into(), crc }),
    };
    let request = |artifacts: Vec<SingleChunkArtifact>| pb::AddArtifactsRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        payload: Some(Payload::Batch(Batch { artifacts })),
        ..Default::default()
    };
    // The CRC-32 of "abc".
    let good = request(vec![artifact("cache/00ff", 0x3524_41c2), artifact("files/bad", 1)]);
    let escape = request(vec![artifact("../x", 0x3524_41c2)]);
    let summaries = client.stub.add_artifacts(tokio_stream::once(good)).await.unwrap().into_inner().artifacts;
    assert_eq!(summaries.iter().map(|s| s.is_crc_successful).collect::<Vec<_>>(), [true, false]);
    let error = client.stub.add_artifacts(tokio_stream::once(escape)).await.unwrap_err();
    assert_eq!(condition(&error), "INVALID_ARTIFACT_PATH");
    let request = pb::ArtifactStatusesRequest {
        session_id: client.session_id.clone(),
        user_context: client.user(),
        names: vec!["cache/00ff".into(), "files/bad".into(), "../x".into()],
        ..Default::default()
    };
    let statuses = client.stub.artifact_status(request).await.unwrap().into_inner().statuses;
    assert_eq!(["cache/00ff", "files/bad", "../x"].map(|name| statuses[name].exists), [true, false, false]);
    server.stop().await;
}

#[tokio::test]
async fn the_engine_calls_the_driver() {
    let server = server().await;
    let key = SessionKey { user_id: "tester".into(), session_id: uuid::Uuid::new_v4().to_string() };
    let (to_engine, frames) = mpsc::channel(1);
    let frame = |value: serde_json::Value| Frame::of(value.as_object().cloned().unwrap());
    let hello = json!({"kind": "hello", "protocol": 1, "user_id": "tester", "session_id": key.session_id});
    to_engine.send(frame(hello)).await.unwrap();
    let mut stub = DriverServiceClient::with_interceptor(channel(&server).await, WithToken);
    let mut from_engine = stub.callbacks(ReceiverStream::new(frames)).await.unwrap().into_inner();
    assert_eq!(from_engine.message().await.unwrap().unwrap().header["kind"], "welcome");

    let session = server.registry().get(&key, None).unwrap();
    let callbacks = session.callbacks.clone();
    let call = tokio::spawn(async move { callbacks.call("ping", Header::new(), Bytes::from_static(b"\x80")).await });
    let asked = from_engine.message().await.unwrap().unwrap();
    assert_eq!(asked.header["kind"], "ping");
    let mut answer = frame(json!({"id": asked.header["id"], "ok": true}));
    answer.payload = asked.payload;
    to_engine.send(answer).await.unwrap();
    assert_eq!(call.await.unwrap().unwrap().payload, b"\x80".as_slice());

    server.registry().release(&key, false).await.unwrap();
    assert!(from_engine.message().await.unwrap().is_none());
    server.stop().await;
}

#[tokio::test]
async fn a_driver_that_does_not_introduce_itself_is_refused() {
    let server = server().await;
    let mut stub = DriverServiceClient::with_interceptor(channel(&server).await, WithToken);
    for hello in [json!({}), json!({"kind": "hello", "protocol": 2, "session_id": "x"})] {
        let frame = Frame::of(hello.as_object().cloned().unwrap());
        let error = stub.callbacks(tokio_stream::once(frame)).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
    }
    server.stop().await;
}
