// A token from the environment or a caller is used as it is, or refused with a message that names the mistake.
import { generateSecret, isAuthError, signToken } from '@zep-auth/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { authHeaders, tokenFromEnv, webSocketProtocols } from '../src/index.ts';
import { BEARER, TOKEN } from './recorder.ts';

const SECRET = generateSecret();

const MISTAKES: readonly (readonly [string, string, RegExp])[] = [
  ['Bearer before it', BEARER, /begins with the word Bearer/],
  ['bearer before it, in any case', `bEARER ${TOKEN}`, /begins with the word Bearer/],
  ['Bearer and nothing', 'Bearer', /begins with the word Bearer/],
  ['a line feed after it', `${TOKEN}\n`, /line break/],
  ['a carriage return after it', `${TOKEN}\r`, /line break/],
  ['both', `${TOKEN}\r\n`, /line break/],
  ['a line break inside', TOKEN.replace('.', '.\n'), /line break/],
  ['Bearer and a line break', `${BEARER}\n`, /line break/],
  ['double quotes', `"${TOKEN}"`, /quotes/],
  ['single quotes', `'${TOKEN}'`, /quotes/],
  ['backticks', `\`${TOKEN}\``, /quotes/],
  ['a space before it', ` ${TOKEN}`, /white space/],
  ['a space after it', `${TOKEN} `, /white space/],
  ['a space inside', TOKEN.replace('.', '. '), /white space/],
  ['a tab', `${TOKEN}\t`, /white space/],
  ['a no-break space', `${TOKEN}\u00a0`, /white space/],
  ['a byte order mark', `\ufeff${TOKEN}`, /white space/],
  ['a zero-width space', `${TOKEN}\u200b`, /not a JWT/],
  ['a quote at one end', `"${TOKEN}`, /not a JWT/],
  ['a comma', `${TOKEN},`, /not a JWT/],
  ['the secret', SECRET, /secret, that stays on the server/],
  ['a key of another product', 'z_1dWlkIjoi', /not a JWT/],
  ['two parts', TOKEN.replace(/\.[^.]*$/, ''), /a part; copy all 3 parts/],
  ['no signature', TOKEN.replace(/[^.]*$/, ''), /a part; copy all 3 parts/],
  ['four parts', `${TOKEN}.x`, /not a JWT/],
  ['base64 padding', `${TOKEN}=`, /not a JWT/],
  ['a letter outside ASCII', `${TOKEN}\u00f6`, /not a JWT/],
];

const caught = (run: () => unknown): Error => {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
};

describe('tokenFromEnv', () => {
  it('returns ZEP_API_KEY unchanged', () => {
    expect(tokenFromEnv({ ZEP_API_KEY: TOKEN, OTHER: 'x' })).toBe(TOKEN);
    expectTypeOf(tokenFromEnv).returns.toEqualTypeOf<string>();
    expectTypeOf(tokenFromEnv).toBeCallableWith(process.env);
  });

  it.each([
    ['it is missing', {}],
    ['it is undefined', { ZEP_API_KEY: undefined }],
    ['it is null', { ZEP_API_KEY: null }],
    ['it is empty', { ZEP_API_KEY: '' }],
    ['it has another name', { zep_api_key: TOKEN, ZEP_API_TOKEN: TOKEN }],
  ])('says that the variable is not set when %s', (_, record) => {
    expect(caught(() => tokenFromEnv(record))).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(
        /^ZEP_API_KEY: the token cannot be used: it is empty or not set/,
      ),
      problems: [
        {
          variable: 'ZEP_API_KEY',
          message: expect.stringMatching(
            /^the token cannot be used: it is empty or not set; .zepcli token. makes one$/,
          ),
        },
      ],
    });
  });

  it.each([7, true, {}, [TOKEN]])('says that %o is not a string', (value) => {
    expect(caught(() => tokenFromEnv({ ZEP_API_KEY: value }))).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: 'ZEP_API_KEY: the token must be a string',
    });
  });

  it.each(MISTAKES)('names the mistake but not the value: %s', (_, value, mistake) => {
    const error = caught(() => tokenFromEnv({ ZEP_API_KEY: value }));
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(mistake),
    });
    expect(error.message).toMatch(/^ZEP_API_KEY: /);
    expect(isAuthError(error) && error.problems).toEqual([
      { variable: 'ZEP_API_KEY', message: error.message.replace(/^ZEP_API_KEY: /, '') },
    ]);
  });

  it('does not modify the record', () => {
    const record = Object.freeze({ ZEP_API_KEY: TOKEN });
    tokenFromEnv(record);
    expect(record).toEqual({ ZEP_API_KEY: TOKEN });
  });
});

describe('authHeaders', () => {
  it('is one header, in a new object each time', () => {
    expect(authHeaders(TOKEN)).toStrictEqual({ Authorization: BEARER });
    expect(authHeaders(TOKEN)).not.toBe(authHeaders(TOKEN));
    expect(new Headers(authHeaders(TOKEN)).get('authorization')).toBe(BEARER);
    expectTypeOf(authHeaders).returns.toExtend<HeadersInit>();
  });

  it.each(MISTAKES)('throws and names the mistake: %s', (_, value, mistake) => {
    expect(caught(() => authHeaders(value))).toMatchObject({
      code: 'ERR_TOKEN_MALFORMED',
      message: expect.stringMatching(mistake),
    });
  });

  it('throws for an empty token', () => {
    expect(caught(() => authHeaders(''))).toMatchObject({
      code: 'ERR_TOKEN_MALFORMED',
      message: expect.stringMatching(/empty/),
    });
  });

  it.each([undefined, null, 7, {}])('throws a TypeError for %o', (value) => {
    const token = value as unknown as string; // possible in JavaScript
    expect(() => authHeaders(token)).toThrow(TypeError);
  });
});

describe('webSocketProtocols', () => {
  it('is the scheme and the token, in a new array each time', () => {
    expect(webSocketProtocols(TOKEN)).toStrictEqual(['bearer', TOKEN]);
    expect(webSocketProtocols(TOKEN)).not.toBe(webSocketProtocols(TOKEN));
    expectTypeOf(webSocketProtocols).returns.toEqualTypeOf<['bearer', string]>();
    expectTypeOf(webSocketProtocols(TOKEN)).toExtend<
      ConstructorParameters<typeof WebSocket>[1] & object
    >();
  });

  it('is made of valid subprotocols', async () => {
    // The token characters of RFC 9110 section 5.6.2, of which a JWT uses a part.
    for (const token of [TOKEN, await signToken(SECRET, { text: 'é€\u{1F511}'.repeat(50) })]) {
      for (const protocol of webSocketProtocols(token)) {
        expect(protocol).toMatch(/^[!#$%&'*+.^_`|~\w-]+$/);
      }
    }
  });

  it.each(MISTAKES)('throws and names the mistake: %s', (_, value, mistake) => {
    expect(caught(() => webSocketProtocols(value))).toMatchObject({
      code: 'ERR_TOKEN_MALFORMED',
      message: expect.stringMatching(mistake),
    });
  });

  it.each([undefined, null, 7, {}])('throws a TypeError for %o', (value) => {
    const token = value as unknown as string; // possible in JavaScript
    expect(() => webSocketProtocols(token)).toThrow(TypeError);
  });
});
