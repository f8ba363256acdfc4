//! Spark Connect's twelve calls, each given to the module that answers it.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use futures::Stream;
use spark_connect_proto as pb;
use spark_connect_proto::get_status_response::OperationStatus;
use spark_connect_proto::interrupt_request::{Interrupt, InterruptType};
use spark_connect_proto::release_execute_request::Release;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::execute::execute;
use crate::handle::check_uuid;
use crate::operation::{Operation, ResponseIds};
use crate::operations::Admission;
use crate::registry::{SessionKey, SessionRegistry};
use crate::response_stream::follow;
use crate::results::Chunking;
use crate::session::ClientSession;
use crate::status::status;
use crate::upload::{Ended, Upload};
use crate::{analyze, config, local_properties};

#[allow(missing_docs, unused_qualifications, clippy::all, clippy::pedantic)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/spark.connect.SparkConnectService.rs"));
}

pub use generated::spark_connect_service_server::{SparkConnectService, SparkConnectServiceServer};

/// The service over an engine's sessions.
#[derive(Debug)]
pub struct ConnectService {
    registry: Arc<SessionRegistry>,
}

type Responses = Pin<Box<dyn Stream<Item = Result<pb::ExecutePlanResponse, Status>> + Send>>;
type Answer<T> = Result<Response<T>, Status>;

impl ConnectService {
    /// For the sessions of `registry`.
    pub fn new(registry: Arc<SessionRegistry>) -> Self {
        Self { registry }
    }

    fn open(
        &self,
        user: Option<pb::UserContext>,
        id: &str,
        observed: Option<&str>,
    ) -> Result<Arc<ClientSession>, Status> {
        self.registry.get_or_open(&key(user, id), observed).map_err(|e| status(&e, None))
    }

    fn existing(
        &self,
        user: Option<pb::UserContext>,
        id: &str,
        observed: Option<&str>,
    ) -> Result<Arc<ClientSession>, Status> {
        self.registry.get(&key(user, id), observed).map_err(|e| status(&e, None))
    }
}

fn key(user: Option<pb::UserContext>, session_id: &str) -> SessionKey {
    SessionKey { user_id: user.unwrap_or_default().user_id, session_id: session_id.to_string() }
}

/// The status of an error in a session, which remembers it for the client.
fn failed(session: &ClientSession) -> impl Fn(SparkError) -> Status {
    |error| status(&error, Some(&session.errors))
}

#[tonic::async_trait]
impl SparkConnectService for ConnectService {
    type ExecutePlanStream = Responses;
    type ReattachExecuteStream = Responses;

    async fn execute_plan(&self, request: Request<pb::ExecutePlanRequest>) -> Answer<Responses> {
        let properties = local_properties::of(request.metadata());
        let mut request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.take();
        let session = self.open(request.user_context.take(), &request.session_id, observed.as_deref())?;
        let operation = properties.and_then(|properties| start(&session, request, properties));
        let operation = operation.map_err(failed(&session))?;
        let responses = follow(session.clone(), operation, None).map_err(failed(&session))?;
        Ok(Response::new(Box::pin(responses)))
    }

