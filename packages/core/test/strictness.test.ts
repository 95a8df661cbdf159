// The attack table on both engines, with the clock at its second, and what no list can hold: every byte at every place.
import { createAttacks } from '@zep-auth/test-kit/attacks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVerifierOn } from '../src/verify.ts';
import { ENGINES } from './engines.ts';
import { HEADER, NOW, outcomeOf, rawToken, SECRET, tokenOf } from './raw-token.ts';

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW * 1000);
});
afterAll(() => vi.useRealTimers());

const { tokens } = await createAttacks({ secret: SECRET, nowSeconds: NOW });
const ROWS = tokens.map(({ name, token, code = 'accepted' }) => ({ name, token, code }));

const GOOD = tokenOf({});
const MALFORMED = 'ERR_TOKEN_MALFORMED';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe.each(ENGINES)('on the $name engine', (engine) => {
  const { verify } = createVerifierOn(engine, { secret: SECRET });
  const answerTo = (token: string): Promise<string> => outcomeOf(() => verify(token));

  it.each(ROWS)('$name: $code', async ({ token, code }) => {
    expect(await answerTo(token)).toBe(code);
    expect(await answerTo(token)).toBe(code); // from the cache, where it was accepted
  });

  it('keeps __proto__ as a claim and pollutes nothing', async () => {
    const { claims } = await verify(rawToken(HEADER, '{"__proto__":{"polluted":true}}'));
    expect(Object.hasOwn(claims, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect('polluted' in claims).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  it('accepts one spelling of a token: all 63 other last characters are refused', async () => {
    const others = [...ALPHABET].filter((char) => !GOOD.endsWith(char));
    expect(others).toHaveLength(63);
    const answers = await Promise.all(others.map((char) => answerTo(GOOD.slice(0, -1) + char)));
    const count = (code: string): number => answers.filter((answer) => answer === code).length;
    // 16 last characters are canonical, one of them is the right one.
    expect([count('ERR_TOKEN_SIGNATURE'), count(MALFORMED)]).toEqual([15, 48]);
    expect(await answerTo(GOOD)).toBe('accepted');
  });

  it('refuses every other byte at every position', async () => {
    const token = tokenOf({ sub: 'alice' });
    expect(await answerTo(token)).toBe('accepted');
    const accepted: string[] = [];
    for (let position = 0; position < token.length; position++) {
      const [before, after] = [token.slice(0, position), token.slice(position + 1)];
      const mutants = Array.from(
        { length: 256 },
        (_, byte) => before + String.fromCharCode(byte) + after,
      );
      const answers = await Promise.all(
        mutants
          .filter((mutant) => mutant !== token)
          .map(async (mutant) => [mutant, await answerTo(mutant)] as const),
      );
      expect(answers).toHaveLength(255);
      accepted.push(
        ...answers.filter(([, answer]) => answer === 'accepted').map(([mutant]) => mutant),
      );
    }
    expect(accepted).toEqual([]);
  });

  it('refuses a byte that is added or taken away, at every position', async () => {
    const token = tokenOf({ sub: 'alice' });
    for (let position = 0; position < token.length; position++) {
      const [before, after] = [token.slice(0, position), token.slice(position)];
      for (const mutant of [before + after.slice(1), `${before}A${after}`, `${before}=${after}`]) {
        expect([mutant, await answerTo(mutant)]).not.toEqual([mutant, 'accepted']);
      }
    }
  });
});
