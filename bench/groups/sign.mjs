// The time to sign a token with small claims and with claims of 1 KB.
import { createHmac, createSecretKey } from 'node:crypto';
import { createKeyring, signToken } from '@zep-auth/core';
import { createSign, joseEngine } from '@zep-auth/core/internal';
import { sign as honoSign } from 'hono/jwt';
import { SignJWT } from 'jose';
import {
  createClaims,
  importKey,
  load,
  OURS,
  OURS_PROMISE,
  OURS_WEB_CRYPTO,
  secret,
} from '../contestants.mjs';
import { timeCalls } from '../measure.mjs';

export const SIGN_FLOOR = 'floor: JSON.stringify + HMAC';
export const JOSE_SIGN = 'jose, imported key';

export const everywhere = true;
export const tables = {
  ordinary: { title: 'Sign 100 bytes of claims', base: SIGN_FLOOR },
  large: { title: 'Sign 1 KB of claims', base: SIGN_FLOOR },
};

const HEADER = { alg: 'HS256', typ: 'JWT' };

/** All signers, with the same claims. */
const createSigners = async (claims) => {
  const fastJwt = load('fast-jwt');
  const jsonwebtoken = load('jsonwebtoken');
  const worker = load('@tsndr/cloudflare-worker-jwt');
  const rs = load('@node-rs/jsonwebtoken');
  const keyring = createKeyring(secret);
  const keyObject = createSecretKey(Buffer.from(secret));
  const cryptoKey = await importKey('sign');
  const header = Buffer.from(JSON.stringify(HEADER)).toString('base64url');
  const fastSign = fastJwt?.createSigner({ key: secret, algorithm: 'HS256' });
  const sign = createSign();
  const signOnWebCrypto = createSign(joseEngine);
  const contestants = [
    {
      name: SIGN_FLOOR,
      call: () => {
        const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
        return `${input}.${createHmac('sha256', keyObject).update(input).digest('base64url')}`;
      },
    },
    {
      name: OURS,
      call: () => sign(keyring, claims),
      isAsync: sign(keyring, claims) instanceof Promise,
    },
    { name: OURS_PROMISE, call: () => signToken(keyring, claims), isAsync: true },
    { name: OURS_WEB_CRYPTO, call: () => signOnWebCrypto(keyring, claims), isAsync: true },
    {
      name: JOSE_SIGN,
      call: () => new SignJWT(claims).setProtectedHeader(HEADER).sign(cryptoKey),
      isAsync: true,
    },
    { name: 'hono/jwt', call: () => honoSign(claims, secret), isAsync: true },
    { name: 'fast-jwt', call: fastSign && (() => fastSign(claims)) },
    {
      name: 'jsonwebtoken',
      call: jsonwebtoken && (() => jsonwebtoken.sign(claims, keyObject, { algorithm: 'HS256' })),
    },
    {
      name: 'cloudflare-worker-jwt',
      call: worker && (() => worker.sign(claims, secret)),
      isAsync: true,
    },
    { name: '@node-rs/jsonwebtoken', call: rs && (() => rs.signSync(claims, secret)) },
  ];
  return contestants.filter(({ call }) => call !== undefined);
};

export const run = async ({ quick }) => {
  const ordinary = createClaims(0);
  const large = { ...ordinary, note: 'x'.repeat(900) };
  return {
    ordinary: await timeCalls(await createSigners(ordinary), { quick }),
    large: await timeCalls(await createSigners(large), { quick }),
  };
};
