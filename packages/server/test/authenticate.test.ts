import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { DECISION_OPTIONS } from '../src/authenticator-options.ts';
import {
  type Auth,
  type AuthResult,
  authGuard,
  bearer,
  cookie,
  createAuthenticator,
  createGate,
  createRevocationList,
  type GuardResult,
  header,
  query,
  type Refused,
  type RequestView,
  type Source,
  subprotocol,
  toProblem,
  toResponse,
} from '../src/index.ts';
import { createNodeGate, nodeGuard } from '../src/node/index.ts';
import { readRefusal, refusal } from './refusal.ts';
import {
  config,
  configOf,
  ENV,
  forge,
  NOW_SECONDS,
  OTHER_SECRET,
  SECRET,
  TOKEN,
} from './tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW_SECONDS * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A view as a door without `Request` makes it, with the header fields as they were received. */
const view = (
  fields: readonly (readonly [string, string])[] = [],
  more: Partial<RequestView> = {},
): RequestView => ({
  method: 'GET',
  url: '/things',
  values: (name) => fields.filter(([found]) => found === name).map(([, value]) => value),
  names: () => fields.map(([name]) => name),
  ...more,
});
const withToken = (token: string) => view([['authorization', `Bearer ${token}`]]);
const request = (token: string): Request =>
  new Request('http://localhost/things', { headers: { authorization: `Bearer ${token}` } });

const accepted = (result: AuthResult): Auth => {
  if (result.outcome !== 'accepted') return expect.fail(result.outcome);
  return result.auth;
};
const codeOf = (result: AuthResult) => result.error?.code ?? result.outcome;

