// The package's public names: a change here is a change of API.
import { expect, it } from 'vitest';
import * as core from '../src/index.ts';
import * as internal from '../src/internal.ts';

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

it('keeps these names for the packages of this toolkit', () => {
  expect(Object.keys(internal).sort()).toEqual([
    'checkOf',
    'createVerifierOn',
    'follow',
    'joseEngine',
    'nativeEngine',
  ]);
});
