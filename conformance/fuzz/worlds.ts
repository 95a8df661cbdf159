// Random configurations for verifying tokens: keys, policy, cache, and a moving clock. All of them are valid.
import type { VerifyPolicy } from '@zep-auth/core';
import * as fc from 'fast-check';
import { PREVIOUS } from '../../packages/core/test/agreement-tokens.ts';
import { NOW, SECRET, secretNamed } from '../kit/tokens.ts';

/** Lengths at which an HMAC changes its behaviour: a block of SHA-256 has 64 bytes. */
export const SECRETS: readonly string[] = [
  SECRET,
  PREVIOUS,
  secretNamed('short').slice(0, 32),
  secretNamed('block').slice(0, 63),
  secretNamed('block').slice(0, 64),
  secretNamed('block').slice(0, 65),
  `${secretNamed('umlaut').slice(0, 28)}öäü€`,
  ['long', 'longer', 'longest'].map(secretNamed).join(''),
];

export type Digest = 'none' | 'of this' | 'in capitals' | 'bare' | 'of another';

export interface Setting {
  readonly secrets: readonly string[];
  readonly policy: VerifyPolicy;
  readonly digest: Digest;
  readonly cacheSize: number | undefined;
  readonly maxTokenBytes: number | undefined;
}

const keys: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 5, arbitrary: fc.constant([SECRET, PREVIOUS]) },
  { weight: 2, arbitrary: fc.shuffledSubarray([...SECRETS], { minLength: 1, maxLength: 4 }) },
);

const policy: fc.Arbitrary<VerifyPolicy> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 1, 300).map((seconds) => ({ clockToleranceSeconds: seconds })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('toString', '__proto__')
      .map((inherited) => ({ requiredClaims: [inherited] })),
  },
  {
    weight: 4,
    arbitrary: fc.record(
      {
        issuer: fc.constantFrom<(string | string[])[]>('a', ['b', 'a']),
        audience: fc.constantFrom<(string | string[])[]>('x', ['y', 'x'], ['x', '7', 'undefined']),
        subject: fc.constantFrom<(string | string[])[]>('s', ['t', 's']),
        maxRemainingSeconds: fc.constantFrom(1, 60, 300),
        typ: fc.constantFrom<('JWT' | 'at+jwt')[]>('JWT', 'at+jwt'),
        requiredClaims: fc.subarray(['exp', 'sub', 'toString', '__proto__'], { maxLength: 2 }),
        clockToleranceSeconds: fc.constantFrom(0, 1, 300),
        maxTokenAgeSeconds: fc.constantFrom(1, 60, 300),
        revoked: fc.subarray([
          'j',
          '7',
          '7.0',
          '70e-1',
          'J',
          'toString',
          '[object Object]',
          'true',
        ]),
      },
      { requiredKeys: [] },
    ),
  },
);

export const settings: fc.Arbitrary<Setting> = fc.record({
  secrets: keys,
  policy,
  digest: fc.constantFrom<Digest[]>(
    ...Array(12).fill('none'),
    ...(['of this', 'in capitals', 'bare', 'of another'] as const),
  ),
  cacheSize: fc.constantFrom(0, 0, 0, 1, 1, 2, 2, 2, 2, 2, undefined),
  maxTokenBytes: fc.constantFrom(...Array(20).fill(undefined), 120, 8192, 65_536),
});

/** Two times in seconds: of the first verification, and a later or earlier one. */
export interface Clock {
  readonly first: number;
  readonly second: number;
}

const STARTS = [0, 0, 0, 0, 0, 0, -1, 1, 0.5];
const MOVES = [0, 0.25, 1, -1, 59, 60, 61, -60, 299, 300, 301, -300, 3600, -3600];

export const clocks: fc.Arbitrary<Clock> = fc
  .tuple(fc.constantFrom(...STARTS), fc.constantFrom(...MOVES))
  .map(([start, move]) => ({ first: NOW + start, second: NOW + start + move }));
