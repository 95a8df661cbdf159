// What a token must look like before any key is used: stricter than JWS libraries are.
import { type AuthError, refusal } from '../errors.ts';
import type { Engine } from './engine.ts';

/** A JSON object as it was parsed: its members are the sender's, so anything. */
export type JsonObject = { readonly [member: string]: unknown };

/** An HS256 signature: 32 bytes in base64url. */
export const SIGNATURE_CHARACTERS = 43;
const COMPACT_JWS = /^[\w-]+\.[\w-]*\.[\w-]{43}$/;

/**
 * Whether base64url has no bits to spare but zeros (RFC 4648 section 3.5), so that it is the one spelling of
 * its bytes. Of the last character, 2 bits are to spare behind 3 others, 4 bits behind 1 other.
 */
const isCanonical = (text: string, start: number, end: number): boolean => {
  const last = text.charAt(end - 1);
  const over = (end - start) % 4;
  return (
    over === 0 ||
    (over === 2 && 'AQgw'.includes(last)) ||
    (over === 3 && 'AEIMQUYcgkosw048'.includes(last))
  );
};

/** How deep header and payload may be nested; the object itself is one level. */
export const MAX_DEPTH = 64;
const MAX_KNOWN_HEADERS = 16;

/** The types of token that a header's `typ` may name. */
export type TokenType = 'JWT' | 'at+jwt';

// RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 8812 section 3.2, RFC 9864 section 2
const REGISTERED = /^(?:none|(?:HS|RS|PS|ES)(?:256|384|512)|ES256K|EdDSA|Ed25519|Ed448)$/;

const malformed = (message: string): AuthError => refusal('ERR_TOKEN_MALFORMED', message);

/** Where the JSON string ends that begins at `start`: at the next quote with no odd backslash before it. */
const findStringEnd = (text: string, start: number): number => {
  for (let end = start; ; ) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
};

/**
 * Counts the members of the outermost object and the deepest nesting. Made for text that JSON.parse
 * accepts too: on any other text the counts mean nothing, and JSON.parse refuses it.
 */
const measure = (text: string): { members: number; depth: number } => {
  let members = 0;
  let depth = 0;
  let level = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      i = findStringEnd(text, i);
    } else if (char === '{' || char === '[') {
      depth = Math.max(depth, ++level);
    } else if (char === '}' || char === ']') {
      level--;
    } else if (char === ':' && level === 1) {
      members++;
    }
  }
  return { members, depth };
};

/** Reads a segment as a JSON object under the rules that header and claims share. */
const readObject = (
  segment: string,
  part: 'header' | 'payload',
  { decode }: Pick<Engine, 'decode'>,
): JsonObject => {
  let text: string;
  let value: unknown;
  try {
    text = decode(segment);
  } catch {
    throw malformed(`the ${part} is not UTF-8 text`);
  }
  const { members, depth } = measure(text);
  if (depth > MAX_DEPTH) throw malformed(`the ${part} is nested more than ${MAX_DEPTH} deep`);
  try {
    value = JSON.parse(text); // a byte order mark is not JSON
  } catch {
    throw malformed(`the ${part} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(`the ${part} is not a JSON object`);
  }
  // Repeated members fall together when parsed, however they are escaped (RFC 7515 section 4).
  if (Object.keys(value).length !== members) throw malformed(`the ${part} repeats a member`);
  return value as JsonObject; // an object and not an array, by the checks above
};

const algorithmError = (alg: unknown): AuthError => {
  const name = typeof alg === 'string' && REGISTERED.test(alg) ? alg : 'an unknown algorithm';
  return refusal(
    'ERR_TOKEN_ALGORITHM',
    `the token is signed with ${name}; this server accepts only HS256`,
  );
};

/** Whether `typ` is one of the types, or the one that is expected (RFC 7515 section 4.1.9, RFC 9068 section 2.1). */
const isTyped = (typ: unknown, expected: TokenType | undefined): boolean => {
  if (typ === undefined) return expected === undefined;
  const name = typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '');
  return expected === undefined
    ? name === 'jwt' || name === 'at+jwt'
    : name === expected.toLowerCase();
};

/** Judges a header, and returns its `kid` if it has one. */
const judgeHeader = (header: JsonObject, expected?: TokenType): string | undefined => {
  const { alg, typ, kid } = header as { alg?: unknown; typ?: unknown; kid?: unknown };
  if (alg !== 'HS256') throw algorithmError(alg);
  // RFC 7515 section 4.1.11: an extension that is not understood must be refused, and we have none.
  if ('crit' in header || 'b64' in header) throw malformed('the header has crit or b64');
  if (!isTyped(typ, expected)) {
    throw malformed(`the header has a typ other than ${expected ?? 'JWT or at+jwt'}`);
  }
  if (kid !== undefined && typeof kid !== 'string') throw malformed('the kid is not a string');
  return kid;
};

/** Reads tokens with the base64url of one engine. */
export interface CompactReader {
  /**
   * Judges size, shape and header of a token, and returns the `kid` if it has one.
   *
   * @throws {AuthError} `ERR_TOKEN_TOO_LARGE`, `ERR_TOKEN_MALFORMED` or `ERR_TOKEN_ALGORITHM`
   */
  readonly parseHeader: (token: string, maxTokenBytes: number) => string | undefined;
  /** Reads the claims of a token that has passed, and whose signature holds. */
  readonly readPayload: (token: string) => JsonObject;
}

const FOREIGN_HEADER = /^[\w-]{1,1024}\./;

/** The refusal of a token that has not the form of ours: by its algorithm, if its header names another one. */
const findFormError = (token: string, engine: Pick<Engine, 'decode'>): AuthError => {
  const form = malformed('the token is not an HS256 compact JWS in canonical base64url');
  const end = token.indexOf('.');
  if (!FOREIGN_HEADER.test(token) || !isCanonical(token, 0, end)) return form;
  try {
    const { alg } = readObject(token.slice(0, end), 'header', engine) as { alg?: unknown };
    return alg === undefined || alg === 'HS256' ? form : algorithmError(alg);
  } catch {
    return form;
  }
};

export const createCompactReader = (
  engine: Pick<Engine, 'decode'>,
  expected?: TokenType,
): CompactReader => {
  // Most tokens of an API have one of a few headers: good ones are remembered, each with the dot behind it.
  const known: { readonly header: string; readonly keyId: string | undefined }[] = [];
  const parseHeader = (token: string, maxTokenBytes: number): string | undefined => {
    if (token.length > maxTokenBytes) {
      throw refusal('ERR_TOKEN_TOO_LARGE', `the token is larger than ${maxTokenBytes} bytes`);
    }
    const payload = token.indexOf('.') + 1;
    const signature = token.length - SIGNATURE_CHARACTERS;
    if (
      !COMPACT_JWS.test(token) ||
      !isCanonical(token, 0, payload - 1) ||
      !isCanonical(token, payload, signature - 1) ||
      !isCanonical(token, signature, token.length)
    ) {
      throw findFormError(token, engine);
    }
    for (const { header, keyId } of known) if (token.startsWith(header)) return keyId;
    const keyId = judgeHeader(readObject(token.slice(0, payload - 1), 'header', engine), expected);
    if (known.length === MAX_KNOWN_HEADERS) known.shift();
    known.push({ header: token.slice(0, payload), keyId });
    return keyId;
  };
  const readPayload = (token: string): JsonObject => {
    const segment = token.slice(token.indexOf('.') + 1, -SIGNATURE_CHARACTERS - 1);
    return readObject(segment, 'payload', engine);
  };
  return { parseHeader, readPayload };
};
