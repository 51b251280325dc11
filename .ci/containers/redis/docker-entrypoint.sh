#!/usr/bin/env bash
set -euo pipefail

if [[ ${1:-} == -* || ${1:-} == *.conf ]]; then set -- redis-server "$@"; fi
if [ "${1:-}" != redis-server ]; then exec "$@"; fi
shift

# The official image's server is compiled without protected mode. A configuration file must stay the first argument.
file=()
if [[ $# -gt 0 && $1 != -* ]]; then file=("$1"); shift; fi
set -- redis-server "${file[@]}" --protected-mode no "$@"

if [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis {} +
  set -- setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
