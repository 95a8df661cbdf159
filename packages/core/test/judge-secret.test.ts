// Each rule of judgeSecret, beside secrets that only resemble what it refuses.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeSecret, fingerprintOf, judgeSecret } from '../src/judge-secret.ts';
import { PUBLISHED_SECRETS } from '../src/published-secrets.ts';
import { HEADER, rawToken, SECRET } from './raw-token.ts';

/** The rules that a secret breaks, after a check that each message says what to do and nothing of the secret. */
const rulesOf = (secret: string | Uint8Array): string[] => {
  const problems = judgeSecret(secret);
  for (const { message } of problems) {
    expect(message).toMatch(/^\w.*[;,(].*\S$/);
    expect(message).not.toContain(SECRET.slice(0, 12));
  }
  return problems.map(({ rule }) => rule);
};

const TOKEN = rawToken(HEADER, '{}');
const HEX = createHash('sha256').update('hex').digest('hex');
const SYMBOLS = 'K9v!pQz2#Lm8$Rt5^Wx7&Yb4*Nc1(Hd6)';
const PHRASE = 'unholy folk pancake awry bashful lung';
const UUID = 'b1c9c4e6-0d5f-4a57-9c52-6f2f0f1f8a3d';

describe('a secret that is fit', () => {
  it.each([
    ['from zepcli', SECRET],
    ['of openssl rand -base64 64', Buffer.from(SECRET).toString('base64').slice(0, 88)],
    ['of openssl rand -hex 32', HEX],
    ['of two UUIDs', `${UUID}${UUID.replaceAll('b', '7').replaceAll('5', 'e')}`],
    ['of 40 digits', '8317046592264480139572718350924666103987'],
    ['of 32 characters', SECRET.slice(0, 32)],
    ['of 17 characters in 32 bytes', 'abéüñøçłþæœåðßħıŋ'],
    ['of Laravel', 'base64:7dNo5tX1qGm3pVQ9k0cLrYwB8zJfUhE2iAsTgPnMxKo='],
    ['of Laravel with slashes', 'base64://No5tX1qGm3pVQ9k0cLrYwB8zJfUhE2iAsTgPnMxKo='],
    ['of Django', '$k3y=#w@8(q!z7*x_m2v&5^r9)t0-u+j4%h6n1b8c$d2f7g3'],
    [
      'with an equals sign in the middle',
      'q7token8=xT4mZ9-pL2wK5vB8nC1rF6jH3gD0'.replace('token', 'tkn'),
    ],
    [
      'of six words of lists, two of them usual',
      'colossal hamstring password devouring resample unsecured',
    ],
    [
      'of twelve words with a hyphen',
      'order-crash-key-length-sweet-secret-prefer-quit-sick-planet-code-parade',
    ],
    ['with slashes and capitals', '/hb3PNnweqh4Hq0/GtOyULgdJCrbW6n70/hXaGEq'],
    ['with a comma at its end, and symbols', `${SYMBOLS},`],
    ['that is base64 of random text', Buffer.from(SYMBOLS).toString('base64')],
    ['that begins with a dollar sign', '$hb3PNnweqh4Hq0BGtOyULgdJCrbW6n708hXaGEq'],
    ['between percent signs', '%hb3PNnweqh4Hq0BGtOyULgdJCrbW6n708hXaGE%'],
    ['of Django, begins like a command', '$(w@8(q!z7*x_m2v&5^r9)t0-u+j4%h6n1b8c$d2f7g3=k3y)'],
    ['in angle brackets, with symbols', '<jAyZi,@Kic!a_^9)+R-7XV%lHSkG&1>'],
    ['in the brackets of a variable', `$\{;[}~?+~[&=&*(>](.)|_^*%*=$][;=!>_=;q8Zr2mXw}`],
    [
      'that begins with a dollar sign and has an underscore',
      '$TByN5PgXQATHFtdP4Q9JFW6cdq_qfpgMVvPW58O',
    ],
    ['with a quote at its beginning, and symbols', `"${SECRET.slice(0, 31)}!`],
    ['with a quote at its end, and symbols', `${SECRET.slice(0, 31)}!'`],
    ['with a backslash', `${SECRET}\\q`],
    ['with two slashes and no space', `${SECRET}//x`],
    ['with a scheme and symbols', 'ab://hb3PNnweqh4Hq0BG*^tOyULgdJCrbW6n7'],
    ['that begins with a brace', '{hb3PNnweqh4Hq0BGtOyULgdJCrbW6n708hXaGEq'],
    ['in braces, with symbols', '{hb3PNnweqh4Hq0B^GtOyULgd*JCrbW6n708hXaGE}'],
    ['of six words', PHRASE],
    ['of six words that end like a sentence', `${PHRASE}!`],
    ['of six words and a number', `${PHRASE} 42`],
    ['of six words of another language', 'él come pan con queso y miel de mamá'],
    ['of words with a hyphen at the end', `${PHRASE.replaceAll(' ', '-')}-`],
    ['of 40 digits that are a text in quotes', '2751404924534308653517392124641246142427'],
    [
      'of twelve words, one of them secret',
      'flight exchange secret armor barrel canoe little print before hood pond zebra',
    ],
    [
      'of twelve words, two of them usual',
      'change exchange secret armor barrel canoe little print hood pond zebra kiwi',
    ],
    ['with white space inside', 'correct mule lantern staple and more'],
    ['with quotes inside', `it's "quoted" somewhere in the middle`],
    ['with something before a token', `x-${TOKEN}`],
    ['with something behind a token', `${TOKEN}!`],
    ['with something before a reference', `x<${SECRET}>`],
    ['with something behind a reference', `<${SECRET}>x`],
    ['with a bracket inside two brackets', `<${SECRET}><x>`],
    ['with two dots', `${SECRET}.a.b`],
    ['with a hash mark and no space before it', `${SECRET}#comment`],
    ['with a colon and no space behind it', `x9:secret:${SECRET}`],
    ['with one of the words', `changes-${HEX}`],
    ['with words of three letters', `rynrskeygfesqjwtx${HEX}`],
    ['with an emoji', `${SECRET}\u{1F511}`],
    ['with a dot at its end', `${SECRET}.`],
    ['with brackets inside', 'Vjvw[bs9D=jB5UoXK5WLIIVbqPyHm1y1YISgM3p)'],
    ['with a bracket at its beginning and one inside', '[bs9D=jB5UoXK5WLIIVbqPyHm1y1YISgM3p)q!'],
    ['with two signs around 32 characters', '>BKbZNanoq+K97cG2a_Aha-r9T7Pn+UVFCc7_e]4'],
    [
      'with a dash of another script at its beginning and one inside',
      '—kiwi-zebra-mule-owl—yak-elk-jay',
    ],
    ['with a letter and a comma at its end, and symbols', `${SYMBOLS}q,`],
    ['with a backslash at its end, and symbols', `${SYMBOLS}q\\`],
    ['with the beginning of a hexadecimal number', `${SYMBOLS}0xa`],
    ['with a label glued to symbols', `value:${SYMBOLS}`],
    ['with dashes of another script inside', 'kiwi—zebra—mule—owl—yak—elk—jay'],
    ['with a dash of another script at its beginning', '—kiwi-zebra-mule-owl-yak-elk-jay'],
    ['with a dash of another script at its end', 'kiwi—zebra-mule-owl-yak-elk-jay—'],
    ['with slashes, and capitals before them', 'Q8!R2MXWKDV/kv/zepauth/of-this-machine'],
  ])('%s', (_, secret) => {
    expect(rulesOf(secret)).toEqual([]);
  });
});

describe('judgeSecret', () => {
  it.each<readonly [rule: string, secret: string]>([
    ['too-short', SECRET.slice(0, 31)],
    ['too-short', `a${'éü'.repeat(4)}ñøçłþæœ`],
    ['too-short', 'test-secret'],
    ['ill-formed', `${SECRET}\uD83D`],
    ['ill-formed', `${SECRET}\uDD11${HEX}`],
    ['ill-formed', `${SECRET}\uFFFD`],
    ['edge', ` ${SECRET}`],
    ['edge', `${SECRET} `],
    ['edge', `${SECRET}\t`],
    ['edge', `${SECRET}\n`],
    ['edge', `${SECRET}\r\n`],
    ['edge', `\u00A0${SECRET}`],
    ['edge', `\uFEFF${SECRET}`],
    ['invisible', `${SECRET}\u0000`],
    ['invisible', `${SECRET}\u007F`],
    ['invisible', `\u0085${SECRET}`],
    ['line-break', `${SECRET}\n${HEX}`],
    ['line-break', `${SECRET}\r${HEX}`],
    ['invisible', `${SECRET}\u200B`],
    ['invisible', `\u200D${SECRET}`],
    ['invisible', `${SECRET}\u00A0x`],
    ['invisible', `${SECRET}\u2028x`],
    ['invisible', `${SECRET}\u3000x`],
    ['invisible', `${SECRET}\u00AD`],
    ['invisible', `${SECRET}\u202E`],
    ['invisible', `${SECRET}\u2800`],
    ['invisible', `${SECRET}\u{E0041}`],
    ['invisible', `${SECRET}\0x`],
    ['invisible', `${SECRET}\tx`],
    ['quoted', `"${SECRET}"`],
    ['quoted', `'${SECRET}'`],
    ['quoted', `\`${SECRET}\``],
    ['quoted', `“${SECRET}”`],
    ['quoted', `‘${SECRET}’`],
    ['quoted', `„${SECRET}“`],
    ['quoted', `«${SECRET}»`],
    ['wrapped', `ZEP_AUTH_SECRET=${SECRET}`],
    ['wrapped', `zep.auth.secret = ${SECRET}`],
    ['wrapped', `jwtSecret="${SECRET}"`],
    ['wrapped', `API_KEY=${SECRET}`],
    ['wrapped', `key=${SECRET}`],
    ['wrapped', `PASSWORD=${SECRET}`],
    ['wrapped', `export ZEP_AUTH_SECRET='${SECRET}'`],
    ['wrapped', `export FOO=${SECRET}`],
    ['wrapped', `set FOO=${SECRET}`],
    ['wrapped', `setx FOO ${SECRET}`],
    ['wrapped', `$env:FOO="${SECRET}"`],
    ['wrapped', `Secret: ${SECRET}`],
    ['wrapped', `JWT token: ${SECRET}`],
    ['wrapped', `key: ${SECRET}`],
    ['wrapped', `password:\t${SECRET}`.replace('\t', ' ')],
    ['wrapped', `ZEP_AUTH_SECRET: ${SECRET}`],
    ['wrapped', `"secret": "${SECRET}"`],
    ['wrapped', `**Secret:** ${SECRET}`],
    ['wrapped', `Bearer ${SECRET}`],
    ['wrapped', `${SECRET} # stage two`],
    ['wrapped', `${SECRET}  #comment`],
    ['wrapped', `${SECRET} // prod`],
    ['wrapped', `${SECRET}  //prod`],
    ['wrapped', `"${SECRET}`],
    ['wrapped', `'${SECRET}`],
    ['wrapped', `\`${SECRET}`],
    ['wrapped', `“${SECRET}`],
    ['wrapped', `${SECRET}"`],
    ['wrapped', `${SECRET}’`],
    ['wrapped', `"${SECRET}'`],
    ['wrapped', `${SECRET}\\n`],
    ['wrapped', `${SECRET}\\r\\n`],
    ['wrapped', `"${SECRET}\\n`],
    ['quoted', `r"${SECRET}"`],
    ['wrapped', `x"${SECRET}"x`],
    ['quoted', `"""${SECRET}"""`],
    ['quoted', `\\"${SECRET}\\"`],
    ['quoted', `"${SECRET}",`],
    ['quoted', `'${SECRET}';`],
    ['wrapped', `${SECRET};`],
    ['wrapped', `${SECRET},`],
    ['wrapped', `${SECRET}...`],
    ['wrapped', `${SECRET}%0A`],
    ['wrapped', `${SECRET}…`],
    ['wrapped', `(${SECRET})`],
    ['wrapped', `[${SECRET}]`],
    ['wrapped', `{${SECRET}}`],
    ['wrapped', `**${SECRET}**`],
    ['wrapped', `<secret>${SECRET}</secret>`],
    ['wrapped', `0x${HEX}`],
    ['wrapped', `['${SECRET}']`],
    ['wrapped', `{'key': '${SECRET}'}`],
    ['wrapped', `"key":"${SECRET}"`],
    ['wrapped', `x{"kty":"oct","k":"${SECRET}"}`],
    ['wrapped', `- NAME=${SECRET}`],
    ['wrapped', `-e ZEP_AUTH_SECRET=${SECRET}`],
    ['wrapped', `--env=ZEP_AUTH_SECRET=${SYMBOLS}`],
    ['wrapped', `ENV ZEP_AUTH_SECRET ${SYMBOLS}`],
    ['wrapped', `ZEP_AUTH_SECRET := ${SYMBOLS}`],
    ['wrapped', `const secret = '${SYMBOLS}';`],
    ['wrapped', `set "ZEP_AUTH_SECRET=${SYMBOLS}"`],
    ['wrapped', `secret -> ${SYMBOLS}`],
    ...[
      ...[
        'export X=',
        'Bearer ',
        'set X=',
        'setx X ',
        '$env:X=',
        'PASSWD=',
        'passphrase=',
        'APIKEY=',
      ],
      ...[
        'jwtkey=',
        'PrivateKey=',
        'signingkey=',
        'HMACKEY=',
        'X_AUTH=',
        'x-pass=',
        'X.PWD=',
        'X_KEY_1=',
      ],
      ...['token: ', 'password: ', 'pass: ', 'pwd: ', 'secret:"'],
    ].map((label) => ['wrapped', `${label}${SYMBOLS}`] as const),
    ['wrapped', `value: ${SYMBOLS}`],
    ...[`set FOO=${SYMBOLS}`, `set "FOO=${SYMBOLS}"`, `use SECRET=${SYMBOLS}`].map(
      (text) => ['wrapped', text] as const,
    ),
    ...[`?token=${SYMBOLS}`, `$secret=${SYMBOLS}`, `api_key =${SYMBOLS}`, `secret:=${SYMBOLS}`].map(
      (text) => ['wrapped', text] as const,
    ),
    ...[
      `secret?=${SYMBOLS}`,
      `X_AUTH= ${SYMBOLS}`,
      `"value": ${SYMBOLS}`,
      `**value:** ${SYMBOLS}`,
    ].map((text) => ['wrapped', text] as const),
    ...[
      `value  is ${SYMBOLS}`,
      `value  ${SYMBOLS}`,
      `value :'${SYMBOLS.slice(0, 20)} ${SYMBOLS}`,
    ].map((text) => ['wrapped', text] as const),
    ['wrapped', `(${SECRET.slice(0, 32)})`],
    ['wrapped', `**${SECRET.slice(0, 32)}**`],
    ['wrapped', `${SECRET}\\`],
    ['placeholder', 'kv/zepauth/of-this-machine/2026-11-28'],
    ['wrapped', `my_api_auth =${SYMBOLS}`],
    ['wrapped', `(${SECRET.slice(0, 32)}]`],
    ['low-variety', 'aaaaabbbbbcccccdddddeeeeefffffggggg'],
    ['wrapped', `jwt_secret = ${SYMBOLS}`],
    ['wrapped', `super_secret_name=${SYMBOLS}`],
    ['wrapped', `top_secret : ${SYMBOLS}`],
    ['wrapped', `Passphrase: ${PHRASE}`],
    ['wrapped', `1. ${SECRET}`],
    ...[
      ...[`Secret: ${PHRASE}`, `secret:${PHRASE}`, `pwd: ${PHRASE}`, `secret is ${PHRASE}`],
      ...[`secret - ${PHRASE}`, `key=${SECRET}`, `value = ${SECRET}`, `set -gx FOO ${PHRASE}`],
      ...[`${PHRASE},`, `${PHRASE};`, `(${PHRASE})`, `**${PHRASE}**`, `'${PHRASE}`, `- ${PHRASE}`],
      ...[`# ${PHRASE}`, `> ${PHRASE}`, `1. ${PHRASE}`, `${PHRASE} # stage`, `${PHRASE} // stage`],
      ...[`${PHRASE} <- stage`, `${PHRASE}…`, `<secret>${PHRASE}</secret>`, `${PHRASE} ; stage`],
      ...[`${PHRASE} -- stage`, `{'secret': '${PHRASE}'}`],
    ].map((text) => ['wrapped', text] as const),
    ['wrapped', `$ ${SECRET}`],
    ['wrapped', `${SECRET} ; stage`],
    ['wrapped', `${SECRET} (stage)`],
    ['wrapped', `Authorization: Bearer ${SECRET}`],
    ['quoted', `「${SECRET}」`],
    ['quoted', `″${SYMBOLS}″`],
    ['quoted', `"${SYMBOLS}",`],
    ['quoted', `b'${SYMBOLS}'`],
    ['invisible', `${SECRET}\uE000`],
    ['invisible', `${SECRET}\uFFF9`],
    ['invisible', `${SECRET}\uFFFC`],
    ['invisible', `${SECRET}\uFFFE`],
    ['invisible', `${SECRET}\u{1D173}`],
    ['invisible', `${SECRET}\u180E`],
    ['ssh-key', `AAAAC3NzaC1lZDI1NTE5AAAAI${SECRET}`],
    ['ssh-key', `ssh-ed25519-cert-v01@openssh.com AAAAIHNz${SECRET}`.replace('AAAAI', 'AAAAG')],
    ['pem', `---- BEGIN SSH2 PUBLIC KEY ----${SECRET}`],
    ['pem', `-----BEGIN PGP PRIVATE KEY BLOCK-----${SECRET}`],
    ['placeholder', 'mysql://root:$tr0ng!pw@db.internal:3306/app'],
    ['placeholder', '/run/zep/current/of-this-machine/1'],
    ['placeholder', `\${q8zR2mXwKdV6tBnHcGy4pJlFsQ62mXz}`],
    ['placeholder', '$Q8ZR2MXWKDV6TBNHCGY4PJLFSQ8ZR62MX'],
    ['placeholder', '$q8zr2mxwkdv6tbnhcgy4pjlfsq8zr62mx'],
    ['placeholder', '%q8Zr2mXwKdV6tBnHcGy4pJlFs62xQz%'],
    ['placeholder', 'vault:kv/Data/q8zR2mXwKd#V6tBnHcGy4'],
    ['placeholder', 'ab://q8zR2mXw.KdV6/tBnHcGy4pJlFs62x'],
    ['wrapped', `[200~${SECRET}[201~`],
    ['wrapped', `^[[200~${SECRET}`],
    ['wrapped', `${SECRET}[201~`],
    ['wrapped', `{"key":"${SECRET}"}`],
    ['wrapped', `["${SECRET}"]`],
    ['token', TOKEN],
    ['token', `Bearer ${TOKEN}`],
    ['token', `Bearer   ${TOKEN}`],
    ['token', `${rawToken('{ "alg":"none" }', '{}')}=`],
    ['pem', `-----BEGIN PUBLIC KEY-----${SECRET}-----END PUBLIC KEY-----`],
    ['pem', `x-----BEGIN RSA PRIVATE KEY-----${SECRET}`],
    ['pem', Buffer.from('-----BEGIN PRIVATE KEY-----MIIEvQ').toString('base64')],
    ['ssh-key', `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${SECRET} user@host`],
    ['ssh-key', `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC${SECRET}`],
    ['ssh-key', `ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY${SECRET}`],
    ['ssh-key', `sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1${SECRET}`],
    ['jwk', `{"kty":"oct","k":"${SECRET}"}`],
    ['jwk', `[{"kty":"oct","k":"${SECRET}"}]`],
    ['jwk', `{ "keys" : [{"k":"${SECRET}"}] }`],
    ['repeated', 'a'.repeat(32)],
    ['repeated', '\u{1F511}'.repeat(32)],
    ['repeated', 'q8Zr2mXw'.repeat(4)],
    ['repeated', 'q8Zr2mXwQ8zr2mXwq8Zr2mXwq8ZR2MXW'],
    ['repeated', 'q8Zr2mXw-'.repeat(4).slice(0, -1)],
    ['repeated', HEX.repeat(2)],
    ['repeated', 'aaaaaaaa'.repeat(5)],
    ['repeated', `${'a'.repeat(40)}b`],
    ['repeated', 'q8Zr2mXwKd-'.repeat(2).concat('q8Zr2mXwKd')],
    ['repeated', 'guestguestguestguestguestguestguest!!'],
    ['repeated', '2023010120230102202301032023010420230105'],
    ['low-variety', '1q2w3e4r5t6y7u8i9o0pa1s2d3f4g5h6j7k8'],
    ['low-variety', 'abcdefghijklmnopqrstuvwxyzABCDEF'],
    ['low-variety', 'qqqqwwwweeeerrrrttttyyyyuuuuiiiioooo'],
    ['low-variety', 'zyxwvutsrqponmlkjihgfedcba987654'],
    ['low-variety', '831704659226448013957271835092466610398'],
    ['low-variety', '8317-0465-9283-7465-0192-8374-6501-9283'],
    ['placeholder', 'do-not-use-this-secret-in-production'],
    ['placeholder', 'a-string-secret-at-least-256-bits-long'],
    ['placeholder', 'your-super-secret-jwt-token-with-at-least-32-characters-long'],
    ['placeholder', '<paste the secret of zepcli -i here>'],
    ['placeholder', '<hb3PNnweqh4Hq0BGtOyULgdJCrbW6n708hXaGEq>'],
    ['placeholder', `\${ZEP_AUTH_SECRET_OF_THIS_ENVIRONMENT}`],
    ['placeholder', '$(cat /run/secrets/zep_auth_secret)'],
    ['placeholder', '$ZEP_AUTH_SECRET_OF_THE_ENVIRONMENT'],
    ['placeholder', '$zep_auth_secret_of_the_environment'],
    ['placeholder', '{{ .Values.zep.auth.secret | quote }}'],
    ['placeholder', '%ZEP_AUTH_SECRET_OF_THIS_MACHINE%'],
    ['placeholder', `\${{ secrets.ZEP_SECRET_OF_STAGE }}`],
    ['placeholder', `\${ZEP_AUTH_SECRET:-/run/secrets/zep_auth}`],
    ['placeholder', '$(openssl rand -base64 48 | head -c 64)'],
    ['placeholder', `<%= ENV["ZEP_AUTH_SECRET_OF_STAGE"] %>`],
    ['placeholder', 'op://vault/zep-auth/credentials/hmac'],
    ['placeholder', '$(cat /run/secrets/zep_auth && echo done)'],
    ['placeholder', '{{ required "zep!" .Values.zepAuth.signing }}'],
    ['placeholder', 'vault:kv/data/zep-auth#ZEP_AUTH_SIGNING'],
    ['placeholder', 'ENC[AES256_GCM,data:9hKzT0b1,iv:QmE=,tag:Zx8=,type:str]'],
    ['placeholder', '{cipher}AQATz5kJ0bq1vPmN7xYc3d4e5f6g7h8i9j'],
    ['placeholder', '#{ZEP_AUTH_SIGNING_KEY_OF_STAGE}#'],
    ['placeholder', 'https://vault.example/v1/kv/zep-auth'],
    ['placeholder', 'arn:aws:secretsmanager:eu-central-1:123456789012:zep'],
  ])('reports %s and nothing else', (rule, secret) => {
    expect(rulesOf(secret)).toEqual([rule]);
  });

  it.each([
    'your-super-secret-jwt-key-change-this-in-production',
    'replace_with_a_long_random_secret',
    'passwordpasswordpasswordpassword!',
    'my_very_long_and_safe_secret_key',
    'this-is-a-secure-key-which-should-be-32-char-long',
    'CHANGE_ME_BEFORE_YOU_DEPLOY_TO_PRODUCTION',
    'ThisIsAVeryLongSecretKeyThatShouldBeChanged',
    'thisisasecretkeyforjwtthatislongenough12',
    's3cr3t-k3y-ch4ng3-m3-1n-pr0duct10n-pl34s3',
    'event-ops-starter-dev-session-secret',
    'smartshop-encryption-fallback-32chars',
    'your_32_character_encryption_key',
    'test-capture-auth-secret-of-32-bytes',
    'super-secret-key-signature-algorithm',
    'harbour-local-secret-key-1986-harbour',
    'ClaveSecretaParaDesarrollo123456789',
    'SUA_CHAVE_SECRETA_FORTE_MINIMO_32_X',
    'webhook-secret-of-our-shop-for-tests',
    'hmac.password.for.the.gateway.of.demo',
    'the-token-in-this-place-is-not-real-1',
    'prod-token-should-come-from-the-vault',
    'min-length-of-this-key-is-characters',
    'p@$$word-p@$$word-r3place-me-please',
    'generate-a-strong-secret-with-openssl-rand-hex-32',
    'insert your own 32 byte secret here',
    `replace-this-secret-${HEX.slice(0, 16)}`,
    `your-secret-${SECRET}`,
    'dev-secret-do-not-use-in-production-00000000',
    'supersecretconstantthatyoucannotbreak',
    'MySecretJwtOfTheSchoolWithNumbers1234567',
    'THE_SECRET_KEY_OF_THIS_LITTLE_SERVICE_HERE',
    'YoUR sUpEr S3krEt HMAC kEy HeRE or else',
    '@Microsoft.KeyVault(SecretUri=https://zep.vault.azure.net/secrets/zepauth/)',
    'MYMYPASSWORDATLEAST32CHARACTERSMY123',
    'TODO: set a real one before deploying this',
    'FIXME comes from the vault one day or so',
    'dontusethisinproductiondontusethis12',
    'do_not_commit_this_value_to_git_ever',
    'generate-me-with-openssl-rand-base64-32',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    'the-quick-brown-fox-jumps-over-the-lazy-dog',
    'correcthorsebatterystaplecorrect1234',
    'nestjs-jwt-access-for-a-course-of-2022',
    'it-is-a-secret-to-everybody-zelda-1986',
    'Just a bunch of top secret stuff here',
    'old-example-of-a-demo-for-our-course',
    'AGY_SECURE_MASTER_KEY_GESTION_ELEVES',
    Buffer.from('your-super-secret-jwt-key-change-this').toString('base64'),
    Buffer.from('this_is_a_secret_key_for_jwt').toString('base64url'),
    Buffer.from('this_is_a_secret_key_for_jwt').toString('hex'),
    Buffer.from(Buffer.from('change-me-before-production').toString('base64')).toString('base64'),
    'django-insecure-d)24gp3-)(x*&i1lygpoux*hf%bi3-8)t96s=^rb',
  ])('knows by its words that %j asks to be replaced', (secret) => {
    expect(rulesOf(secret)).toContain('placeholder');
  });

  it.each([
    ...['do-not-use-this-secret-in-production', 'a-string-secret-at-least-256-bits-long'],
    ...['reallyreallyreallyreallyverysafe', 'it-is-very-secret', 'your-256-bit-secret'],
    ...['cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2'],
    ...['my-super-secret-key-here', 'mysecretkey', 'keyboard cat', 'change-me', 'shhhhh'],
    ...['secret', 'password', 'changeme', 'admin', '123456', 'qwerty', 'deadbeef'],
    ...['adminadminadminadminadminadminadmin', 'deadbeef'.repeat(8), 'qwerty'.repeat(6)],
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  ])('knows %j, which is published, in any case', (placeholder) => {
    const capitalised = placeholder.charAt(0).toUpperCase() + placeholder.slice(1);
    for (const secret of [placeholder, placeholder.toUpperCase(), capitalised]) {
      expect(rulesOf(secret)).toContain('placeholder');
    }
  });

  it.each(['test-secret', 'a weaker one', 'test-key-of-mine', 'tiny'])(
    'takes the short %j for weak, not for a placeholder',
    (secret) => {
      expect(rulesOf(secret)).toEqual(['too-short']);
    },
  );

  it.each([
    ['two thirds of the letters are of such words', 'secret2replace6qz8wq9zb2q-6892-8926-', true],
    ['fewer are', 'secret2replace6qz8wq9zb2qd-6892-8926', false],
    ['the word is alone in 31 characters', 'mysecret-q8z62mxw-92xq-w82z-6mq', false],
    ['it is in 32', 'mysecret-q8z62mxw-92xq-w82z-6mqw', true],
    ['a word of four letters is in a sentence', 'demo-is-q8z62mxw-92xq-w82z-6mqwxz-dfgt', false],
    ['a longer one is', 'token-is-q8z62mxw-92xq-w82z-6mqwxz-dfgt', true],
    ['it is beside one of three', 'key-is-token-q8z62mxw-92xq-w82z-6mqwxz', true],
    ['it is not in a sentence', 'token-q8z62mxw-92xq-w82z-6mqwxz-dfgt', false],
    ['a word that no list for phrases has is alone', 'your-q8z62mxw-92xq-w82z-6mqwxz-dfgt', false],
    ['it is twice', 'your-q8z62mxw-92xq-your-6mqwxz-dfgtvbx', false],
    ['another word is beside it', 'your-q8z62mxw-92xq-token-6mqwxz-dfgtvbx', true],
    ['two words of the lists are', 'change-q8z62mxw-92xq-token-6mqwxz-dfgtv', false],
    ['a sentence is glued to signs', 'token+is+q8z62mxw+92xq+w82z+6mqwxz+dfgt', false],
    ['the fox is in one word', 'q8zquickbrownfox62mxw92xqw82z6mqwx', true],
    ['the horse is in three', 'q8z-horse-battery-staple-62mxw-92xq', true],
    ['the horse has another battery', 'q8z-horse-and-battery-staple-62mxw', false],
    ['a JWT has its key in one word', 'q8zjwtkey62mxw92xqw82z6mqwxvbnhgcd', false],
    ['a JWT has another thing', 'q8zjwt-house-62mxw92xqw82z6mqwxvbn', false],
    ['a secret is super in one word', 'q8zsupersecret62mxw92xqw82z6mqwxvb', true],
    ['a secret is super in two', 'q8zsuper_secret62mxw92xqw82z6mqwxv', true],
    ['a secret has a code in one word', 'q8zsecretcode62mxw92xqw82z6mqwxvbn', true],
    ['a secret has a code in two', 'q8zsecret_code62mxw92xqw82z6mqwxvb', true],
    ['a secret has another thing', 'q8zsecretary62mxw92xqw82z6mqwxvbnh', false],
    ['Django calls it insecure', 'django-insecure-q8z62mxw92xqw82z6m', true],
    ['Django is not at the beginning', 'q8z-django-insecure-62mxw92xqw82z6', false],
    ['something is to do', 'todo: q8z62mxw-92xq-w82z-6mqwxz-dfgt', true],
    ['it is not at the beginning', 'q8z-todo-62mxw-92xq-w82z-6mqwxz-dfg', false],
    ['it is within a Spanish phrase', 'siempre llueve todo marzo sobre ventanas', false],
    ['it is followed by a sign of base64', 'tODO+V+SpOzMP9nkKOSqOYvG5y4nyGrxmqiFn5fk', false],
    ['it is another word', 'todolists-62mxw-92xq-w82z-6mqwxz-df', false],
    ['it forbids to tell', `don't tell q8z62mxw92xqw82z6mqwxvb`, true],
    ['it forbids another thing', 'do not go q8z62mxw92xqw82z6mqwxvbn', false],
    ['a secret is mine in two words', 'q8z my secret 62mxw92xqw82z6mqwxvb', true],
    ['a secret follows a longer word', 'cymbal length tummy secret marbles condiment', false],
    ['a test has one', 'qbz-test-secret-mxwqwvbzx-mqwxvbnhd', true],
    ['a session has one', 'qbz session secret mxwqwvbzx mqwxvbn', true],
    ['an access has one', 'qbz.access.secret.mxwqwvbzx.mqwxvbn', true],
    ['a secret is super in two words', 'qbz-super-secret-mxwqwvbzx-mqwxvbn', true],
    ['a contest has one', 'qbz-contest-secret-mxwqwvbzx-mqwxv', false],
    ['a test has several', 'qbz-test-secrets-mxwqwvbzx-mqwxvbnh', false],
    ['a secret has a key in two words', 'qbz-secret-key-mxwqwvbzx-mqwxvbnhdl', true],
    ['a secret has a keyboard', 'qbz-secret-keyboard-mxwqwvbzx-mqwxv', false],
    ['it has a key in eleven', 'a-b-secret-key-zebra-kiwi-mule-owl-yak-elk-jay', true],
    ['it has a key in twelve', 'pond-hood-secret-key-zebra-kiwi-mule-owl-yak-elk-jay-fox', false],
    ['a word is filled up with zeros', 'token-q8z62mxw-92xq-w82z-6mqwxz-000000', true],
    ['it is with five', 'token-q8z62mxw-92xq-w82z-6mqwxz-d00000', false],
    ['it is by counting', 'token-q8z62mxw-92xq-w82z-6mqwxz123456', true],
    ['it is by counting to five', 'token-q8z62mxw-92xq-w82z-6mqwxzd12345', false],
    ['no word is filled up', 'q8z62mxw-92xq-w82z-6mqwxz-dfgt-000000', false],
    ['a short one is', 'token-q8z62-92xqw-000000', false],
    ['a change is asked of it in one word', 'q8zchangethis62mxw92xqw82z6mqwxvbn', true],
    ['it is asked in two', 'q8zchange this62mxw92xqw82z6mqwxvbn', false],
    ['two words are in no list, of nine letters', 'shared-q8z62mxw-92xq-dev-6mqwxz-dfgtvb', true],
    ['two are, of eight', 'bytes-q8z62mxw-92xq-jwt-6mqwxz-dfgtvbh', false],
    ['one is twice', 'bytes-q8z62mxw-92xq-bytes-6mqwxz-dfgtvbnh', false],
    ['a short one is not a word by itself', 'secret-q8z62mxw-92xq-devq-6mqwxz-dfgtvb', false],
    ['it is', 'secret-q8z62mxw-92xq-dev-6mqwxz-dfgtvb', true],
  ])('takes a text for a placeholder or not where %s', (_, secret, isPlaceholder) => {
    expect(rulesOf(secret).includes('placeholder')).toBe(isPlaceholder);
  });

  const rest = 'q8z62mxw-92xq-w82z-6mqwxz-dfgtvbh';

  it.each([
    ...[
      'change',
      'replace',
      'example',
      'secret',
      'sekret',
      'segredo',
      'password',
      'passwort',
      'default',
      'sample',
      'token',
    ],
    ...['random', 'key', 'jwt'],
  ])('knows %s beside a word that is in no list', (word) => {
    expect(rulesOf(`shared-${word}-${rest}`)).toEqual(['placeholder']);
    expect(rulesOf(`${word}-${rest}`)).toEqual([]);
  });

  it.each([
    ...['your', 'insert', 'placeholder', 'passphrase', 'string', 'characters', 'secure', 'chars'],
    ...['bytes', 'shared', 'signing', 'production', 'development', 'encryption', 'generate'],
    ...['fallback', 'cryptographic', 'clave', 'chave', 'senha', 'caracteres', 'karakter'],
    ...['dev', 'prod', 'min', 'auth', 'hmac', 'demo', 'hex'],
  ])('knows %s, which is in no list, beside a word', (word) => {
    expect(rulesOf(`secret-${word}-${rest}`)).toEqual(['placeholder']);
    expect(rulesOf(`${word}-${rest}`)).toEqual([]);
  });

  it.each([
    ...['super', 'strong', 'safe', 'very', 'really', 'long', 'please', 'this', 'here'],
    ...['only', 'local'],
  ])('counts the letters of %s', (word) => {
    const others = 'qzwxvqzwxv'.slice(0, Math.floor(((6 + word.length) * 7) / 13));
    const text = `secret2${word}2${others}`;
    expect(rulesOf(`${text}-2968-8296-6928`)).toEqual(['placeholder']);
    expect(rulesOf(`${text}q-2968-8296-6928`)).toEqual([]);
  });

  it.each([
    ...['my', 'is', 'the', 'in', 'at', 'of', 'and', 'to', 'for', 'not', 'with'],
    ...['by', 'de', 'el', 'em', 'en', 'il', 'um', 'un', 'una', 'com', 'con', 'para', 'por', 'mit'],
  ])('takes %s for a part of a sentence', (word) => {
    expect(rulesOf(`token-q8z62mxw-${word}-92xq-w82z-6mqwxz-dfgtvbh`)).toEqual(['placeholder']);
    expect(rulesOf(`q8z62mxw-${word}-92xq-w82z-6mqwxz-dfgtvbh`)).toEqual([]);
  });

  it.each([
    ...[
      'topsecret',
      'tokensecret',
      'jwtsecret',
      'mysecret',
      'secrettoken',
      'secretpass',
      'secretcode',
    ],
    ...['jwttoken', 'jwtsign', '-jwt-key-', 'changeme', 'change_this', 'dontshare', 'do_not_use'],
    ...['-api-key-'],
    ...['-my-secret-', '-jwt-secret-', '-token-secret-', '-cookie-secret-', 'openssl'],
  ])('knows %s in any text', (words) => {
    expect(rulesOf(`q8z62mx${words}92xqw82z6mqwxzdfgtvbh`)).toEqual(['placeholder']);
  });

  it.each([
    ['secret-zq', true],
    ['token-is-q8z62mxw', false],
    ['x123456', false],
    ['123456x', true],
    ['0123456789', true],
    ['012345', false],
    ['my-admin', false],
    ['secret-zqw', false],
    ['keyboard cats', false],
    ['1234567', true],
    ['shhhared-secret', true],
  ])('takes the short %j for a placeholder: %s', (secret, isPlaceholder) => {
    expect(rulesOf(secret).includes('placeholder')).toBe(isPlaceholder);
  });

  const fresh = 'q8zr2mxwkdv6tbnhcgy4pjlfs';

  it.each([
    ['two fifths are a copy', `${fresh.slice(0, 24)}${fresh.slice(0, 16)}`, ['repeated']],
    ['fewer are', `${fresh}${fresh.slice(0, 15)}`, []],
    ['the copies are of six', 'k9w2pz!k9w2pz?k9w2pz-k9w2pz_k9w2pz', ['repeated']],
    ['the copies are of five', 'k9w2p!k9w2p?k9w2p-k9w2p_k9w2p+k9w2p', []],
    ['one copy is at the end', `${fresh}8vq7x${fresh.slice(0, 6)}`, []],
  ])('measures repetition: %s', (_, secret, rules) => {
    expect(rulesOf(secret)).toEqual(rules);
  });

  it.each([
    ['nine choices', 'fghiabcdklmnpqrsuvwx2345ghjkwertcvbn', ['low-variety']],
    ['ten choices', 'fghiabcdklmnpqrsuvwx2345ghjkwertcvbnyuio', []],
    ['two rows in turns', '1q2w3e4r5t6y7u8i9o0pa1s2d3f4g5h6j7k8', ['low-variety']],
    ['three in turns', 'a1qb2wc3ed4re5tf6yg7uh8ii9oj0pk', ['too-short', 'low-variety']],
    ['columns of a keyboard', '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9', ['low-variety']],
    ['five in turns', 'a1qz7b2wx6c3ec5d4rv4e5tb3f6yn2g7um1h8', []],
    ['dates', '2024-01-05T10:20:31Z/2025+12,31 23:59:46', ['low-variety']],
  ])('measures sequences: %s', (_, secret, rules) => {
    expect(rulesOf(secret)).toEqual(rules);
  });

  it('knows what it refuses with white space around it', () => {
    expect(rulesOf(' do-not-use-this-secret-in-production\n')).toEqual(['edge', 'placeholder']);
    expect(rulesOf(`\n<${SECRET}> `)).toEqual(['edge', 'placeholder']);
    expect(rulesOf(` ${TOKEN}\n`)).toEqual(['edge', 'token']);
    expect(rulesOf(`  {"kty":"oct","k":"${SECRET}"}`)).toEqual(['edge', 'jwk']);
    expect(rulesOf(`"${SECRET}"\n`)).toEqual(['edge', 'quoted']);
  });

  it('names an invisible character and its place', () => {
    const { message } = judgeSecret(`${SECRET.slice(0, 30)}\u200B${SECRET}`)[0] ?? {};
    expect(message).toBe('has an invisible character, U+200B, at place 31; remove it');
    expect(judgeSecret(`${SECRET}\u{E0041}`)[0]?.message).toContain('U+E0041, at place 89');
    expect(judgeSecret(`${SECRET}\0${SECRET}!`)[0]?.message).toContain('U+0000, at place 89');
  });

  it('reports an empty text', () => {
    expect(rulesOf('')).toEqual(['too-short']);
  });

  it('reports every rule that is broken, not the first alone', () => {
    expect(rulesOf('"secret"\n')).toEqual(['too-short', 'edge', 'quoted']);
    expect(rulesOf('secret\n')).toEqual(['too-short', 'edge', 'placeholder']);
    expect(rulesOf('"a\nb"')).toEqual(['too-short', 'line-break', 'quoted']);
    expect(rulesOf('12345678901234567890123456789012')).toEqual(['repeated', 'placeholder']);
  });

  it('says the same about two secrets that break the same rule', () => {
    expect(judgeSecret(`${SECRET}\n`)).toEqual(judgeSecret(`${HEX} `));
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['an object', {}],
    ['a list', [SECRET]],
    ['a buffer without a view', new ArrayBuffer(64)],
    ['wider units than bytes', new Uint16Array(64)],
  ])('refuses %s', (_, secret) => {
    const judge = () => judgeSecret(secret as never); // as a caller without types
    expect(judge).toThrow(new TypeError('a secret must be a string or a Uint8Array'));
  });
});

describe('bytes as a secret', () => {
  const random = createHash('sha512').update('bytes').digest();

  it('are fit when they are random, 32 at least', () => {
    expect(rulesOf(random)).toEqual([]);
    expect(rulesOf(new Uint8Array(random.subarray(0, 32)))).toEqual([]);
    expect(rulesOf(random.subarray(0, 31))).toEqual(['too-short']);
  });

  it.each([
    ['repeated', Uint8Array.from({ length: 32 }, () => 0xff)],
    ['repeated', Uint8Array.from({ length: 64 }, (_, i) => random[i % 16] ?? 0)],
  ])('are %s', (rule, bytes) => {
    expect(rulesOf(bytes)).toEqual([rule]);
  });

  it('are known when they are a published key', () => {
    const key =
      'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
    expect(rulesOf(Buffer.from(key, 'base64url'))).toEqual(['placeholder']);
    expect(rulesOf(Buffer.from(`${key.slice(0, -1)}0`, 'base64url'))).toEqual(['placeholder']);
    expect(rulesOf(Buffer.from(`B${key.slice(1)}`, 'base64url'))).toEqual([]);
  });

  it.each([
    ['placeholder', 'your-super-secret-jwt-key-change-this-in-production'],
    ['edge', `${SECRET}\n`],
    ['token', TOKEN],
  ])('that are text are judged as text: %s', (rule, text) => {
    expect(rulesOf(new TextEncoder().encode(text))).toEqual([rule]);
  });
});

describe('the published secrets', () => {
  const list = PUBLISHED_SECRETS.split(' ');

  it('are at most 150 fingerprints, in order, each once', () => {
    expect(list.length).toBeLessThanOrEqual(150);
    expect(list).toEqual([...new Set(list)].sort());
    for (const fingerprint of list) expect(fingerprint).toMatch(/^[0-9a-z]{6,11}$/);
  });

  it('have fingerprints of 53 bits that differ with each character, and not with its case', () => {
    const texts = Array.from(
      { length: 64 },
      (_, i) => `${SECRET.slice(0, i)}~${SECRET.slice(i + 1)}`,
    );
    expect(new Set(texts.map(fingerprintOf)).size).toBe(64);
    for (const text of texts) {
      expect(Number.parseInt(fingerprintOf(text), 36)).toBeLessThan(2 ** 53);
      expect(fingerprintOf(text.toUpperCase())).toBe(fingerprintOf(text));
    }
    expect(fingerprintOf('é')).not.toBe(fingerprintOf('e'));
  });
});

// The patterns must not backtrack without end: some of these took seconds, and would run into the limit of the test.
it.each([
  ['quotes', '"'.repeat(50_000)],
  ['quotes in threes', `"""${'b""'.repeat(10_000)}'`],
  ['dots', '.'.repeat(50_000)],
  ['dashes before an assignment', `${'-'.repeat(50_000)}=b`],
  ['signs before an assignment', `${'&?$'.repeat(20_000)}=x`],
  ['assignments', 'a='.repeat(30_000)],
  ['one word', 'secret '.repeat(8_000)],
  ['underscores', `${'_'.repeat(50_000)}=x`],
  ['letters and digits', 'Ab3'.repeat(20_000)],
])('judges a long text of %s at once', (_, text) => {
  expect(Array.isArray(judgeSecret(text))).toBe(true);
});

it.each(['hex', 'base64', 'base64url'] as const)('decodes no text to no bytes (%s)', (encoding) => {
  expect(decodeSecret('', encoding)).toHaveLength(0);
});
