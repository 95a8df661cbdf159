// What the answers reveal: tokens and secrets, stacks, and the time. The results do not repeat it.

import { type Finding, fail, pass, skipped, warn } from '../result.ts';
import type { Answer } from './client.ts';
import type { ProbeContext } from './probe-context.ts';

const PART_LENGTH = 20;
/** A shorter secret may be an ordinary word. */
const MIN_LENGTH = 8;

/** The secret part of a token: the header is the same in all tokens. */
const worthOf = (token: string): string => token.slice(token.indexOf('.') + 1);

const holdsPart = (text: string, secret: string): boolean => {
  const length = Math.min(PART_LENGTH, secret.length);
  for (let i = 0; length >= MIN_LENGTH && i + length <= secret.length; i++) {
    if (text.includes(secret.slice(i, i + length))) return true;
  }
  return false;
};

/** The text of an answer, without the target of a redirect, which repeats the URL. */
const textOf = ({ headers, body }: Answer): string =>
  [...[...headers].filter(([name]) => name !== 'location').map(([, value]) => value), body].join(
    '\n',
  );

/** Whether an answer repeats a token or contains a secret. */
export const judgeEcho = (
  { answers, token }: ProbeContext,
  secrets: readonly string[],
): Finding => {
  if (secrets.some((secret) => answers.some((answer) => holdsPart(textOf(answer), secret)))) {
    return fail('an answer holds a part of the secret', 'make a new secret, and find out where');
  }
  const repeating = answers.filter((answer) => {
    const texts = [answer.question.token?.text, token].filter((text) => text !== undefined);
    return texts.some((text) => holdsPart(textOf(answer), worthOf(text)));
  });
  const isError = ({ status }: Answer): boolean => status >= 400;
  if (repeating.some((answer) => isError(answer) && answer.question.token?.isInQuery !== true)) {
    return fail('an error repeats the token', 'keep tokens out of messages: they end up in logs');
  }
  if (repeating.some(isError)) {
    return warn(
      'an error repeats the URL, with the token in it',
      'keep the URL out of messages, and give the challenge a realm of its own',
    );
  }
  if (repeating.length > 0) {
    return warn('an answer repeats the token', 'keep it from the API, or out of its answers');
  }
  if (answers.every(({ question }) => question.token === undefined)) {
    return skipped('no token was sent');
  }
  return pass('no answer repeats a token');
};

/** Whether errors show code: `at handler (/srv/app.js:12:5)`, or a traceback. */
export const judgeStacks = ({ answers }: ProbeContext): Finding => {
  const isShown = answers.some(
    ({ status, body }) =>
      status >= 400 && /\bat .{0,200}:\d+:\d+\)?|Traceback \(most recent call last\)/.test(body),
  );
  if (!isShown) return pass('errors show no code');
  return warn(
    'an error shows a stack',
    'run the server for production: NODE_ENV=production, or debugging off',
  );
};

/** How far the server's clock is ahead, from the answer with the smallest difference: others may come from a cache. */
export const findDifference = ({ answers }: ProbeContext): number | undefined => {
  const all = answers.flatMap(({ secondsAhead }) => secondsAhead ?? []);
  return all.sort((one, other) => Math.abs(one) - Math.abs(other))[0];
};
