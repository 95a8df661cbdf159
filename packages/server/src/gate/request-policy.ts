import { AuthError } from '@zep-auth/core';
import { refusal, selectEngine } from '@zep-auth/core/internal';
import { type Accepted, type Auth, evidenceOf, type Passed } from '../auth-result.ts';
import type { Source } from '../sources.ts';
import {
  createFieldKinds,
  foldName,
  type HeaderList,
  keepTrailers,
  readConnectionNames,
} from './header-names.ts';

/** What of a request the upstream is told. */
export interface RequestPolicyOptions {
  /** Forwards the Authorization header whose token was accepted. Default `false`. */
  readonly forwardAuthorization?: boolean;
  /**
   * Claims that the upstream is told, each with its header: `{ sub: 'X-User' }`. Texts, numbers, booleans and lists of
   * them as they are, anything else as JSON; a token is refused whose number a double would round. The client's own header of that name is dropped. Default none.
   */
  readonly forwardClaims?: Readonly<Record<string, string>>;
  /**
   * Headers that are forwarded although the gate drops them by default: what only a proxy can say (`X-Real-IP`,
   * `X-Forwarded-Prefix`) from a trusted proxy, `X-Auth-…` from every client. Default none.
   */
  readonly forwardHeaders?: readonly string[];
  /** Where tokens are read: what was read is not forwarded. Default `[bearer()]`. */
  readonly sources?: readonly Source[];
}

/** What is known of one request beside its headers. */
interface RequestFacts {
  readonly result: Accepted | Passed;
  /** The path and the query, as they were sent. */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  /** The host that the client asked for, where it named one. */
  readonly host: string | undefined;
  /** The address of the other end of the connection, where the door knows it. */
  readonly peerAddress: string | undefined;
  /** Whether the other end is a trusted proxy. */
  readonly isPeerTrusted: boolean;
  /** The name that the gate gives the request. */
  readonly requestId: string | undefined;
}

interface ForwardedRequest {
  readonly target: string;
  readonly headers: string[];
}

/** A list field with one more value (RFC 9110 section 5.3). */
const append = (list: string, value: string): string => (list === '' ? value : `${list}, ${value}`);

const FIELD_NAME = /^[a-z][a-z0-9-]*$/i;

// Fields that the gate or HTTP itself writes, and credentials.
const RESERVED =
  /^(?:authorization|connection|content-.*|cookie|expect|host|keep-alive|proxy.*|sec-.*|te|trailer|transfer-encoding|upgrade|via|x-forwarded-(?:for|proto|host)|x-request-id)$/i;

const assertFields = (option: string, names: readonly string[]): void => {
  const wrong = names.find((name) => !FIELD_NAME.test(name) || RESERVED.test(name));
  if (wrong !== undefined) throw new TypeError(`${option}: '${wrong}' is not a name that it takes`);
  const repeated = names.find((name, i) => names.map(foldName).indexOf(foldName(name)) !== i);
  if (repeated !== undefined) throw new TypeError(`${option} names ${repeated} twice`);
};

const isSimple = (value: unknown): boolean => /^(?:string|number|boolean)$/.test(typeof value);

const toJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A claim as text; `undefined` when no text would say the same. */
const toText = (claim: unknown): string | undefined => {
  if (isSimple(claim)) return String(claim);
  if (!Array.isArray(claim) || !claim.every(isSimple)) return toJson(claim);
  const isClear = claim.every((item) => item !== '' && !String(item).includes(','));
  return isClear ? claim.join(',') : undefined;
};

/** A string or a number of JSON text. */
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.e+-]*/gi;

/** Whether no other number reads as the same double: any two of at most 15 digits differ. */
const isKept = (number: string): boolean =>
  String(Number(number)) === number || /^-?(?:\.?\d){1,15}$/.test(number);

/** The claims of a token, with a text for each number that a double may have rounded: 9007199254740993, 1e999. */
const readUnrounded = (token: string): object => {
  const [, segment = ''] = token.split('.');
  const text = selectEngine()
    .decode(segment)
    .replace(JSON_TOKEN, (part) => (part.startsWith('"') || isKept(part) ? part : `"${part}"`));
  return JSON.parse(text); // an object: it was verified
};

/**
 * The fields that tell the upstream claims, as `forwardClaims` says.
 *
 * @throws {AuthError} `ERR_TOKEN_CLAIM` when a claim cannot be a header: refused is better than garbled
 */
export const toClaimFields = (
  auth: Auth<object>,
  forwardClaims: Readonly<Record<string, string>>,
): string[] => {
  // As they were signed: a schema may have made something else of them.
  const { token = '', payload = auth.claims } = evidenceOf(auth) ?? {};
  const read = (claims: object, claim: string): unknown =>
    Object.hasOwn(claims, claim) ? Reflect.get(claims, claim) : undefined;
  const isExact = (claim: string, value: unknown): boolean =>
    typeof value === 'string' ||
    JSON.stringify(value) === JSON.stringify(read(readUnrounded(token), claim));
  return Object.entries(forwardClaims).flatMap(([claim, name]) => {
    const value = read(payload, claim);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    const text = isExact(claim, value) ? toText(value) : undefined;
    if (text !== undefined && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)) {
      return [name, text];
    }
    throw new AuthError('ERR_TOKEN_CLAIM', `the ${claim} claim cannot be a header`, { claim });
  });
};

