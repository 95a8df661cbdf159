// The clocks of this machine, of the signer of a token, and of a server.
import { decodePart } from '../tokens/decode.ts';
import { type Finding, fail, pass, skipped, warn } from './result.ts';

/** A right clock shows no time before this program was written: 2026-01-01T00:00:00Z. */
const WRITTEN = 1_767_225_600;
const GRACE_SECONDS = 60;
const MAX_SECONDS = 300;

const SYNCHRONISE = 'let both machines set their clocks by NTP';

/** A time in a token, unverified. */
export const readTime = (token: string, claim: 'iat' | 'exp'): number | undefined => {
  const claims = Object(decodePart(token, 'claims')) as { readonly [claim: string]: unknown };
  const time = claims[claim];
  return typeof time === 'number' ? time : undefined;
};

/** Judges this machine's clock by the time at which a token says that it was issued. */
export const judgeClock = (token: string | undefined): Finding => {
  const now = Math.floor(Date.now() / 1000);
  if (now < WRITTEN) return fail("this machine's clock is in the past", SYNCHRONISE);
  const issuedAt = token === undefined ? undefined : readTime(token, 'iat');
  if (issuedAt === undefined) {
    return skipped('there is nothing to compare it with', 'give the URL of a server');
  }
  const ahead = Math.floor(issuedAt - now);
  if (ahead <= GRACE_SECONDS) return pass('the token was issued in the past');
  return warn(
    `the token was issued ${ahead} s from now: this clock or the signer's is wrong`,
    SYNCHRONISE,
  );
};

/** Judges the difference between this clock and a server's, in seconds. */
export const judgeDifference = (seconds: number | undefined): Finding => {
  if (seconds === undefined) return skipped('the server sends no Date');
  const distance = Math.abs(Math.round(seconds));
  if (distance <= GRACE_SECONDS) return pass('the same as here, to the minute');
  const words = `${distance} s ${seconds < 0 ? 'behind' : 'ahead of'} this machine's`;
  return (distance > MAX_SECONDS ? fail : warn)(words, SYNCHRONISE);
};