    async fn reattach_execute(&self, request: Request<pb::ReattachExecuteRequest>) -> Answer<Responses> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.existing(request.user_context, &request.session_id, observed)?;
        let operation = session.operations.reattachable(&request.operation_id).map_err(failed(&session))?;
        let last = request.last_response_id.as_deref();
        let responses = follow(session.clone(), operation, last).map_err(failed(&session))?;
        Ok(Response::new(Box::pin(responses)))
    }

    async fn release_execute(&self, request: Request<pb::ReleaseExecuteRequest>) -> Answer<pb::ReleaseExecuteResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.existing(request.user_context, &request.session_id, observed)?;
        let operation_id = release(&session, &request.operation_id, request.release).map_err(failed(&session))?;
        Ok(Response::new(pb::ReleaseExecuteResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            operation_id,
        }))
    }

    async fn analyze_plan(&self, request: Request<pb::AnalyzePlanRequest>) -> Answer<pb::AnalyzePlanResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.open(request.user_context, &request.session_id, observed)?;
        let result = analyze::analyze(&session, request.analyze).await.map_err(failed(&session))?;
        Ok(Response::new(pb::AnalyzePlanResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            result: Some(result),
        }))
    }

    async fn config(&self, request: Request<pb::ConfigRequest>) -> Answer<pb::ConfigResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.open(request.user_context, &request.session_id, observed)?;
        let answer = config::config(&session, request.operation).map_err(failed(&session))?;
        Ok(Response::new(pb::ConfigResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            ..answer
        }))
    }

    async fn add_artifacts(
        &self,
        request: Request<Streaming<pb::AddArtifactsRequest>>,
    ) -> Answer<pb::AddArtifactsResponse> {
        let mut messages = request.into_inner();
        let first = messages.message().await?.ok_or_else(|| Status::invalid_argument("no artifact was sent"))?;
        let observed = first.client_observed_server_side_session_id.as_deref();
        let session = self.open(first.user_context.clone(), &first.session_id, observed)?;
        let artifacts = Upload::take(&session.artifacts, first, messages).await.map_err(|ended| match ended {
            Ended::Refused(error) => failed(&session)(error),
            Ended::Broken(status) => status,
        })?;
        Ok(Response::new(pb::AddArtifactsResponse {
            session_id: session.key.session_id.clone(),
            server_side_session_id: session.server_side_id.clone(),
            artifacts,
        }))
    }

    async fn artifact_status(
        &self,
        request: Request<pb::ArtifactStatusesRequest>,
    ) -> Answer<pb::ArtifactStatusesResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.open(request.user_context, &request.session_id, observed)?;
        let artifact_status = |name: String| {
            let exists = session.artifacts.contains(&name);
            (name, pb::artifact_statuses_response::ArtifactStatus { exists })
        };
        Ok(Response::new(pb::ArtifactStatusesResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            statuses: request.names.into_iter().map(artifact_status).collect(),
        }))
    }

    async fn interrupt(&self, request: Request<pb::InterruptRequest>) -> Answer<pb::InterruptResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.clone();
        let session = self.open(request.user_context.clone(), &request.session_id, observed.as_deref())?;
        let interrupted_ids = interrupt(&session, &request).map_err(failed(&session))?;
        Ok(Response::new(pb::InterruptResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            interrupted_ids,
        }))
    }

    async fn release_session(&self, request: Request<pb::ReleaseSessionRequest>) -> Answer<pb::ReleaseSessionResponse> {
        let request = request.into_inner();
        let key = key(request.user_context, &request.session_id);
        let released = self.registry.release(&key, request.allow_reconnect).await.map_err(|e| status(&e, None))?;
        Ok(Response::new(pb::ReleaseSessionResponse {
            session_id: request.session_id,
            server_side_session_id: released.map(|session| session.server_side_id.clone()).unwrap_or_default(),
        }))
    }

    async fn fetch_error_details(
        &self,
        request: Request<pb::FetchErrorDetailsRequest>,
    ) -> Answer<pb::FetchErrorDetailsResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.open(request.user_context, &request.session_id, observed)?;
        let errors = session.errors.details(&request.error_id);
        Ok(Response::new(pb::FetchErrorDetailsResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            root_error_idx: (!errors.is_empty()).then_some(0),
            errors,
        }))
    }

    async fn clone_session(&self, request: Request<pb::CloneSessionRequest>) -> Answer<pb::CloneSessionResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.existing(request.user_context, &request.session_id, observed)?;
        let copy =
            self.registry.clone_session(&session, request.new_session_id.as_deref()).map_err(failed(&session))?;
        Ok(Response::new(pb::CloneSessionResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            new_session_id: copy.key.session_id.clone(),
            new_server_side_session_id: copy.server_side_id.clone(),
        }))
    }

    async fn get_status(&self, request: Request<pb::GetStatusRequest>) -> Answer<pb::GetStatusResponse> {
        let request = request.into_inner();
        let observed = request.client_observed_server_side_session_id.as_deref();
        let session = self.existing(request.user_context, &request.session_id, observed)?;
        let states = request.operation_status.map(|asked| session.operations.states(&asked.operation_ids));
        let told = |(operation_id, state): (String, pb::get_status_response::operation_status::OperationState)| {
            OperationStatus { operation_id, state: state.into(), extensions: Vec::new() }
        };
        Ok(Response::new(pb::GetStatusResponse {
            session_id: request.session_id,
            server_side_session_id: session.server_side_id.clone(),
            operation_statuses: states.unwrap_or_default().into_iter().map(told).collect(),
            extensions: Vec::new(),
        }))
    }
}

