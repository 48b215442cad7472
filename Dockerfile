# docker build -t matrix-delegation-check . && docker run --rm matrix-delegation-check example.com
# As a tester of your own: docker run --rm -p 127.0.0.1:8700:8700 matrix-delegation-check serve --listen 0.0.0.0:8700
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# What it needs to run, and beside it what it needs to be built.
RUN npm ci --omit=dev --ignore-scripts && mv node_modules /runtime_modules && npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY bin bin
COPY scripts/build.ts scripts/build.ts
COPY src src
RUN npm run build

# No shell and no package manager; runs as the user nonroot (65532).
FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /work
COPY --from=build /runtime_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY bin /app/bin
COPY package.json LICENSE /app/
# Of serve.
EXPOSE 8700
ENTRYPOINT ["/nodejs/bin/node", "/app/bin/matrix-delegation-check.js"]
CMD ["--help"]