export interface RequestPolicy {
  /** The target and the headers that the upstream gets of a request that was let in. */
  readonly toUpstreamRequest: (headers: HeaderList, facts: RequestFacts) => ForwardedRequest;
  /** What it gets of a request's trailers: some servers merge them into the headers. */
  readonly toUpstreamTrailers: (trailers: HeaderList) => string[];
}

/**
 * Creates the policy for requests on their way up.
 *
 * @throws {TypeError} when an option names a header that it cannot take
 */
export const createRequestPolicy = (
  options: RequestPolicyOptions & {
    readonly dropsPathOverrides: boolean;
    readonly trustedProxy?: unknown;
  },
): RequestPolicy => {
  const { forwardAuthorization = false, forwardClaims = {}, forwardHeaders = [] } = options;
  assertFields('forwardClaims', Object.values(forwardClaims));
  assertFields('forwardHeaders', forwardHeaders);
  const unsaid = forwardHeaders.find((name) => createFieldKinds([])(name) === 'proxy');
  if (unsaid !== undefined && !options.trustedProxy) {
    throw new TypeError(`forwardHeaders: only a proxy can say ${unsaid}, so it needs trustedProxy`);
  }
  const kept = new Set(forwardHeaders.map((name) => name.toLowerCase()));
  const sources = (options.sources ?? []).filter(({ name }) => name !== 'bearer');
  const tokenFields = sources.flatMap(({ name }) => /^header:(.*)$/.exec(name)?.[1] ?? []);
  const kindOf = createFieldKinds([...Object.values(forwardClaims), ...tokenFields]);

  const toUpstreamRequest: RequestPolicy['toUpstreamRequest'] = (headers, facts) => {
    const { result, isPeerTrusted, requestId } = facts;
    const isPublic = result.outcome === 'public';
    // Only what was verified is forwarded, unless nothing is.
    const isAuthorizationOurs = result.auth?.source === 'bearer' || result.outcome === 'off';
    const nominated = readConnectionNames(headers);
    const told = { for: '', proto: '', host: '' };
    const list: string[] = [];
    const isForwarded = (name: string, value: string): boolean => {
      const kind = kindOf(name);
      if (kind === 'content-length') return !isPublic; // a public path has nothing to do with a body
      if (kind === 'transfer-encoding') {
        // Another coding would go on unnamed, and the upstream would read other bytes than were meant.
        if (!/^chunked$/i.test(value)) throw refusal('ERR_REQUEST_MALFORMED', 'an unknown coding');
        return false;
      }
      if (nominated?.has(name.toLowerCase())) return false;
      switch (kind) {
        case 'end-to-end':
        case 'trailer':
          return true;
        case 'te':
          if (/(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i.test(value)) list.push(name, 'trailers');
          return false;
        case 'authorization':
          return forwardAuthorization && isAuthorizationOurs;
        case 'method-override':
          return !isPublic;
        case 'path-override':
          return !isPublic && !options.dropsPathOverrides;
        case 'identity':
          return kept.has(name.toLowerCase());
        case 'proxy':
          return isPeerTrusted && kept.has(name.toLowerCase());
        case 'forwarded-for':
          if (isPeerTrusted) told.for = append(told.for, value);
          return false;
        case 'forwarded-proto':
          if (isPeerTrusted) told.proto = append(told.proto, value);
          return false;
        case 'forwarded-host':
          if (isPeerTrusted) told.host = append(told.host, value);
          return false;
        case 'request-id':
          return requestId === undefined;
        default:
          return false;
      }
    };
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] ?? '';
      const value = headers[i + 1] ?? '';
      if (isForwarded(name, value)) list.push(name, value);
    }
    const target = sources.reduce((rest, source) => source.strip(rest, list), facts.target);
    const { peerAddress } = facts;
    const peers = peerAddress === undefined ? told.for : append(told.for, peerAddress);
    if (peers !== '') list.push('X-Forwarded-For', peers);
    list.push('X-Forwarded-Proto', told.proto || facts.scheme);
    const host = told.host || facts.host;
    if (host !== undefined) list.push('X-Forwarded-Host', host);
    if (requestId !== undefined) list.push('X-Request-Id', requestId);
    if (result.auth !== undefined) list.push(...toClaimFields(result.auth, forwardClaims));
    list.push('Via', '1.1 zep-auth'); // RFC 9110 section 7.6.3
    return { target, headers: list };
  };
  return {
    toUpstreamRequest,
    toUpstreamTrailers: (trailers) =>
      keepTrailers(trailers, (name) => kindOf(name) === 'end-to-end'),
  };
};

/** What the upstream gets of a CORS preflight: what the protocol needs and nothing else. */
export const toPreflightHeaders = (headers: HeaderList): string[] => {
  const list: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]];
    if (/^(?:origin|access-control-request-[a-z-]+)$/i.test(name)) list.push(name, value);
  }
  return list;
};
