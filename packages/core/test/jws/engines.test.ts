// The contract of both engines.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bytes } from '../../src/jws/engine.ts';
import { joseEngine } from '../../src/jws/jose.ts';
import { ENGINES } from '../engines.ts';
import { encode, HEADER, rawToken, SECRET, seal, secretNamed, tokenOf } from '../raw-token.ts';

const bytesOf = (text: string, encoding?: 'base64url'): Bytes =>
  new Uint8Array(Buffer.from(text, encoding));

// RFC 7515 appendix A.1: the key is not UTF-8 text, and there are line breaks in header and payload.
const RFC_KEY =
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
const RFC_TOKEN =
  'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

const flipBit = (signature: string, bit: number): string => {
  const bytes = Buffer.from(signature, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return bytes.toString('base64url');
};

afterEach(() => vi.restoreAllMocks());

describe.each(ENGINES)(
  'the $name engine',
  ({ prepare, prepareSigning, encode: encodeText, decode, sha256 }) => {
    const isSigned = prepare(bytesOf(SECRET));

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
      expect(await isSigned(`${encode(HEADER)}.${encode('{"sub":"bob"}')}.${signature}`)).toBe(
        false,
      );
      const header = encode('{"typ":"JWT","alg":"HS256"}');
      expect(await isSigned(`${header}.${encode('{"sub":"alice"}')}.${signature}`)).toBe(false);
    });

    it('answers false for a signature that differs in any one of its 256 bits', async () => {
      const token = tokenOf({ sub: 'alice' });
      const [input, signature] = [token.slice(0, -43), token.slice(-43)];
      for (let bit = 0; bit < 256; bit++) {
        expect([bit, await isSigned(input + flipBit(signature, bit))]).toEqual([bit, false]);
      }
      expect(await isSigned(input + signature)).toBe(true);
    });

    it('verifies a payload that is not claims, or empty', async () => {
      expect(await isSigned(rawToken(HEADER, Buffer.from([0xff, 0x00, 0xfe])))).toBe(true);
      expect(await isSigned(seal(`${encode(HEADER)}.`))).toBe(true);
    });

    it('knows the example of RFC 7515 appendix A.1', async () => {
      expect(await prepare(bytesOf(RFC_KEY, 'base64url'))(RFC_TOKEN)).toBe(true);
      expect(await prepare(bytesOf(RFC_KEY))(RFC_TOKEN)).toBe(false);
    });

    it('keeps keys apart that were prepared in turn', async () => {
      const [a, b] = [secretNamed('a'), secretNamed('b')];
      const [isOfA, isOfB] = [prepare(bytesOf(a)), prepare(bytesOf(b))];
      const verdicts = [isOfA, isOfB].flatMap((check) =>
        [tokenOf({}, a), tokenOf({}, b)].map(check),
      );
      expect(await Promise.all(verdicts)).toEqual([true, false, false, true]);
    });

    it.each([
      ['nothing', ''],
      ['ASCII', '{"a":1}\0\x7f'],
      ['one character beyond ASCII', '\x80'],
      ['text of every length in UTF-8', 'aé€\u{1F511}'],
      ['a byte order mark, which stays', '\uFEFF{}\uFEFF'],
      ['64 KiB', 'x'.repeat(49_149)],
    ])('decodes %s', (_, text) => {
      expect(decode(encode(text))).toBe(text);
    });

    it('decodes a short text after a long one, and again a long one, to the byte', () => {
      for (const text of ['é'.repeat(3000), 'é', 'x'.repeat(3000), 'x', '', 'é'.repeat(2999)]) {
        expect(decode(encode(text))).toBe(text);
      }
    });

    it.each([
      ['a byte that begins nothing', '\xff'],
      ['an overlong form', '\xc0\xaf'],
      ['a surrogate', '\xed\xa0\x80'],
      ['a code point beyond the last', '\xf4\x90\x80\x80'],
      ['a sequence that is cut off', 'a\xc3'],
    ])('decodes no UTF-8 with %s', (_, bytes) => {
      expect(() => decode(encode(Buffer.from(bytes, 'latin1')))).toThrow(TypeError);
    });

    it('signs as Node does, with keys and inputs of every length', async () => {
      const inputs = ['', 'a', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(8192)];
      for (const size of [1, 32, 63, 64, 65, 200]) {
        const secret = 'k'.repeat(size);
        const sign = prepareSigning(bytesOf(secret));
        const made = await Promise.all(inputs.map(sign));
        expect(made.map((signature, i) => `${inputs[i]}.${signature}`)).toEqual(
          inputs.map((input) => seal(input, secret)),
        );
      }
    });

    it('verifies what it has signed, and not with another key', async () => {
      const input = `${encode(HEADER)}.${encode('{}')}`;
      const token = `${input}.${await prepareSigning(bytesOf(SECRET))(input)}`;
      expect(await isSigned(token)).toBe(true);
      expect(await prepare(bytesOf(secretNamed('other')))(token)).toBe(false);
    });

    it.each(['', '{}', 'é€\u{1F511}\0', '\uFEFFa', 'x'.repeat(10_000)])('encodes %j', (text) => {
      expect(encodeText(text)).toBe(encode(text));
    });

    it('digests a text with SHA-256', async () => {
      for (const text of ['', 'abc', tokenOf({})]) {
        const expected = createHash('sha256').update(text).digest('hex');
        expect(Buffer.from(await sha256(text)).toString('hex')).toBe(expected);
      }
    });
  },
);

describe('the jose engine', () => {
  it('imports its key once for any number of checks', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    const check = joseEngine.prepare(bytesOf(SECRET));
    for (const sub of ['a', 'b', 'c']) expect(await check(tokenOf({ sub }))).toBe(true);
    expect(importKey).toHaveBeenCalledTimes(1);
  });

  it('imports its signing key once, for signing alone, and not to be read', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    const sign = joseEngine.prepareSigning(bytesOf(SECRET));
    for (const input of ['a', 'b', 'c']) expect(`${input}.${await sign(input)}`).toBe(seal(input));
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    expect(importKey.mock.calls).toEqual([['raw', bytesOf(SECRET), algorithm, false, ['sign']]]);
  });

  it('imports a key that verifies and does nothing else, and that cannot be read', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    await joseEngine.prepare(bytesOf(SECRET))(tokenOf({}));
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    expect(importKey.mock.calls).toEqual([['raw', bytesOf(SECRET), algorithm, false, ['verify']]]);
  });

  it('has a distinct name', () => {
    expect(ENGINES.map(({ name }) => name)).toEqual(['native', 'jose']);
  });

  it('answers true for nothing that the platform did not verify', async () => {
    vi.spyOn(crypto.subtle, 'verify').mockRejectedValue(new Error('out of order'));
    const check = joseEngine.prepare(bytesOf(SECRET));
    const verdict = Promise.resolve(check(tokenOf({})));
    expect(await verdict.catch(() => false)).toBe(false);
  });
});
