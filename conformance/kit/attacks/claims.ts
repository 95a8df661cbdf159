// Attacks on claims: times that are not times, and names that mean something to JavaScript. No time is so near now that
// the clock reaches it during a slow run.
import {
  ALGORITHM,
  CLAIM,
  type Draft,
  EARLY,
  EXPIRED,
  type Expected,
  finish,
  HEADER,
  MALFORMED,
  type Material,
  type TokenRow,
} from './row.ts';

/** Not a time, in any claim that is one. */
const NO_TIMES: readonly string[] = [
  '-1',
  '-0.5',
  '-1e999',
  '1e999',
  '1e50',
  '253402300800',
  '253402300799.5',
  '9007199254740993',
  '18446744073709551616',
  '"0"',
  '"2100-01-01T00:00:00Z"',
  '"NaN"',
  '"Infinity"',
  '""',
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '{"toString":"0","valueOf":"0"}',
  '{"$date":0}',
];

/** Falsy values, which code that asks `if (exp)` skips. */
const isFalsy = (value: string): boolean => ['""', 'null', 'false'].includes(value);

const createTimeRows = ({ nowSeconds, sign }: Material): readonly Draft[] => {
  const hour = 3600;
  const { past, future, late } = {
    past: nowSeconds - hour,
    future: nowSeconds + hour,
    late: '253402300799',
  };
  const times: readonly (readonly [
    claim: string,
    value: string,
    code: Expected,
    source?: string,
  ])[] = [
    ['exp', '0', EXPIRED, 'CVE-2026-44459'],
    ['exp', '-0', EXPIRED, 'CVE-2026-44459'],
    ['exp', '1e-400', EXPIRED, 'CVE-2026-44459'],
    ['exp', String(past), EXPIRED, 'RFC 7519 section 4.1.4'],
    ['exp', `${nowSeconds}`, EXPIRED, 'RFC 7519 section 4.1.4'],
    ['exp', `${nowSeconds - 1}.999`, EXPIRED],
    ['exp', `${past}.5`, EXPIRED],
    ['exp', `${future}.5`, undefined],
    ['exp', `${future}`, undefined],
    ['exp', `${future / 1e9}e9`, undefined],
    ['exp', late, undefined],
    ['nbf', '0', undefined],
    ['nbf', '1e-400', undefined],
    ['nbf', `${nowSeconds}`, undefined],
    ['nbf', `${past}.5`, undefined],
    ['nbf', `${future}`, EARLY, 'RFC 7519 section 4.1.5'],
    ['nbf', `${future}.5`, EARLY],
    ['nbf', late, EARLY],
    ['iat', '0', undefined],
    ['iat', '1e-400', undefined],
    ['iat', `${nowSeconds}`, undefined],
    ['iat', `${nowSeconds + 30}`, undefined],
    ['iat', `${future}`, EARLY],
    ['iat', late, EARLY],
  ];
  const noTimes = ['exp', 'nbf', 'iat'].flatMap((claim) =>
    [...NO_TIMES, `${future}000`, `"${future}"`, `[${future}]`, `{"s":${future}}`].map(
      (value) =>
        [
          claim,
          value,
          CLAIM,
          claim === 'exp' && isFalsy(value) ? 'CVE-2026-44459' : undefined,
        ] as const,
    ),
  );
  return [...times, ...noTimes].map(
    ([claim, value, code, source]): Draft => [
      `${claim} ${value}`,
      code,
      sign(HEADER, `{"${claim}":${value}}`),
      source,
    ],
  );
};

const createNameRows = ({ nowSeconds, sign }: Material): readonly Draft[] => {
  const future = nowSeconds + 3600;
  const claims = (payload: string) => sign(HEADER, payload);
  const header = (text: string) => sign(text, '{}');
  return [
    ['no claims at all', undefined, claims('{}')],
    ['exp by the escaped name', EXPIRED, claims('{"\\u0065xp":0}')],
    ['EXP, which is not exp', undefined, claims('{"EXP":0,"Exp":0,"ｅｘｐ":0}')],
    ['exp in the header, where it means nothing', undefined, header('{"alg":"HS256","exp":0}')],
    ['exp twice', MALFORMED, claims(`{"exp":0,"exp":${future}}`)],
    ['exp twice, the other way', MALFORMED, claims(`{"exp":${future},"exp":0}`)],
    ['exp twice, once escaped', MALFORMED, claims(`{"exp":0,"e\\u0078p":${future}}`)],
    ['sub twice', MALFORMED, claims('{"sub":"alice","sub":"root"}')],
    ['a good exp under __proto__', undefined, claims(`{"__proto__":{"exp":${future}}}`)],
    [
      'a bad exp beside a good one under __proto__',
      EXPIRED,
      claims(`{"__proto__":{"exp":${future}},"exp":0}`),
    ],
    ['__proto__ twice', MALFORMED, claims('{"__proto__":1,"__proto__":2}')],
    ['alg under __proto__ alone', ALGORITHM, header('{"__proto__":{"alg":"HS256"}}')],
    [
      'alg under constructor.prototype alone',
      ALGORITHM,
      header('{"constructor":{"prototype":{"alg":"HS256"}}}'),
    ],
    ['alg under an escaped __proto__', ALGORITHM, header('{"\\u005f_proto__":{"alg":"HS256"}}')],
    [
      'none under __proto__ beside alg',
      undefined,
      header('{"alg":"HS256","__proto__":{"alg":"none"}}'),
    ],
    ...[
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'valueOf',
      'hasOwnProperty',
      'then',
      'toJSON',
    ].flatMap((name): readonly Draft[] => [
      [`${name} in the header`, undefined, header(`{"alg":"HS256","${name}":{"a":1}}`)],
      [`${name} in the claims`, undefined, claims(`{"${name}":{"exp":0}}`)],
      [`${name} in the claims of an expired token`, EXPIRED, claims(`{"${name}":null,"exp":0}`)],
    ]),
  ];
};

export const createClaimRows = (material: Material): Promise<readonly TokenRow[]> =>
  finish([...createTimeRows(material), ...createNameRows(material)]);
