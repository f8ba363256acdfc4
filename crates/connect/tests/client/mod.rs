//! A server of its own for a test, and a client that speaks the protocol without any help.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use firesteel_connect::{Listener, Server, ServerConfig, serve};
use firesteel_sql::{Engine, EngineConfig};
use spark_connect_proto as pb;
use spark_connect_proto::execute_plan_request::RequestOption;
use spark_connect_proto::execute_plan_request::request_option::RequestOption as Choice;
use spark_connect_proto::plan::OpType;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::spark_connect_service_client::SparkConnectServiceClient;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};
use uuid::Uuid;

pub const TOKEN: &str = "open-sesame";

pub async fn server() -> Server {
    let engine = Engine::new(EngineConfig::default()).unwrap();
    let listener = Listener::bind("127.0.0.1:0").await.unwrap();
    serve(ServerConfig { engine, token: Some(TOKEN.into()) }, listener).unwrap()
}

#[derive(Clone)]
pub struct WithToken;

impl Interceptor for WithToken {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let token: AsciiMetadataValue = format!("Bearer {TOKEN}").parse().unwrap();
        request.metadata_mut().insert("authorization", token);
        Ok(request)
    }
}

pub type Stub = SparkConnectServiceClient<InterceptedService<Channel, WithToken>>;

pub struct Client {
    pub stub: Stub,
    pub session_id: String,
}

pub async fn channel(server: &Server) -> Channel {
    Endpoint::from_shared(format!("http://{}", server.address())).unwrap().connect().await.unwrap()
}

impl Client {
    pub async fn connect(server: &Server) -> Self {
        let stub = SparkConnectServiceClient::with_interceptor(channel(server).await, WithToken);
        Self { stub: stub.max_decoding_message_size(usize::MAX), session_id: Uuid::new_v4().to_string() }
    }

    pub fn user(&self) -> Option<pb::UserContext> {
        Some(pb::UserContext { user_id: "tester".into(), ..Default::default() })
    }

    pub fn request(&self, plan: pb::Plan, operation_id: &str) -> pb::ExecutePlanRequest {
        let option = |choice| RequestOption { request_option: Some(choice) };
        pb::ExecutePlanRequest {
            session_id: self.session_id.clone(),
            user_context: self.user(),
            operation_id: Some(operation_id.to_string()),
            plan: Some(plan),
            request_options: vec![option(Choice::ReattachOptions(pb::ReattachOptions { reattachable: true }))],
            ..Default::default()
        }
    }

    pub async fn execute(&mut self, plan: pb::Plan) -> Result<Vec<pb::ExecutePlanResponse>, Status> {
        let request = self.request(plan, &Uuid::new_v4().to_string());
        rest(self.stub.execute_plan(request).await?.into_inner()).await
    }

    pub async fn config(&mut self, op: pb::config_request::operation::OpType) -> Result<pb::ConfigResponse, Status> {
        let request = pb::ConfigRequest {
            session_id: self.session_id.clone(),
            user_context: self.user(),
            operation: Some(pb::config_request::Operation { op_type: Some(op) }),
            ..Default::default()
        };
        self.stub.config(request).await.map(tonic::Response::into_inner)
    }

    pub async fn reattach(
        &mut self,
        operation_id: &str,
        last: &str,
    ) -> Result<Streaming<pb::ExecutePlanResponse>, Status> {
        let request = pb::ReattachExecuteRequest {
            session_id: self.session_id.clone(),
            user_context: self.user(),
            operation_id: operation_id.into(),
            last_response_id: Some(last.into()),
            ..Default::default()
        };
        self.stub.reattach_execute(request).await.map(tonic::Response::into_inner)
    }
}

pub async fn rest(mut stream: Streaming<pb::ExecutePlanResponse>) -> Result<Vec<pb::ExecutePlanResponse>, Status> {
    let mut responses = Vec::new();
    while let Some(response) = stream.message().await? {
        responses.push(response);
    }
    Ok(responses)
}

pub fn plan(rel_type: RelType) -> pb::Plan {
    pb::Plan { op_type: Some(OpType::Root(pb::Relation { rel_type: Some(rel_type), common: None })) }
}

pub fn range(end: i64) -> pb::Plan {
    plan(RelType::Range(pb::Range { start: Some(0), end, step: 1, num_partitions: None }))
}

pub fn sql(query: &str) -> pb::Plan {
    plan(RelType::Sql(pb::Sql { query: query.into(), ..Default::default() }))
}

/// The error condition in a status.
pub fn condition(status: &Status) -> String {
    use tonic_types::StatusExt;
    let info = status.get_details_error_info().expect("a status with an error's details");
    info.metadata["errorClass"].clone()
}
