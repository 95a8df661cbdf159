// The same cases run in every runtime, without a test runner; the modules under test are passed in. A case that cannot
// run in a runtime fails there.
import type * as server from '@zep-auth/server';
import { createAttacks } from '../kit/attacks.ts';
import { type Case, expect, type Library, type Origins } from './case.ts';
import { createClientCases } from './client.ts';

// RFC 7515 appendix A.1.
const RFC_KEY =
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
const RFC_TOKEN =
  'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

const toBytes = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
    char.charCodeAt(0),
  );

const isEmpty = (line: string): boolean => /^[^:]+:[ \t]*$/.test(line);

/** Creates the cases for this runtime: those of each available engine, then guard, gate and client. */
export const createSuite = async (library: Library, origins: Origins): Promise<readonly Case[]> => {
  const { generateSecret, isAuthError, readAuthConfig, signToken } = library.core;
  const { createCheck, createVerifierOn, joseEngine, nativeEngine } = library.internal;
  const { authGuard, createGate, createRevocationList, requireScope } = library.server;
  const secret = generateSecret();
  const other = generateSecret();
  const nowSeconds = Math.floor(Date.now() / 1000);
  const attacks = await createAttacks({ secret, nowSeconds });

  const outcomeOf = async (action: () => unknown): Promise<string> => {
    try {
      await action();
      return 'accepted';
    } catch (error) {
      if (isAuthError(error)) return error.code;
      throw error;
    }
  };

  const engines = nativeEngine === undefined ? [joseEngine] : [nativeEngine, joseEngine];
  const ofEngines = engines.flatMap((engine): Case[] => {
    const { verify } = createVerifierOn(engine, { secret });
    return [
      {
        name: `${engine.name}: a token signed here is verified here`,
        run: async () => {
          const token = await signToken(secret, { sub: 'alice', text: 'é€\u{1F511}' });
          for (const _ of ['first', 'remembered']) {
            expect('claims', (await verify(token)).claims, { sub: 'alice', text: 'é€\u{1F511}' });
          }
          const foreign = await signToken(other, { sub: 'alice' });
          expect('outcome', await outcomeOf(() => verify(foreign)), 'ERR_TOKEN_SIGNATURE');
        },
      },
      {
        name: `${engine.name}: RFC 7515 appendix A.1`,
        run: async () => {
          const isSigned = engine.prepare(toBytes(RFC_KEY));
          expect('signature', await isSigned(RFC_TOKEN), true);
          const turned = RFC_TOKEN.replace('.dBjft', '.eBjft');
          expect('turned signature', await isSigned(turned), false);
        },
      },
      {
        name: `${engine.name}: a key id is a prefix of the RFC 7638 thumbprint`,
        run: async () => {
          const token = await signToken(secret, {}, { keyId: true });
          const header = toBytes(token.slice(0, token.indexOf('.')));
          const { kid } = JSON.parse(new TextDecoder().decode(header));
          expect('key id', (await verify(token)).keyId, kid);
        },
      },
      ...attacks.tokens.map(({ name, token, code }) => ({
        name: `${engine.name}: ${name}`,
        run: async () => {
          for (const _ of ['first', 'again']) {
            expect('outcome', await outcomeOf(() => verify(token)), code ?? 'accepted');
          }
        },
      })),
    ];
  });

  const config = readAuthConfig({ ZEP_AUTH_SECRET: secret });
  const runs: string[] = [];
  const app = new library.Hono<{ Variables: server.AuthVariables }>();
  app.use(authGuard({ config }));
  app.get('/me', (c) => {
    runs.push(String(c.var.auth.claims['sub']));
    return c.text('reached');
  });
  app.get('/admin', requireScope('admin'), (c) => c.text('reached'));
  const ask = async (authorization?: string, path = '/me'): Promise<readonly unknown[]> => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await app.fetch(new Request(`http://localhost${path}`, { headers }));
    const body = await response.text();
    const { code } = body.startsWith('{') ? JSON.parse(body) : { code: body };
    return [response.status, response.headers.get('www-authenticate'), code];
  };
  const good = await signToken(secret, { sub: 'alice' });

  const statusOn = (options: server.GuardOptions) => {
    const guarded = new library.Hono().use(authGuard(options)).get('*', (c) => c.text('reached'));
    return async (token: string | undefined, scheme = 'http'): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await guarded.fetch(new Request(`${scheme}://localhost/`, { headers }))).status;
    };
  };

  const ofGuard: readonly Case[] = [
    {
      name: 'guard: a good token reaches the handler',
      run: async () => {
        runs.length = 0;
        expect('answer', await ask(`Bearer ${good}`), [200, null, 'reached']);
        expect('answer', await ask(`bEARER  ${good}`), [200, null, 'reached']);
        expect('runs', runs, ['alice', 'alice']);
      },
    },
    {
      name: 'guard: any other request is refused with the challenge of RFC 6750',
      run: async () => {
        runs.length = 0;
        const bare = 'Bearer realm="api"';
        const expired = await signToken(secret, { exp: nowSeconds - 1 });
        expect('no token', await ask(), [401, bare, undefined]);
        expect('Basic', await ask('Basic YTpi'), [401, bare, undefined]);
        for (const [token, code] of [
          [await signToken(other), 'invalid_token'],
          ['garbage', 'invalid_token'],
          [expired, 'token_expired'],
        ]) {
          const challenge = `${bare}, error="invalid_token"`;
          expect('a bad token', await ask(`Bearer ${token}`), [401, challenge, code]);
        }
        expect('two', await ask(`Bearer ${good}, Bearer ${good}`), [
          400,
          `${bare}, error="invalid_request"`,
          'invalid_request',
        ]);
        const scope = `${bare}, error="insufficient_scope", scope="admin"`;
        expect('scope', await ask(`Bearer ${good}`, '/admin'), [403, scope, 'insufficient_scope']);
        expect('runs', runs, []);
      },
    },
    {
      name: 'guard: an environment per request works, and an invalid one fails closed',
      run: async () => {
        const bound = new library.Hono<{ Bindings: Record<string, string> }>();
        const warnings: string[] = [];
        const onWarning = (warning: string) => void warnings.push(warning);
        bound.use(authGuard({ env: (c) => c.env, onWarning }));
        bound.get('/', (c) => c.text('reached'));
        const init = { headers: { authorization: `Bearer ${good}` } };
        const statusWith = async (env: Record<string, string>) =>
          (await bound.request('/', init, env)).status;
        expect('its secret', await statusWith({ ZEP_AUTH_SECRET: secret }), 200);
        expect('another', await statusWith({ ZEP_AUTH_SECRET: other }), 401);
        expect('none', await statusWith({}), 500);
        expect('none, again', await statusWith({}), 500);
        expect('warnings', warnings.length, 1);
      },
    },
    {
      name: 'guard: a token can be revoked and restored, and is refused while the store is down',
      run: async () => {
        const items = new Map<string, string>();
        let isDown = false;
        const revocations = createRevocationList({
          storage: {
            getItem: async (key) => (isDown ? Promise.reject(new Error('down')) : items.get(key)),
            setItem: (key, value) => items.set(key, value),
            removeItem: (key) => items.delete(key),
          },
        });
        const statusWith = statusOn({ config, revocations });
        const [one, two] = await Promise.all(['1', '2'].map((jti) => signToken(secret, { jti })));
        await revocations.revoke({ jti: '1' });
        expect('revoked', await statusWith(one), 401);
        expect('another', await statusWith(two), 200);
        await revocations.restore({ jti: '1' });
        expect('restored', await statusWith(one), 200);
        isDown = true;
        expect('remembered', await statusWith(one), 200);
        expect('not asked about', await statusWith(good), 503);
      },
    },
    {
      name: 'guard: too many wrong tokens get 429, and a known token still passes',
      run: async () => {
        const throttle = { clientAddress: () => 'here', limit: 2 };
        const statusWith = statusOn({ config, throttle });
        const forged = await signToken(other);
        const statuses: number[] = [];
        for (const token of [good, forged, forged, forged, good]) {
          statuses.push(await statusWith(token));
        }
        expect('statuses', statuses, [200, 401, 401, 429, 200]);
      },
    },
    {
      name: 'guard: a token over plain HTTP is refused',
      run: async () => {
        const statusWith = statusOn({ config, requireHttps: true });
        expect('http', await statusWith(good), 403);
        expect('https', await statusWith(good, 'https'), 200);
      },
    },
    {
      name: 'guard: the native engine is synchronous',
      run: async () => {
        const answer = createCheck({ keyring: secret })(good);
        expect('waits', answer instanceof Promise, nativeEngine === undefined);
        await answer;
      },
    },
  ];

  // Some rows need a raw socket. Deno does not join an empty field to another, which does no harm.
  const asked = attacks.requests.filter(
    ({ isWireOnly, lines }) => !isWireOnly && !(lines.length > 1 && lines.some(isEmpty)),
  );
  const ofRequests = asked.map(
    ({ name, lines, query, status }): Case => ({
      name: `guard: ${name}`,
      run: async () => {
        const headers = new Headers();
        for (const line of lines) {
          const colon = line.indexOf(':');
          headers.append(
            line.slice(0, colon),
            line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ''),
          );
        }
        const request = new Request(`http://localhost/me${query}`, { headers });
        expect('status', (await app.fetch(request)).status, status);
      },
    }),
  );

  const ofGate: readonly Case[] = [
    {
      name: 'gate: both bodies stream, and the token is not forwarded',
      run: async () => {
        const steps: string[] = [];
        const text = new TextEncoder();
        const gate = createGate({
          config,
          upstream: 'http://127.0.0.1:9/base',
          fetch: async (url, init) => {
            steps.push(`${init.method} ${url} ${new Headers(init.headers).has('authorization')}`);
            const sent = await new Response(init.body as BodyInit).text(); // the gate passes a stream
            let part = 0;
            const body = new ReadableStream(
              {
                pull: (controller) => {
                  part++;
                  steps.push(`part ${part}`);
                  controller.enqueue(text.encode(`${sent}${part}`));
                  if (part === 3) controller.close();
                },
              },
              { highWaterMark: 0 },
            );
            return new Response(body);
          },
        });
        const init = {
          method: 'POST',
          body: 'hello ',
          headers: { authorization: `Bearer ${good}` },
        };
        const response = await gate.fetch(new Request('http://gate.example//a/b?c=%20', init));
        expect('status', response.status, 200);
        const reader = response.body?.getReader();
        let received = '';
        for (;;) {
          const next = await reader?.read();
          if (next === undefined || next.done) break;
          received += new TextDecoder().decode(next.value);
          steps.push('read');
        }
        expect('received', received, 'hello 1hello 2hello 3');
        expect('asked', steps[0], 'POST http://127.0.0.1:9/base//a/b?c=%20 false');
        // The first part is read before the last one is produced.
        expect('order', steps.indexOf('read') < steps.indexOf('part 3'), true);
      },
    },
    {
      name: 'gate: a refused request does not reach the upstream',
      run: async () => {
        let asked = 0;
        const gate = createGate({
          config,
          upstream: 'http://127.0.0.1:9',
          fetch: async () => {
            asked++;
            return new Response('reached');
          },
        });
        for (const [path, headers, status] of [
          ['/', {}, 401],
          ['//healthz', {}, 401],
          ['/healthz/%2e%2e/x', {}, 401],
          ['/', { authorization: `Bearer ${await signToken(other)}` }, 401],
          ['/_gate/auth', {}, 401],
        ] as const) {
          const request = new Request(`http://gate.example${path}`, { headers });
          expect(path, (await gate.fetch(request)).status, status);
        }
        expect('asked', asked, 0);
        expect(
          'public',
          (await gate.fetch(new Request('http://gate.example/healthz'))).status,
          200,
        );
        expect('asked', asked, 1);
      },
    },
  ];

  const ofSdk = createClientCases(library, origins, { secret, token: good });

  return [...ofEngines, ...ofGuard, ...ofRequests, ...ofGate, ...ofSdk];
};
