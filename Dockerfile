# weir in a small image.
#
#   docker build --build-arg WEIR_COMMIT=$(git rev-parse --short=12 HEAD) -t weir .
#   docker run --rm -p 7070:7070 -v $PWD/config:/config:ro -v weir-data:/data weir \
#     run /config/graph.yaml --listen :7070
#
# On an address that other machines can reach, all but /metrics, /livez and /readyz needs the token of
# --admin-token-file. Orchestrators probe GET /livez and /readyz; HEALTHCHECK does it for plain Docker.
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      cmake ninja-build g++ ccache pkg-config \
      libboost1.81-dev libssl-dev libfmt-dev libspdlog-dev libyaml-cpp-dev libsimdjson-dev \
      nlohmann-json3-dev libcli11-dev libre2-dev libpq-dev \
      prometheus-cpp-dev libcivetweb-dev zlib1g-dev libzstd-dev libcurl4-openssl-dev nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY include include
COPY src src
ARG WEIR_COMMIT=unknown
# Behind a proxy that signs what it passes: a file with its authority, mounted into the build.
ARG NODE_EXTRA_CA_CERTS=
# More for CMake.
ARG WEIR_OPTIONS=
# As other builds have it, so that a compiler cache mounted at /root/.cache/ccache serves both.
ENV CCACHE_BASEDIR=/src LANG=C.UTF-8
RUN cmake --preset release -DWEIR_COMMIT="$WEIR_COMMIT" $WEIR_OPTIONS \
 && cmake --build build/release --target weir \
 && strip build/release/weir

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libssl3 libfmt9 libspdlog1.10 libyaml-cpp0.7 libsimdjson14 libre2-9 libprometheus-cpp-core1.0 \
      libcurl4 libpq5 zlib1g libzstd1 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin weir \
 && install -d -o weir -g weir /data
COPY --from=build /src/build/release/weir /usr/bin/weir
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 7070
STOPSIGNAL SIGTERM
# The image has no HTTP client; bash opens the connection itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/7070 && printf 'GET /livez HTTP/1.0\\r\\nHost: 127.0.0.1:7070\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["/usr/bin/weir"]
CMD ["--help"]
