// The reference: the rules for a token again, in the simplest and slowest form. It shares no code with the library.
import { createHash, createHmac } from 'node:crypto';
import type { AuthErrorCode, VerifyPolicy } from '@zep-auth/core';
import { keyIdOf } from '../kit/tokens.ts';

/** The configuration of a verifier. */
export interface World {
  /** The current secret, then the previous ones. */
  readonly secrets: readonly string[];
  readonly policy: VerifyPolicy;
  readonly maxTokenBytes: number;
}

export interface Refusal {
  readonly code: AuthErrorCode;
  readonly claim?: string;
}
export interface Acceptance {
  readonly keyId: string;
  readonly claims: object;
}
export type Verdict = Acceptance | Refusal;

const malformed: Refusal = { code: 'ERR_TOKEN_MALFORMED' };
const refuse = (claim: string): Refusal => ({ code: 'ERR_TOKEN_CLAIM', claim });

/** Strings, brackets and colons: enough for the depth of a JSON text and its names. */
const LEXEMES = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;

/** Returns the names of the outermost members of a JSON text, in order, and its depth. */
const outline = (json: string): { readonly names: readonly string[]; readonly depth: number } => {
  const names: string[] = [];
  let depth = 0;
  let level = 0;
  let before = '';
  for (const [lexeme] of json.matchAll(LEXEMES)) {
    if (lexeme === '{' || lexeme === '[') level++;
    if (lexeme === '}' || lexeme === ']') level--;
    if (lexeme === ':' && level === 1) names.push(JSON.parse(before));
    depth = Math.max(depth, level);
    before = lexeme;
  }
  return { names, depth };
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A segment as a JSON object, or `undefined` if its form is wrong. */
const readObject = (segment: string): object | undefined => {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(Buffer.from(segment, 'base64url'));
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { names, depth } = outline(text);
  return new Set(names).size === names.length && depth <= 64 ? value : undefined;
};

const isCanonical = (segment: string): boolean =>
  /^[A-Za-z0-9_-]*$/.test(segment) &&
  Buffer.from(segment, 'base64url').toString('base64url') === segment;

const isKnownType = (typ: unknown, expected: string | undefined): boolean => {
  const types = expected === undefined ? ['jwt', 'at+jwt'] : [expected.toLowerCase()];
  const names = types.flatMap((type) => [type, `application/${type}`]);
  return typeof typ === 'string' && names.includes(typ.toLowerCase());
};

/** A token that has not the form of ours is refused by its algorithm, where a short header names another one. */
const refuseForm = (token: string): Refusal => {
  const dot = token.indexOf('.');
  const head = token.slice(0, dot);
  const isRead = dot > 0 && dot <= 1024 && isCanonical(head);
  const members = new Map<string, unknown>(Object.entries((isRead && readObject(head)) || {}));
  const isOther = members.has('alg') && members.get('alg') !== 'HS256';
  return isOther ? { code: 'ERR_TOKEN_ALGORITHM' } : malformed;
};

/** Reads everything that does not depend on the time: the signing key and the claims, unchecked. */
export const readToken = (token: string, world: World): Verdict => {
  // In a well-formed token every character is one byte.
  if (token.length > world.maxTokenBytes) return { code: 'ERR_TOKEN_TOO_LARGE' };
  const segments = token.split('.');
  const [head = '', body = '', signature = ''] = segments;
  if (segments.length !== 3 || !segments.every(isCanonical)) return refuseForm(token);
  if (head === '' || signature.length !== 43) return refuseForm(token);

  const header = readObject(head);
  if (header === undefined) return malformed;
  const members = new Map<string, unknown>(Object.entries(header));
  if (members.get('alg') !== 'HS256') return { code: 'ERR_TOKEN_ALGORITHM' };
  if (members.has('crit') || members.has('b64')) return malformed;
  const { typ: expected } = world.policy;
  const isFree = expected === undefined && !members.has('typ');
  if (!isFree && !isKnownType(members.get('typ'), expected)) return malformed;
  const kid = members.get('kid');
  if (members.has('kid') && typeof kid !== 'string') return malformed;

  const named = world.secrets.filter((secret) => keyIdOf(secret) === kid);
  const signer = (named.length > 0 ? named : world.secrets).find(
    (secret) =>
      createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url') === signature,
  );
  if (signer === undefined) return { code: 'ERR_TOKEN_SIGNATURE' };

  const claims = readObject(body);
  return claims === undefined ? malformed : { keyId: keyIdOf(signer), claims };
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const findRefusal = (claims: object, policy: VerifyPolicy, now: number): Refusal | undefined => {
  const members = new Map<string, unknown>(Object.entries(claims));
  for (const claim of ['exp', 'nbf', 'iat']) {
    const time = members.get(claim);
    const isTime = typeof time === 'number' && time >= 0 && time <= 253402300799;
    if (members.has(claim) && !isTime) return refuse(claim);
  }
  const timeOf = (claim: string, absent: number): number => Number(members.get(claim) ?? absent);
  const { clockToleranceSeconds: tolerance = 0, maxTokenAgeSeconds, maxRemainingSeconds } = policy;
  if (!(timeOf('exp', Number.POSITIVE_INFINITY) > now - tolerance))
    return { code: 'ERR_TOKEN_EXPIRED' };
  if (!(timeOf('nbf', 0) <= now + tolerance)) return { code: 'ERR_TOKEN_NOT_YET_VALID' };
  const ahead = tolerance > 60 ? tolerance : 60;
  if (!(timeOf('iat', 0) <= now + ahead)) return { code: 'ERR_TOKEN_NOT_YET_VALID' };

  const { issuer, audience, subject, requiredClaims = [] } = policy;
  if (issuer !== undefined && !listOf(issuer).includes(members.get('iss'))) return refuse('iss');
  const audiences = listOf(members.get('aud'));
  if (audience !== undefined && !listOf(audience).some((it) => audiences.includes(it)))
    return refuse('aud');
  if (subject !== undefined && !listOf(subject).includes(members.get('sub'))) return refuse('sub');
  const missing = requiredClaims.find((claim) => !members.has(claim));
  if (missing !== undefined) return refuse(missing);
  if (maxTokenAgeSeconds !== undefined) {
    if (!members.has('iat')) return refuse('iat');
    const age = now - timeOf('iat', 0);
    if (age > maxTokenAgeSeconds + tolerance) return { code: 'ERR_TOKEN_EXPIRED' };
  }
  if (maxRemainingSeconds === undefined) return undefined;
  const isSoon = timeOf('exp', Number.POSITIVE_INFINITY) <= now + maxRemainingSeconds + tolerance;
  return isSoon ? undefined : refuse('exp');
};

const isNumber = (text: string): boolean => {
  try {
    return typeof JSON.parse(text) === 'number' && !/\s/.test(text);
  } catch {
    return false;
  }
};

const isRevoked = (token: string, claims: object, revoked: readonly string[]): boolean => {
  const jti = new Map<string, unknown>(Object.entries(claims)).get('jti');
  // A number on the list is an id as text, and as JSON reads it.
  const ids = revoked.flatMap((entry) =>
    isNumber(entry) ? [entry, `${JSON.parse(entry)}`] : entry,
  );
  if (['string', 'number'].includes(typeof jti) && ids.includes(`${jti}`)) return true;
  const digest = createHash('sha256').update(token).digest('hex');
  return revoked.some((entry) => [digest, `sha256:${digest}`].includes(entry.toLowerCase()));
};

/** The verdict on a token at a time in seconds. */
export const judgeAt = (token: string, read: Verdict, world: World, now: number): Verdict => {
  if ('code' in read) return read;
  const refusal = findRefusal(read.claims, world.policy, now);
  if (refusal !== undefined) return refusal;
  return isRevoked(token, read.claims, world.policy.revoked ?? [])
    ? { code: 'ERR_TOKEN_REVOKED' }
    : read;
};