describe('authenticate', () => {
  it('decides on a Request and on any view of one, and gives the same answer', async () => {
    const { authenticate } = createAuthenticator({ config });
    const results = [await authenticate(request(TOKEN)), await authenticate(withToken(TOKEN))];
    for (const result of results) {
      expect(accepted(result)).toEqual({
        claims: { sub: 'alice', scope: 'read write' },
        keyId: expect.stringMatching(/^[\w-]{11}$/),
        source: 'bearer',
        clientId: 'alice',
        scopes: ['read', 'write'],
      });
    }
  });

  it('is synchronous with Node’s crypto', () => {
    const { authenticate } = createAuthenticator({ config });
    expect(authenticate(withToken(TOKEN))).toMatchObject({ outcome: 'accepted', cached: false });
    expect(authenticate(withToken(TOKEN))).toMatchObject({ outcome: 'accepted', cached: true });
    expect(authenticate(withToken('abc'))).toMatchObject({ outcome: 'refused' });
  });

  it('refuses two fields of one credential header, which Node’s own headers would hide', async () => {
    const { authenticate } = createAuthenticator({ config });
    const field = ['authorization', `Bearer ${TOKEN}`] as const;
    expect(codeOf(await authenticate(view([field])))).toBe('accepted');
    for (const fields of [[field, field], [field, ['authorization', '']] as const]) {
      expect(codeOf(await authenticate(view(fields)))).toBe('ERR_CREDENTIALS_AMBIGUOUS');
    }
  });

  it('treats a path as public only if the routed path agrees', async () => {
    const { authenticate } = createAuthenticator({ config, publicPaths: ['/open'] });
    for (const [url, routedPath, outcome] of [
      ['/open?x', undefined, 'public'],
      ['http://host/open', '/open', 'public'],
      ['/open', '/admin', 'ERR_CREDENTIALS_MISSING'],
      ['/open', '', 'ERR_CREDENTIALS_MISSING'],
      ['/admin', '/open', 'ERR_CREDENTIALS_MISSING'],
      ['//host/open', undefined, 'ERR_CREDENTIALS_MISSING'],
      ['*', undefined, 'ERR_CREDENTIALS_MISSING'],
    ] as const) {
      expect(codeOf(await authenticate(view([], { url, routedPath })))).toBe(outcome);
    }
  });

  it('believes the scheme of the connection rather than that of the URL', async () => {
    const { authenticate } = createAuthenticator({ config, requireHttps: true });
    const field = ['authorization', `Bearer ${TOKEN}`] as const;
    for (const [url, scheme, outcome] of [
      ['https://host/', undefined, 'accepted'],
      ['https://host/', 'http', 'ERR_INSECURE_TRANSPORT'],
      ['http://host/', 'https', 'accepted'],
      ['/', undefined, 'ERR_INSECURE_TRANSPORT'],
      ['/', 'https', 'accepted'],
    ] as const) {
      expect(codeOf(await authenticate(view([field], { url, scheme })))).toBe(outcome);
    }
  });

  it('without exemptions requires a token on a public path and for a preflight', async () => {
    const { authenticate } = createAuthenticator({ config, publicPaths: ['/things'] });
    const preflight = view(
      [
        ['origin', 'https://a.example'],
        ['access-control-request-method', 'PUT'],
      ],
      { method: 'OPTIONS' },
    );
    expect([codeOf(await authenticate(view())), codeOf(await authenticate(preflight))]).toEqual([
      'public',
      'preflight',
    ]);
    for (const asked of [view(), preflight]) {
      expect(codeOf(await authenticate(asked, undefined, { exempt: false }))).toBe(
        'ERR_CREDENTIALS_MISSING',
      );
    }
  });

  it('passes the view and the context of the door to its hooks', async () => {
    const seen: unknown[] = [];
    const see = (name: string, asked: RequestView, context: string) =>
      void seen.push([name, asked.url, context]);
    const { authenticate } = createAuthenticator<{ sub: string }, string>({
      env: (context) => {
        seen.push(['env', context]);
        return ENV;
      },
      requireHttps: true,
      trustedProxy: (asked, context) => {
        see('trustedProxy', asked, context);
        return true;
      },
      throttle: {
        clientAddress: (asked, context) => {
          see('clientAddress', asked, context);
          return '203.0.113.9';
        },
      },
      onResult: ({ outcome }, asked, context) => see(outcome, asked, context),
    });
    const fields = [
      ['authorization', `Bearer ${TOKEN}`],
      ['x-forwarded-proto', 'https'],
    ] as const;
    await authenticate(view(fields), 'the context');
    expect(seen).toEqual([
      ['env', 'the context'],
      ['trustedProxy', '/things', 'the context'],
      ['clientAddress', '/things', 'the context'],
      ['accepted', '/things', 'the context'],
    ]);
  });

  it('shows onResult a view without credentials, of accepted and of refused requests', async () => {
    const sources = [bearer(), cookie('jwt'), header('x-api-key'), query('t'), subprotocol()];
    const seen: RequestView[] = [];
    const { authenticate } = createAuthenticator({
      config,
      sources,
      onResult: (_, asked) => void seen.push(asked),
    });
    const harmless = [
      ['user-agent', 'curl'],
      ['accept', 'a'],
      ['accept', 'b'],
    ] as const;
    const carriers: readonly (readonly [Parameters<typeof view>[0], string])[] = [
      [[['authorization', `Bearer ${TOKEN}`]], '/things?x=1'],
      [[['authorization', 'Basic YTpi']], '/things?x=1'],
      [[['proxy-authorization', `Bearer ${TOKEN}`]], '/things?x=1'],
      [[['cookie', `a=b; jwt=${TOKEN}; session=${TOKEN}`]], '/things?x=1'],
      [[['x-api-key', TOKEN]], '/things?x=1'],
      [[['sec-websocket-protocol', `bearer, ${TOKEN}`]], '/things?x=1'],
      [[['referer', `https://a.example/?t=${TOKEN}`]], `/things?t=${TOKEN}&x=1`],
      [[['x-original-uri', `/${TOKEN}`]], `https://a.example/things?x=1&t=${TOKEN}`],
      [[['x-api-key', TOKEN]], `/things?t=${TOKEN}&x=1`],
    ];
    for (const [fields = [], url] of carriers) {
      const more = { url, peerAddress: '203.0.113.9', scheme: 'https', routedPath: '/r' } as const;
      await authenticate(view([...harmless, ...fields], more));
      const shown = seen.pop() ?? expect.fail('onResult was not called');
      const headers = [...shown.names()].map((name) => [name, shown.values(name)]);
      const all = JSON.stringify([shown.url, headers, fields.map(([name]) => shown.values(name))]);
      for (const part of [...TOKEN.split('.'), 'YTpi']) expect(all).not.toContain(part);
      expect(shown.values('accept')).toEqual(['a', 'b']);
      expect([...shown.names()]).toEqual(['user-agent', 'accept', 'accept']);
      expect(shown.url).toMatch(/\/things\?x=1$/);
      expect(shown).toMatchObject({ ...more, method: 'GET', url: expect.any(String) });
    }
  });

  it('does not follow later changes of the lists in its options', async () => {
    const scopes = ['read'];
    const publicPaths = ['/healthz'];
    const sources: Source[] = [bearer()];
    const allowedOrigins: string[] = [];
    const cookies = cookie('jwt', { allowedOrigins });
    const { authenticate, recheck } = createAuthenticator({
      config,
      scopes,
      publicPaths,
      sources,
    });
    const withCookies = createAuthenticator({ config, sources: [cookies] });
    const good = accepted(await authenticate(withToken(TOKEN)));
    scopes.push('admin');
    scopes.shift();
    publicPaths.push('/things');
    sources.push(header('x-api-key'));
    allowedOrigins.push('https://evil.example');
    expect(codeOf(await authenticate(withToken(TOKEN)))).toBe('accepted');
    expect(codeOf(await recheck(good))).toBe('accepted');
    expect(codeOf(await authenticate(withToken(forge({}))))).toBe('ERR_SCOPE_INSUFFICIENT');
    const refused = await authenticate(view());
    expect(toProblem(refused as Refused).headers['www-authenticate']).toContain('scope="read"');
    expect(codeOf(await authenticate(view([['x-api-key', TOKEN]])))).toBe(
      'ERR_CREDENTIALS_MISSING',
    );
    const fields = [
      ['cookie', `jwt=${TOKEN}`],
      ['origin', 'https://evil.example'],
      ['host', 'api.example'],
    ] as const;
    const posted = await withCookies.authenticate(view(fields, { method: 'POST' }));
    expect(codeOf(posted)).toBe('ERR_ORIGIN_NOT_ALLOWED');
  });

  it('throws or rejects with what a hook threw, and does not accept', async () => {
    const fail = (): never => {
      throw new Error('a hook failed');
    };
    for (const hooks of [
      { onResult: fail },
      { throttle: { clientAddress: fail } },
      { sources: [{ ...bearer(), read: fail }] },
      { requireHttps: true, trustedProxy: fail },
      { revocations: { isRevoked: fail } },
      { revocations: { isRevoked: async () => fail() } },
    ]) {
      const { authenticate } = createAuthenticator({ config, ...hooks });
      await expect((async () => authenticate(withToken(TOKEN)))()).rejects.toThrow('a hook failed');
    }
  });

  it.each([undefined, null, 0, '', 'false', {}])(
    'refuses a token if the revocation list answers %j: only false lets it in',
    async (answer) => {
      const isRevoked = () => answer as unknown as boolean;
      const { authenticate } = createAuthenticator({ config, revocations: { isRevoked } });
      expect(codeOf(await authenticate(withToken(TOKEN)))).toBe('ERR_TOKEN_REVOKED');
    },
  );
});

