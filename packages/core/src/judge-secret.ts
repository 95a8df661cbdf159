import * as base64url from 'jose/base64url';
import { type Bytes, utf8 } from './jws/engine.ts';
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
export const GENERATE = 'make one with `zepcli secret`';

type Found = readonly [rule: SecretRule, message: string];
type Findings = readonly (Found | false | undefined)[];

// Control, private-use and formatting characters, and those that have no width or look like a space.
const INVISIBLE = /(?! )[\p{Cc}\p{Cf}\p{Co}\p{DI}\p{NChar}\p{Z}\u2800\uFFFC]/u;

const findInvisible = (text: string): Found | undefined => {
  if (/[\r\n]/.test(text)) return ['line-break', 'has a line break inside; remove it'];
  const place = text.search(INVISIBLE);
  if (place === -1) return undefined;
  const code = (text.codePointAt(place) as number).toString(16).toUpperCase().padStart(4, '0');
  return ['invisible', `has an invisible character, U+${code}, at place ${place + 1}; remove it`];
};

// Quotes around the whole, as in code, or those of another script.
const QUOTED = /^[bfru$@\\]?(["'`]{1,3})(?:(?!\1).)+\1[,;]?$|^(?![!-~])\p{P}.*(?![!-~])\p{P}$/su;
// What else people copy along with a secret. Random text may look similar, so each form is narrow.
const WRAPPED = [
  // A long run of the characters of base64 and hex, and a space; a quote or foreign punctuation next to it;
  // brackets around it; what stands behind it in code and on screens.
  /^(?=.* ).*[\w+/=.-]{32}/s,
  /(?:["'`]|(?![!-~])\p{P})(?:[\w+/=.-]{32}|(?<=[\w+/=.-]{32}.))/u,
  /^[([{][\w+/=.-]{32,}[)\]}]$|(?:>|\*\*)[\w+/=.-]{32,}(?:<|\*\*)|0x[\da-f]{32}/i,
  /$(?<=[\w+/=.-]{32}(?:(?:\\[nr]?)+|\.{3}|%0A)|[\w+/=.-]{43}[,;])/,
  /^(?:export |bearer |setx? ["-]?\w+[= ]|\$env:)/i,
  // Base64's padding is not an assignment, and random text may have a short word before an equals sign.
  /(?<!\S)[-?&"'$]*[\w.=-]*?(?:secret|token|pass[wp]|(?:api|jwt|private|signing|hmac|[_.-])(?:key|auth|pass|pwd)(?![a-z]))[\w.-]{0,32}\s*[:?+]?=\s*[^=\s]/i,
  /(?<!\S)["'*]*[\w.-]*(?:secret|token|key|pass\w*|pwd|value)["'*]*(?:\s*[:=](?:["'*]*\s|["']|\w+ |[\w+/=-]{32})|\s+(?:\W+|is)\s|\s+\S{32})/i,
  // A sign at an end of a phrase of five words or more, and what begins a comment in one.
  /^(?=.*(?: [a-z]+){4})(?:[^\p{L}]|.*(?:[^\p{L}\d.!?]$| [#;</-]))/iu,
  /\[20[01]~/, // the marks of a paste
];

const TOKEN = /^(?:bearer +)?ey[\w-]+\.[\w-]*\.[\w-]*=*$/i;

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
  if (TOKEN.test(text)) return ['token', `is a token (a JWT), not its secret; ${GENERATE}`];
  if (/----[- ]BEGIN /.test(text)) return ['pem', `is a PEM key or certificate; ${GENERATE}`];
  // In base64, the length of a name such as ssh-ed25519.
  if (/(?<!\S)AAAA[BCEG]/.test(text)) return ['ssh-key', `is an SSH key; ${GENERATE}`];
  const isJson = isJsonObject(text);
  if (isJson && /"(?:kty|keys)"\s*:/.test(text)) {
    return ['jwk', `is a JSON Web Key, not its secret; ${GENERATE}`];
  }
  if (QUOTED.test(text)) return ['quoted', 'is wrapped in quotes; remove them'];
  if (isJson || WRAPPED.some((form) => form.test(text))) {
    return ['wrapped', 'has more around it; give the secret alone'];
  }
  return undefined;
};

const GRAM = 6;

/** How many characters are not part of a copy, of at least six characters, of what stands before. */
const countFresh = (text: string): number => {
  const seen = new Set<string>();
  let copied = 0;
  let fresh = 0;
  for (let i = 0; i < text.length; i++) {
    const gram = text.slice(i, i + GRAM);
    if (seen.has(gram)) copied = i + GRAM;
    seen.add(gram);
    if (i >= copied) fresh++;
  }
  return fresh;
};

const findRepetition = ({ length }: string, fresh: number): Found | undefined =>
  fresh < length && fresh <= length * 0.6
    ? ['repeated', `is one block repeated; ${GENERATE}`]
    : undefined;

const ROWS = 'abcdefghijklmnopqrstuvwxyz\n01234567890\nqwertyuiop\nasdfghjkl\nzxcvbnm\n';
// One step along these is not a choice.
const STEPS = ROWS + [...ROWS].reverse().join('');

/** Runs of a sequence or of a keyboard's row, up to four of them in turns; or digits alone and few of them. */
const findLowVariety = (text: string): Found | undefined => {
  const units = [...text];
  const isSequence =
    text &&
    [1, 2, 3, 4].some((turns) => {
      let choices = 0;
      return units.every((unit, i) => {
        const before = units[i - turns] ?? '\0';
        if (unit !== before && !STEPS.includes(before + unit)) choices++;
        return choices < Math.min(10, units.length / 3);
      });
    });
  if (isSequence) return ['low-variety', `is a sequence; ${GENERATE}`];
  const digits = text.replace(/[\s._:,/+tz-]/g, '');
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

const isPublished = (text: string): boolean =>
  PUBLISHED_SECRETS.split(' ').includes(fingerprintOf(text));

// A reference that nothing has replaced by its value. Random text has other characters between such brackets, and letters
// of both cases behind a dollar sign or between slashes.
const REFERENCE =
  /^(?:(?:<|\$\{)[\w\s.:/'"|?=-]+[>}]|(?:\$\(|\$?\{\{)[\w\s.:/'"|?=&!,;#-]+(?:\)|\}\})|(?:@Microsoft\.|ENC\[|\{cipher\}|vault:|arn:aws).+|[$%](?:[A-Z\d_]+|[a-z\d_]+|\w{1,30})%?|[a-z+-]+:\/\/(?:[\w./?#&=@%:-]*|\S+@[\w./:-]+)|~?[a-z\d._:#-]*(?:\/[a-z\d._:#-]+){2,})$/;

const isKnown = (text: string): boolean => isPublished(text) || isPlaceholder(text);

const PLACEHOLDER: Found = [
  'placeholder',
  `is a published placeholder or an unfilled template; ${GENERATE}`,
];

/** How the text of a secret stands for its bytes. */
export const SECRET_ENCODINGS = ['utf8', 'base64', 'base64url', 'hex'] as const;
export type SecretEncoding = (typeof SECRET_ENCODINGS)[number];

const ENCODED = {
  base64: /^[A-Za-z\d+/]*={0,2}$/,
  base64url: /^[\w-]*={0,2}$/,
  hex: /^(?:[\da-f]{2})*$/i,
};

/**
 * The bytes of a secret that another system has defined as bytes, or the text itself for `utf8`. `undefined` if it is not
 * canonical in its encoding, padding aside.
 *
 * @see RFC 4648 section 3.5
 */
export const decodeSecret = (
  text: string,
  encoding: SecretEncoding,
): string | Bytes | undefined => {
  if (encoding === 'utf8') return text;
  if (!ENCODED[encoding].test(text)) return undefined;
  if (encoding === 'hex') {
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number(`0x${pair}`));
  }
  const plain = text.replaceAll('=', '');
  const isPadded = text === plain || text.length % 4 === 0;
  const url = plain.replaceAll('+', '-').replaceAll('/', '_');
  if (!isPadded || url.length % 4 === 1) return undefined;
  const bytes = base64url.decode(url);
  return base64url.encode(bytes) === url ? (bytes as Bytes) : undefined; // not shared memory
};

const isShort = ({ length }: Uint8Array): Found | false =>
  length < MIN_BYTES && ['too-short', `is shorter than ${MIN_BYTES} bytes; ${GENERATE}`];

/** What is wrong with a text itself, or with the text that it encodes. */
const judgeContent = (text: string): Findings => {
  const lower = text.toLowerCase();
  const fresh = countFresh(lower);
  const repetition = findRepetition(lower, fresh);
  const found = [
    repetition ?? findLowVariety(lower),
    (REFERENCE.test(text) && PLACEHOLDER) ||
      // A label beside a secret has the words of a placeholder.
      (findOtherKind(text) ??
        ((isKnown(text) || (repetition && isKnown(lower.slice(0, fresh)))) && PLACEHOLDER)),
  ];
  return found.some(Boolean) ? found : judgeEncoded(text);
};

const judgeEncoded = (text: string): Findings => {
  for (const encoding of ['hex', /[-_]/.test(text) ? 'base64url' : 'base64'] as const) {
    const bytes = decodeSecret(text, encoding) as Bytes | undefined; // by the encodings
    const decoded = new TextDecoder().decode(bytes);
    // Random bytes are not UTF-8, or hold control characters.
    if (decoded && !/\uFFFD|[^\P{Cc}\s]/u.test(decoded)) return judgeContent(decoded);
  }
  return [];
};

const judgeText = (secret: string): Findings => {
  const text = secret.trim();
  // A decoder writes U+FFFD for bytes that are not UTF-8.
  const isIllFormed = !secret.isWellFormed() || secret.includes('\uFFFD');
  return [
    isShort(new TextEncoder().encode(secret)),
    isIllFormed && ['ill-formed', `is not well-formed Unicode; ${GENERATE}`],
    secret !== text && ['edge', 'begins or ends with white space; remove it'],
    findInvisible(text),
    ...judgeContent(text),
  ];
};

const judgeBytes = (bytes: Uint8Array): Findings => {
  try {
    return judgeText(utf8.decode(bytes));
  } catch {
    // Random bytes are not UTF-8. A published key of bytes is listed in base64url.
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    return [
      isShort(bytes),
      findRepetition(text, countFresh(text)),
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
