// Wycheproof's HS256 vectors (C2SP/wycheproof, testvectors_v1, Apache-2.0) through the contract of the engines.
// The file stays outside the repository; WYCHEPROOF_DIR names its folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCompactReader } from '../src/jws/compact.ts';
import { ENGINES } from './engines.ts';
import { outcomeOf } from './raw-token.ts';

// Where the label is doubtful, what we do and why.
const EXCEPTIONS = new Map<number, readonly ['accepted' | 'refused', string]>([
  [367, ['accepted', 'byte for byte the valid 357 (wycheproof#236)']],
  [370, ['accepted', 'byte for byte the valid 357 (wycheproof#236)']],
  [372, ['refused', 'called valid, but its header holds a `?`, which is not base64url']],
  [373, ['refused', 'called valid, but its payload holds a `?`, which is not base64url']],
]);

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly result: 'valid' | 'invalid';
}
interface Group {
  readonly private?: { readonly kty: string; readonly alg?: string; readonly k: string };
  readonly tests: readonly Vector[];
}

const directory = process.env['WYCHEPROOF_DIR'];
const TITLE = 'SKIPPED: set WYCHEPROOF_DIR to the folder of json_web_signature_test.json';

const readVectors = (folder: string) => {
  const text = readFileSync(join(folder, 'json_web_signature_test.json'), 'utf8');
  const { testGroups } = JSON.parse(text) as { testGroups: readonly Group[] }; // its published schema
  return testGroups
    .filter((group) => group.private?.kty === 'oct' && group.private.alg === 'HS256')
    .flatMap((group) =>
      group.tests.map((vector) => {
        const key = new Uint8Array(Buffer.from(group.private?.k ?? '', 'base64url'));
        const [expected, reason] = EXCEPTIONS.get(vector.tcId) ?? [
          vector.result === 'valid' ? 'accepted' : 'refused',
          vector.comment,
        ];
        return { ...vector, key, expected, reason };
      }),
    );
};

if (directory === undefined || directory === '') {
  process.stderr.write(`${TITLE}\n`);
  it.skipIf(true)(TITLE, () => undefined);
} else {
  const vectors = readVectors(directory);

  it('holds 40 HS256 vectors, the exceptions among them', () => {
    expect(vectors).toHaveLength(40);
    const ids = vectors.map(({ tcId }) => tcId);
    expect(ids).toEqual(expect.arrayContaining([...EXCEPTIONS.keys()]));
    const jwsOf = (id: number) => vectors.find(({ tcId }) => tcId === id)?.jws;
    expect([jwsOf(367), jwsOf(370)]).toEqual([jwsOf(357), jwsOf(357)]);
  });

  for (const engine of ENGINES) {
    it.each(vectors)(
      `${engine.name}: $tcId is $expected ($reason)`,
      async ({ key, jws, expected }) => {
        const shape = await outcomeOf(() => createCompactReader(engine).parseHeader(jws, 8192));
        const isAccepted = shape === 'accepted' && (await engine.prepare(key)(jws));
        expect(isAccepted ? 'accepted' : 'refused').toBe(expected);
      },
    );
  }
}