it.each(['audience', 'requireHTTPS', 'revocation', 'scope', 'issuer'])(
  'takes no option that would check nothing: %s',
  (name) => {
    const reason = `createAuthenticator has no option ${name}`;
    expect(() => createAuthenticator({ config, [name]: 'x' })).toThrow(new TypeError(reason));
  },
);

it('no part takes an option that would check nothing, and none repeats a long name', async () => {
  const clientAddress = () => 'a';
  const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };
  const wrong = (name: string): object => ({ [name]: 1 });
  const { authenticate } = createAuthenticator({ config });
  for (const make of [
    (more: object) => createAuthenticator({ config, throttle: { clientAddress, ...more } }),
    (more: object) => cookie('jwt', more),
    (more: object) => createRevocationList({ storage, ...more }),
    (more: object) => authenticate(withToken(TOKEN), undefined, more),
  ]) {
    expect(() => make({})).not.toThrow();
    expect(() => make(wrong('limits'))).toThrow(/ has no option limits$/);
    expect(() => make(wrong(SECRET))).toThrow(/ has no option of that name$/);
  }
});

// A variable that is misspelt, or was not set, must not open a door.
const DOORS: Readonly<Record<string, (options: never) => unknown>> = {
  createAuthenticator,
  authGuard,
  nodeGuard,
  createGate,
  createNodeGate,
};
describe.each(Object.entries(DOORS))('%s', (name, make) => {
  const upstream = name.endsWith('Gate') ? { upstream: 'http://127.0.0.1:9' } : {};
  const create = (options: object) => () => make({ config, ...upstream, ...options } as never);

  it.each(DECISION_OPTIONS.filter((option) => option !== 'config'))(
    'refuses %s if its value got lost',
    (option) => {
      expect(create({})).not.toThrow();
      expect(create({ [option]: undefined })).toThrow(
        new TypeError(`${option} is undefined; give a value or leave it out`),
      );
    },
  );

  it.each(['throttle', 'claimsSchema', 'policy', 'scopes'])('refuses null as %s', (option) => {
    expect(create({ [option]: null })).toThrow(TypeError);
  });

  it('refuses options that are not plain', () => {
    const options = Object.assign(Object.create({ policy: 'strict' }), { config }, upstream);
    expect(() => make(options as never)).toThrow(/^the options of .+ must be a plain object$/);
  });
});

