//! Makes the server's half of the classic service; see `src/protocol.rs`.

use tonic_build::manual::{Builder, Method, MethodBuilder, Service};

fn main() {
    let service = Service::builder()
        .name("ClassicService")
        .package("firesteel")
        .comment("RDDs, broadcast variables and jobs for classic PySpark.")
        .method(method("call", "Call").build())
        .method(method("run", "Run").server_streaming().build())
        .method(method("upload", "Upload").client_streaming().build())
        .build();
    // The tests talk to the service with the client's half.
    Builder::new().compile(&[service]);
}

fn method(name: &str, route: &str) -> MethodBuilder {
    Method::builder()
        .name(name)
        .route_name(route)
        .input_type("crate::frame::Frame")
        .output_type("crate::frame::Frame")
        .codec_path("crate::frame::FrameCodec")
}
