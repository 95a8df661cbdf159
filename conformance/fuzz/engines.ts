// The two engines of ours, asked about one token after another.
// Never a verdict of its own.
import { isDeepStrictEqual } from 'node:util';
import { createKeyring, isAuthError, type Keyring } from '@zep-auth/core';
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

/** Asks about a token: answers or throws at once, or promises to. */
export type Ask = (token: string) => unknown;

/** Asks in the public way, or the way that the guard does, which does not wait for what is there. */
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

/** The answer as the reference would write it. Whatever else is thrown goes on. */
export const answerOf = async (ask: Ask, token: string): Promise<unknown> => {
  try {
    const answer = ask(token);
    return answer instanceof Promise ? await answer : answer;
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { code, claim } = error;
    return claim === undefined ? { code } : { code, claim };
  }
};

/** @throws {Disagreement} when an answer is not the verdict, or can be changed by whoever gets it */
export const expectSame = (who: string, expected: Verdict, answer: unknown, now: number): void => {
  if (!isDeepStrictEqual(answer, expected)) {
    const [is, should] = [fc.stringify(answer), fc.stringify(expected)];
    throw new Disagreement(`${who} answers ${is}\nthe reference ${should}\nat ${now}`);
  }
  const { claims } = answer as { readonly claims?: object }; // it equals a verdict
  if (claims !== undefined && !Object.isFrozen(claims))
    throw new Disagreement(`${who} hands out claims that can be changed`);
};
