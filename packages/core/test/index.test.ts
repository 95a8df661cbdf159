// The package's public names: a change here is a change of API.
import { expect, it } from 'vitest';

// Imported within each test, so that a module which cannot be loaded fails one.
it('exports these names and no others', async () => {
  const core = await import('../src/index.ts');
  expect(Object.keys(core).sort()).toEqual([
    'AuthError',
    'assertToken',
    'createKeyring',
    'createVerifier',
    'formatBearer',
    'generateSecret',
    'isAuthError',
    'judgeSecret',
    'keyIds',
    'loadAuthConfig',
    'parseBearer',
    'readAuthConfig',
    'signToken',
  ]);
});

it('keeps these names for the packages of this toolkit', async () => {
  const internal = await import('../src/internal.ts');
  expect(Object.keys(internal).sort()).toEqual([
    'MAX_CLOCK_TOLERANCE_SECONDS',
    'MAX_TOKEN_BYTES',
    'WEAKNESSES',
    'andThen',
    'assertOptions',
    'assertWhole',
    'catchError',
    'checkForm',
    'createApplySchema',
    'createCheck',
    'createCompactReader',
    'createLru',
    'createRevokedCheck',
    'createSign',
    'createVerifierOn',
    'describeWrongCharacter',
    'fingerprintOf',
    'isUtf16',
    'joseEngine',
    'nativeEngine',
    'noteRefusal',
    'readSignedRefusal',
    'readTokenId',
    'refusal',
    'selectEngine',
    'toHex',
    'toPlainName',
    'toRevokedIds',
    'withoutStack',
  ]);
});

it('has both engines where these tests run', async () => {
  const { nativeEngine, joseEngine } = await import('../src/internal.ts');
  expect([nativeEngine?.name, joseEngine.name]).toEqual(['native', 'jose']);
});
