// The contestants: us and the peers, each as its documentation shows, with the same tokens. A peer with two forms appears
// with the faster one too.
import { createHmac, createSecretKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { createKeyring, createVerifier, generateSecret } from '@zep-auth/core';
import { createCheck, createVerifierOn, joseEngine } from '@zep-auth/core/internal';
import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';
import { jwt as honoJwt, verify as honoVerify } from 'hono/jwt';
import { jwtVerify } from 'jose';

// The servers of one run are separate processes with the same secret.
export const secret = process.env.BENCH_SECRET ?? generateSecret();
export const otherSecret = generateSecret();

const nowSeconds = () => Math.floor(Date.now() / 1000);
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = { alg: 'HS256', typ: 'JWT' };

/** The claims of an ordinary API token. */
export const createClaims = (i) => ({
  sub: `client-${i}`,
  scope: 'things:read things:write',
  iat: nowSeconds() - 60,
  exp: nowSeconds() + 86_400,
});

/** Signs synchronously, to make a million tokens in seconds. */
export const signNow = (claims, { header = HEADER, key = secret } = {}) => {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};

/** A new string with the same text, as each request brings one. */
const copy = (text) => Buffer.from(text, 'latin1').toString('latin1');

export const TOKENS = 4096;
export const createRepeated = () => {
  const token = signNow(createClaims(0));
  return Array.from({ length: TOKENS }, () => copy(token));
};
export const createDistinct = () =>
  Array.from({ length: TOKENS }, (_, i) => signNow(createClaims(i)));

const require = createRequire(import.meta.url);

/** A peer that a runtime may lack, such as a native add-on. */
export const load = (name) => {
  try {
    return require(name); // also loads an add-on that is only a binary
  } catch {
    return undefined;
  }
};

export const importKey = (usage) =>
  crypto.subtle.importKey('raw', Buffer.from(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    usage,
  ]);

export const FLOOR = 'floor: HMAC + JSON.parse';
export const MAP = 'floor of a cache: Map lookup';
export const OURS = 'zep-auth';
export const OURS_PROMISE = 'zep-auth, promise';
export const OURS_WEB_CRYPTO = 'zep-auth on WebCrypto';
export const OURS_OFF = 'zep-auth, cache off';
export const OURS_RETURNING = 'zep-auth, refusals returned';
export const OURS_MISS = 'zep-auth, every token a cache miss';

/** The least that a correct verification has to do. */
const createFloor = () => {
  const key = createSecretKey(Buffer.from(secret));
  return (token) => {
    const dot = token.lastIndexOf('.');
    const mac = createHmac('sha256', key).update(token.slice(0, dot)).digest('base64url');
    if (mac !== token.slice(dot + 1)) throw new Error('refused');
    return JSON.parse(
      Buffer.from(token.slice(token.indexOf('.') + 1, dot), 'base64url').toString(),
    );
  };
};

/**
 * All verifiers, as `{ name, verify }`.
 *
 * @param {{ cacheSize: number, tokens: string[] }} options the size of each cache, and the content of the bare Map
 */
export const createVerifiers = async ({ cacheSize, tokens }) => {
  const fastJwt = load('fast-jwt');
  const jsonwebtoken = load('jsonwebtoken');
  const worker = load('@tsndr/cloudflare-worker-jwt');
  const rs = load('@node-rs/jsonwebtoken');
  const cryptoKey = await importKey('verify');
  const keyObject = createSecretKey(Buffer.from(secret));
  const algorithms = ['HS256'];
  const known = new Map(tokens.map((token) => [token, { claims: {} }]));
  const ours = createVerifier({ secret, cacheSize });
  const oursOff = createVerifier({ secret, cacheSize: 0 });
  const oursJoseOff = createVerifierOn(joseEngine, { secret, cacheSize: 0 });
  const options = { key: secret, algorithms };
  const all = [
    { name: FLOOR, verify: createFloor() },
    { name: MAP, verify: (token) => known.get(token) },
    { name: OURS, verify: createCheck({ keyring: secret, cacheSize }) },
    { name: OURS_PROMISE, verify: ours.verify },
    { name: OURS_OFF, verify: createCheck({ keyring: secret, cacheSize: 0 }) },
    { name: 'zep-auth, promise, cache off', verify: oursOff.verify },
    { name: OURS_WEB_CRYPTO, verify: createCheck({ keyring: secret, cacheSize }, joseEngine) },
    { name: 'zep-auth on WebCrypto, cache off', verify: oursJoseOff.verify },
    {
      name: 'jose, imported key',
      verify: (token) => jwtVerify(token, cryptoKey, { algorithms }),
    },
    { name: 'hono/jwt', verify: (token) => honoVerify(token, secret, 'HS256') },
    {
      name: 'hono/jwt, imported key',
      verify: (token) => honoVerify(token, cryptoKey, 'HS256'),
    },
    { name: 'fast-jwt, cache', verify: fastJwt?.createVerifier({ ...options, cache: cacheSize }) },
    { name: 'fast-jwt', verify: fastJwt?.createVerifier(options) },
    {
      name: 'jsonwebtoken',
      verify: jsonwebtoken && ((token) => jsonwebtoken.verify(token, keyObject, { algorithms })),
    },
    {
      name: 'cloudflare-worker-jwt',
      verify: worker && ((token) => worker.verify(token, secret, 'HS256')),
    },
    {
      name: '@node-rs/jsonwebtoken',
      verify: rs && ((token) => rs.verifySync(token, secret, { algorithms })),
    },
  ];
  return all.filter(({ verify }) => verify !== undefined);
};

/** Runs a verifier over a list of tokens again and again. Its length is a power of two. */
export const over = (tokens, { name, verify }) => {
  const mask = tokens.length - 1;
  const isAsync = verify(tokens[0]) instanceof Promise;
  return { name, isAsync, call: (i) => verify(tokens[i & mask]) };
};

export const NO_MIDDLEWARE = 'no middleware';
export const EMPTY_MIDDLEWARE = 'empty middleware';

/** A hand-written guard with jose. */
const createJoseGuard = async () => {
  const key = await importKey('verify');
  return async (c, next) => {
    const token = c.req.header('authorization')?.replace(/^bearer +/i, '') ?? '';
    try {
      const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'] });
      c.set('claims', payload);
    } catch {
      return c.text('Unauthorized', 401);
    }
    await next();
  };
};

const createOurGuard = (options = {}) => {
  const keyring = createKeyring(secret);
  return authGuard({ config: { required: true, keyring, policy: {}, warnings: [] }, ...options });
};

/** The middlewares that guard the same Hono app. */
const middlewares = {
  [NO_MIDDLEWARE]: () => undefined,
  [EMPTY_MIDDLEWARE]: () => async (_c, next) => {
    await next();
  },
  [OURS]: () => createOurGuard(),
  [OURS_OFF]: () => createOurGuard({ cacheSize: 0 }),
  'hono/jwt': () => honoJwt({ secret, alg: 'HS256' }),
  'jose middleware': createJoseGuard,
};

export const HONO_APPS = Object.keys(middlewares);

export const createHonoApp = async (name) => {
  const app = new Hono();
  const middleware =
    name === OURS_RETURNING ? createOurGuard({ refuse: 'return' }) : await middlewares[name]();
  if (middleware) app.use(middleware);
  return app.get('/hello', (c) => c.text('hello'));
};
