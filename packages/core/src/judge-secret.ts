import { fingerprintOf } from './fingerprint.ts';
import { utf8 } from './jws/engine.ts';
import { isPlaceholder } from './placeholder.ts';
import { PUBLISHED_SECRETS } from './published-secrets.ts';
import { findLowVariety, findPeriod, isSequence } from './variety.ts';

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

const TOO_SHORT: SecretProblem = {
  rule: 'too-short',
  message: `is shorter than ${MIN_SECRET_BYTES} bytes; ${GENERATE}`,
};
const findRepetition = (units: readonly unknown[]): SecretProblem | undefined => {
  const period = findPeriod(units);
  if (period === undefined) return undefined;
  const what = period === 1 ? 'character' : 'block';
  return { rule: 'repeated', message: `is one ${what} repeated; ${GENERATE}` };
};

const EDGE = /^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu;
// Control characters, and those that have no width or look like a space.
const INVISIBLE = /(?! )[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}\u2800]/u;

const QUOTED = /^(["'`])(?:(?!\1).)*\1$|^[“”„‟«»‹›‘’‚‛].*[“”«»‹›‘’]$/s;
/** What else people copy along with a secret. */
const WRAPPERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:export |(?:set|setx|declare -x)\s+[a-z_]\w*[= ]|\$env:)/i, 'is a command of a shell'],
  // Base64's padding is not an assignment, and random text may have a short word before an equals sign.
  [
    /^(?=[a-z_])[\w.-]*?(?:(?:secret|token|auth|pass)[\w.-]*|(?:^|api|jwt|private|signing|hmac|[_.-])key(?:[_.-][\w.-]*)?)\s*=\s*[^=\s]/i,
    'is an assignment, NAME=value',
  ],
  [
    /^["'*]*(?:[a-z][\w .-]{0,24})?(?:secret|token|key|password)["'*]*\s*:["'*]*\s/i,
    'begins with a label',
  ],
  [/^bearer\s/i, 'begins with the word Bearer'],
  [/^[\w+/=.: -]{32,}\s#/, 'ends in a comment'],
  [/^(?:\^\[)?\[200~|\[201~$/, 'has the marks of a terminal’s paste around it'],
];
// A reference that nothing has replaced by its value. A long name of a variable has an underscore, which tells it from
// random text that begins with a dollar sign.
const REFERENCE =
  /^(?:<[^<>]*>|\$\{.*\}|\$\(.*\)|\{\{.*\}\}|\$(?=.{0,31}$|[A-Z0-9]*_|[a-z0-9]*_)[a-z_]\w*|%(?=.{0,31}$|\w*_)\w+%|(?!base64:)[a-z][a-z0-9+.-]+:\/\/\S*|arn:aws:\S*)$/is;

const TOKEN = /^(?:bearer +)?ey[\w-]+\.[\w-]*\.[\w-]*=*$/i;
const SSH_KEY =
  /^(?:(?:sk-)?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+)(?:@openssh\.com)?\s+AAAA|PuTTY-User-Key-File)/;

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
const findOtherKind = (text: string): readonly [SecretRule, string] | undefined => {
  if (TOKEN.test(text)) {
    return [
      'token',
      'is a token (a JWT), not the secret; the token belongs to the client, the secret to the server',
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
  const wrapper = isJson ? 'is JSON' : WRAPPERS.find(([form]) => form.test(text))?.[1];
  return wrapper === undefined ? undefined : ['wrapped', `${wrapper}; give the secret alone`];
};

let published: ReadonlySet<string> | undefined;

const isPublished = (text: string): boolean => {
  published ??= new Set(PUBLISHED_SECRETS.split(' '));
  return published.has(fingerprintOf(text));
};

const findInvisible = (text: string): readonly [SecretRule, string] | undefined => {
  if (/[\r\n]/.test(text)) return ['line-break', 'has a line break inside; put it on one line'];
  const place = text.search(INVISIBLE);
  if (place === -1) return undefined;
  const code = text.codePointAt(place)?.toString(16).toUpperCase().padStart(4, '0');
  return ['invisible', `has an invisible character, U+${code}, at place ${place + 1}; remove it`];
};

const judgeText = (secret: string): readonly SecretProblem[] => {
  const text = secret.replace(EDGE, '');
  const problems: SecretProblem[] = [];
  const add = (found: readonly [SecretRule, string] | undefined): void => {
    if (found !== undefined) problems.push({ rule: found[0], message: found[1] });
  };
  if (new TextEncoder().encode(secret).length < MIN_SECRET_BYTES) problems.push(TOO_SHORT);
  // A decoder writes U+FFFD for bytes that are not UTF-8.
  if (!secret.isWellFormed() || secret.includes('\uFFFD')) {
    add(['ill-formed', `is not well-formed Unicode; ${GENERATE}`]);
  }
  if (secret !== text) {
    add([
      'edge',
      'begins or ends with white space or a control character, which would be part of the key; remove it',
    ]);
  }
  add(findInvisible(text));
  add(findOtherKind(text));
  const lowVariety = findLowVariety(text);
  const repetition = findRepetition([...text]);
  if (repetition !== undefined) problems.push(repetition);
  else if (lowVariety !== undefined) add(['low-variety', `${lowVariety}; ${GENERATE}`]);
  if (REFERENCE.test(text) || isPublished(text) || isPlaceholder(text)) {
    add([
      'placeholder',
      `is a published placeholder or an unfilled template, which anyone can guess; ${GENERATE}`,
    ]);
  }
  return problems;
};

const judgeBytes = (bytes: Uint8Array): readonly SecretProblem[] => {
  try {
    return judgeText(utf8.decode(bytes));
  } catch {
    // Random bytes are not UTF-8.
  }
  const problems: SecretProblem[] = [];
  if (bytes.length < MIN_SECRET_BYTES) problems.push(TOO_SHORT);
  const repetition = findRepetition([...bytes]);
  if (repetition !== undefined) problems.push(repetition);
  else if (isSequence(bytes)) {
    problems.push({ rule: 'low-variety', message: `is a sequence; ${GENERATE}` });
  }
  return problems;
};

/**
 * Lists all that makes `secret` unfit; an empty list means that it is fit. Bytes that are UTF-8 are judged as text.
 *
 * @throws {TypeError} when `secret` is neither a string nor a Uint8Array
 * @see RFC 7518 section 3.2
 */
export const judgeSecret = (secret: string | Uint8Array): readonly SecretProblem[] => {
  if (typeof secret === 'string') return judgeText(secret);
  if (secret instanceof Uint8Array) return judgeBytes(secret);
  throw new TypeError('a secret must be a string or a Uint8Array');
};
