// How the server is reached: the network, TLS and its certificate, and whether it also serves plain HTTP. No token is sent.
import { connect, type TLSSocket } from 'node:tls';
import { isLoopback } from '../../io/loopback.ts';
import { type Finding, fail, pass, skipped, warn } from '../result.ts';
import { type Client, TIMEOUT_MS, Unreachable } from './client.ts';
import { inventPath, isSamePage, isSuccess } from './probe-context.ts';

const CERTIFICATE = 'use a certificate of a public CA, or name your own CA in NODE_EXTRA_CA_CERTS';

const TLS_REASONS: readonly (readonly [RegExp, string, string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'the certificate has expired', 'renew it, and let a program renew it'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'the certificate is for another host',
    'ask for the host that it names, or get one for this host',
  ],
  [/SELF_SIGNED/, 'the certificate is signed by nobody that is trusted here', CERTIFICATE],
  [
    /^UNABLE_TO_|^CERT_/,
    'the certificate is not trusted here',
    `${CERTIFICATE}; a server sends the intermediate certificates along`,
  ],
  [
    /^ERR_SSL_|^EPROTO$/,
    'no TLS connection comes about',
    'look whether the port speaks TLS 1.2 or 1.3 at all, or plain HTTP',
  ],
];

const NETWORK_REASONS: readonly (readonly [RegExp, string, string])[] = [
  [/^ENOTFOUND$|^EAI_/, 'the name of the host is not known', 'check its spelling, and the DNS'],
  [/^ECONNREFUSED$/, 'nothing listens there', 'start the server, or correct the host and the port'],
  [
    /TIMEOUT|^Timeout|^Abort|ABORT|^ETIMEDOUT$/,
    `no answer within ${TIMEOUT_MS / 1000} s`,
    'look at the server, and at firewalls in between',
  ],
  [
    /^HPE_|^HTTPParser/,
    'what answers is not HTTP',
    'correct the port, or the scheme: https for http',
  ],
  [/./, 'the connection breaks off', 'look at the server, and at what stands in front of it'],
];

/** Whether TLS or the certificate fails. */
export const isTlsFailure = ({ code }: Unreachable): boolean =>
  TLS_REASONS.some(([pattern]) => pattern.test(code));

/** Says why a server cannot be reached, and what to do. */
export const explainUnreachable = ({ code }: Unreachable): Finding => {
  const found = [...TLS_REASONS, ...NETWORK_REASONS].find(([pattern]) => pattern.test(code));
  const [, what = 'it cannot be reached', advice = 'look at the server'] = found ?? [];
  return fail(`${what} (${code})`, advice);
};

/** What a TLS connection shows. */
export interface TlsState {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** When the certificate expires, in milliseconds since 1970. */
  readonly validUntilMs: number;
}

const PLAIN =
  'put TLS in front of it: over plain HTTP anyone on the way can read tokens, and none is sent';

/** Connects, inspects TLS, and closes. @throws {Unreachable} */
export const inspectTls = (url: URL, ca: string | undefined): Promise<TlsState> =>
  new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isName = !/^[\d.]+$|:/.test(host);
    const socket: TLSSocket = connect({
      host,
      port: Number(url.port || 443),
      rejectUnauthorized: true, // in spite of NODE_TLS_REJECT_UNAUTHORIZED
      timeout: TIMEOUT_MS,
      ...(isName && { servername: host }), // RFC 6066 section 3: no addresses
      ...(ca !== undefined && { ca }),
    });
    const give = (error: unknown): void => {
      socket.destroy();
      reject(new Unreachable(error));
    };
    socket.once('error', give);
    socket.once('timeout', () => give({ code: 'ETIMEDOUT' }));
    socket.once('secureConnect', () => {
      const validUntilMs = Date.parse(socket.getPeerCertificate().valid_to);
      resolve({ protocol: socket.getProtocol() ?? '', validUntilMs });
      socket.destroy();
    });
  });

const DAY_MS = 86_400_000;
const MIN_DAYS = 21;

/** Checks TLS. @throws {Unreachable} when the connection fails */
export const judgeTls = async (url: URL, inspect: () => Promise<TlsState>): Promise<Finding> => {
  if (url.protocol === 'http:') {
    if (isLoopback(url.hostname)) return skipped('plain HTTP, which does not leave this machine');
    return fail('the URL begins with http:', PLAIN);
  }
  const { protocol, validUntilMs } = await inspect();
  const days = Math.floor((validUntilMs - Date.now()) / DAY_MS);
  const words = `${protocol}, the certificate is good for ${days} days`;
  if (protocol !== 'TLSv1.2' && protocol !== 'TLSv1.3') {
    return fail(`${protocol} only`, 'let the server speak TLS 1.3 and 1.2, and nothing older');
  }
  if (days < MIN_DAYS) return warn(words, 'renew it: what should do so on its own has not');
  return pass(words);
};

const REDIRECT =
  'refuse plain HTTP, or redirect it to https: a client with http:// in its settings sends its token in clear';

/** Checks what a server does over plain HTTP, without sending a token. */
export const judgePlainHttp = async (
  client: Pick<Client, 'ask'>,
  path: string,
): Promise<Finding> => {
  try {
    const answer = await client.ask({ path });
    const { status, headers } = answer;
    if (status >= 300 && status < 400) {
      const isSecure = /^https:/i.test(headers.get('location') ?? '');
      if (isSecure) return pass(`redirects to https (${status})`);
      return warn(`redirects, and not to https (${status})`, REDIRECT);
    }
    if (isSuccess(answer)) {
      const unknown = await client.ask({ path: inventPath('/') });
      if (isSamePage(answer, unknown)) return warn(`answers all paths alike (${status})`, REDIRECT);
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
