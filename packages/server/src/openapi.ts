// A guard as OpenAPI has it: where the token goes, which scopes an operation needs, how a refusal looks.
import type { DecisionOptions } from './authenticator-options.ts';
import { assertScopes } from './problem-response.ts';
import { bearer, type Source } from './sources.ts';

/** A security scheme object (OpenAPI 3.1 section 4.8.27). */
export type SecurityScheme = { readonly description: string } & (
  | { readonly type: 'http'; readonly scheme: 'bearer'; readonly bearerFormat: 'JWT' }
  | { readonly type: 'apiKey'; readonly in: 'header' | 'cookie' | 'query'; readonly name: string }
);

const toScheme = ({ name }: Source): SecurityScheme => {
  const description = 'A token that this API’s operator has handed out.';
  if (name === 'bearer') {
    return { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description };
  }
  if (name === 'subprotocol') {
    const how = `${description} As the subprotocol after \`bearer\`.`;
    return { type: 'apiKey', in: 'header', name: 'Sec-WebSocket-Protocol', description: how };
  }
  const [, place, field] = /^(header|cookie|query):(.+)$/.exec(name) ?? [];
  if (place === undefined || field === undefined) {
    throw new TypeError(`describeAuth cannot describe the source ${name}`);
  }
  return { type: 'apiKey', in: place as 'header' | 'cookie' | 'query', name: field, description }; // by the pattern
};

/** The name of a component (OpenAPI 3.1 section 4.8.7). */
const toSchemeName = ({ name }: Source): string => name.replace(/[^\w.-]/g, '_');

type Schema = Readonly<Record<string, unknown>>;

const STRING: Schema = { type: 'string' };

/** The body of every refusal (RFC 9457), as a JSON Schema. */
const PROBLEM: Schema = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: ['about:blank'] },
    title: STRING,
    status: { type: 'integer' },
    detail: STRING,
    code: {
      type: 'string',
      enum: ['invalid_request', 'invalid_token', 'token_expired', 'insufficient_scope'],
    },
  },
  required: ['type', 'title', 'status', 'detail'],
};

const CHALLENGE = { 'WWW-Authenticate': { description: 'RFC 6750.', schema: STRING } };
const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
};

/** A response object (OpenAPI 3.1 section 4.8.17). */
export interface RefusalDescription {
  readonly description: string;
  readonly headers?: Readonly<
    Record<string, { readonly description: string; readonly schema: object }>
  >;
  readonly content: { readonly 'application/problem+json': { readonly schema: Schema } };
}

const describeRefusal = (
  description: string,
  headers?: RefusalDescription['headers'],
): RefusalDescription => ({
  description,
  ...(headers && { headers }),
  content: { 'application/problem+json': { schema: PROBLEM } },
});

/** What a guard adds to an operation. */
export interface Secured {
  readonly security: Record<string, string[]>[];
  readonly responses: Record<400 | 401, RefusalDescription> &
    Partial<Record<403 | 429 | 503, RefusalDescription>>;
}

/** What of a guard's options a document tells. */
export type DescribedOptions = Pick<
  DecisionOptions<never>,
  'sources' | 'optional' | 'requireHttps' | 'scopes'
> & {
  readonly throttle?: object | undefined;
  readonly revocations?: object | undefined;
};

/** A guard, described. */
export interface DescribedAuth {
  /** For `components.securitySchemes`. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  /** Adds to an operation what the guard asks for, the scopes that its route needs, and the refusals. */
  readonly secure: <const Operation extends { readonly responses?: object }>(
    operation: Operation,
    ...scopes: readonly string[]
  ) => Omit<Operation, 'responses'> &
    Pick<Secured, 'security'> & { responses: Secured['responses'] & Operation['responses'] };
}

/**
 * Describes a guard for an OpenAPI document, from the same options. Scopes are the roles of OpenAPI 3.1; in a 3.0 document
 * they may not stand beside a bearer token.
 *
 * @throws {TypeError} when a source is not one of this package, or a scope has a wrong form
 * @see OpenAPI 3.1 sections 4.8.17, 4.8.27 and 4.8.30
 * @example
 * ```ts
 * import { describeAuth } from '@zep-auth/server/openapi';
 *
 * const { securitySchemes, secure } = describeAuth({ throttle: {} });
 * export const document = {
 *   openapi: '3.1.0',
 *   info: { title: 'Things', version: '1' },
 *   components: { securitySchemes },
 *   paths: {
 *     '/things': { post: secure({ responses: { 201: { description: 'Created.' } } }, 'things:write') },
 *   },
 * };
 * ```
 */
export const describeAuth = (options: DescribedOptions = {}): DescribedAuth => {
  const { sources = [bearer()], optional = false, requireHttps = false, scopes = [] } = options;
  assertScopes('scopes', scopes);
  const named = sources.map((source) => [toSchemeName(source), toScheme(source)] as const);
  const isOriginChecked = sources.some(({ allows }) => allows !== undefined);

  const describeRefusals = (needed: readonly string[]): Secured['responses'] => {
    const scopeRefusal =
      needed.length > 0 && `The token lacks one of these scopes: ${needed.join(', ')}.`;
    const forbidden = [
      scopeRefusal,
      isOriginChecked && 'Pages of this origin may not use the cookie.',
      requireHttps && 'The request came over plain HTTP.',
    ].filter((reason) => reason !== false);
    return {
      400: describeRefusal('More than one set of credentials.', CHALLENGE),
      401: describeRefusal('No token, or one that was refused.', CHALLENGE),
      ...(forbidden.length > 0 && {
        403: describeRefusal(forbidden.join(' Or: '), scopeRefusal ? CHALLENGE : undefined),
      }),
      ...(options.throttle && { 429: describeRefusal('Too many wrong tokens.', RETRY_AFTER) }),
      ...(options.revocations && {
        503: describeRefusal('It cannot be said whether the token was revoked.', RETRY_AFTER),
      }),
    };
  };

  const secure = (operation: { readonly responses?: object }, ...own: readonly string[]) => {
    assertScopes('secure', own);
    const needed = [...new Set([...scopes, ...own])];
    const security = named.map(([name]) => ({ [name]: needed }));
    return {
      ...operation,
      security: optional && needed.length === 0 ? [...security, {}] : security,
      responses: { ...describeRefusals(needed), ...operation.responses },
    };
  };
  // The type of `secure` follows the operation.
  return Object.freeze({ securitySchemes: Object.fromEntries(named), secure }) as DescribedAuth;
};
