// Attacks on the choice of algorithm and key: the header tells the verifier what to believe. One thing is wrong in each row.
import { createEcPair, createRsaPair, EMPTY_KEY, encode, keyIdOf, mac, seal } from './craft.ts';
import {
  ALGORITHM,
  type Draft,
  finish,
  HEADER,
  MALFORMED,
  type Material,
  PAYLOAD,
  SIGNATURE,
  type TokenRow,
} from './row.ts';

const ATTACKER = 'attacker-key-attacker-key-attacker-key';
const unsigned = (header: string): string => `${encode(header)}.${encode(PAYLOAD)}`;

const createNoneRows = ({ sign }: Material): readonly Draft[] =>
  ['none', 'None', 'NONE', 'nOnE'].flatMap((alg): readonly Draft[] => {
    const header = `{"alg":"${alg}","typ":"JWT"}`;
    return [
      [`alg ${alg} without a signature`, ALGORITHM, `${unsigned(header)}.`, 'CVE-2015-9235'],
      [`alg ${alg} without a third segment`, ALGORITHM, unsigned(header)],
      [`alg ${alg} with the right signature`, ALGORITHM, sign(header, PAYLOAD)],
      [`alg ${alg} with 32 zero bytes`, ALGORITHM, `${unsigned(header)}.${'A'.repeat(43)}`],
    ];
  });

const createAlgRows = ({ sign }: Material): readonly Draft[] => [
  ...['HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA', 'dir', ''].map(
    (alg): Draft => [
      `alg "${alg}" over a right HS256 signature`,
      ALGORITHM,
      sign(`{"alg":"${alg}"}`, PAYLOAD),
      'cloudflare-worker-jwt#68',
    ],
  ),
  ['no alg', ALGORITHM, sign('{"typ":"JWT"}', PAYLOAD), 'RFC 7515 section 4.1.1'],
  ['an empty header object', ALGORITHM, sign('{}', PAYLOAD), 'RFC 7515 section 4.1.1'],
  ...['null', '256', 'true', '["HS256"]', '{"toString":"HS256"}'].map(
    (alg): Draft => [`alg ${alg}`, ALGORITHM, sign(`{"alg":${alg}}`, PAYLOAD)],
  ),
  ...['hs256', 'Hs256', 'HS256\\u0000', 'HS256 ', ' HS256', 'ＨＳ256', 'HS256\\n', 'HS２５６'].map(
    (alg): Draft => [`alg "${alg}"`, ALGORITHM, sign(`{"alg":"${alg}"}`, PAYLOAD)],
  ),
  ...['ALG', 'Alg', 'ａｌｇ', 'alg\\u0000', ' alg', 'аlg'].flatMap((name): readonly Draft[] => [
    [`"${name}" instead of alg`, ALGORITHM, sign(`{"${name}":"HS256"}`, PAYLOAD)],
    [`"${name}" beside alg`, undefined, sign(`{"${name}":"none","alg":"HS256"}`, PAYLOAD)],
  ]),
  ['alg by the escaped name', undefined, sign('{"\\u0061lg":"HS\\u00325\\u0036"}', PAYLOAD)],
];

const createMacRows = ({ secret, sign }: Material): readonly Draft[] =>
  (['SHA-384', 'SHA-512'] as const).flatMap((hash): readonly Draft[] => {
    const alg = hash.replace('SHA-', 'HS');
    const own = unsigned(`{"alg":"${alg}","typ":"JWT"}`);
    const ours = unsigned(HEADER);
    const macOf = async (input: string) => encode(await mac(input, secret, hash));
    const withMac = async (input: string) => `${input}.${await macOf(input)}`;
    const withCutMac = async (input: string) => `${input}.${(await macOf(input)).slice(0, 42)}A`;
    return [
      [`${alg} rightly signed`, ALGORITHM, withMac(own), 'CVE-2026-22817'],
      [`${alg} cut to the length of HS256`, ALGORITHM, withCutMac(own), 'CVE-2026-22817'],
      [`HS256 with the signature of ${alg}`, MALFORMED, withMac(ours)],
      [`HS256 with the signature of ${alg}, cut`, SIGNATURE, withCutMac(ours)],
      [`${alg} with the signature of HS256`, ALGORITHM, sign(`{"alg":"${alg}"}`, PAYLOAD)],
    ];
  });

const createConfusionRows = async ({ sign }: Material): Promise<readonly Draft[]> => {
  const [rsa, ec] = await Promise.all([createRsaPair(), createEcPair()]);
  return [
    ...Object.entries(rsa.texts).flatMap(([name, text]): readonly Draft[] => [
      [`HS256 keyed with ${name}`, SIGNATURE, sign(HEADER, PAYLOAD, text), 'CVE-2026-22818'],
      [
        `RS256 keyed with ${name}`,
        ALGORITHM,
        sign('{"alg":"RS256"}', PAYLOAD, text),
        'CVE-2026-22818',
      ],
    ]),
    ['RS256 rightly signed', ALGORITHM, rsa.sign('{"alg":"RS256"}', PAYLOAD), 'CVE-2026-22817'],
    ['RS256 under the name HS256', MALFORMED, rsa.sign(HEADER, PAYLOAD)],
    ['ES256 rightly signed', ALGORITHM, ec.sign('{"alg":"ES256"}', PAYLOAD), 'CVE-2026-22817'],
    [
      'RS256 with the key that it brings',
      ALGORITHM,
      rsa.sign(`{"alg":"RS256","jwk":${JSON.stringify(rsa.jwk)}}`, PAYLOAD),
      'CVE-2018-0114',
    ],
  ];
};

