# One image for worker, API, migrations and the reference fleet; docker-compose.yml gives each its command.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json bundle-agent.ts ./
COPY src ./src
COPY dashboard ./dashboard
RUN npm run build

FROM node:24.21.0-bookworm-slim
# The TLS of Temporal's worker needs the system's certificates, which the slim image lacks.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY --from=build /app/dist ./dist
# The fleet runs from source, as an example is read.
COPY src ./src
COPY examples ./examples
# The API serves them.
COPY docs ./docs
COPY llms.txt ./
COPY bin ./bin
# `docker compose exec api optimizer status`; what it writes, such as reports, goes to /data.
RUN ln -s /app/bin/optimizer.js /usr/local/bin/optimizer && mkdir /data && chown node:node /data
ENV OPTIMIZER_DATA_DIR=/data
USER node
CMD ["node", "dist/worker.js"]
