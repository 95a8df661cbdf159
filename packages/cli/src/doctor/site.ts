// The server that is probed, and the tokens that are made for it.
import { createHmac, randomBytes } from 'node:crypto';
import { isLoopback } from '../io/loopback.ts';
import type { Answer, Ask, Question } from './client.ts';

export interface Claims {
  readonly [claim: string]: unknown;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);
/** A minute around a moment from now: the server may be the wrong one, or its clock a little off. */
export const lifeAround = (offset: number): Claims => ({
  iat: nowSeconds() + offset - 30,
  exp: nowSeconds() + offset + 30,
});
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes a token: right, but for what is given. */
export type Make = ReturnType<typeof createMake>;

const createMake =
  (secret: Buffer, base: Claims) =>
  (claims: Claims = {}, alg = 'HS256', key = secret): string => {
    const input = `${encode({ alg, typ: 'JWT' })}.${encode({ ...base, ...lifeAround(0), ...claims })}`;
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  };

export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;
/** Whether two answers are the one page that a server has for everything that does not exist. */
export const isSamePage = (one: Answer, other: Answer): boolean =>
  one.status === other.status && one.body === other.body;

export const withToken = (path: string, token: string): Question => ({
  path,
  headers: { authorization: `Bearer ${token}` },
});

/** A path that no server has. */
export const inventPath = (): string => `/zepcli-doctor-${randomBytes(4).toString('hex')}`;

/** Asks at the first call, and keeps the answer. */
const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
};

export type Site = ReturnType<typeof createSite>;

/** The server at a URL. `token` is the caller's; without a key, one is made for the probe. */
export const createSite = (
  ask: Ask,
  url: URL,
  token: string | undefined,
  key: Buffer | undefined,
  claims: Claims,
) => {
  const path = url.pathname + url.search;
  /** Whether a token may be sent: over HTTPS, or to this machine. */
  const mayCarryTokens = url.protocol === 'https:' || isLoopback(url.hostname);
  const make = createMake(key ?? randomBytes(64), claims);
  const askWith = async (text: string | undefined): Promise<Answer | undefined> =>
    text === undefined || !mayCarryTokens ? undefined : ask(withToken(path, text));
  return {
    ...{ ask, path, mayCarryTokens, make, hasSecret: key !== undefined },
    anonymous: once(() => ask({ path })),
    /** Without a token, for a path that does not exist. */
    missing: once(() => ask({ path: inventPath() })),
    /** With the caller's token. */
    given: once(() => askWith(token)),
    /** With a right token that was signed here. */
    signed: once(() => askWith(key === undefined ? undefined : make())),
  };
};