it('no part takes an option whose value got lost', () => {
  const clientAddress = () => 'a';
  const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };
  const { authenticate } = createAuthenticator({ config });
  for (const make of [
    () => createAuthenticator({ config, throttle: { clientAddress, limit: undefined as never } }),
    () => cookie('jwt', { allowedOrigins: undefined as never }),
    () => createRevocationList({ storage, whenUnavailable: undefined as never }),
    () => authenticate(withToken(TOKEN), undefined, { scopes: undefined as never }),
    () => createGate({ config, upstream: 'http://a', pathScopes: undefined as never }),
  ]) {
    expect(make).toThrow(/ is undefined; give a value or leave it out$/);
  }
});

describe('the policy strict', () => {
  const NAMED = { ZEP_AUTH_ISSUER: 'https://me.example', ZEP_AUTH_AUDIENCE: 'api' };
  const CLAIMS = { iss: 'https://me.example', aud: 'api', exp: NOW_SECONDS + 86_400 };

  it('accepts a token with issuer, audience and an expiry within a day, and no other', async () => {
    for (const source of [{ config: configOf(NAMED) }, { env: () => ({ ...ENV, ...NAMED }) }]) {
      const { authenticate } = createAuthenticator({ ...source, policy: 'strict' });
      const decide = async (claims: object) => codeOf(await authenticate(withToken(forge(claims))));
      expect(await decide(CLAIMS)).toBe('accepted');
      expect(await decide({ ...CLAIMS, exp: CLAIMS.exp + 1 })).toBe('ERR_TOKEN_CLAIM');
      expect(await decide({ ...CLAIMS, exp: undefined })).toBe('ERR_TOKEN_CLAIM');
      expect(await decide({ ...CLAIMS, aud: 'other' })).toBe('ERR_TOKEN_CLAIM');
      expect(await decide({ ...CLAIMS, iss: undefined })).toBe('ERR_TOKEN_CLAIM');
    }
  });

  it('keeps a shorter limit of the configuration', async () => {
    const named = configOf(NAMED);
    const short = { ...named, policy: { ...named.policy, maxRemainingSeconds: 60 } };
    const { authenticate } = createAuthenticator({ config: short, policy: 'strict' });
    const decide = async (exp: number) =>
      codeOf(await authenticate(withToken(forge({ ...CLAIMS, exp }))));
    expect(await decide(NOW_SECONDS + 60)).toBe('accepted');
    expect(await decide(NOW_SECONDS + 61)).toBe('ERR_TOKEN_CLAIM');
  });

  it.each([{}, { ZEP_AUTH_ISSUER: 'me' }, { ZEP_AUTH_AUDIENCE: 'api' }])(
    'is a wrong configuration without an issuer and an audience: %j',
    async (more) => {
      const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' });
      expect(() => createAuthenticator({ config: configOf(more), policy: 'strict' })).toThrow(
        invalid,
      );
      const warnings: string[] = [];
      const { authenticate } = createAuthenticator({
        env: () => ({ ...ENV, ...more }),
        policy: 'strict',
        onWarning: (warning) => void warnings.push(warning),
      });
      for (const _ of [1, 2]) {
        expect(codeOf(await authenticate(withToken(TOKEN)))).toBe('ERR_CONFIG_INVALID');
      }
      expect(warnings).toEqual(['policy strict needs ZEP_AUTH_ISSUER and ZEP_AUTH_AUDIENCE']);
    },
  );

  it('is the only preset', () => {
    const policy = 'lax' as 'strict';
    expect(() => createAuthenticator({ config, policy })).toThrow(TypeError);
    expect(() => createAuthenticator({ env: () => ENV, policy })).toThrow(TypeError);
  });
});

