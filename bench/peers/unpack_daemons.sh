#!/usr/bin/env bash
# Unpacks rsyslog and syslog-ng into a folder, for W4: ./unpack_daemons.sh build/bench/daemons
# They exclude each other as packages, and installing one would make it the system's own logging.
set -euo pipefail

folder=$(realpath -m "${1:?a folder for the daemons}")
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get install -q -y --no-install-recommends \
  libestr0 libfastjson4 liblognorm5 libivykis0 libjson-c5 libnet1 libwrap0
downloads=$(mktemp -d)
trap 'rm -rf "$downloads"' EXIT
cd "$downloads"
apt-get download -q rsyslog syslog-ng-core
for package in *.deb; do dpkg-deb -x "$package" "$folder"; done
