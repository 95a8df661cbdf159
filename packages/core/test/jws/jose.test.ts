// The engine on jose: the contract that every engine keeps, `(key bytes)(token)`.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { joseEngine } from '../../src/jws/jose.ts';
import { encode, HEADER, rawToken, SECRET, seal, secretNamed, tokenOf } from '../raw-token.ts';

const bytesOf = (text: string, encoding?: 'base64url'): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(text, encoding));

// RFC 7515 appendix A.1: the key is not UTF-8 text, and there are line breaks in header and payload.
const RFC_KEY =
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
const RFC_TOKEN =
  'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

afterEach(() => vi.restoreAllMocks());

describe('joseEngine', () => {
  const isSigned = joseEngine(bytesOf(SECRET));

  it('answers true for the signature of its key', async () => {
    expect(await isSigned(tokenOf({ sub: 'alice' }))).toBe(true);
  });

  it('answers false for the signature of another key', async () => {
    expect(await isSigned(tokenOf({ sub: 'alice' }, secretNamed('other')))).toBe(false);
    expect(await isSigned(tokenOf({ sub: 'alice' }, SECRET.replace(/=+$/, '')))).toBe(false);
    expect(await isSigned(tokenOf({ sub: 'alice' }, `${SECRET}\n`))).toBe(false);
  });

  it('answers false for the signature of another payload or header', async () => {
    const [, , signature] = tokenOf({ sub: 'alice' }).split('.');
    expect(await isSigned(`${encode(HEADER)}.${encode('{"sub":"bob"}')}.${signature}`)).toBe(false);
    const header = encode('{"typ":"JWT","alg":"HS256"}');
    expect(await isSigned(`${header}.${encode('{"sub":"alice"}')}.${signature}`)).toBe(false);
  });

  it('verifies a payload that is not claims, or empty', async () => {
    expect(await isSigned(rawToken(HEADER, Buffer.from([0xff, 0x00, 0xfe])))).toBe(true);
    expect(await isSigned(seal(`${encode(HEADER)}.`))).toBe(true);
  });

  it('knows the example of RFC 7515 appendix A.1', async () => {
    expect(await joseEngine(bytesOf(RFC_KEY, 'base64url'))(RFC_TOKEN)).toBe(true);
    expect(await joseEngine(bytesOf(RFC_KEY))(RFC_TOKEN)).toBe(false);
  });

  it('imports its key once for any number of checks', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    const check = joseEngine(bytesOf(SECRET));
    for (const sub of ['a', 'b', 'c']) expect(await check(tokenOf({ sub }))).toBe(true);
    expect(importKey).toHaveBeenCalledTimes(1);
  });

  it('answers true for nothing that the platform did not verify', async () => {
    vi.spyOn(crypto.subtle, 'verify').mockRejectedValue(new Error('out of order'));
    const verdict = Promise.resolve(isSigned(tokenOf({})));
    expect(await verdict.catch(() => false)).toBe(false);
  });
});
