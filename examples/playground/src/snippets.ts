// Command lines and code for what is on the screen. They name the secret's place, and never hold a secret or a token.
import type { JwtClaims } from '@zep-auth/core';

/** Quotes a word for a POSIX shell, where that needs it. */
const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const FLAGS = new Map([
  ['sub', '--sub'],
  ['scope', '--scope'],
  ['iss', '--iss'],
  ['aud', '--aud'],
]);
const MADE_BY_ZEPCLI = new Set(['iat', 'jti', 'exp']);

/** A duration as zepcli takes it, in its largest whole unit: `90d`. */
const toDuration = (seconds: number): string => {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const;
  const [name, size] = units.find(([, length]) => seconds % length === 0) ?? ['s', 1];
  return `${seconds / size}${name}`;
};

/** The `zepcli token` command for these claims. */
export const toTokenCommand = (claims: JwtClaims, lifetimeSeconds: number | undefined): string => {
  const options = Object.entries(claims)
    .filter(([name]) => !MADE_BY_ZEPCLI.has(name))
    .map(([name, value]) => {
      const flag = FLAGS.get(name);
      if (flag !== undefined && typeof value === 'string') return `${flag} ${quote(value)}`;
      if (typeof value === 'string') return `--claim ${quote(`${name}=${value}`)}`;
      return `--claim-json ${quote(`${name}=${JSON.stringify(value)}`)}`;
    });
  const expiry =
    lifetimeSeconds === undefined ? '--no-expiry' : `--expires-in ${toDuration(lifetimeSeconds)}`;
  return ['zepcli token', '--dotenv .env', ...options, expiry].join(' ');
};

/** The call of `signToken` for these claims. */
export const toSignCode = (claims: JwtClaims, lifetimeSeconds: number | undefined): string => {
  const { jti, iat, ...own } = claims;
  const members = JSON.stringify(own).slice(1, -1);
  const payload = `{ ${members === '' ? '' : `${members}, `}jti: crypto.randomUUID() }`;
  const options = lifetimeSeconds === undefined ? '' : `, { expiresInSeconds: ${lifetimeSeconds} }`;
  return `import { signToken } from '@zep-auth/core';

const token = await signToken(process.env.ZEP_AUTH_SECRET, ${payload}${options});`;
};
