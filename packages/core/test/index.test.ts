// The package's public names: a change here is a change of API.
import { expect, it } from 'vitest';
import * as core from '../src/index.ts';

it('exports these names and no others', () => {
  expect(Object.keys(core).sort()).toEqual([
    'AuthError',
    'createKeyring',
    'createVerifier',
    'formatBearer',
    'generateSecret',
    'isAuthError',
    'judgeSecret',
    'loadAuthConfig',
    'parseBearer',
    'readAuthConfig',
    'signToken',
  ]);
});
