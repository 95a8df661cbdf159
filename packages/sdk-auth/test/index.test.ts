import { expect, it } from 'vitest';
import * as sdk from '../src/index.ts';

it('exports these names and no other', () => {
  expect(Object.keys(sdk).sort()).toEqual(['authHeaders', 'createAuthFetch', 'tokenFromEnv']);
});
