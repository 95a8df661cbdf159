// Compares our answers with jose.jwtVerify and jsonwebtoken. They must accept whatever we accept, with the same claims.
import { createSecretKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { jwtVerify } from 'jose';
import { readFacts } from '../../packages/core/test/agreement-classes.ts';
import { keyIdOf } from '../kit/tokens.ts';
import type { Verdict, World } from './oracle.ts';
import { JOSE, JSONWEBTOKEN, type PeerClass, type Question } from './peer-classes.ts';
import { Disagreement, type Tally } from './target.ts';

const cryptoKeys = new Map<string, CryptoKey>();
const cryptoKeyOf = async (secret: string): Promise<CryptoKey> => {
  const known = cryptoKeys.get(secret);
  if (known !== undefined) return known;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = Buffer.from(secret);
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
  cryptoKeys.set(secret, key);
  return key;
};

/** The secret that `kid` names, otherwise each secret. */
const candidates = ({ facts, world }: Question): readonly string[] => {
  const kid = facts.header.members.get('kid');
  const named = world.secrets.filter((secret) => keyIdOf(secret) === kid);
  return named.length > 0 ? named : world.secrets;
};

const mutable = (value: string | readonly string[]): string | string[] =>
  typeof value === 'string' ? value : [...value];

const askJose = async (question: Question): Promise<unknown> => {
  const { token, world, now } = question;
  const { issuer, audience, subject, requiredClaims, clockToleranceSeconds } = world.policy;
  for (const secret of candidates(question)) {
    try {
      const { payload } = await jwtVerify(token, await cryptoKeyOf(secret), {
        algorithms: ['HS256'],
        currentDate: new Date(now * 1000),
        clockTolerance: clockToleranceSeconds ?? 0,
        ...(issuer !== undefined && { issuer: mutable(issuer) }),
        ...(audience !== undefined && { audience: mutable(audience) }),
        ...(typeof subject === 'string' && { subject }),
        ...(requiredClaims !== undefined && { requiredClaims: [...requiredClaims] }),
      });
      return payload;
    } catch {
      // refused for some reason
    }
  }
  return undefined;
};

interface Jsonwebtoken {
  readonly verify: (token: string, key: unknown, options: object) => unknown;
}
const jsonwebtoken = createRequire(import.meta.url)('jsonwebtoken') as Jsonwebtoken; // it has no types
const keyObjects = new Map<string, unknown>();

const askJsonwebtoken = async (question: Question): Promise<unknown> => {
  const { token, world, now } = question;
  const { issuer, audience, subject, clockToleranceSeconds } = world.policy;
  for (const secret of candidates(question)) {
    const key = keyObjects.get(secret) ?? createSecretKey(Buffer.from(secret));
    keyObjects.set(secret, key);
    try {
      return jsonwebtoken.verify(token, key, {
        algorithms: ['HS256'],
        clockTimestamp: now,
        clockTolerance: clockToleranceSeconds ?? 0,
        issuer,
        audience,
        subject,
      });
    } catch {
      // refused for some reason
    }
  }
  return undefined;
};

interface Peer {
  readonly name: string;
  readonly classes: readonly PeerClass[];
  /** The claims, or undefined for a refusal. */
  readonly ask: (question: Question) => Promise<unknown>;
}

const PEERS: readonly Peer[] = [
  { name: 'jose', classes: JOSE, ask: askJose },
  { name: 'jsonwebtoken', classes: JSONWEBTOKEN, ask: askJsonwebtoken },
];

/** A question, or `undefined` where they lack the option or a clock finer than a second. */
const questionOf = (token: string, world: World, now: number): Question | undefined => {
  const { maxTokenAgeSeconds, maxRemainingSeconds, typ, subject, revoked = [] } = world.policy;
  const isAskable =
    Number.isInteger(now) &&
    maxTokenAgeSeconds === undefined &&
    maxRemainingSeconds === undefined &&
    typ === undefined &&
    !Array.isArray(subject) &&
    revoked.length === 0;
  return isAskable ? { token, facts: readFacts(token), world, now } : undefined;
};

const comparePeer = async (peer: Peer, question: Question, verdict: Verdict, tally: Tally) => {
  const theirs = await peer.ask(question);
  const classes = peer.classes.filter(({ includes }) => includes(question)).map((it) => it.name);
  tally.note(`${peer.name} asked`);
  const answer = `${theirs === undefined ? 'refuses' : 'accepts'} (classes: ${classes.join(', ') || 'none'})`;
  const isAccepted = 'claims' in verdict;
  const ours = isAccepted ? 'accepted' : verdict.code;
  const fail = (): never => {
    throw new Disagreement(`${peer.name} ${answer} where the reference answers ${ours}`);
  };
  // We refuse the tokens of a class, and they accept whatever we accept.
  if (isAccepted && (classes.length > 0 || !isDeepStrictEqual(theirs, verdict.claims))) fail();
  if (!isAccepted && theirs !== undefined) {
    if (classes.length === 0) fail();
    for (const name of classes) tally.note(`${peer.name}: ${name}`);
  }
};

/** Compares the verdict with the peers, where they support the configuration. */
export const comparePeers = async (
  token: string,
  world: World,
  now: number,
  verdict: Verdict,
  tally: Tally,
): Promise<void> => {
  const question = questionOf(token, world, now);
  if (question === undefined) return;
  for (const peer of PEERS) await comparePeer(peer, question, verdict, tally);
};

/** The names of the classes that a peer accepts and we refuse. */
export const PEER_CLASSES: readonly string[] = PEERS.flatMap(({ name, classes }) =>
  classes.map((it) => `${name}: ${it.name}`),
);
