# An image of the binary `server`, with the C library and the CA certificates, and nothing else. See docs/server.md.

# Both are of the same Debian release, because the binary is linked in the one and loads its libraries in the other.
ARG BUILD_IMAGE=docker.io/library/rust:1.94-bookworm
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY . .
RUN cargo build --locked --release --package profiles_server

FROM ${BASE_IMAGE}
COPY --from=build /build/target/release/server /usr/local/bin/server
# Distroless' unprivileged user. By number, so that Kubernetes can check that it is not root.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/server"]
