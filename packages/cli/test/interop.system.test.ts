// Secrets and tokens that other tools make, taken as they are, and ours taken by others.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './fake-io.ts';
import { SECRET } from './made-tokens.ts';
import { type Serving, startServe } from './serving.ts';

/** What a tool prints, or `undefined` where it is not installed, which is said aloud. */
const outputOf = (tool: string, args: readonly string[], instead: string): string | undefined => {
  const { error, status, stdout } = spawnSync(tool, args, { encoding: 'utf8' });
  if (error === undefined && status === 0) return stdout;
  process.stderr.write(`interop: ${tool} did not run here; ${instead}\n`);
  return undefined;
};

// The documented `openssl rand -base64 64 | tr -d '\n'`.
const opensslSecret = (
  outputOf('openssl', ['rand', '-base64', '64'], 'node:crypto stands in for it') ??
  randomBytes(64).toString('base64')
).replaceAll('\n', '');

const pythonSecret = (
  outputOf(
    'python3',
    ['-c', 'import secrets; print(secrets.token_urlsafe(64))'],
    'node:crypto stands in for it',
  ) ?? randomBytes(64).toString('base64url')
).trim();

const PYTHON_TOKEN = `
import base64, hashlib, hmac, json, sys
b64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b'=')
part = lambda o: b64(json.dumps(o).encode())
for claims in json.loads(sys.argv[2]):
  signed = part({'alg': 'HS256', 'typ': 'JWT'}) + b'.' + part(claims)
  print((signed + b'.' + b64(hmac.new(sys.argv[1].encode(), signed, hashlib.sha256).digest())).decode())
`;

describe('a secret from another tool', () => {
  it.each([
    ['openssl', opensslSecret],
    ['Python', pythonSecret],
  ])(
    'made by %s signs and verifies as it is, with and without a line ending',
    async (_name, secret) => {
      expect(Buffer.from(secret, 'base64')).toHaveLength(64);
      const made = await runCli(['token', '--sub', 'alice', '--expires-in', '1h'], {
        env: { ZEP_AUTH_SECRET: secret },
      });
      expect(made.code).toBe(0);
      const token = made.stdout.trim();
      expect(jsonwebtoken.verify(token, secret, { algorithms: ['HS256'] })).toMatchObject({
        sub: 'alice',
      });
      const verified = await runCli(['verify', '--secret-file', '-', token], {
        stdin: `${secret}\n`,
      });
      expect(verified.code).toBe(0);
    },
  );
});

describe('a token from another tool', () => {
  let serving: Serving;
  beforeAll(async () => {
    serving = await startServe(['--demo'], { env: { ZEP_AUTH_SECRET: SECRET } });
  });
  afterAll(() => serving.stop());

  const expectAccepted = async (token: string, claims: unknown): Promise<void> => {
    const { code, stdout } = await runCli(['verify', '--json'], {
      env: { ZEP_AUTH_SECRET: SECRET },
      stdin: `${token}\n`,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, claims });
    const response = await fetch(`${serving.url}/x`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 200,
      body: { path: '/x' },
    });
  };

  it.each<readonly [string, object, jsonwebtoken.SignOptions, object]>([
    ['without claims', {}, { noTimestamp: true }, {}],
    ['with its own iat', { sub: 'alice' }, {}, { sub: 'alice', iat: expect.any(Number) }],
    [
      'with an expiry',
      { sub: 'é' },
      { expiresIn: '1h' },
      { sub: 'é', iat: expect.any(Number), exp: expect.any(Number) },
    ],
  ])(
    'made by jsonwebtoken %s is accepted by verify and by the gate',
    async (_name, claims, options, expected) => {
      await expectAccepted(
        jsonwebtoken.sign(claims, SECRET, { algorithm: 'HS256', ...options }),
        expected,
      );
    },
  );

  it('made by Python’s standard library is accepted by verify and by the gate', async (context) => {
    const claims = [{}, { sub: 'alice', exp: 4_102_444_800 }];
    const args = ['-c', PYTHON_TOKEN, SECRET, JSON.stringify(claims)];
    const printed = outputOf('python3', args, 'its tokens are not tried');
    if (printed === undefined) return context.skip('no python3');
    const tokens = printed.trim().split(/\r?\n/);
    expect(tokens).toHaveLength(claims.length);
    for (const [i, token] of tokens.entries()) await expectAccepted(token, claims[i]);
  });

  it('signed with the secret without its padding, or with a line ending behind it, is another key’s', async () => {
    for (const secret of [SECRET.slice(0, -2), `${SECRET}\n`]) {
      const token = jsonwebtoken.sign({}, secret, { noTimestamp: true });
      const { code, stderr } = await runCli(['verify'], {
        env: { ZEP_AUTH_SECRET: SECRET },
        stdin: token,
      });
      expect(code).toBe(1);
      expect(stderr).toContain('ERR_TOKEN_SIGNATURE');
    }
  });
});
