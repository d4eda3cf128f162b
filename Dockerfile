# The binary `server` in an image with nothing but it, the C library and the certificates of authorities. See docs/server.md.

# Both of the same Debian: what is linked in the one is loaded in the other.
ARG BUILD_IMAGE=docker.io/library/rust:1.94-bookworm
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY . .
RUN cargo build --locked --release --package profiles_server

FROM ${BASE_IMAGE}
COPY --from=build /build/target/release/server /usr/local/bin/server
# Distroless' own user without rights, by its number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/server"]
