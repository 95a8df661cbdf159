import { fingerprintOf } from './fingerprint.ts';
import { utf8 } from './jws/engine.ts';
import { isPlaceholder } from './placeholder.ts';
import { PUBLISHED_SECRETS } from './published-secrets.ts';
import { findLowVariety, findPeriod } from './variety.ts';

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

const MIN_SECRET_BYTES = 32;
const GENERATE = 'make one with `zepcli secret`';

type Found = readonly [rule: SecretRule, message: string];

const TOO_SHORT: Found = ['too-short', `is shorter than ${MIN_SECRET_BYTES} bytes; ${GENERATE}`];

const findRepetition = (units: readonly unknown[]): Found | undefined => {
  const period = findPeriod(units);
  if (period === undefined) return undefined;
  const what = period === 1 ? 'character' : 'block';
  return ['repeated', `is one ${what} repeated; ${GENERATE}`];
};

const EDGE = /^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu;
// Control characters, and those that have no width or look like a space.
const INVISIBLE = /(?! )[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}\u2800]/u;

const QUOTED = /^(["'`])(?:(?!\1).)*\1$|^[\p{Pi}\p{Pf}„‚].*[\p{Pi}\p{Pf}]$/su;
/** What else people copy along with a secret: a command, a name, a label, a scheme, a comment, the marks of a paste. */
const WRAPPED = [
  /^(?:export |setx?\s+[a-z_]\w*[= ]|\$env:)/i,
  // Base64's padding is not an assignment, and random text may have a short word before an equals sign.
  /^(?=[a-z_])[\w.-]*?(?:(?:secret|token|auth|pass)[\w.-]*|(?:^|api|jwt|private|signing|hmac|[_.-])key(?:[_.-][\w.-]*)?)\s*=\s*[^=\s]/i,
  /^["'*]*(?:[a-z][\w .-]{0,24})?(?:secret|token|key|password)["'*]*\s*:["'*]*\s/i,
  /^bearer\s/i,
  /^[\w+/=.: -]{32,}\s#/,
  /^(?:\^\[)?\[200~|\[201~$/,
];
// A reference that nothing has replaced by its value. A long name of a variable has an underscore, which tells it from
// random text that begins with a dollar sign.
const REFERENCE =
  /^(?:<[^<>]*>|\$\{.*\}|\$\(.*\)|\{\{.*\}\}|[$%](?=.{0,31}$|[a-z\d]*_)\w+%?|(?!base64:)[a-z][a-z0-9+.-]+:\/\/\S*|arn:\S*)$/is;

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
    return [
      'token',
      'is a token (a JWT), which belongs to the client; the secret stays on the server',
    ];
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
    return ['wrapped', 'has more around it, such as a name or a comment; give the secret alone'];
  }
  return undefined;
};

let published: ReadonlySet<string> | undefined;

const isPublished = (text: string): boolean => {
  published ??= new Set(PUBLISHED_SECRETS.split(' '));
  return published.has(fingerprintOf(text));
};

const findInvisible = (text: string): Found | undefined => {
  if (/[\r\n]/.test(text)) return ['line-break', 'has a line break inside; put it on one line'];
  const place = text.search(INVISIBLE);
  if (place === -1) return undefined;
  const code = text.codePointAt(place)?.toString(16).toUpperCase().padStart(4, '0');
  return ['invisible', `has an invisible character, U+${code}, at place ${place + 1}; remove it`];
};

const findEasy = (text: string): Found | undefined => {
  const repetition = findRepetition([...text]);
  if (repetition !== undefined) return repetition;
  const lowVariety = findLowVariety(text);
  return lowVariety === undefined ? undefined : ['low-variety', `${lowVariety}; ${GENERATE}`];
};

const judgeText = (secret: string): readonly (Found | false | undefined)[] => {
  const text = secret.replace(EDGE, '');
  // A decoder writes U+FFFD for bytes that are not UTF-8.
  const isIllFormed = !secret.isWellFormed() || secret.includes('\uFFFD');
  const isKnown = REFERENCE.test(text) || isPublished(text) || isPlaceholder(text);
  return [
    new TextEncoder().encode(secret).length < MIN_SECRET_BYTES && TOO_SHORT,
    isIllFormed && ['ill-formed', `is not well-formed Unicode; ${GENERATE}`],
    secret !== text && [
      'edge',
      'begins or ends with white space or a control character, which would be part of the key; remove it',
    ],
    findInvisible(text),
    findOtherKind(text),
    findEasy(text),
    isKnown && [
      'placeholder',
      `is a published placeholder or an unfilled template, which anyone can guess; ${GENERATE}`,
    ],
  ];
};

const judgeBytes = (bytes: Uint8Array): readonly (Found | false | undefined)[] => {
  try {
    return judgeText(utf8.decode(bytes));
  } catch {
    // Random bytes are not UTF-8.
  }
  return [bytes.length < MIN_SECRET_BYTES && TOO_SHORT, findRepetition([...bytes])];
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
