// The probing of a server: each check in turn, and what is left open when it stops answering.
import { isCliError } from '../io/errors.ts';
import { CHECKS, type Check } from './checks.ts';
import { type Ask, createAsk, OVER } from './client.ts';
import { type Finding, fail, pass, type Result, skipped, unknown, warn } from './report.ts';
import { type Claims, createSite, inventPath, isSamePage, isSuccess } from './site.ts';

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

/** Judges silence: TLS that fails is a fault of the server, and plain HTTP need not answer. */
export const toFinding = (name: string, cause: string): Finding => {
  if (name === 'plain HTTP' && cause !== OVER) return pass('nothing answers there');
  const advice =
    'use a certificate of a public CA for this host, or name your CA in NODE_EXTRA_CA_CERTS';
  return /CERT|SIGNED|SSL|EPROTO/.test(cause)
    ? fail(`TLS fails: ${cause}`, advice)
    : unknown(cause);
};

/** Sends at most 40 requests, GET and OPTIONS only, and yields each result. @throws {CliError} `ERR_INTERRUPTED` */
export async function* probe(options: ProbeOptions): AsyncGenerator<Result> {
  const { url, token, key, claims = {}, plainPort = 80 } = options;
  const { timeoutMs = 10_000, totalMs = 60_000 } = options;
  const limits = { ...options, timeoutMs, deadlineMs: performance.now() + totalMs };
  const site = createSite(createAsk(url.origin, limits), url, token, key, claims);
  const plain = createAsk(`http://${url.hostname}:${plainPort}`, limits);
  const inClear = site.mayCarryTokens
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
