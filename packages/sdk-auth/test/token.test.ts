// A token from the environment or a caller: used as it is, or refused with the mistake by its name.
import { generateSecret, isAuthError, signToken } from '@zep-auth/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { authHeaders, tokenFromEnv, webSocketProtocols } from '../src/index.ts';
import { BEARER, TOKEN } from './recorder.ts';

const SECRET = generateSecret();

const MISTAKES: readonly (readonly [string, string, RegExp])[] = [
  ['Bearer before it', BEARER, /begins with the word Bearer/],
  ['bearer before it, in any case', `bEARER ${TOKEN}`, /begins with the word Bearer/],
  ['Bearer and nothing', 'Bearer', /begins with the word Bearer/],
  ['a line feed behind it', `${TOKEN}\n`, /line break/],
  ['a carriage return behind it', `${TOKEN}\r`, /line break/],
  ['both', `${TOKEN}\r\n`, /line break/],
  ['a line break inside', TOKEN.replace('.', '.\n'), /line break/],
  ['Bearer and a line break', `${BEARER}\n`, /line break/],
  ['double quotes', `"${TOKEN}"`, /quotes/],
  ['single quotes', `'${TOKEN}'`, /quotes/],
  ['backticks', `\`${TOKEN}\``, /quotes/],
  ['a space before it', ` ${TOKEN}`, /white space/],
  ['a space behind it', `${TOKEN} `, /white space/],
  ['a space inside', TOKEN.replace('.', '. '), /white space/],
  ['a tab', `${TOKEN}\t`, /white space/],
  ['a space that does not break', `${TOKEN}\u00a0`, /white space/],
  ['a byte order mark', `\ufeff${TOKEN}`, /white space/],
  ['a space of no width', `${TOKEN}\u200b`, /not a JWT/],
  ['a quote at one end', `"${TOKEN}`, /not a JWT/],
  ['a comma', `${TOKEN},`, /not a JWT/],
  ['the secret', SECRET, /secret, that stays on the server/],
  ['a key of another product', 'z_1dWlkIjoi', /not a JWT/],
  ['two parts', TOKEN.replace(/\.[^.]*$/, ''), /not a JWT/],
  ['no signature', TOKEN.replace(/[^.]*$/, ''), /not a JWT/],
  ['four parts', `${TOKEN}.x`, /not a JWT/],
  ['padding', `${TOKEN}=`, /not a JWT/],
  ['a letter beyond ASCII', `${TOKEN}\u00f6`, /not a JWT/],
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
  it('reads ZEP_API_KEY as it is', () => {
    expect(tokenFromEnv({ ZEP_API_KEY: TOKEN, OTHER: 'x' })).toBe(TOKEN);
    expectTypeOf(tokenFromEnv).returns.toEqualTypeOf<string>();
    expectTypeOf(tokenFromEnv).toBeCallableWith(process.env);
  });

  it.each([
    ['there is none', {}],
    ['it is undefined', { ZEP_API_KEY: undefined }],
    ['it is null', { ZEP_API_KEY: null }],
    ['it is empty', { ZEP_API_KEY: '' }],
    ['it is somewhere else', { zep_api_key: TOKEN, ZEP_API_TOKEN: TOKEN }],
  ])('says that it is not set where %s', (_, record) => {
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

  it.each([7, true, {}, [TOKEN]])('says that %o is not a text', (value) => {
    expect(caught(() => tokenFromEnv({ ZEP_API_KEY: value }))).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: 'ZEP_API_KEY: the token must be a string',
    });
  });

  it.each(MISTAKES)('names the mistake and never the value: %s', (_, value, mistake) => {
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

  it('leaves the record as it is', () => {
    const record = Object.freeze({ ZEP_API_KEY: TOKEN });
    tokenFromEnv(record);
    expect(record).toEqual({ ZEP_API_KEY: TOKEN });
  });
});

describe('authHeaders', () => {
  it('are one header, and the caller’s own object each time', () => {
    expect(authHeaders(TOKEN)).toStrictEqual({ Authorization: BEARER });
    expect(authHeaders(TOKEN)).not.toBe(authHeaders(TOKEN));
    expect(new Headers(authHeaders(TOKEN)).get('authorization')).toBe(BEARER);
    expectTypeOf(authHeaders).returns.toExtend<HeadersInit>();
  });

  it.each(MISTAKES)('are refused, with the mistake by its name: %s', (_, value, mistake) => {
    expect(caught(() => authHeaders(value))).toMatchObject({
      code: 'ERR_TOKEN_MALFORMED',
      message: expect.stringMatching(mistake),
    });
  });

  it('are refused for an empty token', () => {
    expect(caught(() => authHeaders(''))).toMatchObject({
      code: 'ERR_TOKEN_MALFORMED',
      message: expect.stringMatching(/empty/),
    });
  });

  it.each([undefined, null, 7, {}])('are a mistake of the caller’s for %o', (value) => {
    const token = value as unknown as string; // as JavaScript passes it
    expect(() => authHeaders(token)).toThrow(TypeError);
  });
});

describe('webSocketProtocols', () => {
  it('are the scheme and the token, the caller’s own list each time', () => {
    expect(webSocketProtocols(TOKEN)).toStrictEqual(['bearer', TOKEN]);
    expect(webSocketProtocols(TOKEN)).not.toBe(webSocketProtocols(TOKEN));
    expectTypeOf(webSocketProtocols).returns.toEqualTypeOf<['bearer', string]>();
    expectTypeOf(webSocketProtocols(TOKEN)).toExtend<
      ConstructorParameters<typeof WebSocket>[1] & object
    >();
  });

  it('are such as a WebSocket takes', async () => {
    // The token characters of RFC 9110 section 5.6.2, of which a JWT uses a part.
    for (const token of [TOKEN, await signToken(SECRET, { text: 'é€\u{1F511}'.repeat(50) })]) {
      for (const protocol of webSocketProtocols(token)) {
        expect(protocol).toMatch(/^[!#$%&'*+.^_`|~\w-]+$/);
      }
    }
  });

  it.each(MISTAKES)('are refused, with the mistake by its name: %s', (_, value, mistake) => {
    expect(caught(() => webSocketProtocols(value))).toMatchObject({
      code: 'ERR_TOKEN_MALFORMED',
      message: expect.stringMatching(mistake),
    });
  });

  it.each([undefined, null, 7, {}])('are a mistake of the caller’s for %o', (value) => {
    const token = value as unknown as string; // as JavaScript passes it
    expect(() => webSocketProtocols(token)).toThrow(TypeError);
  });
});
