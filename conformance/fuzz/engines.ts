// Runs our two engines on a token. Whether an answer is right is for the reference to say.
import { isDeepStrictEqual } from 'node:util';
import { createKeyring, isAuthError, type Keyring, type VerifiedToken } from '@zep-auth/core';
import { createCheck, createVerifierOn, joseEngine, nativeEngine } from '@zep-auth/core/internal';
import * as fc from 'fast-check';
import type { Verdict, World } from './oracle.ts';
import { Disagreement } from './target.ts';
import type { Setting } from './worlds.ts';

// Keyrings are immutable, and making one takes longer than a verification.
const keyrings = new Map<string, Keyring>();
const keyringOf = (secrets: readonly string[]): Keyring => {
  const name = secrets.join();
  const keyring = keyrings.get(name) ?? createKeyring(secrets);
  keyrings.set(name, keyring);
  return keyring;
};

if (nativeEngine === undefined) throw new Error('there is no node:crypto in this runtime');
type Engine = typeof joseEngine;
export const ENGINES: readonly Engine[] = [nativeEngine, joseEngine];

/** Verifies a token. Returns or throws synchronously, or returns a promise. */
export type Ask = (token: string) => VerifiedToken | Promise<VerifiedToken>;

/** Uses the public, asynchronous verifier, or the synchronous one that the guard uses. */
export const askerOf = (
  engine: Engine,
  world: World,
  { cacheSize, maxTokenBytes }: Setting,
  isPublic: boolean,
): Ask => {
  const options = {
    keyring: keyringOf(world.secrets),
    ...world.policy,
    ...(cacheSize !== undefined && { cacheSize }),
    ...(maxTokenBytes !== undefined && { maxTokenBytes }),
  };
  return isPublic ? createVerifierOn(engine, options).verify : createCheck(options, engine);
};

/** The answer in the form of the reference. Errors that are not an AuthError are rethrown. */
export const answerOf = async (ask: Ask, token: string): Promise<Verdict> => {
  try {
    const { claims, payload, keyId } = await ask(token);
    if (payload !== claims) throw new Error('without a schema the claims are the payload');
    return { claims, keyId };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { code, claim } = error;
    return claim === undefined ? { code } : { code, claim };
  }
};

/** @throws {Disagreement} when an answer differs from the expected one, or its claims are not frozen */
export const expectSame = (who: string, expected: Verdict, answer: Verdict, now: number): void => {
  if (!isDeepStrictEqual(answer, expected)) {
    const [is, should] = [fc.stringify(answer), fc.stringify(expected)];
    throw new Disagreement(`${who} answers ${is}\nthe reference ${should}\nat ${now}`);
  }
  if ('claims' in answer && !Object.isFrozen(answer.claims))
    throw new Disagreement(`${who} returns claims that can be changed`);
};
