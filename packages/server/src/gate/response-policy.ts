import { isCdnField, splitList, toPrivateCacheControl } from '../private-cache.ts';
import type { CorsFields } from './cors.ts';
import {
  type HeaderList,
  keepTrailers,
  readConnectionNames,
  rememberKinds,
} from './header-names.ts';
import {
  toGateCookie,
  toGateRefresh,
  toGateUrl,
  type UpstreamAddress,
} from './upstream-address.ts';

/** How answers of the upstream change on their way to the client. */
export interface ResponsePolicyOptions {
  /**
   * Leaves it to the upstream whether a shared cache may store the answer to a request with a token. **A cache then
   * hands one client's data to another, and to clients without a token, unless each answer forbids it.** Default
   * `false`: such answers are made private.
   */
  readonly sharedCache?: boolean;
}

/** What is known of the request that is answered. */
export interface ResponseFacts {
  readonly status: number;
  /** Whether the answer depends on who asks. */
  readonly isPersonal: boolean;
  readonly requestId: string | undefined;
  /** What the gate says of other origins instead of the upstream. */
  readonly cors: CorsFields | undefined;
}

type ResponseKind =
  | 'end-to-end'
  | 'dropped'
  | 'location'
  | 'refresh'
  | 'set-cookie'
  | 'cache-control'
  | 'vary'
  | 'cdn'
  | 'cors'
  | 'request-id'
  | 'content-length';

const KINDS = new Map<string, ResponseKind>(
  Object.entries({
    // RFC 9110 section 7.6.1
    connection: 'dropped',
    'keep-alive': 'dropped',
    'proxy-authenticate': 'dropped',
    'proxy-connection': 'dropped',
    te: 'dropped',
    'transfer-encoding': 'dropped',
    upgrade: 'dropped',
    location: 'location',
    'content-location': 'location',
    refresh: 'refresh',
    'set-cookie': 'set-cookie',
    'cache-control': 'cache-control',
    vary: 'vary',
    'access-control-allow-origin': 'cors',
    'access-control-allow-credentials': 'cors',
    'access-control-expose-headers': 'cors',
    'x-request-id': 'request-id',
    'content-length': 'content-length',
  }),
);

const kindOf = rememberKinds((name): ResponseKind => {
  const lower = name.toLowerCase();
  return KINDS.get(lower) ?? (isCdnField(lower) ? 'cdn' : 'end-to-end');
});

/** What the client gets of an answer's trailers, or of an interim answer. */
export const toClientExtras = (fields: HeaderList): string[] =>
  keepTrailers(fields, (name) => kindOf(name) === 'end-to-end');

/** A Vary that names more fields. */
export const addToVary = (values: readonly string[], names: readonly string[]): string => {
  if (values.length === 0) return names.join(', ');
  const members = splitList(values);
  if (members.includes('*')) return '*';
  const known = members.map((member) => member.toLowerCase());
  return [...members, ...names.filter((name) => !known.includes(name.toLowerCase()))].join(', ');
};

/** Creates what decides which headers the client gets of an answer. `varyBy` are the headers that hold tokens. */
export const createResponsePolicy = (
  address: UpstreamAddress,
  varyBy: readonly string[],
  { sharedCache = false }: ResponsePolicyOptions,
): ((headers: HeaderList, facts: ResponseFacts) => string[]) => {
  return (headers, { status, isPersonal, requestId, cors }) => {
    const nominated = readConnectionNames(headers);
    const keepsPrivate = isPersonal && !sharedCache;
    const ownVary = keepsPrivate ? varyBy : [];
    const variesBy = cors === undefined ? ownVary : [...ownVary, ...cors.varyBy];
    const list: string[] = [];
    const cacheControl: string[] = [];
    const vary: string[] = [];
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] ?? '';
      const value = headers[i + 1] ?? '';
      if (nominated?.has(name.toLowerCase())) continue;
      const kind = kindOf(name);
      switch (kind) {
        case 'dropped':
          break;
        case 'content-length':
          if (status >= 200 && status !== 204) list.push(name, value); // RFC 9110 section 8.6
          break;
        case 'location':
          list.push(name, toGateUrl(address, value));
          break;
        case 'refresh':
          list.push(name, toGateRefresh(address, value));
          break;
        case 'set-cookie':
          list.push(name, toGateCookie(address, value));
          break;
        case 'request-id':
          if (requestId === undefined) list.push(name, value);
          break;
        case 'cors':
          if (cors === undefined) list.push(name, value);
          break;
        case 'cdn':
          if (!keepsPrivate) list.push(name, value);
          break;
        case 'cache-control':
          if (keepsPrivate) cacheControl.push(value);
          else list.push(name, value);
          break;
        case 'vary':
          if (variesBy.length > 0) vary.push(value);
          else list.push(name, value);
          break;
        default:
          list.push(name, value);
      }
    }
    if (keepsPrivate) {
      const directives =
        cacheControl.length === 0 ? 'private' : toPrivateCacheControl(cacheControl);
      list.push('Cache-Control', directives);
    }
    if (variesBy.length > 0) list.push('Vary', addToVary(vary, variesBy));
    if (requestId !== undefined) list.push('X-Request-Id', requestId);
    if (cors !== undefined) list.push(...cors.headers);
    return list;
  };
};
