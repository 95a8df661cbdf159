import type { JwtClaims } from '@zep-auth/core';
import { andThen, catchError } from '@zep-auth/core/internal';
import type { Auth, AuthResult, Refused } from '../auth-result.ts';
import type { Authenticator } from '../authenticator-options.ts';
import { guardError } from '../problem-response.ts';

/** Greatest delay of a timer. */
const MAX_MS = 2 ** 31 - 1;
/** How often an expired token is checked that the clock tolerance still lets in. */
const TOLERATED_MS = 1000;

/**
 * Creates what watches over the tokens of what is open: it calls `end` once a token no longer holds, until the function
 * that it returns is called. A token is checked when it expires, and each `recheckSeconds`. What a hook throws then is
 * reported, and ends it too.
 *
 * @throws {RangeError} when `recheckSeconds` is not 0 to 86400
 */
export const createWatch = <Context>(
  recheck: Authenticator<JwtClaims, Context>['recheck'],
  recheckSeconds = 10,
  report: (thrown: unknown) => void = () => {},
): ((auth: Auth, context: Context, end: (refused: Refused) => void) => () => void) => {
  if (!(recheckSeconds >= 0 && recheckSeconds <= 86_400)) {
    throw new RangeError('recheckSeconds must be 0 to 86400');
  }
  const intervalMs = recheckSeconds === 0 ? MAX_MS : recheckSeconds * 1000;
  return (auth, context, end) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isStopped = false;
    /** Sets the next check, after one at the time `atMs` that let the token pass. */
    const schedule = (atMs: number): void => {
      const { expiresAt = Number.POSITIVE_INFINITY } = auth;
      if (isStopped || (auth.expiresAt === undefined && recheckSeconds === 0)) return;
      const endsMs = expiresAt * 1000;
      // A timer may fire a moment early: a token that passes then has not been tolerated.
      const waitMs = atMs < endsMs ? Math.max(endsMs - Date.now(), 0) : TOLERATED_MS;
      timer = setTimeout(check, Math.min(intervalMs, waitMs));
      // Node's timers keep the process alive; elsewhere a timer may be a number.
      (timer as { unref?: () => void }).unref?.();
    };
    const decide = (result: AuthResult, atMs: number): void => {
      if (isStopped) return;
      if (result.outcome !== 'refused') {
        schedule(atMs);
        return;
      }
      isStopped = true;
      end(result);
    };
    const check = (): void => {
      const atMs = Date.now();
      const fail = (thrown: unknown): AuthResult => {
        report(thrown);
        return { outcome: 'refused', error: guardError('ERR_CONFIG_INVALID') };
      };
      const settled = andThen(
        catchError<AuthResult>(() => recheck(auth, context), fail),
        (result) => decide(result, atMs),
      );
      if (settled instanceof Promise) settled.catch(() => {});
    };
    schedule(Date.now());
    return () => {
      isStopped = true;
      clearTimeout(timer);
    };
  };
};
