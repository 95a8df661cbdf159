// What a token must look like, before any key is touched.
import { describe, expect, it } from 'vitest';
import { createCompactReader } from '../../src/jws/compact.ts';
import { countWork, ENGINES, NATIVE } from '../engines.ts';
import { encode, HEADER, outcomeOf, rawToken, refusalOf, seal, tokenOf } from '../raw-token.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe.each(ENGINES)('parseHeader on the $name engine', (engine) => {
  // A new reader each time, which knows no header yet.
  const parseHeader = (token: string, maxTokenBytes = 8192) =>
    createCompactReader(engine).parseHeader(token, maxTokenBytes);
  const shapeOf = (token: string): Promise<string> => outcomeOf(() => parseHeader(token));
  const headerOf = (header: string): Promise<string> => shapeOf(rawToken(header, '{}'));

  it('returns the kid, where there is one', () => {
    expect(parseHeader(rawToken('{"alg":"HS256","kid":"k","x":{"kid":"y"}}', '{}'))).toBe('k');
    expect(parseHeader(rawToken('{"alg":"HS256","kid":""}', '{}'))).toBe('');
    expect(parseHeader(rawToken('{"alg":"HS256","kid":"\\u00e9"}', '{}'))).toBe('é');
    expect(parseHeader(rawToken(HEADER, '{}'))).toBeUndefined();
    expect(parseHeader(rawToken('{"alg":"HS256","__proto__":{"kid":"k"}}', '{}'))).toBeUndefined();
  });

  it('does not look at the signature, nor at the payload', async () => {
    expect(await shapeOf(`${encode(HEADER)}.AAAA.${'A'.repeat(43)}`)).toBe('accepted');
    expect(await shapeOf(`${encode(HEADER)}..${'A'.repeat(43)}`)).toBe('accepted');
  });

  it('counts the token to the byte', async () => {
    const token = tokenOf({});
    expect(await outcomeOf(() => parseHeader(token, token.length))).toBe('accepted');
    expect(await outcomeOf(() => parseHeader(token, token.length - 1))).toBe('ERR_TOKEN_TOO_LARGE');
  });

  it('has three segments, the first not empty, the last of 43 characters', async () => {
    const [header, payload, signature] = tokenOf({}).split('.') as [string, string, string];
    expect(await shapeOf(`${header}.${payload}.${signature}`)).toBe('accepted');
    for (const token of [
      '',
      '.',
      '..',
      header,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${header}.${payload}.${signature}.`,
      `.${header}.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(1)}`,
      `${header}.${payload}.A${signature}`,
      `${header}.${payload}.${signature}AAAA`,
    ]) {
      expect([token, await shapeOf(token)]).toEqual([token, 'ERR_TOKEN_MALFORMED']);
    }
  });

  // The last of two characters has 4 unused bits, the last of three has 2.
  it.each([
    ['a header', 'AQgw', (last: string) => `e${last}.e30.${'A'.repeat(43)}`],
    ['a header', 'AEIMQUYcgkosw048', (last: string) => `eyAAe3${last}.e30.${'A'.repeat(43)}`],
    ['a payload', 'AQgw', (last: string) => `${encode(HEADER)}.e${last}.${'A'.repeat(43)}`],
    [
      'a payload',
      'AEIMQUYcgkosw048',
      (last: string) => `${encode(HEADER)}.e3${last}.${'A'.repeat(43)}`,
    ],
    [
      'a signature',
      'AEIMQUYcgkosw048',
      (last: string) => `${encode(HEADER)}.e30.${'A'.repeat(42)}${last}`,
    ],
  ])('is canonical only where %s ends in one of %s', async (_, canonical, build) => {
    for (const last of ALPHABET) {
      const refusal = await refusalOf(() => parseHeader(build(last))).catch(() => undefined);
      const isShapeRefused = refusal?.message.includes('canonical') ?? false;
      expect([last, isShapeRefused]).toEqual([last, !canonical.includes(last)]);
    }
  });

  it('knows no segment with one character over', async () => {
    const [header, payload, signature] = tokenOf({ a: 1 }).split('.') as [string, string, string];
    for (const token of [
      `${encode('{"alg":"HS256","typ":"JWT"} ')}.${payload}.${signature}`.replace('.', 'A.'),
      `${header}.AAAAA.${signature}`,
      `${header}.A.${signature}`,
      `A.${payload}.${signature}`,
    ]) {
      expect([token, await shapeOf(token)]).toEqual([token, 'ERR_TOKEN_MALFORMED']);
    }
    expect(await shapeOf(`${header}.AAAA.${signature}`)).toBe('accepted');
  });

  it('ignores every other member, keys from the sender included', async () => {
    const others = '"jku":"https://a","jwk":{"kty":"oct","k":"AA"},"x5u":"https://a","cty":"JWT"';
    expect(await headerOf(`{"alg":"HS256",${others}}`)).toBe('accepted');
  });
});

// The rules of form that header and payload share. Of a header, what is read is the kid.
const readers = ENGINES.flatMap((engine) => {
  const { parseHeader, readPayload } = createCompactReader(engine);
  const readHeader = (raw: string | Uint8Array) => parseHeader(rawToken(raw, '{}'), 8192);
  const readClaims = (raw: string | Uint8Array) => readPayload(rawToken(HEADER, raw));
  const kidOf = (text: string): unknown => JSON.parse(text).kid;
  const claimsOf = (text: string): unknown => JSON.parse(text);
  return [
    { name: engine.name, part: 'header', readRaw: readHeader, expected: kidOf },
    { name: engine.name, part: 'payload', readRaw: readClaims, expected: claimsOf },
  ];
});

describe.each(readers)('the $part on the $name engine', ({ part, readRaw, expected }) => {
  const textOf = (inner: string): string => `{"alg":"HS256","kid":"k"${inner && `,${inner}`}}`;
  const read = (inner: string): unknown => readRaw(textOf(inner));

  it.each([
    ['no other member', ''],
    ['the same member at another depth', '"a":{"b":1,"a":{"b":1}}'],
    ['a repeated member below the top level', '"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]'],
    ['a value that looks like members', '"a":"\\",\\"alg\\":\\"x\\",\\"a\\":{[:"'],
    ['a value that ends in a backslash', '"a":"\\\\","b":":"'],
    ['a value that ends in a backslash before a number', '"a":"\\\\","b":1'],
    ['a value that ends in two backslashes and a quote', '"a":"\\\\\\\\\\"","b":1'],
    ['members that differ in case', '"Alg":1,"ALG":2'],
    ['members that look like numbers', '"1":1,"0":1,"01":1'],
    ['an empty name', '"":1'],
    ['__proto__', '"__proto__":{"x":1}'],
    ['text that is not ASCII', '"é":"\u{1F511}"'],
    ['a BOM inside a value', '"a":"\uFEFF"'],
    ['white space between', ' \t\r\n"a" : [ 1 , 2 ] '],
    ['nesting 64 deep', `"a":${'['.repeat(63)}${']'.repeat(63)}`],
    ['brackets in a value', `"a":"${'['.repeat(100)}"`],
    ['100 lists side by side', `"a":[${Array(100).fill('[]').join()}]`],
  ])('may have %s', (_, inner) => {
    expect(read(inner)).toEqual(expected(textOf(inner)));
  });

  const text = '{"alg":"HS256","kid":"k"}';
  const good = Buffer.from(text);

  it('is read from these bytes', () => {
    expect(readRaw(good)).toEqual(expected(text));
    expect(readRaw(` ${text}\n`)).toEqual(expected(text));
  });

  it.each([
    ['\xff', 'is not UTF-8 text'],
    ['['.repeat(65), 'is nested more than 64 deep'],
    ['{', 'is not JSON'],
    ['null', 'is not a JSON object'],
    ['{"a":1,"a":1}', 'repeats a member'],
  ])('is named when it is refused: %j', async (bytes, reason) => {
    const { message } = await refusalOf(() => readRaw(Buffer.from(bytes, 'latin1')));
    expect(message).toBe(`the ${part} ${reason}`);
  });

  it('pollutes no prototype', () => {
    read('"__proto__":{"polluted":true}');
    expect('polluted' in {}).toBe(false);
  });
});

describe.each(ENGINES)('readPayload on the $name engine', (engine) => {
  const { readPayload } = createCompactReader(engine);

  it('refuses an empty segment', async () => {
    const token = seal(`${encode(HEADER)}.`);
    expect(await outcomeOf(() => readPayload(token))).toBe('ERR_TOKEN_MALFORMED');
    expect(readPayload(seal(`${encode(HEADER)}.e30`))).toEqual({});
  });

  it('reads __proto__ as a member like any other', () => {
    const claims = readPayload(rawToken(HEADER, '{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect(Object.keys(claims)).toEqual(['__proto__']);
  });
});

describe('the headers that a reader knows', () => {
  const kid = (id: number, payload = '{}'): string =>
    rawToken(`{"alg":"HS256","kid":"${id}"}`, payload);

  const createCountingReader = () => {
    const { engine, work } = countWork(NATIVE);
    const { parseHeader } = createCompactReader(engine);
    const decodedBy = async (token: string): Promise<number> => {
      const before = work.decoded;
      await outcomeOf(() => parseHeader(token, 8192));
      return work.decoded - before;
    };
    return { parseHeader, decodedBy };
  };

  it('are decoded once, and keep their kid', async () => {
    const { parseHeader, decodedBy } = createCountingReader();
    for (const id of [1, 2]) expect(await decodedBy(kid(id))).toBe(1);
    for (const id of [1, 2]) {
      expect([await decodedBy(kid(id)), await decodedBy(kid(id, '{"a":1}'))]).toEqual([0, 0]);
      expect(parseHeader(kid(id), 8192)).toBe(String(id));
    }
  });

  it('are 16 at most: the oldest makes room', async () => {
    const { decodedBy } = createCountingReader();
    for (let id = 1; id <= 16; id++) await decodedBy(kid(id));
    for (let id = 1; id <= 16; id++) expect([id, await decodedBy(kid(id))]).toEqual([id, 0]);
    expect(await decodedBy(kid(17))).toBe(1);
    expect([await decodedBy(kid(2)), await decodedBy(kid(17))]).toEqual([0, 0]);
    expect(await decodedBy(kid(1))).toBe(1);
  });

  it('are good ones only: a refused header is judged each time, and takes no place', async () => {
    const { parseHeader, decodedBy } = createCountingReader();
    await decodedBy(kid(1));
    for (let i = 0; i < 20; i++) {
      const none = rawToken(`{"alg":"none","kid":"${i % 2}"}`, '{}');
      expect(await decodedBy(none)).toBe(1);
      expect(await outcomeOf(() => parseHeader(none, 8192))).toBe('ERR_TOKEN_ALGORITHM');
    }
    expect(await decodedBy(kid(1))).toBe(0);
  });

  it('excuse no token from the rules of size, shape and spelling', async () => {
    const { parseHeader } = createCountingReader();
    const token = tokenOf({});
    parseHeader(token, 8192);
    expect(await outcomeOf(() => parseHeader(token, token.length - 1))).toBe('ERR_TOKEN_TOO_LARGE');
    for (const mutant of [
      `${token}A`,
      token.slice(1),
      token.replace('.e30.', '.e31.'),
      `${token}=`,
    ]) {
      expect(await outcomeOf(() => parseHeader(mutant, 8192))).toBe('ERR_TOKEN_MALFORMED');
    }
  });

  it('are compared whole: a header that begins like a known one is another', async () => {
    const { parseHeader } = createCountingReader();
    const short = seal(`${encode('{"alg":"HS256"} ').replace(/=/g, '')}.e30`);
    expect(parseHeader(short, 8192)).toBeUndefined();
    const header = short.slice(0, short.indexOf('.'));
    const longer = `${header}IA.e30.${'A'.repeat(43)}`;
    expect(encode('{"alg":"HS256"} ')).toBe(header);
    expect(await outcomeOf(() => parseHeader(longer, 8192))).toBe('ERR_TOKEN_MALFORMED');
  });
});

describe.each(ENGINES)('a token that has not our form, on the $name engine', (engine) => {
  const { parseHeader } = createCompactReader(engine);
  const refusalOfHeader = (header: string, rest = '.e30.AAAA') =>
    refusalOf(() => parseHeader(`${encode(header)}${rest}`, 8192));

  it.each([
    ['RS256', 'RS256'],
    ['HS384', 'HS384'],
    ['PS512', 'PS512'],
    ['ES256K', 'ES256K'],
    ['EdDSA', 'EdDSA'],
    ['Ed25519', 'Ed25519'],
    ['none', 'none'],
    ['NONE', 'an unknown algorithm'],
    ['RS257', 'an unknown algorithm'],
    ['xRS256', 'an unknown algorithm'],
    ['RS256x', 'an unknown algorithm'],
    ['dir', 'an unknown algorithm'],
    ['', 'an unknown algorithm'],
  ])('is refused by its algorithm %j', async (alg, name) => {
    for (const rest of ['.e30.AAAA', '.e30', '.e30.', '.e30..x.', '.=']) {
      const { code, message } = await refusalOfHeader(JSON.stringify({ alg }), rest);
      expect(code).toBe('ERR_TOKEN_ALGORITHM');
      expect(message).toBe(`the token is signed with ${name}; this server accepts only HS256`);
    }
  });

  it.each([null, 1, ['RS256'], { RS256: 1 }])('is refused by the odd algorithm %j', async (alg) => {
    expect((await refusalOfHeader(JSON.stringify({ alg }))).code).toBe('ERR_TOKEN_ALGORITHM');
  });

  it.each([
    ['HS256', '{"alg":"HS256"}'],
    ['no algorithm', '{}'],
    ['two algorithms', '{"alg":"RS256","alg":"RS256"}'],
    ['a header that is not JSON', '{"alg":"RS256"'],
    ['a header that is not an object', '["RS256"]'],
    [
      'a header that is not UTF-8',
      Buffer.from('{"alg":"RS256","a":"\xff"}', 'latin1').toString('latin1'),
    ],
  ])('is malformed with %s', async (name, header) => {
    const text = name.includes('UTF-8') ? Buffer.from(header, 'latin1') : header;
    const token = `${encode(text)}.e30.AAAA`;
    expect((await refusalOf(() => parseHeader(token, 8192))).code).toBe('ERR_TOKEN_MALFORMED');
  });

  it.each(['', '.', '..', 'RS256', '.e30.AAAA', 'é.e30.AAAA', '{"alg":"RS256"}.e30.AAAA'])(
    'is malformed as %j',
    async (token) => {
      expect((await refusalOf(() => parseHeader(token, 8192))).code).toBe('ERR_TOKEN_MALFORMED');
    },
  );

  it('is malformed where its header is another spelling of base64url', async () => {
    const header = encode('{"alg":"RS256"} ');
    for (const other of [`${header}=`, `${header}A`, header.replace(/.$/, 'B'), ` ${header}`]) {
      const token = `${other}.e30.AAAA`;
      expect((await refusalOf(() => parseHeader(token, 8192))).code).toBe('ERR_TOKEN_MALFORMED');
    }
  });

  it('is read up to a header of 1024 characters', async () => {
    const padded = (length: number) => {
      const empty = JSON.stringify({ alg: 'RS256', pad: '' }).length;
      return JSON.stringify({ alg: 'RS256', pad: 'x'.repeat((length * 3) / 4 - empty) });
    };
    expect(encode(padded(1024))).toHaveLength(1024);
    expect((await refusalOfHeader(padded(1024))).code).toBe('ERR_TOKEN_ALGORITHM');
    expect((await refusalOfHeader(padded(1028))).code).toBe('ERR_TOKEN_MALFORMED');
  });

  it('is not read where it is too large', async () => {
    const token = `${encode('{"alg":"RS256"}')}.${'x'.repeat(8192)}`;
    expect((await refusalOf(() => parseHeader(token, 8192))).code).toBe('ERR_TOKEN_TOO_LARGE');
  });
});
