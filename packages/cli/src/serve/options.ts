// The command line of `zepcli serve`, and what it means.
// Never a default that opens: what is not asked for stays closed.
import { parseWhole, parseWord } from '../argv/arguments.ts';
import { UsageError } from '../io/io.ts';
import { parseDuration } from '../tokens/time.ts';
import type { ConfigSource } from './reloadable-config.ts';
import { createTrustedProxies, type TrustedProxies } from './trusted-proxies.ts';

/** The command line of `zepcli serve`, as far as it is parsed: every option is a text, texts, or a switch. */
export interface ServeArguments {
  readonly upstream?: string | undefined;
  readonly demo?: boolean | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly 'env-file'?: string | undefined;
  readonly 'secret-file'?: string | undefined;
  readonly 'public-path'?: string[] | undefined;
  readonly timeout?: string | undefined;
  readonly 'forward-authorization'?: boolean | undefined;
  readonly 'trusted-proxy'?: string[] | undefined;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
  readonly 'require-https'?: boolean | undefined;
  readonly throttle?: string | undefined;
  readonly revocations?: boolean | undefined;
  readonly 'store-down'?: string | undefined;
  readonly 'metrics-port'?: string | undefined;
  readonly log?: string | undefined;
}

/** What they mean. */
export interface ServeOptions {
  /** The API; unset for the demo. */
  readonly upstream: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly source: ConfigSource;
  readonly publicPaths: readonly string[] | undefined;
  readonly responseTimeoutSeconds: number;
  readonly forwardAuthorization: boolean;
  readonly proxies: TrustedProxies;
  readonly requireHttps: boolean;
  readonly throttle: { readonly limit: number; readonly windowSeconds: number } | undefined;
  /** What to do while the store is down; unset where no list is asked for. */
  readonly revocations: 'closed' | 'open' | undefined;
  readonly metricsPort: number | undefined;
  readonly isLogJson: boolean;
}

const parseThrottle = (value: string): { limit: number; windowSeconds: number } => {
  const [, limit, window = ''] = /^([1-9]\d{0,5})\/(\w+)$/.exec(value) ?? [];
  const windowSeconds = limit === undefined ? 0 : parseDuration('throttle', window);
  if (windowSeconds > 0 && windowSeconds <= 86_400) return { limit: Number(limit), windowSeconds };
  throw new UsageError('--throttle takes a number and a window of at most 1d: 20/1m');
};

/**
 * Reads a command line.
 *
 * @throws {UsageError} that names the option that is wrong
 */
export const readOptions = (args: ServeArguments): ServeOptions => {
  const { upstream, demo, host = '127.0.0.1', port = '8787', timeout = '60' } = args;
  const { throttle, log = 'text', revocations = false } = args;
  const { 'tls-cert': cert, 'tls-key': key, 'metrics-port': metricsPort } = args;
  const storeDown = args['store-down'];
  if ((upstream === undefined) === (demo !== true)) {
    throw new UsageError('serve takes one of --upstream URL and --demo');
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together');
  }
  if (storeDown !== undefined && !revocations) {
    throw new UsageError('--store-down goes with --revocations');
  }
  return {
    upstream,
    host,
    port: parseWhole('port', port, 0, 65_535),
    source: {
      secretFile: args['secret-file'],
      envFile: args['env-file'],
      tlsFiles: cert !== undefined && key !== undefined ? [cert, key] : undefined,
    },
    publicPaths: args['public-path'],
    responseTimeoutSeconds: parseWhole('timeout', timeout, 1, 86_400),
    forwardAuthorization: args['forward-authorization'] === true,
    proxies: createTrustedProxies(args['trusted-proxy'] ?? []),
    requireHttps: args['require-https'] === true,
    throttle: throttle === undefined ? undefined : parseThrottle(throttle),
    revocations: revocations
      ? parseWord('store-down', storeDown ?? 'closed', ['closed', 'open'])
      : undefined,
    metricsPort:
      metricsPort === undefined ? undefined : parseWhole('metrics-port', metricsPort, 0, 65_535),
    isLogJson: parseWord('log', log, ['text', 'json']) === 'json',
  };
};