/// The operation that the request is about: a new one, running, or the one that the client asked for before.
fn start(
    session: &Arc<ClientSession>,
    request: pb::ExecutePlanRequest,
    properties: BTreeMap<String, String>,
) -> Result<Arc<Operation>> {
    use pb::execute_plan_request::request_option::RequestOption;
    let operation_id = match request.operation_id {
        Some(id) => {
            check_uuid(&id)?;
            id
        }
        None => Uuid::new_v4().to_string(),
    };
    request.tags.iter().try_for_each(|tag| check_tag(tag))?;
    let mut reattachable = false;
    let mut chunking = Chunking::of(None);
    for option in request.request_options.into_iter().filter_map(|option| option.request_option) {
        match option {
            RequestOption::ReattachOptions(options) => reattachable = options.reattachable,
            RequestOption::ResultChunkingOptions(options) => chunking = Chunking::of(Some(&options)),
            RequestOption::Extension(extension) => {
                tracing::debug!(extension.type_url, "an extension that is not known")
            }
        }
    }
    let ids = ResponseIds {
        session_id: session.key.session_id.clone(),
        server_side_session_id: session.server_side_id.clone(),
        operation_id,
    };
    let plan = request.plan.unwrap_or_default();
    let operation = Operation::with_properties(ids, request.tags, properties, reattachable, plan.clone());
    match session.operations.admit(&operation, &plan)? {
        Admission::Again(there) => Ok(there),
        Admission::New => {
            operation.start(execute(session.clone(), operation.clone(), Some(plan), chunking));
            Ok(operation)
        }
    }
}

fn check_tag(tag: &str) -> Result<()> {
    let wrong = |why: &str| Err(SparkError::plain(Exception::IllegalArgument, format!("Spark Connect tag {why}.")));
    match tag {
        "" => wrong("cannot be an empty string"),
        tag if tag.contains(',') => wrong("cannot contain ','"),
        _ => Ok(()),
    }
}

fn release(session: &ClientSession, operation_id: &str, release: Option<Release>) -> Result<Option<String>> {
    let Some(operation) = session.operations.get(operation_id) else { return Ok(None) };
    if !operation.reattachable {
        return Err(SparkError::new("INVALID_CURSOR.NOT_REATTACHABLE"));
    }
    match release {
        Some(Release::ReleaseUntil(until)) => operation.log().release(&until.response_id)?,
        Some(Release::ReleaseAll(_)) => drop(session.operations.remove(operation_id)),
        None => {
            return Err(SparkError::plain(Exception::UnsupportedOperation, "A release of nothing is not supported."));
        }
    }
    Ok(Some(operation_id.to_string()))
}

fn interrupt(session: &ClientSession, request: &pb::InterruptRequest) -> Result<Vec<String>> {
    let missing = |condition: &str, parameter: &str| {
        Err(SparkError::new(&format!("INVALID_PARAMETER_VALUE.{condition}"))
            .param("parameter", parameter)
            .param("functionName", "interrupt")
            .with_exception(Exception::Sql))
    };
    let operations = &session.operations;
    match (request.interrupt_type(), &request.interrupt) {
        (InterruptType::All, _) => Ok(operations.interrupt(|_| true)),
        (InterruptType::Tag, Some(Interrupt::OperationTag(tag))) => {
            Ok(operations.interrupt(|operation| operation.tags.contains(tag)))
        }
        (InterruptType::Tag, _) => missing("INTERRUPT_TYPE_TAG_REQUIRES_TAG", "operation_tag"),
        (InterruptType::OperationId, Some(Interrupt::OperationId(id))) => {
            Ok(operations.interrupt(|operation| operation.ids.operation_id == *id))
        }
        (InterruptType::OperationId, _) => missing("INTERRUPT_TYPE_OPERATION_ID_REQUIRES_ID", "operation_id"),
        (InterruptType::Unspecified, _) => Err(SparkError::new("UNSUPPORTED_FEATURE.INTERRUPT_TYPE")
            .param("interruptType", "INTERRUPT_TYPE_UNSPECIFIED")
            .with_exception(Exception::Sql)),
    }
}
