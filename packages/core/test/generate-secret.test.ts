import { describe, expect, it } from 'vitest';
import { generateSecret } from '../src/generate-secret.ts';
import { judgeSecret } from '../src/judge-secret.ts';

describe('generateSecret', () => {
  it('makes 64 bytes in base64url with padding, 88 characters, as zepcli does', () => {
    expect(generateSecret()).toMatch(/^[\w-]{86}==$/);
  });

  it.each([
    [32, 44, /[^=]=$/],
    [48, 64, /[^=]$/],
    [1024, 1368, /[^=]==$/],
  ])('makes %i bytes on demand, in %i characters', (bytes, length, ending) => {
    const secret = generateSecret({ bytes });
    expect(secret).toHaveLength(length);
    expect(secret).toMatch(ending);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(bytes);
  });

  it.each([
    31,
    1025,
    0,
    -64,
    32.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '64' as never, // what a caller without types may pass
  ])('refuses to make %s bytes', (bytes) => {
    expect(() => generateSecret({ bytes })).toThrow(
      new RangeError('bytes must be a whole number from 32 to 1024'),
    );
  });

  it('makes another secret each time', () => {
    const secrets = Array.from({ length: 100 }, () => generateSecret());
    expect(new Set(secrets).size).toBe(100);
  });

  it('makes what judgeSecret finds fit', () => {
    expect(judgeSecret(generateSecret())).toEqual([]);
    expect(judgeSecret(generateSecret({ bytes: 32 }))).toEqual([]);
  });
});
