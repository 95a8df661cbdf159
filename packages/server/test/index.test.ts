import { expect, it } from 'vitest';
import * as server from '../src/index.ts';

it('exports these names and no other', () => {
  expect(Object.keys(server).sort()).toEqual([
    'AuthRefusal',
    'authGuard',
    'bearer',
    'cookie',
    'createAuthenticator',
    'createGate',
    'createRevocationList',
    'header',
    'query',
    'requireAnyScope',
    'requireClaims',
    'requireScope',
    'selectProtocol',
    'subprotocol',
    'toProblem',
    'toResponse',
  ]);
});
