import * as base64url from 'jose/base64url';
import { utf8 } from './jws/engine.ts';
import { isPlaceholder } from './placeholder.ts';
import { PUBLISHED_SECRETS } from './published-secrets.ts';

/** What can be wrong with a secret. */
export type SecretRule =
  | 'too-short'
  | 'ill-formed'
  | 'edge'
  | 'line-break'
  | 'invisible'
  | 'quoted'
  | 'wrapped'
  | 'token'
  | 'pem'
  | 'ssh-key'
  | 'jwk'
  | 'repeated'
  | 'low-variety'
  | 'placeholder';

/** One reason why a text is not fit to be a secret. */
export interface SecretProblem {
  readonly rule: SecretRule;
  /** What is wrong and what to do, never the secret. */
  readonly message: string;
}

/** The rules that a weak secret may break where weak ones are allowed. */
export const WEAKNESSES: readonly SecretRule[] = ['too-short', 'repeated', 'low-variety'];

const MIN_BYTES = 32;
const MIN_DIGITS = 40;
const GENERATE = 'make one with `zepcli secret`';

type Found = readonly [rule: SecretRule, message: string];
type Findings = readonly (Found | false | undefined)[];

const EDGE = /^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu;
// Control characters, and those that have no width or look like a space.
const INVISIBLE = /(?! )[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}\u2800]/u;

const findInvisible = (text: string): Found | undefined => {
  if (/[\r\n]/.test(text)) return ['line-break', 'has a line break inside; put it on one line'];
  const place = text.search(INVISIBLE);
  if (place === -1) return undefined;
  const code = text.codePointAt(place)?.toString(16).toUpperCase().padStart(4, '0');
  return ['invisible', `has an invisible character, U+${code}, at place ${place + 1}; remove it`];
};

