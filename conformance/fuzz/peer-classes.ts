// Classes of tokens that jose.jwtVerify or jsonwebtoken accept and we refuse, as data, each with its reason. They share
// no code with the library.
import { type Facts, STRICTER } from '../../packages/core/test/agreement-classes.ts';
import type { World } from './oracle.ts';

/** One question: a token, a configuration, and a time in whole seconds. */
export interface Question {
  readonly token: string;
  readonly facts: Facts;
  readonly world: World;
  readonly now: number;
}

export interface PeerClass {
  readonly name: string;
  readonly reason: string;
  readonly includes: (question: Question) => boolean;
}

// These two depend on the configuration.
const REPLACED = ['size', 'iat in the future'];
const SHARED: readonly PeerClass[] = [
  ...STRICTER.filter(({ name }) => !REPLACED.includes(name)).map((it) => ({
    ...it,
    includes: ({ facts }: Question) => it.includes(facts),
  })),
  {
    name: 'size',
    reason: 'they have no limit',
    includes: ({ token, world }) => token.length > world.maxTokenBytes,
  },
  {
    name: 'iat in the future',
    reason: 'they look at iat only where a maximum age is set',
    includes: ({ facts, world, now }) =>
      Number(facts.payload.members.get('iat') ?? 0) >
      now + Math.max(60, world.policy.clockToleranceSeconds ?? 0),
  },
];

const lacks = ({ facts, world }: Question): readonly string[] =>
  (world.policy.requiredClaims ?? []).filter((claim) => !facts.payload.members.has(claim));

export const JOSE: readonly PeerClass[] = SHARED;

const isJsonObject = (segment = ''): boolean => {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};
const isUtf8 = (segment = ''): boolean => {
  const bytes = Buffer.from(segment, 'base64url');
  return Buffer.from(bytes.toString()).equals(bytes);
};

export const JSONWEBTOKEN: readonly PeerClass[] = [
  ...SHARED,
  {
    name: 'a payload that is not a JSON object',
    reason: 'RFC 7519 section 7.2 wants one; it hands out any text',
    includes: ({ facts }) => !isJsonObject(facts.segments[1]),
  },
  {
    name: 'bytes that are not UTF-8',
    reason: 'RFC 7519 section 7.2 wants UTF-8; it replaces them',
    includes: ({ facts }) => !facts.segments.every((segment, i) => i === 2 || isUtf8(segment)),
  },
  {
    name: 'an iat that is not a number',
    reason: 'it looks at iat only where a maximum age is set',
    includes: ({ facts: { payload } }) =>
      payload.members.has('iat') && typeof payload.members.get('iat') !== 'number',
  },
  {
    name: 'a required claim',
    reason: 'it has no such option',
    includes: (question) => lacks(question).length > 0,
  },
];
