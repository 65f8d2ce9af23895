//! Generates the gRPC code from `proto/` with protox, so that no protoc binary is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = "../../proto";
    println!("cargo:rerun-if-changed={folder}");
    let descriptors =
        protox::compile(["peer.proto", "agent.proto", "api.proto", "twin.proto"], [folder])?;
    tonic_prost_build::configure()
        // A message must never be built by a generated client that dials without our TLS.
        .build_transport(false)
        .include_file("generated.rs")
        .compile_fds(descriptors)?;
    Ok(())
}
