// Tells which peers are trusted proxies, and which client a request comes from. A forwarded address counts only if a
// trusted proxy sent it.
import { createLru } from '@zep-auth/core/internal';
import ipaddr from 'ipaddr.js';
import { UsageError } from '../io/errors.ts';
import { quote } from '../io/io.ts';

export type TrustedProxies = ReturnType<typeof createTrustedProxies>;

type Address = ReturnType<typeof ipaddr.process>;

const parsed = createLru<Address>(1000);
/** Enough for an IPv6 address with its zone. */
const MAX_LENGTH = 64;

/** An IPv4 address in the form of IPv6 is taken for what it is. */
const parse = (text: string | undefined): Address | undefined => {
  if (text === undefined) return undefined;
  let address = parsed.get(text);
  if (address === undefined && text.length <= MAX_LENGTH && ipaddr.isValid(text)) {
    address = ipaddr.process(text);
    parsed.set(text, address);
  }
  return address;
};

/** Azure and others write a port behind the address. */
const withoutPort = (text: string): string =>
  /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;

/** Four numbers without a zero before them, which some take for octal; or IPv6, and not IPv4 in it. */
const isPlain = (text: string): boolean =>
  /^(?:(?:0|[1-9]\d*)\.){3}(?:0|[1-9]\d*)$/.test(text) || /^[\da-f]*:[\da-f:]*$/i.test(text);

const parseRange = (text: string): readonly [Address, number] => {
  const [address = '', bits] = text.split('/', 2);
  if (isPlain(address) && ipaddr.isValid(address)) {
    if (bits === undefined) {
      const only = ipaddr.parse(address);
      return [only, only.kind() === 'ipv4' ? 32 : 128];
    }
    if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  }
  throw new UsageError(
    `--trusted-proxy ${quote(text)} is not an address or a range`,
    'examples: 10.0.0.7, 10.0.0.0/8, fd00::/8',
  );
};

const nameNetwork = (address: Address): string => {
  if (address.kind() === 'ipv4') return address.toString();
  const network = address.toByteArray().fill(0, 8);
  return `${ipaddr.fromByteArray(network)}/64`;
};

/** Means every client of the Unix socket that the gate listens on, since these have no address. */
const UNIX = 'unix';

/** Takes addresses, ranges, and `unix` for all clients of a Unix socket. @throws {UsageError} for anything else */
export const createTrustedProxies = (trustedProxies: readonly string[], isOnUnixSocket = false) => {
  const trustsSocket = trustedProxies.includes(UNIX);
  if (trustsSocket && !isOnUnixSocket) {
    throw new UsageError('--trusted-proxy unix goes with --listen unix:/path');
  }
  const ranges = trustedProxies.filter((text) => text !== UNIX).map(parseRange);
  const isInRange = (address: Address): boolean =>
    ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  const isOurs = (address: Address | undefined): boolean =>
    address === undefined ? trustsSocket : isInRange(address);
  return {
    /** Whether an address is that of a trusted proxy. */
    isTrusted: (text: string | undefined): boolean =>
      (ranges.length > 0 || trustsSocket) && isOurs(parse(text)),
    /**
     * The client of a connection, from its other end and `X-Forwarded-For`: an IPv4 address, or the network of 64 bits
     * that one customer has.
     */
    clientOf: (text: string | undefined, forwardedFor: string | null): string | undefined => {
      let address = parse(text);
      // From the nearest on: each of our proxies tells who was before it, and the first that is not ours is the client.
      for (const told of (forwardedFor ?? '').split(',').reverse()) {
        if (!isOurs(address)) break;
        const before = parse(withoutPort(told.trim()));
        if (before === undefined) break;
        address = before;
      }
      return address && nameNetwork(address);
    },
  };
};