const QUOTED = /^(["'`])(?:(?!\1).)*\1$|^[\p{Pi}\p{Pf}„‚].*[\p{Pi}\p{Pf}]$/su;
/** What else people copy along with a secret. Random text may look similar, so each form is narrow. */
const WRAPPED = [
  /^(?:export |setx?\s+[a-z_]\w*[= ]|\$env:)/i,
  // Base64's padding is not an assignment, and random text may have a short word before an equals sign.
  // The second condition only saves 4 ms on a long secret.
  /^(?=[a-z_])(?=[\s\S]*=\s*[^=\s])[\w.-]*?(?:(?:secret|token|passw|passphrase)[\w.-]*|(?:^|api|jwt|private|signing|hmac|[_.-])(?:key|auth|pass)(?:[_.-][\w.-]*)?)\s*=\s*[^=\s]/i,
  /^["'*]*(?:[a-z][\w .-]{0,24})?(?:secret|token|key|password)["'*]*\s*:["'*]*\s/i,
  /^bearer\s/i,
  /^[\w+/=.: -]{32,}\s(?:#|\/\/)/, // a comment
  /^(?:\^\[)?\[200~|\[201~$/, // the marks of a paste
  // One quote, or a newline as it is escaped.
  /^(?=.*["'`\\\p{Pi}\p{Pf}])["'`\p{Pi}\p{Pf}]?[\w+/=.-]{32,}(?:["'`\p{Pi}\p{Pf}]|\\[nrt])*$/u,
];

const TOKEN = /^(?:bearer +)?ey[\w-]+\.[\w-]*\.[\w-]*=*$/i;
const SSH_KEY = /^(?:sk-)?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+)(?:@openssh\.com)?\s+AAAA/;

const isJsonObject = (text: string): boolean => {
  if (!/^[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** What a text is instead of a secret, or has around one. */
const findOtherKind = (text: string): Found | undefined => {
  if (TOKEN.test(text)) {
    return ['token', 'is a token (a JWT), which belongs to the client, not the secret'];
  }
  if (/-----BEGIN |^LS0tLS1CRUdJTi/.test(text)) {
    return ['pem', `is a PEM key or certificate; ${GENERATE}`];
  }
  if (SSH_KEY.test(text)) return ['ssh-key', `is an SSH key; ${GENERATE}`];
  const isJson = isJsonObject(text);
  if (isJson && /"(?:kty|keys)"\s*:/.test(text)) {
    return ['jwk', `is a JSON Web Key, not its secret; ${GENERATE}`];
  }
  if (QUOTED.test(text)) {
    return ['quoted', 'is wrapped in quotes, which would be part of the key; remove them'];
  }
  if (isJson || WRAPPED.some((form) => form.test(text))) {
    return ['wrapped', 'has more around it, such as a name; give the secret alone'];
  }
  return undefined;
};

/** The length of the block that is repeated to the end, the last time perhaps cut off. */
const findPeriod = (units: readonly unknown[]): number | undefined => {
  for (let period = 1; period <= units.length / 2; period++) {
    if (units.every((unit, i) => i < period || unit === units[i - period])) return period;
  }
  return undefined;
};

const toRepetition = (period: number | undefined): Found | undefined => {
  const what = period === 1 ? 'character' : 'block';
  return period === undefined ? period : ['repeated', `is one ${what} repeated; ${GENERATE}`];
};

const ROWS =
  'abcdefghijklmnopqrstuvwxyz\n01234567890\nqwertyuiop\nasdfghjkl\nzxcvbnm\n!@#$%^&*()\n';
// One step along these is not a choice.
const STEPS = ROWS + [...ROWS].reverse().join('');

/** Runs of a sequence or of a keyboard's row, or digits alone and few of them. */
const findLowVariety = (text: string, units: readonly string[]): Found | undefined => {
  const isChoice = (unit: string, i: number): boolean =>
    i === 0 || (unit !== units[i - 1] && !STEPS.includes(`${units[i - 1]}${unit}`));
  const choices = units.filter(isChoice).length;
  if (choices < Math.min(10, units.length / 3))
    return ['low-variety', `is a sequence; ${GENERATE}`];
  const digits = text.replace(/[\s._:-]/g, '');
  if (digits.length >= MIN_DIGITS || !/^\d+$/.test(digits)) return undefined;
  return ['low-variety', `is fewer than ${MIN_DIGITS} digits; ${GENERATE}`];
};

/**
 * A fingerprint of a text, 53 bits in base 36: enough to recognise a published text without containing it. The case of
 * letters does not count. Not for anything that an attacker must not find a second text for.
 */
export const fingerprintOf = (text: string): string => {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (const byte of new TextEncoder().encode(text.toLowerCase())) {
    high = Math.imul(high ^ byte, 0x01000193);
    low = Math.imul(low ^ byte, 0x5bd1e995);
    low ^= low >>> 15;
  }
  return ((high >>> 11) * 2 ** 32 + (low >>> 0)).toString(36);
};

let published: ReadonlySet<string> | undefined;

const isPublished = (text: string): boolean => {
  published ??= new Set(PUBLISHED_SECRETS.split(' '));
  return published.has(fingerprintOf(text));
};

// A reference that nothing has replaced by its value. Random text has other characters between such brackets, and letters
// of both cases behind a dollar sign.
const REFERENCE =
  /^(?:(?:<|\$\{)[\w\s.:/'"|?=-]+[>}]|(?:\$\(|\$?\{\{)[\w\s.:/'"|?=&!,;#-]+(?:\)|\}\})|(?:@Microsoft\.|ENC\[|\{cipher\}|vault:).+|#\{.+\}#|<%.*%>|[$%](?:[A-Z\d]+_[A-Z\d_]*|[a-z\d]+_[a-z\d_]*|\w{1,30})%?|[a-z][a-z+-]*:\/\/[\w./?#&=@%:-]*|arn:aws\S*)$/;

const PLACEHOLDER: Found = [
  'placeholder',
  `is a published placeholder or an unfilled template; ${GENERATE}`,
];

const isShort = ({ length }: Uint8Array): Found | false =>
  length < MIN_BYTES && ['too-short', `is shorter than ${MIN_BYTES} bytes; ${GENERATE}`];

const judgeText = (secret: string): Findings => {
  const text = secret.replace(EDGE, '');
  const units = [...text.toLowerCase()];
  const period = findPeriod(units);
  const isKnown = REFERENCE.test(text) || isPublished(text) || isPlaceholder(text);
  const isKnownBlock = period !== undefined && isPublished(units.slice(0, period).join(''));
  // A decoder writes U+FFFD for bytes that are not UTF-8.
  const isIllFormed = !secret.isWellFormed() || secret.includes('\uFFFD');
  return [
    isShort(new TextEncoder().encode(secret)),
    isIllFormed && ['ill-formed', `is not well-formed Unicode; ${GENERATE}`],
    secret !== text && [
      'edge',
      'begins or ends with white space or a control character; remove it',
    ],
    findInvisible(text),
    findOtherKind(text),
    toRepetition(period) ?? findLowVariety(text, units),
    (isKnown || isKnownBlock) && PLACEHOLDER,
  ];
};

const judgeBytes = (bytes: Uint8Array): Findings => {
  try {
    return judgeText(utf8.decode(bytes));
  } catch {
    // Random bytes are not UTF-8. A published key of bytes is listed in base64url.
    return [
      isShort(bytes),
      toRepetition(findPeriod([...bytes])),
      isPublished(base64url.encode(bytes)) && PLACEHOLDER,
    ];
  }
};

/**
 * Lists all that makes `secret` unfit; an empty list means that it is fit. Bytes that are UTF-8 are judged as text.
 *
 * @throws {TypeError} when `secret` is neither a string nor a Uint8Array
 * @see RFC 7518 section 3.2
 */
export const judgeSecret = (secret: string | Uint8Array): readonly SecretProblem[] => {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new TypeError('a secret must be a string or a Uint8Array');
  }
  const found = typeof secret === 'string' ? judgeText(secret) : judgeBytes(secret);
  return found.flatMap((it) => (it ? [{ rule: it[0], message: it[1] }] : []));
};
