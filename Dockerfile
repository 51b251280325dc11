# The loop's own servers and commands, for localstack-compose.yml. One image: they share one environment.
# The base is any Debian with a Python from 3.11 to 3.14, also the Python of the functions that it deploys.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile requirements.txt package.json package-lock.json .npmrc ./
COPY ops/find_python.sh ops/
COPY requirements requirements
RUN make .venv/runtime node_modules/.package-lock.json \
    && .venv/bin/uv pip install --quiet --require-hashes --requirements requirements/postgresql.txt

FROM ${BASE}
RUN useradd --uid 1000 --create-home loop
ENV PATH=/app/.venv/bin:/app/.node/bin:$PATH GIT_PYTHON_REFRESH=quiet PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY --from=build /app/.node .node
COPY --from=build /app/node_modules node_modules
COPY . .
# Volumes begin as these folders, with their owner; what is made at run time goes there and into .build.
RUN mkdir -p .local/localstack/monitoring .build && chown -R loop:loop .local .build
USER 1000
