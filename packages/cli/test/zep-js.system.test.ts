// The unmodified client of Zep, against the gate.
import { AuthenticationError, NotFoundError, ZepClient } from '@getzep/zep-js';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  type MockInstance,
  vi,
} from 'vitest';
import { SECRET, secretNamed, tokenOf } from './made-tokens.ts';
import { type Recorded, startUpstream, type Upstream } from './recording-upstream.ts';
import { type Serving, startServe } from './serving.ts';

const token = tokenOf({});
const env = { ZEP_AUTH_SECRET: SECRET };

let warned: MockInstance;
beforeEach(() => {
  // It warns that the demo is no Zep server of a known version.
  warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('@getzep/zep-js against serve --demo', () => {
  let serving: Serving;
  beforeAll(async () => {
    serving = await startServe(['--demo'], { env });
  });
  afterAll(() => serving.stop());

  it.each([
    ['without', ''],
    ['with', '/'],
  ])('connects and calls %s a slash at the end of its base URL', async (_name, slash) => {
    const client = await ZepClient.init(`${serving.url}${slash}`, token);
    // The demo echoes, so the answer has none of a user's fields; that it is one at all means 200 and JSON.
    expect((await client.user.get('alice')).user_id).toBeUndefined();
    const deleted = JSON.parse(await client.user.delete('alice')) as Recorded & { path: string };
    expect(deleted).toMatchObject({ method: 'DELETE', path: '/api/v1/user/alice' });
    expect(JSON.stringify(deleted)).not.toContain(token);
  });

  it.each([
    ['wrong', tokenOf({}, secretNamed('other'))],
    ['expired', tokenOf({ exp: 1 })],
    ['no JWT', 'z_key'],
  ])('gets its AuthenticationError with a token that is %s', async (_name, bad) => {
    const client = await ZepClient.init(serving.url, bad);
    await expect(client.user.get('alice')).rejects.toBeInstanceOf(AuthenticationError);
    await expect(client.memory.getMemory('a')).rejects.toBeInstanceOf(AuthenticationError);
  });

  it('gets its AuthenticationError without a token', async () => {
    const client = await ZepClient.init(serving.url);
    await expect(client.user.get('alice')).rejects.toBeInstanceOf(AuthenticationError);
  });
});

describe('@getzep/zep-js through serve --upstream', () => {
  let upstream: Upstream;
  let serving: Serving;
  beforeAll(async () => {
    upstream = await startUpstream();
    serving = await startServe(['--upstream', upstream.url], { env });
  });
  afterAll(async () => {
    await serving.stop();
    await upstream.close();
  });

  it('works with an API that answers as Zep does, and sees the version header', async () => {
    upstream.handle((request, response) => {
      response.setHeader('X-Zep-Version', '0.27.0-abc');
      if (request.url === '/healthz') response.end('.');
      else if (request.url === '/api/v1/user/alice')
        response.end('{"user_id":"alice","email":"a@example.com"}');
      else response.writeHead(404).end('{}');
    });
    const client = await ZepClient.init(serving.url, token);
    expect(await client.user.get('alice')).toMatchObject({
      user_id: 'alice',
      email: 'a@example.com',
    });
    await expect(client.user.get('bob')).rejects.toBeInstanceOf(NotFoundError);
    expect(warned).not.toHaveBeenCalled();
    expect(upstream.requests.map(({ target }) => target)).toEqual([
      '/healthz',
      '/api/v1/user/alice',
      '/api/v1/user/bob',
    ]);
    for (const { headers } of upstream.requests) expect(headers.has('authorization')).toBe(false);
  });
});