describe('a trusted proxy', () => {
  it.each([undefined, null, 1, 'true', Promise.resolve(false)])(
    'is one only where the function returns true, not %s',
    async (answer) => {
      const trustedProxy = () => answer as unknown as boolean;
      const { authenticate } = createAuthenticator({ config, requireHttps: true, trustedProxy });
      const fields = [
        ['authorization', `Bearer ${TOKEN}`],
        ['x-forwarded-proto', 'https'],
      ] as const;
      expect(codeOf(await authenticate(view(fields)))).toBe('ERR_INSECURE_TRANSPORT');
    },
  );
});

describe('a source of the application', () => {
  const sourceThat = (allows: unknown): Source => ({
    ...bearer(),
    allows: () => allows as boolean,
  });

  it.each([false, undefined, null, 1, 'true'])(
    'that answers %j to whether a page may use its token does not let it in',
    async (answer) => {
      const { authenticate } = createAuthenticator({ config, sources: [sourceThat(answer)] });
      expect(codeOf(await authenticate(withToken(TOKEN)))).toBe('ERR_ORIGIN_NOT_ALLOWED');
    },
  );

  it('that answers true does', async () => {
    const { authenticate } = createAuthenticator({ config, sources: [sourceThat(true)] });
    expect(codeOf(await authenticate(withToken(TOKEN)))).toBe('accepted');
  });
});

