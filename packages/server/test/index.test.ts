import { expect, it } from 'vitest';
import * as server from '../src/index.ts';

it('exports these names and no other', () => {
  expect(Object.keys(server).sort()).toEqual([
    'authGuard',
    'createGate',
    'createRevocationList',
    'requireScope',
    'selectProtocol',
  ]);
});
