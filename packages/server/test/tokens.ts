// The secrets, the configuration and the tokens that the tests share. Only for tests: `forge` signs anything.
import { type AuthConfig, readAuthConfig } from '@zep-auth/core';
import { rawToken } from '@zep-auth/test-kit/tokens';

export const SECRET =
  'kq0b0h1vV6u3mJcQbXyT2n8ZrW5sD7fG9hJ1kL3pO5iU7yT9rE1wQ3aS5dF7gH9jK1lZ3xC5vB7nM9qW1eR3tA==';
export const OTHER_SECRET =
  'Zx9Cv7Bn5Mq3We1Rt8Yu6Io4Pa2Sd0Fg9Hj7Kl5Zx3Cv1Bn8Mq6We4Rt2Yu0Io9Pa7Sd5Fg3Hj1Kl8Zx6Cv4Q==';
export const ENV: Readonly<Record<string, string>> = { ZEP_AUTH_SECRET: SECRET };

/** A configuration of the shared secret, with more variables where given. */
export const configOf = (more: Readonly<Record<string, string>> = {}): AuthConfig =>
  readAuthConfig({ ...ENV, ...more });

export const config: AuthConfig = configOf();

/** The time of the frozen clock, in seconds. */
export const NOW_SECONDS = 1_800_000_000;

const toText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Anything as one base64url part of a token. */
export const encode = (value: unknown): string => Buffer.from(toText(value)).toString('base64url');

/** A token with any header and payload, objects or texts, under a correct HS256 signature. */
export const forge = (
  payload: unknown,
  header: unknown = { alg: 'HS256', typ: 'JWT' },
  secret: string = SECRET,
): string => rawToken(toText(header), toText(payload), secret);

/** A good token, good at any time. */
export const TOKEN: string = forge({ sub: 'alice', scope: 'read write' });
