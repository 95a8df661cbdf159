// The lines of the log, where what they name was chosen by a client: one line each, and no field that is not ours.
import { setImmediate } from 'node:timers/promises';
import type { GuardResult } from '@zep-auth/server';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/serve/log.ts';
import { fakeIo } from '../fake-io.ts';

const REFUSED = {
  outcome: 'refused',
  check: 'token',
  code: 'ERR_TOKEN_EXPIRED',
  durationMs: 0,
} as const satisfies GuardResult;

type Values = { readonly [field: string]: string };

/** What is logged of a refused request with these values. */
const logged = async (values: Values, isJson: boolean): Promise<string> => {
  const { method = 'GET', path = '/', id = '1', client, traceId, message } = values;
  const { claim, keyId, tokenId, sub } = values;
  const io = fakeIo();
  const log = createLog(io, isJson, true);
  const request = { id, method, path, client, traceId, status: 401, durationMs: 1, startMs: 0 };
  const failure = message === undefined ? undefined : { code: 'ERR_UPSTREAM_TIMEOUT', message };
  const named = { ...REFUSED, claim, keyId, tokenId, sub } as GuardResult;
  log.request({ ...request, failure, result: named } as Parameters<typeof log.request>[0]);
  await setImmediate();
  return io.stderr.text;
};

/** The fields of a text line, by the rules of logfmt. */
const fieldsOf = (line: string): Values =>
  Object.fromEntries(
    [...line.matchAll(/ (\w+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?= |$)/g)].map(
      ([, name = '', value = '']) => [name, value.startsWith('"') ? JSON.parse(value) : value],
    ),
  );

const ONE_LINE = /^[^\p{C}\p{Zl}\p{Zp}]+\n$/u;

const FIELDS = {
  claim: 'claim',
  client: 'client',
  id: 'id',
  keyId: 'key',
  tokenId: 'token',
  sub: 'sub',
  traceId: 'trace',
};
const HOSTILE: readonly (readonly [string, string])[] = [
  ['another line', '1\n2030-01-31T12:00:00.000Z stopped: all is well'],
  ['a carriage return', '1\rrefused'],
  ['another field', '1 key=AAAAAAAAAAA client=10.0.0.1'],
  ['a field behind a tab', '1\tclient=10.0.0.1'],
  ['a field behind a space that is not ASCII', '1\u00a0client=10.0.0.1'],
  ['quotes that end and a field', '1" client="10.0.0.1'],
  ['quotes around it', '"1" client="10.0.0.1"'],
  ['a backslash before quotes', '1\\" client=10.0.0.1'],
  ['a backslash at its end', '1\\'],
  ['a colour', '\u001b[32maccepted\u001b[0m'],
  ['other separators', '1\u2028\u2029\u0085\u000b2'],
  ['a change of direction', '\u202e1.0.0.01=tneilc'],
  ['an equals sign', 'a=b'],
  ['nothing in it', ''],
];

describe('a value that a client chose', () => {
  describe.each(HOSTILE)('with %s', (_, value) => {
    it.each(Object.entries(FIELDS))('stays in its field as %s', async (key, field) => {
      const text = await logged({ [key]: value }, false);
      expect(text).toMatch(ONE_LINE);
      const { [field]: found, ...others } = fieldsOf(text.trimEnd());
      expect(found).toBe(value);
      const { [field]: _ours, ...usual } = { status: '401', id: '1', ms: '1.00' } as Values;
      expect(others).toEqual(usual);
      const json = await logged({ [key]: value }, true);
      expect(json).toMatch(ONE_LINE);
      expect(JSON.parse(json)[key]).toBe(value);
    });

    it.each(['path', 'method', 'message'])('makes no other line as %s', async (key) => {
      const short = value.slice(0, 16); // of a path no more is shown
      for (const isJson of [false, true]) {
        const text = await logged({ [key]: short }, isJson);
        expect(text).toMatch(ONE_LINE);
      }
      if (key === 'message' || short === '') return;
      const [, what] =
        /refused (?:GET )?("(?:[^"\\]|\\.)*"|\S+)(?: \/)?: /.exec(
          await logged({ [key]: short }, false),
        ) ?? [];
      expect(what?.startsWith('"') ? JSON.parse(what) : what).toBe(short);
    });
  });

  it('is bare where it is a usual one', async () => {
    const usual = {
      path: "/things/a:b;c@d,e(1)/!$&'*+~%20",
      client: '2001:db8::/64',
      keyId: 'NWPL5TKxdKb',
      tokenId: 'sha256:00ff',
      sub: 'alice@example.com',
    };
    const text = await logged(usual, false);
    for (const value of Object.values(usual)) expect(text).toContain(value);
    expect(text).not.toContain('"');
  });
});

describe('a refusal', () => {
  const refusedLine = async (code: GuardResult['code'], message: string, isJson: boolean) => {
    const io = fakeIo();
    const log = createLog(io, isJson, false);
    const request = { id: '1', method: 'GET', path: '/', status: 401, durationMs: 1, startMs: 0 };
    const result = { ...REFUSED, code, message };
    log.request({ ...request, result } as unknown as Parameters<typeof log.request>[0]);
    await setImmediate();
    return io.stderr.text;
  };
  const RS256 = 'the token is signed with RS256; this server accepts only HS256';

  it.each([
    ['ERR_TOKEN_ALGORITHM', RS256],
    ['ERR_TOKEN_MALFORMED', 'the header repeats a member'],
  ] as const)('with %s has the words, since the code says too little', async (code, message) => {
    expect(await refusedLine(code, message, false)).toContain(
      ` refused GET /: ${code}, ${message}; status=401 `,
    );
  });

  it('with another code has the code alone', async () => {
    const line = await refusedLine('ERR_TOKEN_EXPIRED', 'the token has expired', false);
    expect(line).toContain(' refused GET /: ERR_TOKEN_EXPIRED status=401 ');
  });

  it('has the words in JSON', async () => {
    const line = JSON.parse(await refusedLine('ERR_TOKEN_ALGORITHM', RS256, true));
    expect(line).toMatchObject({ code: 'ERR_TOKEN_ALGORITHM', reason: RS256 });
  });
});
