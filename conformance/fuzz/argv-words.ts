// Random command lines, with secrets and tokens in right and wrong places. None starts a server or writes a file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { encode, seal, secretNamed } from '../kit/tokens.ts';

export const GENERATED: string = secretNamed('generated');
const OPENSSL = `+/${Buffer.from(secretNamed('openssl')).toString('base64').slice(2, 64)}`;
/** Too short to be recognised as a secret. */
const LEGACY = 'Zq81f0Vbx77Lk3';

const HEADER = '{"alg":"HS256","typ":"JWT"}';
const sign = (secret: string, claims: string): string =>
  seal(`${encode(HEADER)}.${encode(claims)}`, secret);
// With spaces, so that no generated token contains a part of them.
const TOKEN = sign(GENERATED, '{ "zq" : 81 , "wx" : [ "fuzz" ] }');
const EXPIRED = sign(GENERATED, '{ "zq" : 81 , "exp" : 81 }');
const FOREIGN = sign(LEGACY, '{ "zq" : null , "foreign" : 1 }');

export const SECRETS: readonly string[] = [GENERATED, OPENSSL, LEGACY];
export const TOKENS: readonly string[] = [TOKEN, EXPIRED, FOREIGN];
/** Every token begins like this, so it reveals nothing. */
export const HARMLESS: readonly string[] = [`${encode(HEADER)}.eyJ`];

/** The folder of a run, with files to read. */
export const FOLDER: string = mkdtempSync(join(tmpdir(), 'zep-auth-fuzz-'));
const FILES = [
  ['secret.txt', `${GENERATED}\n`],
  ['legacy.txt', LEGACY],
  ['token.txt', TOKEN],
  ['two.txt', `${GENERATED}\n${OPENSSL}\n`],
  ['variables.env', `ZEP_AUTH_SECRET=${OPENSSL}\nZEP_AUTH_REQUIRED=perhaps\n`],
  ['empty.txt', ''],
].map(([name = '', content = '']) => {
  const path = join(FOLDER, name);
  writeFileSync(path, content);
  return path;
});
process.on('exit', () => rmSync(FOLDER, { recursive: true }));

const markers = fc.oneof(
  fc.constantFrom(...SECRETS, ...TOKENS),
  fc
    .tuple(
      fc.constantFrom(...SECRETS, ...TOKENS),
      fc.constantFrom('', ' ', '\n', '"', 'Bearer ', '-', '--', 'x', '=', 'a='),
      fc.constantFrom('', ' ', '\n', '"', '=', ',', '.', 'x'),
    )
    .map(([marker, before, after]) => before + marker + after),
  fc
    .tuple(fc.constantFrom(...SECRETS), fc.constantFrom(...SECRETS))
    .map(([user, password]) => `redis://${user}:${password}@127.0.0.1/0`),
);

const COMMANDS = [
  ...['secret', 'token', 'verify', 'inspect', 'serve'],
  ...['rotate', 'revoke', 'doctor', 'completion', 'env', 'help'],
];
/** What would seldom succeed by chance. */
const COMMON = [
  ...[
    ['token', '--no-expiry'],
    ['env', 'dotenv'],
    ['verify', '--help'],
    ['serve', '--help'],
  ],
];
const SWITCHES = [
  ...['json', 'no-claims', 'no-expiry', 'demo', 'forward-authorization', 'help', 'version'],
  ...['compromised', 'finish', 'undo', 'list', 'revocations', 'require-https', 'local'],
  ...['send-claims', 'replace-secret', 'no-color'],
];
const OPTIONS = [
  ...['bytes', 'expires-in', 'not-before', 'sub', 'aud', 'iss', 'scope', 'claim', 'claim-json'],
  ...['secret-file', 'dotenv', 'upstream', 'host', 'port', 'public-path', 'timeout'],
  ...[
    'token-file',
    'claims',
    'jti',
    'count',
    'throttle',
    'trusted-proxy',
    'tls-cert',
    'tls-key',
    'log',
  ],
];
const MAGIC = [
  ...['-i', '-v', '-h', '--init-jwt', '--', '-', '', '---', '-ivh', '-x', '--=', '-=', '--no-json'],
  ...['--secret', '--token', '--password', '--jwt', '--key', '--unknown', '--__proto__', '--_'],
  ...['--constructor', '--$0', '--toString', '--get-yargs-completions', '--locale', '--json.a'],
];
const VALUES = [
  ...['32', '1024', '31', '90d', '1h', '0s', '2030-01-31T12:00:00Z', 'a=1', 'a={"b":[1]}', 'exp=1'],
  ...[
    'dotenv',
    'kubernetes',
    '1h30m',
    '30days',
    'a=',
    '=a',
    'a',
    '[1]',
    '__proto__={"x":1}',
    'null',
    '-1',
    '1e9',
    '10y',
    '999y',
    'ümläut',
  ],
  ...['\u202Eoffset', '\0', '\u{1F511}', 'a b', 'http://127.0.0.1:1', 'file:///', '%', '"', '\\'],
];

const values = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 3, arbitrary: fc.constantFrom(...FILES, '-', FOLDER) },
  { weight: 4, arbitrary: markers },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
);
const words: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...SWITCHES).map((name) => [`--${name}`]) },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...OPTIONS), values).map(([name, it]) => [`--${name}`, it]),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...OPTIONS, ...SWITCHES), values)
      .map(([name, it]) => [`--${name}=${it}`]),
  },
  { weight: 2, arbitrary: values.map((it) => [it]) },
  { weight: 1, arbitrary: fc.constantFrom(...MAGIC).map((it) => [it]) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...MAGIC), values).map(([name, it]) => [`${name}=${it}`]),
  },
  { weight: 1, arbitrary: fc.constantFrom(...COMMANDS).map((it) => [it]) },
);

/** Makes every `serve` fail before it listens: this port twice, or this port. */
const PORT = ['--port', 'none'];

export const commandLines: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...COMMANDS).map((it) => [it]) },
      { weight: 3, arbitrary: fc.constantFrom(...COMMON) },
      { weight: 1, arbitrary: fc.constant<string[]>([]) },
    ),
    fc.array(words, { maxLength: 4 }),
  )
  .map(([command, rest]) => [...command, ...rest.flat()])
  .map((argv) => (argv.includes('serve') ? [...argv, ...PORT] : argv));

const environmentValues = fc.oneof(
  { weight: 3, arbitrary: markers },
  { weight: 2, arbitrary: fc.constantFrom(...FILES, 'true', 'false', '', '1', 'a', ...SECRETS) },
);

export const environments: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ ZEP_AUTH_SECRET: GENERATED }) },
  { weight: 1, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        ...['SECRET', 'SECRET_PREVIOUS', 'SECRET_FILE', 'SECRET_PREVIOUS_FILE', 'REQUIRED'].map(
          (name) => `ZEP_AUTH_${name}`,
        ),
        ...['REVOKED', 'ISSUER', 'CLOCK_TOLERANCE_SECONDS', 'NOPE'].map((it) => `ZEP_AUTH_${it}`),
      ),
      environmentValues,
      { maxKeys: 4 },
    ),
  },
);

export const inputs: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: markers },
  { weight: 2, arbitrary: fc.constantFrom('', '\n', `${TOKEN}\n`, `${GENERATED}\r\n`) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);
