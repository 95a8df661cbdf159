// How the server is reached: the network, TLS and its certificate, and plain HTTP beside it. No token is sent here.
import { connect } from 'node:tls';
import { isLoopback } from '../../io/loopback.ts';
import { type Finding, fail, pass, skipped, unknown, warn } from '../result.ts';
import { type Client, TIMEOUT_MS, Unreachable } from './client.ts';
import { inventPath, isSamePage, isSuccess } from './probe-context.ts';

const CERTIFICATE = 'use one of a public CA, or name your own CA in NODE_EXTRA_CA_CERTS';

/** What fails by the code of Node or OpenSSL, and what to do. */
const TLS_REASONS: readonly (readonly [RegExp, string, string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'the certificate has expired', 'renew it automatically'],
  [/ALTNAME_INVALID$/, 'the certificate is for another host', 'get one for this host'],
  [/SELF_SIGNED/, 'the certificate is self-signed', CERTIFICATE],
  [/^UNABLE_TO_|^CERT_/, 'the certificate is not trusted', `${CERTIFICATE}, and send the chain`],
  [/^ERR_SSL_|^EPROTO$/, 'TLS fails', 'look whether the port speaks TLS 1.2 or 1.3'],
];

const NETWORK_REASONS: readonly (readonly [RegExp, string])[] = [
  [/^ENOTFOUND$|^EAI_/, 'there is no such host'],
  [/^ECONNREFUSED$/, 'the connection is refused'],
  [/^EDEADLINE$/, 'the time of the whole probe is over'],
  [/TIMEDOUT|TIMEOUT/, `no answer within ${TIMEOUT_MS / 1000} s`],
  [/^HPE_/, 'what answers is not HTTP'],
  [/./, 'the connection breaks off'],
];

/** Says why a server cannot be asked: a failure of TLS is one of the server, all else leaves the checks open. */
export const explainUnreachable = ({ code }: Unreachable): Finding => {
  const [, what, advice] = TLS_REASONS.find(([pattern]) => pattern.test(code)) ?? [];
  if (what !== undefined && advice !== undefined) return fail(`${what} (${code})`, advice);
  const [, reason = ''] = NETWORK_REASONS.find(([pattern]) => pattern.test(code)) ?? [];
  return unknown(`${reason} (${code})`);
};

/** What a TLS connection came to. */
export interface TlsState {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** When the certificate ends, in milliseconds since 1970. */
  readonly validUntilMs: number;
}

/** Connects, looks, and closes. @throws {Unreachable} */
export const inspectTls = (
  url: URL,
  ca: string | undefined,
  timeoutMs = TIMEOUT_MS,
): Promise<TlsState> =>
  new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isName = !/^[\d.]+$|:/.test(host);
    const socket = connect({
      host,
      port: Number(url.port || 443),
      rejectUnauthorized: true, // in spite of NODE_TLS_REJECT_UNAUTHORIZED
      ...(isName && { servername: host }), // RFC 6066 section 3: no addresses
      ...(ca !== undefined && { ca }),
    });
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    socket.once('error', (error) => reject(new Unreachable(error)));
    socket.once('close', () => clearTimeout(timer));
    socket.once('secureConnect', () => {
      const validUntilMs = Date.parse(socket.getPeerCertificate().valid_to);
      resolve({ protocol: socket.getProtocol() ?? '', validUntilMs });
      socket.destroy();
    });
  });

const DAY_MS = 86_400_000;
const MIN_DAYS = 21;

/** @throws {Unreachable} when there is no TLS connection */
export const judgeTls = async (url: URL, inspect: () => Promise<TlsState>): Promise<Finding> => {
  if (url.protocol === 'http:') {
    if (isLoopback(url.hostname)) return skipped('plain HTTP, which stays on this machine');
    return fail(
      'the URL begins with http:',
      'put TLS in front of it: anyone on the way can read tokens, and none is sent',
    );
  }
  const { protocol, validUntilMs } = await inspect();
  const days = Math.floor((validUntilMs - Date.now()) / DAY_MS);
  const words = `${protocol}, the certificate is good for ${days} days`;
  if (protocol !== 'TLSv1.2' && protocol !== 'TLSv1.3') {
    return fail(`${protocol} only`, 'let the server speak TLS 1.3 and 1.2, and nothing older');
  }
  if (days < MIN_DAYS) return warn(words, 'renew it: what should renew it has not');
  return pass(words);
};

const REDIRECT =
  'refuse plain HTTP, or redirect it to https: a client with http:// in its settings sends its token in clear';

/** Judges what a server does over plain HTTP, where no token is sent. */
export const judgePlainHttp = async (
  { ask }: Pick<Client, 'ask'>,
  path: string,
): Promise<Finding> => {
  try {
    const answer = await ask({ path });
    const { status, headers } = answer;
    if (status >= 300 && status < 400) {
      const isSecure = /^https:/i.test(headers.get('location') ?? '');
      if (isSecure) return pass(`redirects to https (${status})`);
      return warn(`redirects, and not to https (${status})`, REDIRECT);
    }
    if (isSuccess(answer)) {
      const missing = await ask({ path: inventPath('/') });
      if (isSamePage(answer, missing)) return warn(`answers all paths alike (${status})`, REDIRECT);
      return fail(`answers without a token (${status})`, REDIRECT);
    }
    if (status === 0) return pass('nothing answers there');
    if (status !== 401) return pass(`refused with ${status}`);
    return warn('asks for a token (401)', REDIRECT);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return pass('nothing answers there');
  }
};
