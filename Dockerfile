# The gate as an image: distroless Node and zepcli, as a user without rights. It holds no secret: mount one as a file and
# name it in ZEP_AUTH_SECRET_FILE.
#   docker build --tag zep-auth-gate .
#   docker run --publish 8790:8790 --volume ./secret.txt:/run/secret:ro --env ZEP_AUTH_SECRET_FILE=/run/secret \
#     zep-auth-gate http://host.docker.internal:8000
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc turbo.json tsconfig.base.json ./
COPY packages packages
COPY conformance/kit conformance/kit
COPY examples/quickstart examples/quickstart
COPY release/health.mjs release/
RUN npm ci --no-audit --no-fund && npx turbo run build --filter=@zep-auth/cli
RUN mkdir /gate && cp -r packages/cli/package.json packages/cli/zepcli.cjs packages/cli/dist release/health.mjs /gate/

FROM gcr.io/distroless/nodejs22-debian12:nonroot
ENV NODE_ENV=production
COPY --from=build /gate /gate
USER nonroot
EXPOSE 8790
HEALTHCHECK --interval=30s --timeout=3s CMD ["/nodejs/bin/node", "/gate/health.mjs"]
ENTRYPOINT ["/nodejs/bin/node", "/gate/zepcli.cjs", "serve", "--host", "0.0.0.0"]
