#!/usr/bin/env bash
# Builds, from Debian's packages, images that stand in for the official ones where no image registry can be reached. They
# have the official names, so that compose files run unchanged; the versions inside are Debian's.
#
#   SHARED=folder [FRESH=1] build-stand-ins.sh
#
# SHARED holds localstack-host/, LocalStack without Docker. FRESH=1 builds everything again, with Debian's latest packages.
# Needs root, Docker and mmdebstrap.
set -euo pipefail
host=${SHARED:?the folder that has localstack-host/}/localstack-host
here=$(cd "$(dirname "$0")" && pwd)
export DOCKER_BUILDKIT=0 # Debian's Docker has no client for BuildKit
suite=trixie
base=sentiment-loop/base:$suite
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '%s (after %d s)\n' "$*" "$SECONDS"; }

make_base() {
  local mirror bundle=/etc/ssl/certs/ca-certificates.crt
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -nE 's#^(URIs:|deb( \[.*\])?) +(https?://[^ ]+/debian)/?( .*)?$#\3#p' | head -n 1 || true)
  # The bundle is this machine's, which may trust more than Debian does. No package starts its service when it is installed.
  # A file and no pipe, so that half a base is never imported.
  mmdebstrap --quiet --variant=apt --include=python3,python3-venv,ca-certificates,curl,make,passwd \
    --customize-hook="cp -L $bundle \"\$1$bundle\"" \
    --customize-hook='ln -s python3 "$1/usr/bin/python"' \
    --customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"; chmod +x "$1/usr/sbin/policy-rc.d"' \
    "$suite" "$work/base.tar" "deb ${mirror:?no Debian mirror among the sources of apt} $suite main"
  docker import --change "ENV LANG=C.UTF-8 SSL_CERT_FILE=$bundle PIP_CERT=$bundle REQUESTS_CA_BUNDLE=$bundle \
CURL_CA_BUNDLE=$bundle NODE_EXTRA_CA_CERTS=$bundle" --change 'CMD ["bash"]' "$work/base.tar" "$base" >/dev/null
  rm "$work/base.tar"
  say "$base"
}

# build TAG FOLDER [OPTION...]
build() {
  docker build --force-rm --build-arg "BASE=$base" --tag "$1" "${@:3}" "$work/$2" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; return 1; }
  say "$1"
}

if [ -n "${FRESH:-}" ] || ! docker image inspect "$base" >/dev/null 2>&1; then make_base; fi

cp -r "$here"/*/ "$work"
cp -r "$host" "$work/localstack/host"
cp "$here/../localstack/sitecustomize.py" "$work/localstack/"
chmod -R u=rwX,go=rX "$work" # not as the umask was: other users than root run these files

build postgres:17.6 postgres
build redis:7.4.5 redis
build prom/prometheus:v3.5.0 prometheus --target prometheus
build prom/pushgateway:v1.11.1 prometheus --target pushgateway
build prom/alertmanager:v0.28.1 prometheus --target alertmanager
build prom/node-exporter:v1.9.1 prometheus --target node-exporter
build localstack/localstack:4.14.0 localstack
