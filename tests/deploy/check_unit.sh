#!/bin/sh
# check_unit.sh SYSTEMD_ANALYZE UNIT WEIR: the unit has no mistake that systemd knows of, and stays
# hardened. systemd-analyze only warns of unknown keys and bad values, so any output is a failure.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The program need not be installed for its unit to be checked.
sed "s|^ExecStart=/usr/bin/weir|ExecStart=$3|" "$2" > "$folder/weir.service"
"$1" verify --man=no "$folder/weir.service" > "$folder/messages" 2>&1 || {
  cat "$folder/messages"
  exit 1
}
if [ -s "$folder/messages" ]; then
  cat "$folder/messages"
  exit 1
fi
# Exposure at most 2.0 of 10.
"$1" --no-pager security --offline=true --threshold=20 "$folder/weir.service"
