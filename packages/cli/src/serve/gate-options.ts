// What `zepcli serve` hands to the gate.
import {
  type CorsOptions,
  createNodeGate,
  type NodeGate,
  type NodeGateOptions,
} from '@zep-auth/server/node';
import { UsageError } from '../io/errors.ts';
import type { Observer } from './observer.ts';
import { parseForwardClaims, parseScopes, type ServeOptions } from './options.ts';
import type { GateConfig } from './reloadable-config.ts';
import type { Revocations } from './revocations.ts';
import type { TrustedProxies } from './trusted-proxies.ts';
import { Pool } from './undici-pool.js';

/** What a gate is made of, beside its configuration: the same for each that follows. */
export const toGateOptions = (
  options: ServeOptions,
  upstream: string,
  proxies: TrustedProxies,
  observer: Observer,
  revocations: Revocations | undefined,
): Omit<NodeGateOptions, 'config' | 'env'> => ({
  upstream,
  undici: { Pool },
  responseTimeoutSeconds: options.timeout,
  recheckSeconds: options.recheck,
  maxHeaderBytes: options.maxHeaderBytes,
  ...(options.maxBody !== undefined && { maxBodyBytes: options.maxBody }),
  ...(options.publicPath.length > 0 && { publicPaths: options.publicPath }),
  forwardAuthorization: options.forwardAuthorization,
  forwardClaims: parseForwardClaims(options.forwardClaim),
  forwardHeaders: options.forwardHeader,
  pathScopes: parseScopes(options.scope), // also without scopes: then X-Original-URL and the like are dropped
  sharedCache: options.sharedCache,
  ...(options.allowHost.length > 0 && { allowHosts: options.allowHost }),
  ...(options.corsOrigin.length > 0 && { cors: toCors(options) }),
  requireHttps: options.requireHttps,
  ...(options.trustedProxy.length > 0 && {
    trustedProxy: ({ peerAddress }) => proxies.isTrusted(peerAddress),
  }),
  ...(options.throttle && {
    throttle: {
      ...options.throttle,
      clientAddress: (_view, request) => observer.clientOf(request),
    },
  }),
  ...(revocations && { revocations: revocations.list }),
  ...observer.hooks,
});

const toCors = (options: ServeOptions): CorsOptions => ({
  origin: options.corsOrigin.includes('*') ? '*' : options.corsOrigin,
  credentials: options.corsCredentials,
  ...(options.corsMethod.length > 0 && { allowMethods: options.corsMethod }),
  allowHeaders: options.corsHeader,
  exposeHeaders: options.corsExpose,
  ...(options.corsMaxAge !== undefined && { maxAge: options.corsMaxAge }),
});

/** What a gate takes of its settings. What they warn of has been said. */
export const toConfig = ({ config, upstreamCa }: GateConfig) => ({
  config: { ...config, warnings: [] },
  ...(upstreamCa && { upstreamCa }),
});

const NAMES: { readonly [option: string]: string } = {
  upstream: '--upstream',
  forwardClaims: '--forward-claim',
  forwardHeaders: '--forward-header',
  'cors.origin': '--cors-origin',
};

export const createGateOrExplain = (options: NodeGateOptions): NodeGate => {
  try {
    return createNodeGate(options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // What is left to be wrong are options that the gate judges itself, by its own names.
    throw new UsageError(error.message.replace(/^[\w.]+/, (name) => NAMES[name] ?? name));
  }
};