describe('auth', () => {
  const authOf = async (claims: object): Promise<Auth> =>
    accepted(await createAuthenticator({ config }).authenticate(withToken(forge(claims))));

  it.each([
    [{ client_id: 'app', sub: 'alice' }, 'app'],
    [{ client_id: '', sub: 'alice' }, 'alice'],
    [{ client_id: 7, sub: 'alice' }, 'alice'],
    [{ sub: '' }, undefined],
    [{ sub: 7 }, undefined],
    [{}, undefined],
  ])('of %j has the client id %s, else the key id', async (claims, clientId) => {
    const auth = await authOf(claims);
    expect(auth.clientId).toBe(clientId ?? auth.keyId);
  });

  it.each([
    [{}, []],
    [{ scope: '' }, []],
    [{ scope: 'read' }, ['read']],
    [{ scope: ' read  write ' }, ['read', 'write']],
    [{ scope: ['read'] }, []],
    [{ scope: 7 }, []],
  ])('of %j has the scopes %j', async (claims, scopes) => {
    const auth = await authOf(claims);
    expect(auth.scopes).toEqual(scopes);
    expect(Object.isFrozen(auth.scopes)).toBe(true);
  });

  it('says when the token expires, if it does', async () => {
    const exp = NOW_SECONDS + 60;
    expect((await authOf({ exp })).expiresAt).toBe(exp);
    expect(await authOf({})).not.toHaveProperty('expiresAt');
  });

  it('is frozen, and shows no token however it is printed', async () => {
    const auth = await authOf({ sub: 'alice' });
    expect(Object.isFrozen(auth)).toBe(true);
    const { inspect } = await import('node:util');
    const printed = `${JSON.stringify(auth)}${inspect(auth, { showHidden: true, depth: null })}`;
    for (const part of forge({ sub: 'alice' }).split('.')) expect(printed).not.toContain(part);
  });

  it('has the claims of the caller’s own type', () => {
    interface Claims {
      readonly team: string;
    }
    const { authenticate } = createAuthenticator<Claims>({ config });
    const result = authenticate(withToken(TOKEN));
    if (result instanceof Promise || result.outcome !== 'accepted') return expect.fail();
    expectTypeOf(result.auth.claims).toEqualTypeOf<Claims>();
    expectTypeOf(result.auth.claims.team).toEqualTypeOf<string>();
  });
});

describe('recheck', () => {
  it('accepts a token that is still good, and refuses one that has expired since, to the second', async () => {
    const { authenticate, recheck } = createAuthenticator({ config });
    const auth = accepted(await authenticate(withToken(forge({ exp: NOW_SECONDS + 2 }))));
    const codes: string[] = [];
    for (const second of [0, 1.999, 2, 3]) {
      vi.setSystemTime((NOW_SECONDS + second) * 1000);
      codes.push(codeOf(await recheck(auth)));
    }
    expect(codes).toEqual(['accepted', 'accepted', 'ERR_TOKEN_EXPIRED', 'ERR_TOKEN_EXPIRED']);
  });

  it('refuses a token that was revoked or whose secret was removed since, and passes when auth is off', async () => {
    let env: object = ENV;
    let isRevoked = false;
    const events: GuardResult[] = [];
    const { authenticate, recheck } = createAuthenticator({
      env: () => env,
      revocations: { isRevoked: () => isRevoked },
      onResult: (event) => void events.push(event),
      onWarning: () => {},
    });
    const auth = accepted(await authenticate(withToken(TOKEN)));
    expect(codeOf(await recheck(auth))).toBe('accepted');
    isRevoked = true;
    expect(codeOf(await recheck(auth))).toBe('ERR_TOKEN_REVOKED');
    isRevoked = false;
    env = { ZEP_AUTH_SECRET: OTHER_SECRET };
    expect(codeOf(await recheck(auth))).toBe('ERR_TOKEN_SIGNATURE');
    env = {};
    expect(codeOf(await recheck(auth))).toBe('ERR_CONFIG_INVALID');
    env = { ZEP_AUTH_REQUIRED: 'false' };
    expect(codeOf(await recheck(auth))).toBe('off');
    expect(events).toHaveLength(1);
  });

  it('takes only the auth of an accepted request', () => {
    const { authenticate, recheck } = createAuthenticator({ config });
    const result = authenticate(withToken(TOKEN));
    if (result instanceof Promise) return expect.fail();
    expect(() => recheck({ ...accepted(result) })).toThrow(TypeError);
  });

  it('keeps the source', async () => {
    const { authenticate, recheck } = createAuthenticator({ config, sources: [cookie('jwt')] });
    const auth = accepted(await authenticate(view([['cookie', `jwt=${TOKEN}`]])));
    expect(accepted(await recheck(auth)).source).toBe('cookie:jwt');
  });
});

