// Probes a server: runs every check in turn, one request at a time. If the server stops answering, the rest is skipped.

import { isLoopback } from '../../io/loopback.ts';
import { judgeDifference } from '../clock.ts';
import { type Finding, type Result, skipped } from '../result.ts';
import { createClient, Unreachable } from './client.ts';
import { findDifference, judgeEcho, judgeStacks } from './leaks.ts';
import {
  judgeAnonymous,
  judgeChallenge,
  judgeHead,
  judgeHealth,
  judgeHealthPrefix,
  judgePreflight,
} from './open-checks.ts';
import { judgePathVariants } from './path-variants.ts';
import { createProbeContext, type ProbeContext } from './probe-context.ts';
import { createProbeTokens, type ProbeClaims } from './probe-tokens.ts';
import { FORGERY_CHECKS, judgeCache, judgeGiven, judgeSigned } from './token-checks.ts';
import {
  explainUnreachable,
  inspectTls,
  isTlsFailure,
  judgePlainHttp,
  judgeTls,
  type TlsState,
} from './transport.ts';

/** The server to probe, and what is known about it. */
export interface ProbeOptions {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** The user's token. */
  readonly token?: string | undefined;
  /** The current secret, to sign for the probes with. */
  readonly secret?: string | undefined;
  /** The secrets that no answer may contain. */
  readonly secrets?: readonly string[];
  /** What a token for this API claims. */
  readonly claims?: ProbeClaims;
  /** Where plain HTTP would be served. Default 80. */
  readonly plainPort?: number;
  /** Certificates to trust, in PEM, instead of the well-known ones. */
  readonly ca?: string;
  /** Inspects TLS, instead of a real connection. */
  readonly inspect?: () => Promise<TlsState>;
}

type Check = readonly [name: string, judge: (context: ProbeContext) => Promise<Finding> | Finding];

const judgePlain = async (options: ProbeOptions, context: ProbeContext): Promise<Finding> => {
  const { url, signal, plainPort = 80 } = options;
  const { path } = context;
  if (url.protocol === 'http:') {
    return isLoopback(url.hostname)
      ? skipped('this is it, and it does not leave this machine')
      : judgePlainHttp(context, path);
  }
  const client = createClient({ origin: `http://${url.hostname}:${plainPort}`, signal });
  try {
    return await judgePlainHttp(client, path);
  } finally {
    await client.close();
  }
};

const checksOf = (options: ProbeOptions): readonly Check[] => [
  [
    'TLS',
    () => judgeTls(options.url, options.inspect ?? (() => inspectTls(options.url, options.ca))),
  ],
  ['no token', judgeAnonymous],
  ['challenge', judgeChallenge],
  ['HEAD', judgeHead],
  ['other spellings', judgePathVariants],
  ['/healthz', judgeHealth],
  ['below /healthz', judgeHealthPrefix],
  ['preflight', judgePreflight],
  ['your token', judgeGiven],
  ['token signed here', judgeSigned],
  ['cache', judgeCache],
  ...FORGERY_CHECKS,
  ['plain HTTP', (context) => judgePlain(options, context)],
  ['echo', (context) => judgeEcho(context, options.secrets ?? [])],
  ['stack', judgeStacks],
  ['clock', (context) => judgeDifference(findDifference(context))],
];

/**
 * Probes a server with some 45 requests: GET, HEAD and OPTIONS only.
 *
 * @throws {CliError} when the run is asked to end
 */
export const probe = async (options: ProbeOptions): Promise<readonly Result[]> => {
  const { url, signal, token, secret, claims = {} } = options;
  const client = createClient({ origin: url.origin, signal, ca: options.ca });
  const context = createProbeContext(client, {
    url,
    mayCarryTokens: url.protocol === 'https:' || isLoopback(url.hostname),
    token,
    tokens: secret === undefined ? undefined : createProbeTokens(secret, claims),
    claims,
  });
  const results: Result[] = [];
  let failure: Unreachable | undefined;
  try {
    for (const [name, judge] of checksOf(options)) {
      if (failure !== undefined) {
        results.push({ name, ...skipped('the server cannot be asked') });
        continue;
      }
      try {
        results.push({ name, ...(await judge(context)) });
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        failure = error;
        const isTls = isTlsFailure(error) && name === 'TLS';
        results.push({ name: isTls ? name : 'connection', ...explainUnreachable(error) });
        if (!isTls) results.push({ name, ...skipped('the server cannot be asked') });
      }
    }
    return results;
  } finally {
    await client.close();
  }
};
