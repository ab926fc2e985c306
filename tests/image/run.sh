#!/usr/bin/env bash
# Builds the image from the Dockerfile and runs it, without a container engine or registry: buildah
# with chroot isolation, on a base that debootstrap makes from Debian's packages under the name that
# FROM uses. As root. What it leaves is below build/image.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$PWD/build/image
mkdir -p "$work"
driver=overlay
b() {
  buildah --root "$work/storage" --runroot "$work/run" --storage-driver "$driver" "$@"
}
# Not on every file system; copies work on all.
b info >/dev/null 2>&1 || driver=vfs

suite=bookworm
# The machine's own mirror of Debian.
mirror=$( (cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true) |
  awk '/^URIs:/ {print $2} /^deb / {print $2}' | awk '/debian\/?$/ && !found {print; found = 1}')
mirror=${mirror:-http://deb.debian.org/debian}
if ! b inspect --type image debian:$suite-slim >/dev/null 2>&1; then
  if [ ! -e "$work/base.tar" ]; then
    rm -rf "$work/base"
    debootstrap --variant=minbase "$suite" "$work/base" "$mirror" >"$work/debootstrap.log"
    tar -C "$work/base" -cf "$work/base.tar" .
    rm -rf "$work/base"
  fi
  container=$(b from scratch)
  b add -q "$container" "$work/base.tar" / >/dev/null
  b config --cmd /bin/bash \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  b commit -q --rm "$container" debian:$suite-slim >/dev/null
fi

# What this machine trusts, npm must trust in the build; the image itself is made of packages alone.
arguments=()
certificates=/etc/ssl/certs/ca-certificates.crt
if [ -e "$certificates" ]; then
  arguments+=(--volume "$certificates:/run/authorities.crt:ro"
    --build-arg NODE_EXTRA_CA_CERTS=/run/authorities.crt)
fi
# What the tests' build compiled need not be compiled again, where it is the same to the letter.
if command -v ccache >/dev/null; then
  cache=$(ccache --get-config cache_dir)
  mkdir -p "$cache"
  arguments+=(--volume "$cache:/root/.cache/ccache" --build-arg WEIR_OPTIONS=-DWEIR_WERROR=ON)
fi
b bud --pull-never --isolation chroot --format docker "${arguments[@]}" \
  --build-arg WEIR_COMMIT="$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)" \
  -t weir -f Dockerfile . >"$work/build.log" 2>&1 || {
  tail -n 40 "$work/build.log" >&2
  exit 1
}

fail() {
  echo "the image: $*" >&2
  exit 1
}
container=$(b from --pull-never localhost/weir)
trap 'b rm "$container" >/dev/null' EXIT
inside() {
  b run --isolation chroot "$container" -- "$@"
}
[ "$(inside /usr/bin/id -u)" = 10001 ] || fail "does not run as the user 10001"
inside /usr/bin/weir --version || fail "weir does not start"
inside /usr/bin/weir components >/dev/null || fail "weir lists no components"
b copy -q "$container" tests/image/graph.yaml /graph.yaml >/dev/null
inside /usr/bin/weir check /graph.yaml || fail "weir check refuses the graph"
inside /bin/bash -c 'cd /data && weir run /graph.yaml --listen 127.0.0.1:0 2>log && wc -l <out.jsonl' |
  grep -qx 1000 || fail "the graph's output is not what it should be"
# An endless graph: healthy as the image's own check says, and SIGTERM drains it.
inside /bin/bash -c '
  cd /data
  sed s/1000/1000000000/ /graph.yaml >endless.yaml
  weir run endless.yaml 2>log & pid=$!
  for ((i = 0; i < 600; i++)); do
    (exec 3<>/dev/tcp/127.0.0.1/7070 && printf "GET /readyz HTTP/1.0\r\nHost: 127.0.0.1:7070\r\n\r\n" >&3 &&
      read -r line <&3 && [[ $line == *" 200 "* ]]) 2>/dev/null && break
    sleep 0.1
  done
  ((i < 600)) || exit 3
  kill -TERM $pid
  wait $pid' || fail "an endless graph was not ready, or SIGTERM did not drain it"
echo "the image is built and runs"
