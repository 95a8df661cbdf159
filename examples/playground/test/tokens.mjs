// Good and bad tokens, signed with a new secret in each run.
import { generateSecret, signToken } from '@zep-auth/core';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export const secret = generateSecret();
export const good = await signToken(
  secret,
  { sub: 'alice', scope: 'read write' },
  { expiresInSeconds: 90 * 86_400, keyId: true },
);
const [header, payload, signature] = good.split('.');
const nowSeconds = Math.floor(Date.now() / 1000);
const root = encode({ sub: 'root' });

/** Claims that would do harm as HTML, or by reversing the text. */
export const hostile = await signToken(secret, {
  sub: '<img src="https://collect.test/" onerror="document.title = `owned`">',
  '<b>name</b>': 'left\u202eright',
});

/** Each bad token, with what the page must say with and without the secret. */
export const bad = {
  'alg none, unsigned': {
    token: `${encode({ alg: 'none' })}.${root}.`,
    says: ['ERR_TOKEN_ALGORITHM', 'alg none: it is unsigned'],
  },
  'alg none, with a signature': {
    token: `${encode({ alg: 'nOnE' })}.${root}.${signature}`,
    says: ['ERR_TOKEN_ALGORITHM', 'an unknown algorithm', 'alg none'],
  },
  'another algorithm': {
    token: `${encode({ alg: 'HS512' })}.${root}.${signature}`,
    says: ['ERR_TOKEN_ALGORITHM', 'another algorithm'],
  },
  'a header with crit': {
    token: `${encode({ alg: 'HS256', crit: ['exp'] })}.${root}.${signature}`,
    says: ['ERR_TOKEN_MALFORMED', 'crit'],
  },
  expired: {
    token: await signToken(secret, { sub: 'alice', exp: nowSeconds - 3 * 86_400 }),
    says: ['ERR_TOKEN_EXPIRED', 'the token has expired'],
  },
  'not valid yet': {
    token: await signToken(secret, { nbf: nowSeconds + 7 * 86_400 }),
    says: ['ERR_TOKEN_NOT_YET_VALID', '(nbf)'],
  },
  'a repeated claim': {
    token: `${header}.${Buffer.from('{"sub":"a","sub":"b"}').toString('base64url')}.${signature}`,
    says: ['ERR_TOKEN_MALFORMED', 'repeats a member'],
    withSecret: ['ERR_TOKEN_SIGNATURE'],
  },
  tampered: {
    token: `${header}.${root}.${signature}`,
    says: ['Not verified', 'anyone could have written it'],
    withSecret: ['ERR_TOKEN_SIGNATURE', 'not signed with a secret known here'],
  },
  'signed with another secret': {
    token: await signToken(generateSecret(), { sub: 'alice' }),
    says: ['Not verified'],
    withSecret: ['ERR_TOKEN_SIGNATURE'],
  },
  'with Bearer before it': {
    token: `Bearer ${good}`,
    says: ['ERR_TOKEN_MALFORMED', 'it begins with the word Bearer'],
  },
  'with a line break after it': {
    token: `${good}\n`,
    says: ['ERR_TOKEN_MALFORMED', 'it holds a line break'],
  },
  'without its signature': {
    token: `${header}.${payload}`,
    says: ['ERR_TOKEN_MALFORMED', 'this has 2'],
  },
  'the secret instead': {
    token: generateSecret(),
    says: ['ERR_TOKEN_MALFORMED', 'it is not a JWT'],
  },
};