const createBroughtKeyRows = ({ sign }: Material): readonly Draft[] =>
  Object.entries({
    jwk: `{"kty":"oct","k":"${encode(ATTACKER)}"}`,
    'jwk with alg and use': `{"kty":"oct","alg":"HS256","use":"sig","k":"${encode(ATTACKER)}"}`,
    jku: '"http://127.0.0.1:9/keys.json"',
    'jku of a file': '"file:///dev/null"',
    x5u: '"http://127.0.0.1:9/chain.pem"',
    x5c: `["${btoa(ATTACKER)}"]`,
    x5t: `"${encode(ATTACKER)}"`,
    'x5t#S256': `"${encode(ATTACKER)}"`,
  }).flatMap(([name, value]): readonly Draft[] => {
    const header = `{"alg":"HS256","${name.replace(/ .*/, '')}":${value}}`;
    return [
      [`a key brought by ${name}`, SIGNATURE, sign(header, PAYLOAD, ATTACKER), 'CVE-2018-0114'],
      [`${name} beside the right signature`, undefined, sign(header, PAYLOAD)],
    ];
  });

const createKidRows = async ({ secret, sign }: Material): Promise<readonly Draft[]> => {
  const own = await keyIdOf(secret);
  const foreign = await keyIdOf(ATTACKER);
  const withKid = (kid: string): string => `{"alg":"HS256","kid":${kid}}`;
  return [
    ...[
      ['a path to /dev/null', '"../../../../../../dev/null"', EMPTY_KEY],
      ['an absolute path', '"/dev/null"', EMPTY_KEY],
      ['a URL', '"http://127.0.0.1:9/key"', ATTACKER],
      ['SQL', `"x' UNION SELECT '${ATTACKER}"`, ATTACKER],
      ['a shell command', '"|/bin/cat /dev/null"', EMPTY_KEY],
      ['NUL', '"\\u0000"', EMPTY_KEY],
      ['the right id and NUL', `"${own}\\u0000"`, ATTACKER],
      ['an empty text', '""', EMPTY_KEY],
      ['__proto__', '"__proto__"', EMPTY_KEY],
      ['constructor', '"constructor"', EMPTY_KEY],
      ['the right id', `"${own}"`, ATTACKER],
      ['the id of another key', `"${foreign}"`, ATTACKER],
    ].flatMap(([name, kid, key]): readonly Draft[] => [
      [
        `kid is ${name}, signed with a key of the attacker`,
        SIGNATURE,
        sign(withKid(String(kid)), PAYLOAD, key),
      ],
      [`kid is ${name}, rightly signed`, undefined, sign(withKid(String(kid)), PAYLOAD)],
    ]),
    ...['null', '0', 'true', `["${own}"]`, `{"toString":"${own}"}`].map(
      (kid): Draft => [
        `kid ${kid.slice(0, 2)}…`,
        MALFORMED,
        sign(withKid(kid), PAYLOAD),
        'RFC 7515 section 4.1.4',
      ],
    ),
  ];
};

const createSecretRows = ({ secret, sign }: Material): readonly Draft[] => [
  ['a good token', undefined, sign(HEADER, PAYLOAD)],
  ['an expired token of another secret', SIGNATURE, sign(HEADER, '{"exp":1}', ATTACKER)],
  ['an expired token with alg none', ALGORITHM, sign('{"alg":"none"}', '{"exp":1}')],
  ['an empty secret', SIGNATURE, sign(HEADER, PAYLOAD, EMPTY_KEY), 'fast-jwt#609'],
  ...['secret', 'password', 'undefined', 'null', '[object Object]', 'HS256'].map(
    (guess): Draft => [`the secret "${guess}"`, SIGNATURE, sign(HEADER, PAYLOAD, guess)],
  ),
  ['the secret without its last character', SIGNATURE, sign(HEADER, PAYLOAD, secret.slice(0, -1))],
  ['the secret and a line end', SIGNATURE, sign(HEADER, PAYLOAD, `${secret}\n`)],
  ['the secret in capitals', SIGNATURE, sign(HEADER, PAYLOAD, secret.toUpperCase())],
  ['the secret in base64', SIGNATURE, sign(HEADER, PAYLOAD, btoa(secret))],
  ['the key id for a secret', SIGNATURE, keyIdOf(secret).then((id) => sign(HEADER, PAYLOAD, id))],
  [
    'a signature over the decoded segments',
    SIGNATURE,
    mac(`${HEADER}.${PAYLOAD}`, secret).then((made) => `${unsigned(HEADER)}.${encode(made)}`),
  ],
  [
    'a signature over the payload alone',
    SIGNATURE,
    seal(encode(PAYLOAD), secret).then((sealed) => `${encode(HEADER)}.${sealed}`),
  ],
];

export const createKeyRows = async (material: Material): Promise<readonly TokenRow[]> =>
  finish([
    ...createSecretRows(material),
    ...createNoneRows(material),
    ...createAlgRows(material),
    ...createMacRows(material),
    ...(await createConfusionRows(material)),
    ...createBroughtKeyRows(material),
    ...(await createKidRows(material)),
  ]);
