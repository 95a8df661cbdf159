// What a token must look like before any key is touched, and the contract of the two engines behind it.
// Never looks at a signature, and never lets a library's leniency decide what a token is.
import { base64url } from 'jose';
import { AuthError } from '../errors.ts';

/** Answers whether the token's signature is the one key's; the token has passed {@link readHeader}. */
export type SignatureCheck = (token: string) => boolean | Promise<boolean>;

/** Prepares one key, once, for any number of checks. */
export type Engine = (key: Uint8Array<ArrayBuffer>) => SignatureCheck;

/** A JSON object as it was parsed: its members are the sender's, so anything. */
export type JsonObject = { readonly [member: string]: unknown };

// Canonical base64url: the bits that the last character does not need are zero (RFC 4648 section 3.5),
// so that one token has exactly one spelling.
const SEGMENT = '(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?';
const SIGNATURE = '[\\w-]{42}[AEIMQUYcgkosw048]';
const COMPACT_JWS = new RegExp(`^(?=[^.])${SEGMENT}\\.${SEGMENT}\\.${SIGNATURE}$`);

const MAX_DEPTH = 64;
const TYPES = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);

const malformed = (message: string): AuthError => new AuthError('ERR_TOKEN_MALFORMED', message);

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
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
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

/** Reads one base64url segment as a JSON object under the rules that header and claims share. */
const readObject = (segment: string, part: 'header' | 'payload'): JsonObject => {
  let text: string;
  let value: unknown;
  try {
    // A byte order mark stays, and JSON.parse refuses it.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      base64url.decode(segment),
    );
  } catch {
    throw malformed(`the ${part} is not UTF-8 text`);
  }
  const { members, depth } = measure(text);
  if (depth > MAX_DEPTH) throw malformed(`the ${part} is nested more than ${MAX_DEPTH} deep`);
  try {
    value = JSON.parse(text);
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

/**
 * Judges size, shape and header of a token, and returns the header.
 *
 * @throws {AuthError} `ERR_TOKEN_TOO_LARGE`, `ERR_TOKEN_MALFORMED` or `ERR_TOKEN_ALGORITHM`
 */
export const readHeader = (token: string, maxTokenBytes: number): JsonObject => {
  if (token.length > maxTokenBytes) {
    throw new AuthError('ERR_TOKEN_TOO_LARGE', `the token is larger than ${maxTokenBytes} bytes`);
  }
  if (!COMPACT_JWS.test(token)) {
    throw malformed(
      'the token is not a compact JWS with an HS256 signature in canonical base64url',
    );
  }
  const header = readObject(token.slice(0, token.indexOf('.')), 'header');
  const { alg, typ, kid } = header as { alg?: unknown; typ?: unknown; kid?: unknown };
  if (alg !== 'HS256') throw new AuthError('ERR_TOKEN_ALGORITHM', 'the algorithm is not HS256');
  // RFC 7515 section 4.1.11: an extension that is not understood must be refused, and we have none.
  if ('crit' in header || 'b64' in header) throw malformed('the header has crit or b64');
  // RFC 7515 section 4.1.9, RFC 9068 section 2.1
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.has(typ.toLowerCase()))) {
    throw malformed('the header has a typ other than JWT or at+jwt');
  }
  if (kid !== undefined && typeof kid !== 'string') throw malformed('the kid is not a string');
  return header;
};

/** Reads the claims of a token that {@link readHeader} has passed. Call it only once the signature holds. */
export const readPayload = (token: string): JsonObject =>
  readObject(token.slice(token.indexOf('.') + 1, token.lastIndexOf('.')), 'payload');
