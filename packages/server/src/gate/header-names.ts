// Which header fields of a request mean something to a gate. Many servers read `_` and `.` as `-`, so a name is looked
// up with every sign as `-`, and any other spelling of a name that means something is dropped.

/**
 * Fields as names and values in turn, in the order and the case of the wire. A value has one character for each byte.
 */
export type HeaderList = readonly string[];

/** What becomes of a field of the client's. */
export type FieldKind =
  /** Forwarded as it is. */
  | 'end-to-end'
  /** About one connection, or written by the gate: never forwarded. */
  | 'dropped'
  /** Says who the client is, in the name of the gate. */
  | 'identity'
  /** Only a proxy can say it. */
  | 'proxy'
  | 'forwarded-for'
  | 'forwarded-proto'
  | 'forwarded-host'
  | 'request-id'
  /** Makes some frameworks take a request for one with another method, or another path. */
  | 'method-override'
  | 'path-override'
  | 'authorization'
  | 'connection'
  | 'content-length'
  | 'transfer-encoding'
  | 'te'
  | 'trailer';

const KINDS = new Map<string, FieldKind>(
  Object.entries({
    authorization: 'authorization',
    connection: 'connection',
    'content-length': 'content-length',
    'transfer-encoding': 'transfer-encoding',
    te: 'te',
    trailer: 'trailer',
    'x-request-id': 'request-id',
    'x-forwarded-for': 'forwarded-for',
    'x-forwarded-proto': 'forwarded-proto',
    'x-forwarded-host': 'forwarded-host',
  }),
);

const PATTERNS: readonly (readonly [RegExp, FieldKind])[] = [
  // RFC 9110 section 7.6.1. `Proxy` becomes HTTP_PROXY behind CGI; `Expect` is answered by the gate.
  [
    /^(?:host|expect|proxy|keep-alive|upgrade|proxy-(?:connection|authenticate|authorization)|http2-settings)$/,
    'dropped',
  ],
  [/^x-auth-/, 'identity'],
  [/^x-(?:http-)?method(?:-override)?$/, 'method-override'],
  [/^x-(?:original|rewrite)-ur[il]$/, 'path-override'],
  [/^(?:x-)?forwarded(?:-|$)|-forwarded-(?:for|host|proto)$/, 'proxy'],
  [/^(?:x-)?original-(?:host|forwarded)/, 'proxy'],
  [/^x-(?:http-)?host(?:-override)?$/, 'proxy'],
  // X-Real-IP, True-Client-IP, CF-Connecting-IP, Fastly-Client-IP …
  [
    /(?:^|-)(?:client|cluster|connecting|connection|originating|real|remote|socket|source|user)-?ip(?:v[46])?$/,
    'proxy',
  ],
  [/^(?:cf-pseudo-ipv4|x-envoy-external-address|x-(?:url-)?scheme)$/, 'proxy'],
  [/^(?:x-)?front-end-https$/, 'proxy'],
  // What proxies say of a client's certificate.
  [/client-?cert/, 'proxy'],
  [/^(?:x-)?(?:ssl|tls)-/, 'proxy'],
  [/^(?:x-)?client-(?:verify|dn|[a-z]+-dn)$/, 'proxy'],
  // What authenticating proxies say of a user: Remote-User, X-Remote-Groups, Cf-Access-… and the like.
  [/^(?:x-)?remote-|-api-userinfo$/, 'proxy'],
  [/^(?:cf-access|mellon|ngrok-auth|oidc|shib|tailscale)-/, 'proxy'],
  [
    /^x-(?:amzn-(?:oidc|mtls)|authelia|authenticated|authentik|consumer|credential|goog-(?:authenticated|iap)|ms-(?:client-principal|token)|pomerium|vouch|webauth)(?:-|$)/,
    'proxy',
  ],
];

/** A name with every sign as `-`, in lower case. */
export const foldName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-');

const findKind = (folded: string): FieldKind =>
  KINDS.get(folded) ?? PATTERNS.find(([pattern]) => pattern.test(folded))?.[1] ?? 'end-to-end';

const MAX_KNOWN_NAMES = 1000;
const MAX_NAME_LENGTH = 64;

/** Remembers what kind of field a name is. */
export const rememberKinds = <Kind>(classify: (name: string) => Kind): ((name: string) => Kind) => {
  const known = new Map<string, Kind>();
  return (name) => {
    let kind = known.get(name);
    if (kind === undefined) {
      kind = classify(name);
      // Others choose the names.
      if (name.length > MAX_NAME_LENGTH) return kind;
      if (known.size >= MAX_KNOWN_NAMES) known.clear();
      known.set(name, kind);
    }
    return kind;
  };
};

/**
 * Creates the function that tells what kind of field a name is. `dropped` are more names that are never forwarded, in
 * any spelling.
 */
export const createFieldKinds = (dropped: readonly string[]): ((name: string) => FieldKind) => {
  const ours = new Set(dropped.map(foldName));
  return rememberKinds((name) => {
    const folded = foldName(name);
    if (ours.has(folded)) return 'dropped';
    const kind = findKind(folded);
    if (kind === 'end-to-end' || kind.endsWith('-override')) return kind;
    return folded === name.toLowerCase() ? kind : 'dropped';
  });
};

/** The names that Connection lists: fields of this connection alone (RFC 9110 section 7.6.1). */
export const readConnectionNames = (headers: HeaderList): ReadonlySet<string> | undefined => {
  let names: Set<string> | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    const value = headers[i + 1] ?? '';
    if (/^(?:keep-alive|close)$/i.test(value)) continue;
    names ??= new Set();
    for (const option of value.split(',')) names.add(option.trim().toLowerCase());
  }
  return names;
};

// RFC 9110 section 6.5.1: fields that a recipient must have before the body.
const NOT_IN_TRAILERS =
  /^(?:cache-control|content-.*|cookie|date|expires|if-.*|max-forwards|range|set-cookie|vary|www-authenticate)$/i;

/** The trailers that may be trailers, and that `isKept` keeps. */
export const keepTrailers = (trailers: HeaderList, isKept: (name: string) => boolean): string[] => {
  const list: string[] = [];
  for (let i = 0; i < trailers.length; i += 2) {
    const [name = '', value = ''] = [trailers[i], trailers[i + 1]];
    if (isKept(name) && !NOT_IN_TRAILERS.test(name)) list.push(name, value);
  }
  return list;
};
