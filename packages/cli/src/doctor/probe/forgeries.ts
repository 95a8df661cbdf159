// The bad tokens, one kind a row: what is sent, and what it means if it is accepted. None contains the user's own token.
import type { Question } from './client.ts';
import { type ProbeContext, withToken } from './probe-context.ts';
import { foreign, type ProbeTokens, unsigned } from './probe-tokens.ts';

/** One kind of bad token. */
export interface Forgery {
  readonly name: string;
  /** Whether making one needs the secret. */
  readonly needsSecret: boolean;
  /** How bad it is if one is accepted. */
  readonly severity: 'warn' | 'fail';
  readonly advice: string;
  /** Questions, each with a name. */
  readonly variants: (context: ProbeContext) => readonly (readonly [string, Question])[];
}

type Makers = readonly (readonly [string, (tokens: ProbeTokens) => string])[];

/** A kind that needs the secret, sent as a bearer token. */
const signedKind = (
  name: string,
  severity: Forgery['severity'],
  advice: string,
  makers: Makers,
): Forgery => ({
  name,
  severity,
  advice,
  needsSecret: true,
  variants: ({ tokens, path }) =>
    tokens === undefined ? [] : makers.map(([what, make]) => [what, withToken(path, make(tokens))]),
});

const inQuery = (path: string, name: string, text: string): Question => ({
  path: `${path}${path.includes('?') ? '&' : '?'}${name}=${text}`,
  token: { text, isInQuery: true },
});

const VERIFY = 'verify the signature: anyone can write a token';
const SPELLING =
  'accept one spelling of a token: by another, a list of revoked ones does not know it';

export const FORGERIES: readonly Forgery[] = [
  {
    name: 'any credentials',
    needsSecret: false,
    severity: 'fail',
    advice: 'verify the token: that there is a header says nothing',
    variants: ({ path }) => [
      ['Bearer x', { path, headers: { authorization: 'Bearer x' } }],
      ['Basic eDp4', { path, headers: { authorization: 'Basic eDp4' } }],
    ],
  },
  {
    name: 'no signature',
    needsSecret: false,
    severity: 'fail',
    advice: 'accept HS256 alone: give the library the list of its algorithms',
    variants: ({ path, claims }) =>
      ['none', 'nOnE'].map((alg) => [`alg ${alg}`, withToken(path, unsigned(alg, claims))]),
  },
  {
    name: 'another secret',
    needsSecret: false,
    severity: 'fail',
    advice: VERIFY,
    variants: ({ path, claims }) => [['any signature', withToken(path, foreign(claims))]],
  },
  signedKind('tampered', 'fail', VERIFY, [['changed claims', (tokens) => tokens.tampered()]]),
  signedKind('algorithm', 'fail', 'compare alg with HS256, whatever the signature says', [
    ['alg HS512 over HS256', (tokens) => tokens.withHeader({ alg: 'HS512', typ: 'JWT' })],
    ['alg none over HS256', (tokens) => tokens.withHeader({ alg: 'none', typ: 'JWT' })],
  ]),
  signedKind('expired', 'fail', 'check exp (RFC 7519 section 4.1.4)', [
    ['a token of an hour ago', (tokens) => tokens.expired()],
  ]),
  signedKind('not yet valid', 'fail', 'check nbf (RFC 7519 section 4.1.5)', [
    ['a token for the next hour', (tokens) => tokens.notYetValid()],
  ]),
  signedKind('exp as text', 'fail', 'refuse an exp that is no number, or it never ends', [
    ['exp in quotes', (tokens) => tokens.expiringAsText()],
  ]),
  signedKind('crit', 'fail', 'refuse a token with crit (RFC 7515 section 4.1.11)', [
    [
      'crit with an unknown name',
      (tokens) => tokens.withHeader({ alg: 'HS256', typ: 'JWT', crit: ['zepcli'], zepcli: true }),
    ],
  ]),
  signedKind(
    'claims no object',
    'fail',
    'refuse it (RFC 7519 section 7.2), or what is behind the guard reads claims that are not there',
    [['a list for claims', (tokens) => tokens.withPayload('[]')]],
  ),
  signedKind('odd spelling', 'warn', SPELLING, [
    ['idle bits in the signature', (tokens) => tokens.respelled()],
    ['= at its end', (tokens) => tokens.padded()],
  ]),
  signedKind(
    'a member twice',
    'warn',
    'refuse it (RFC 7515 section 4): another parser takes the other one',
    [['typ and exp twice', (tokens) => tokens.repeating()]],
  ),
  {
    name: 'other schemes',
    needsSecret: true,
    severity: 'warn',
    advice: 'take a token behind Bearer alone (RFC 6750 section 2.1)',
    variants: ({ tokens, path }) =>
      ['Basic ', 'Token ', ''].map((scheme) => [
        scheme === '' ? 'no scheme' : scheme.trim(),
        withToken(path, tokens?.good() ?? '', scheme),
      ]),
  },
  {
    name: 'token in the URL',
    needsSecret: true,
    severity: 'warn',
    advice: 'take tokens from the header alone: URLs end up in logs',
    variants: ({ tokens, path }) =>
      ['access_token', 'token', 'jwt'].map((name) => [
        `?${name}=`,
        inQuery(path, name, tokens?.good() ?? ''),
      ]),
  },
];
