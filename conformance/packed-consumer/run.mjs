// A JavaScript program that imports each package by its name and uses them together, as their READMEs show.
import * as core from '@zep-auth/core';
import * as client from '@zep-auth/core/client';
import * as internal from '@zep-auth/core/internal';
import * as sdkAuth from '@zep-auth/sdk-auth';
import * as mcp from '@zep-auth/sdk-auth/mcp';
import * as selfSigned from '@zep-auth/sdk-auth/self-signed';
import * as tabs from '@zep-auth/sdk-auth/tabs';
import * as server from '@zep-auth/server';
import * as serverMcp from '@zep-auth/server/mcp';
import * as node from '@zep-auth/server/node';
import * as openapi from '@zep-auth/server/openapi';
import * as testing from '@zep-auth/server/testing';
import { Hono } from 'hono';

const secret = core.generateSecret();
const token = await core.signToken(secret, { sub: 'alice' }, { expiresInSeconds: 60 });
const { verify } = core.createVerifier({ secret });
const foreign = await core.signToken(core.generateSecret(), { sub: 'mallory' });

const app = new Hono()
  .use(server.authGuard({ config: core.readAuthConfig({ ZEP_AUTH_SECRET: secret }) }))
  .get('/', (c) => c.text(c.var.auth.claims.sub));
const authFetch = sdkAuth.createAuthFetch({
  token,
  origins: ['https://api.example'],
  fetch: async (input, init) => app.fetch(new Request(input, init)),
});
const answer = await authFetch('https://api.example/');

const said = {
  exports: {
    '@zep-auth/core': Object.keys(core).sort(),
    '@zep-auth/core/client': Object.keys(client).sort(),
    '@zep-auth/core/internal': Object.keys(internal).sort(),
    '@zep-auth/sdk-auth': Object.keys(sdkAuth).sort(),
    '@zep-auth/sdk-auth/mcp': Object.keys(mcp).sort(),
    '@zep-auth/sdk-auth/self-signed': Object.keys(selfSigned).sort(),
    '@zep-auth/sdk-auth/tabs': Object.keys(tabs).sort(),
    '@zep-auth/server': Object.keys(server).sort(),
    '@zep-auth/server/mcp': Object.keys(serverMcp).sort(),
    '@zep-auth/server/node': Object.keys(node).sort(),
    '@zep-auth/server/openapi': Object.keys(openapi).sort(),
    '@zep-auth/server/testing': Object.keys(testing).sort(),
  },
  subject: (await verify(token)).claims.sub,
  refusal: await verify(foreign).catch((error) =>
    core.isAuthError(error) ? error.code : 'unknown',
  ),
  statuses: [(await app.request('/')).status, answer.status],
  body: await answer.text(),
  program: await import('@zep-auth/cli').catch(({ code }) => code),
};
process.stdout.write(JSON.stringify(said));
