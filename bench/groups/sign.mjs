// How long it takes to sign an ordinary token.
import { createHmac, createSecretKey } from 'node:crypto';
import { createKeyring, signToken } from '@zep-auth/core';
import { sign as honoSign } from 'hono/jwt';
import { SignJWT } from 'jose';
import { createClaims, importKey, load, OURS, secret } from '../contestants.mjs';
import { timeCalls } from '../measure.mjs';

const FLOOR = 'floor: JSON.stringify + HMAC';

export const everywhere = true;
export const tables = { sign: { title: 'Sign', base: FLOOR } };

export const run = async ({ quick }) => {
  const fastJwt = load('fast-jwt');
  const jsonwebtoken = load('jsonwebtoken');
  const worker = load('@tsndr/cloudflare-worker-jwt');
  const rs = load('@node-rs/jsonwebtoken');
  const claims = createClaims(0);
  const keyring = createKeyring(secret);
  const keyObject = createSecretKey(Buffer.from(secret));
  const cryptoKey = await importKey('sign');
  const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
  const fastSign = fastJwt?.createSigner({ key: secret, algorithm: 'HS256' });
  const contestants = [
    {
      name: FLOOR,
      call: () => {
        const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
        return `${input}.${createHmac('sha256', keyObject).update(input).digest('base64url')}`;
      },
    },
    { name: OURS, call: () => signToken(keyring, claims), isAsync: true },
    {
      name: 'jose, imported key',
      call: () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(cryptoKey),
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
  const present = contestants.filter(({ call }) => call !== undefined);
  return { sign: await timeCalls(present, { quick }) };
};
