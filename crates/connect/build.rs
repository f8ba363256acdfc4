//! Makes the server's half of the services whose messages come from elsewhere.

use tonic_build::manual::{Builder, Method, Service};

const PROST: &str = "tonic_prost::ProstCodec";

fn main() {
    Builder::new().build_client(false).compile(&[spark_connect()]);
    // The tests talk to this one from a client of its own.
    Builder::new().compile(&[driver()]);
}

/// `spark.connect.SparkConnectService` of Spark 4.2.
fn spark_connect() -> Service {
    let unary = |name: &str, route: &str, input: &str, output: &str| message_method(name, route, input, output).build();
    Service::builder()
        .name("SparkConnectService")
        .package("spark.connect")
        .comment("Spark Connect, as Spark 4.2 has it.")
        .method(
            message_method("execute_plan", "ExecutePlan", "ExecutePlanRequest", "ExecutePlanResponse")
                .server_streaming()
                .build(),
        )
        .method(unary("analyze_plan", "AnalyzePlan", "AnalyzePlanRequest", "AnalyzePlanResponse"))
        .method(unary("config", "Config", "ConfigRequest", "ConfigResponse"))
        .method(
            message_method("add_artifacts", "AddArtifacts", "AddArtifactsRequest", "AddArtifactsResponse")
                .client_streaming()
                .build(),
        )
        .method(unary("artifact_status", "ArtifactStatus", "ArtifactStatusesRequest", "ArtifactStatusesResponse"))
        .method(unary("interrupt", "Interrupt", "InterruptRequest", "InterruptResponse"))
        .method(
            message_method("reattach_execute", "ReattachExecute", "ReattachExecuteRequest", "ExecutePlanResponse")
                .server_streaming()
                .build(),
        )
        .method(unary("release_execute", "ReleaseExecute", "ReleaseExecuteRequest", "ReleaseExecuteResponse"))
        .method(unary("release_session", "ReleaseSession", "ReleaseSessionRequest", "ReleaseSessionResponse"))
        .method(unary(
            "fetch_error_details",
            "FetchErrorDetails",
            "FetchErrorDetailsRequest",
            "FetchErrorDetailsResponse",
        ))
        .method(unary("clone_session", "CloneSession", "CloneSessionRequest", "CloneSessionResponse"))
        .method(unary("get_status", "GetStatus", "GetStatusRequest", "GetStatusResponse"))
        .build()
}

/// `firesteel.DriverService`: see `src/callbacks.rs`.
fn driver() -> Service {
    Service::builder()
        .name("DriverService")
        .package("firesteel")
        .comment("Calls from the engine into the driver process.")
        .method(
            Method::builder()
                .name("callbacks")
                .route_name("Callbacks")
                .input_type("crate::frame::Frame")
                .output_type("crate::frame::Frame")
                .codec_path("crate::frame::FrameCodec")
                .client_streaming()
                .server_streaming()
                .build(),
        )
        .build()
}

fn message_method(name: &str, route: &str, input: &str, output: &str) -> tonic_build::manual::MethodBuilder {
    Method::builder()
        .name(name)
        .route_name(route)
        .input_type(format!("spark_connect_proto::{input}"))
        .output_type(format!("spark_connect_proto::{output}"))
        .codec_path(PROST)
}
