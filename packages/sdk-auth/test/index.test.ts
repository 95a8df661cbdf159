import { expect, it } from 'vitest';
import * as sdk from '../src/index.ts';
import * as selfSigned from '../src/self-signed.ts';

it('exports these names and no other', () => {
  const names = ['authHeaders', 'createAuthFetch', 'tokenFromEnv', 'webSocketProtocols'];
  expect(Object.keys(sdk).sort()).toEqual(names);
  expect(Object.keys(selfSigned)).toEqual(['selfSignedTokens']);
});
