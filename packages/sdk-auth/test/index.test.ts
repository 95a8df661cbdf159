import { expect, it } from 'vitest';
import * as sdk from '../src/index.ts';
import * as mcp from '../src/mcp.ts';
import * as selfSigned from '../src/self-signed.ts';
import * as tabs from '../src/tabs.ts';

it('exports these names and no other', () => {
  const names = ['authHeaders', 'createAuthFetch', 'tokenFromEnv', 'webSocketProtocols'];
  expect(Object.keys(sdk).sort()).toEqual(names);
  expect(Object.keys(selfSigned)).toEqual(['selfSignedTokens']);
  expect(Object.keys(mcp)).toEqual(['mcpAuthProvider']);
  expect(Object.keys(tabs)).toEqual(['shareAcrossTabs']);
});
