# Built from a checkout: docker build -t sluice .
# What is inside, which ports, folders and variables: docs/installation.md.

FROM node:24.11-bookworm-slim AS build
WORKDIR /source
# First what the lockfile names, so that a change of sources does not install again.
COPY package.json package-lock.json ./
COPY protocol/package.json protocol/
COPY server/package.json server/
COPY simulator/package.json simulator/
COPY dashboard/package.json dashboard/
COPY e2e/package.json e2e/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/package.mjs --folder /sluice
WORKDIR /sluice
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && mkdir -p /data

FROM node:24.11-bookworm-slim
LABEL org.opencontainers.image.title="Sluice" \
  org.opencontainers.image.description="A self-hosted LLM gateway and observatory" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.documentation="docs/installation.md"
# Nothing that installs packages is needed from here on.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* /usr/local/bin/yarn /usr/local/bin/yarnpkg
WORKDIR /sluice
# Readable by everyone, writable by nobody: the process owns its data and nothing else.
COPY --from=build /sluice /sluice
COPY --from=build --chown=1000:1000 /data /data
ENV NODE_ENV=production \
  SLUICE_DATA_DIR=/data \
  SLUICE_HOST=0.0.0.0
USER 1000:1000
VOLUME ["/data"]
EXPOSE 8484 8485
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "bin/healthcheck.js"]
ENTRYPOINT ["node", "bin/sluice.js"]
CMD ["start"]
