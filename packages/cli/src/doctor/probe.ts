// The probing of a server: each check in turn, and what is left open when it stops answering.
import { randomBytes } from 'node:crypto';
import { isCliError } from '../io/errors.ts';
import { isLoopback } from '../io/loopback.ts';
import {
  CHECKS,
  type Check,
  type Claims,
  createMake,
  isSamePage,
  isSuccess,
  type Site,
  withToken,
} from './checks.ts';
import { type Answer, type Ask, createAsk } from './client.ts';
import { type Finding, fail, pass, type Result, skipped, unknown, warn } from './report.ts';

/** What to probe, and with what. */
export interface ProbeOptions {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** The caller's token. */
  readonly token?: string | undefined;
  /** The key to sign tokens for the probe with. */
  readonly key?: Buffer | undefined;
  /** What a token for this API claims. */
  readonly claims?: Claims;
  /** The port of plain HTTP beside HTTPS. Default 80. */
  readonly plainPort?: number;
  /** Certificates to trust instead of the well-known ones, in PEM. */
  readonly ca?: string;
  /** The time of one answer, and of all, in milliseconds. Default 10,000 and 60,000. */
  readonly timeoutMs?: number;
  readonly totalMs?: number;
}

/** Asks at the first call, and keeps the answer. */
const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
};

/** A path that no server has. */
const inventPath = (): string => `/zepcli-doctor-${randomBytes(4).toString('hex')}`;

const createSite = (ask: Ask, options: ProbeOptions): Site => {
  const { url, token, key, claims = {} } = options;
  const path = url.pathname + url.search;
  const mayCarryTokens = url.protocol === 'https:' || isLoopback(url.hostname);
  const make = createMake(key ?? randomBytes(64), claims);
  const askWith = async (text: string | undefined): Promise<Answer | undefined> =>
    text === undefined || !mayCarryTokens ? undefined : ask(withToken(path, text));
  return {
    ...{ ask, path, mayCarryTokens, make, hasSecret: key !== undefined },
    anonymous: once(() => ask({ path })),
    missing: once(() => ask({ path: inventPath() })),
    given: once(() => askWith(token)),
    signed: once(() => askWith(key === undefined ? undefined : make())),
  };
};

/** Judges plain HTTP beside HTTPS, where no token is sent. */
export const judgePlainHttp = async (ask: Ask, path: string): Promise<Finding> => {
  const advice =
    'refuse plain HTTP, or redirect it to https: a client with http:// sends its token in clear';
  const answer = await ask({ path });
  const { status, headers } = answer;
  if (status >= 300 && status < 400) {
    return /^https:/i.test(headers.location ?? '')
      ? pass(`redirects to https (${status})`)
      : warn(`redirects, and not to https (${status})`, advice);
  }
  if (isSuccess(answer)) {
    const isOnePage = isSamePage(answer, await ask({ path: inventPath() }));
    return isOnePage
      ? warn(`answers all paths alike (${status})`, advice)
      : fail(`answers without a token (${status})`, advice);
  }
  return status === 401 ? warn('asks for a token (401)', advice) : pass(`refused with ${status}`);
};

const OVER = 'the time of the probe is over';

/** Judges silence: TLS that fails is a fault of the server, and plain HTTP need not answer. */
export const toFinding = (name: string, cause: string): Finding => {
  if (name === 'plain HTTP' && cause !== OVER) return pass('nothing answers there');
  const advice =
    'use a certificate of a public CA for this host, or name your CA in NODE_EXTRA_CA_CERTS';
  return /CERT|SIGNED|SSL|EPROTO/.test(cause)
    ? fail(`TLS fails: ${cause}`, advice)
    : unknown(cause);
};

/**
 * Probes a server with at most 40 requests, GET and OPTIONS only, and yields each result as it comes.
 *
 * @throws {CliError} `ERR_INTERRUPTED`
 */
export async function* probe(options: ProbeOptions): AsyncGenerator<Result> {
  const { url, plainPort = 80, timeoutMs = 10_000, totalMs = 60_000 } = options;
  const limits = { ...options, timeoutMs, deadlineMs: performance.now() + totalMs };
  const site = createSite(createAsk(url.origin, limits), options);
  const plain = createAsk(`http://${url.hostname}:${plainPort}`, limits);
  const inClear = isLoopback(url.hostname)
    ? skipped('plain HTTP, which stays on this machine')
    : fail('the URL begins with http:', 'put TLS in front: anyone on the way can read tokens');
  const trusted = (): Promise<Finding> =>
    site.anonymous().then(() => pass('the certificate is trusted'));
  const checks: readonly Check[] =
    url.protocol === 'http:'
      ? [['TLS', () => inClear], ...CHECKS]
      : [['TLS', trusted], ...CHECKS, ['plain HTTP', () => judgePlainHttp(plain, site.path)]];
  let isGone = false;
  for (const [name, judge] of checks) {
    try {
      yield { name, ...(isGone ? unknown('not checked') : await judge(site)) };
    } catch (error) {
      if (!isCliError(error) || error.code !== 'ERR_NETWORK') throw error;
      isGone = true;
      yield { name, ...toFinding(name, error.message) };
    }
  }
}
