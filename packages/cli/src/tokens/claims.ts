// What a token of `zepcli token` says: the options, and the claims and the header that they ask for.
import type { JwtClaims } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { refuse } from '../argv/values.ts';
import { readText } from '../files/read-text.ts';
import { readStdin } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, quote } from '../io/io.ts';
import { findRepeatedMember, listInexact, parseExactly } from './exact-json.ts';

/** Scopes as RFC 6749 section 3.3 has them. */
const parseScope = (scopes: string): string => {
  const form = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;
  if (form.test(scopes)) return scopes;
  const expected = 'a list of scopes: words with one space between them, without " and \\';
  throw refuse('scope', scopes, expected, '"read write"');
};

/** The options of what a token says. */
export const CLAIM_OPTIONS = {
  'expires-in': option.time('when it expires: 90d, 1h30m, 2030-01-31'),
  'no-expiry': option.flag('let it never expire'),
  'not-before': option.time('not valid before: 2030-01-31T12:00:00Z, 1h'),
  sub: option.text('<name>', 'subject: whose token it is'),
  aud: option.texts('<name>', 'audience: for which API'),
  iss: option.text('<name>', 'issuer: who made it'),
  scope: option.parsed('<scopes>', 'scopes, separated by spaces', parseScope),
  jti: option.text('<id>', 'its id, by which it can be revoked (default: a random UUID)'),
  claim: option.texts('<name=text>', 'another claim, a string'),
  'claim-json': option.texts('<name=json>', 'another claim, in JSON'),
  claims: option.file('the whole payload, JSON in this file, or - for standard input'),
  typ: option.word(['jwt', 'at+jwt'], 'typ of the header; at+jwt is an access token', 'jwt'),
  header: option.texts('<name=text>', 'another member of the header, a string'),
  'no-claims': option.flag('no claims and no key id: the same token as `zepcli -i`'),
} as const;

const OWN_OPTION: { readonly [claim: string]: string } = {
  iss: 'use --iss',
  sub: 'use --sub',
  aud: 'use --aud',
  scope: 'use --scope',
  exp: 'use --expires-in',
  nbf: 'use --not-before',
  jti: 'use --jti',
  iat: 'it is set to the current time; --claims takes a whole payload',
};

/** @throws {UsageError} for text that is not JSON, repeats a member, or has a number that would be signed as another one */
const parseJson = (text: string, what: string, hint: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${what} is not JSON`, hint);
  }
  const repeated = findRepeatedMember(text);
  if (repeated !== undefined)
    throw new UsageError(`${what} has the member ${quote(repeated)} twice`, 'keep one of them');
  const [[place, number] = []] = listInexact(parseExactly(text));
  if (number === undefined) return value;
  throw new UsageError(
    `${what} has the number ${number}, which would be signed as ${Number(number)}`,
    /^\/(?:exp|nbf|iat)$/.test(place ?? '')
      ? 'give a whole number of seconds'
      : 'give it as a string, in quotes',
  );
};

/** What sets these members. */
const HEADER_HINTS: { readonly [member: string]: string } = {
  alg: 'it is HS256',
  typ: 'use --typ',
  kid: 'it is the id of the key',
  crit: 'no server here understands an extension',
  b64: 'no server here understands it',
};

/** Reads `name=value` pairs into members of the payload or the header. */
const addMembers = (
  members: Map<string, unknown>,
  option: string,
  pairs: readonly string[],
  hints: { readonly [name: string]: string },
  parse: (value: string, name: string) => unknown = (value) => value,
): void => {
  for (const pair of pairs) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw refuse(option, pair, 'name=value', 'name=value');
    if (Object.hasOwn(hints, name))
      throw new UsageError(`--${option} does not set ${name}`, hints[name]);
    if (members.has(name))
      throw new UsageError(`--${option} ${quote(name)} is set already`, 'give it once');
    members.set(name, parse(value, name));
  }
};

/** Reads the further members of a header. */
export const readHeader = (pairs: readonly string[]): { readonly [member: string]: unknown } => {
  const members = new Map<string, unknown>();
  addMembers(members, 'header', pairs, HEADER_HINTS);
  return Object.fromEntries(members);
};

/** Reads the claims that options set. @throws {UsageError} that names the one that is wrong */
export const readClaims = (options: option.ValuesOf<typeof CLAIM_OPTIONS>): JwtClaims => {
  const { iss, sub, aud, expiresIn, notBefore, scope, jti } = options;
  const given = Object.entries({
    iss,
    sub,
    aud: aud.length > 1 ? aud : aud[0],
    exp: expiresIn,
    nbf: notBefore,
    scope,
    jti,
  }).filter(([, value]) => value !== undefined);
  const claims = new Map<string, unknown>(given);
  addMembers(claims, 'claim', options.claim, OWN_OPTION);
  addMembers(claims, 'claim-json', options.claimJson, OWN_OPTION, (value, name) =>
    parseJson(value, `--claim-json ${name}`, 'examples: seats=5, roles=\'["a"]\''),
  );
  return Object.fromEntries(claims);
};

/** Reads a whole payload from a file, or from standard input. Of the other options only --expires-in adds to it. */
export const readPayload = async (
  io: Io,
  path: string,
  { exp, ...given }: JwtClaims,
): Promise<JwtClaims> => {
  if (Object.keys(given).length > 0)
    throw new UsageError('--claims takes the whole payload', 'put the other claims into it');
  const text = path === '-' ? await readStdin(io, 'the claims') : await readText(io, path);
  const what = path === '-' ? 'standard input' : quote(path);
  const example = 'example: {"sub":"alice"}';
  const claims = parseJson(text, what, example);
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new UsageError(`${what} is not a JSON object`, example);
  if (exp !== undefined && 'exp' in claims)
    throw new UsageError('the payload has an exp already', 'leave --expires-in out');
  return { ...claims, ...(exp !== undefined && { exp }) };
};
