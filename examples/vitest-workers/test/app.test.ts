import { testAuth } from '@zep-auth/server/testing';
import { beforeAll, expect, it } from 'vitest';
import app from '../src/app.ts';

// Inside a hook or a test: elsewhere a Worker may not generate random values.
let auth: ReturnType<typeof testAuth>;
beforeAll(() => {
  auth = testAuth({ claims: { sub: 'alice' } });
});

const send = async (method: string, path: string, claims?: object) => {
  const headers = { authorization: await auth.authorization(claims) };
  return app.request(path, { method, headers }, auth.env);
};

it('runs in workerd', () => {
  expect(navigator.userAgent).toBe('Cloudflare-Workers');
});

it('knows who is calling', async () => {
  const response = await send('GET', '/me');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ sub: 'alice' });
});

it('refuses a request without a token, and one with a token of another secret', async () => {
  expect((await app.request('/me', {}, auth.env)).status).toBe(401);
  const headers = { authorization: await testAuth().authorization() };
  expect((await app.request('/me', { headers }, auth.env)).status).toBe(401);
});

it('deletes only with the scope for it', async () => {
  expect((await send('DELETE', '/things/1')).status).toBe(403);
  expect((await send('DELETE', '/things/1', { scope: 'things:delete' })).status).toBe(204);
});