describe('toResponse', () => {
  it('makes the refusal, with the realm of the authenticator that refused', async () => {
    const { authenticate } = createAuthenticator({ config, realm: 'zep' });
    const result = await authenticate(view());
    if (result.outcome !== 'refused') return expect.fail(result.outcome);
    expect(await readRefusal(toResponse(result))).toStrictEqual(refusal(401, 'Bearer realm="zep"'));
  });

  it('agrees with toProblem, which is for doors without Response', async () => {
    const { authenticate } = createAuthenticator({ config: configOf({ ZEP_AUTH_ISSUER: 'me' }) });
    for (const token of ['abc', forge({ exp: 1 }), TOKEN]) {
      const result = await authenticate(withToken(token));
      if (result.outcome !== 'refused') return expect.fail(result.outcome);
      const { status, headers, body } = toProblem(result);
      const response = toResponse(result);
      expect([
        response.status,
        Object.fromEntries(response.headers),
        await response.text(),
      ]).toEqual([status, headers, body]);
    }
  });
});

describe('scopes', () => {
  const READ = forge({ sub: 'alice', jti: 'id-1', scope: 'read' });
  const insufficient = (scope: string) => ({
    status: 403,
    headers: {
      'www-authenticate': `Bearer realm="api", error="insufficient_scope", scope="${scope}"`,
    },
  });
  const problemOf = (result: AuthResult) => {
    if (result.outcome !== 'refused') return expect.fail(result.outcome);
    return toProblem(result);
  };

  it('of the authenticator are needed by each request, and named by 401 and 403', async () => {
    const { authenticate } = createAuthenticator({ config, scopes: ['read', 'write'] });
    expect(accepted(await authenticate(withToken(TOKEN))).scopes).toEqual(['read', 'write']);
    expect(problemOf(await authenticate(withToken(READ)))).toMatchObject(
      insufficient('read write'),
    );
    expect(problemOf(await authenticate(withToken('abc'))).headers).toMatchObject({
      'www-authenticate': 'Bearer realm="api", error="invalid_token", scope="read write"',
    });
    expect(problemOf(await authenticate(view())).headers).toMatchObject({
      'www-authenticate': 'Bearer realm="api", scope="read write"',
    });
    const two = view([['authorization', `Bearer ${TOKEN}, Bearer ${TOKEN}`]]);
    expect(problemOf(await authenticate(two)).headers).toMatchObject({
      'www-authenticate': 'Bearer realm="api", error="invalid_request"',
    });
  });

  it('of one call are added to them, cached token or not', async () => {
    const { authenticate } = createAuthenticator({ config, scopes: ['read'] });
    for (let i = 0; i < 2; i++) {
      expect(codeOf(await authenticate(withToken(READ)))).toBe('accepted');
      const scopes = ['read', 'write'];
      const result = await authenticate(withToken(READ), undefined, { scopes });
      expect(problemOf(result)).toMatchObject(insufficient('read write'));
      expect(codeOf(await authenticate(withToken(TOKEN), undefined, { scopes }))).toBe('accepted');
    }
    const none = await authenticate(view(), undefined, { scopes: ['write'] });
    expect(problemOf(none).headers['www-authenticate']).toBe(
      'Bearer realm="api", scope="read write"',
    );
  });

  it('may be an empty list, which asks for nothing more', async () => {
    for (const [scopes, named] of [
      [[], ''],
      [['read'], ', scope="read"'],
    ] as const) {
      const { authenticate } = createAuthenticator({ config, scopes });
      const none = { scopes: [] };
      expect(codeOf(await authenticate(withToken(READ), undefined, none))).toBe('accepted');
      expect(problemOf(await authenticate(view(), undefined, none)).headers).toMatchObject({
        'www-authenticate': `Bearer realm="api"${named}`,
      });
    }
  });

  it('are compared exactly', async () => {
    const { authenticate } = createAuthenticator({ config });
    const scopes = ['write'];
    for (const scope of ['', 'Write', 'writ', 'writer', 'read,write', 'write,', ['write'], 7]) {
      const result = await authenticate(withToken(forge({ scope })), undefined, { scopes });
      expect(codeOf(result)).toBe('ERR_SCOPE_INSUFFICIENT');
    }
  });

  it('are not looked at when the token expires while an asynchronous schema is asked', async () => {
    const validate = async () => {
      vi.setSystemTime((NOW_SECONDS + 5) * 1000);
      return { value: {} };
    };
    const claimsSchema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const { authenticate, recheck } = createAuthenticator({ config, claimsSchema });
    const ask = (exp: number) => authenticate(withToken(forge({ exp })));
    expect(codeOf(await ask(NOW_SECONDS + 5))).toBe('ERR_TOKEN_EXPIRED');
    vi.setSystemTime(NOW_SECONDS * 1000);
    const auth = accepted(await ask(NOW_SECONDS + 6));
    vi.setSystemTime(NOW_SECONDS * 1000);
    expect(codeOf(await recheck(auth))).toBe('accepted');
  });

  it('go by the claims as signed, whatever a schema makes of them', async () => {
    const claimsSchema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => ({ value: { scope: 'write' } }),
      },
    };
    const { authenticate } = createAuthenticator({ config, claimsSchema, scopes: ['write'] });
    expect(codeOf(await authenticate(withToken(READ)))).toBe('ERR_SCOPE_INSUFFICIENT');
    expect(codeOf(await authenticate(withToken(TOKEN)))).toBe('accepted');
  });

  it('need a token where it is optional, and of one call on a public path too', async () => {
    const optional = createAuthenticator({ config, optional: true, publicPaths: ['/things'] });
    expect(codeOf(await optional.authenticate(view()))).toBe('public');
    const scopes = ['read'];
    expect(codeOf(await optional.authenticate(view(), undefined, { scopes }))).toBe(
      'ERR_CREDENTIALS_MISSING',
    );
    const all = createAuthenticator({ config, optional: true, publicPaths: ['/things'], scopes });
    expect(codeOf(await all.authenticate(view()))).toBe('public');
    expect(codeOf(await all.authenticate(view([], { url: '/x' })))).toBe('ERR_CREDENTIALS_MISSING');
    const off = configOf({ ZEP_AUTH_REQUIRED: 'false' });
    const { authenticate } = createAuthenticator({ config: off, scopes, onWarning: () => {} });
    expect(codeOf(await authenticate(view()))).toBe('off');
  });

  it('that are missing are one event, which names the token', async () => {
    const events: GuardResult[] = [];
    const onResult = (result: GuardResult): unknown => events.push(result);
    const { authenticate } = createAuthenticator({ config, scopes: ['write'], onResult });
    await authenticate(withToken(READ));
    expect(events).toEqual([
      {
        outcome: 'refused',
        check: 'scope',
        code: 'ERR_SCOPE_INSUFFICIENT',
        message: 'The bearer token lacks a scope.',
        keyId: expect.stringMatching(/^[\w-]{11}$/),
        sub: 'alice',
        tokenId: 'id-1',
        durationMs: expect.any(Number),
      },
    ]);
  });

  it.each(['', 'a b', 'a"b', 'a\\b', 'é'])(
    'must be what RFC 6749 allows: not %j',
    async (scope) => {
      expect(() => createAuthenticator({ config, scopes: [scope] })).toThrow(TypeError);
      const { authenticate } = createAuthenticator({ config });
      const call = async () => authenticate(withToken(TOKEN), undefined, { scopes: [scope] });
      await expect(call()).rejects.toThrow(/^authenticate takes scopes/);
    },
  );

  it('must be a list', () => {
    expect(() => createAuthenticator({ config, scopes: 'read' as never })).toThrow(TypeError);
  });
});
