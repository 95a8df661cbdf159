// Hints for a text that core has already refused.
import { formatBearer } from '@zep-auth/core';
import { describeWrongCharacter } from '@zep-auth/core/internal';
import type { JsonObject } from './read-token.ts';

const aboutAlgorithm = (alg: unknown): string | undefined => {
  if (alg === 'HS256' || alg === undefined) return undefined;
  if (typeof alg === 'string' && alg.toLowerCase() === 'none') {
    return 'Its header says alg none: it is unsigned, so anyone could have written it. Only HS256 is accepted.';
  }
  return 'Its header names another algorithm. Only HS256 is accepted.';
};

/** Guesses the mistake. */
export const findMistake = (text: string, header: JsonObject | undefined): string | undefined => {
  const mistake = guess(text, header);
  const wrong = describeWrongCharacter(text);
  if (wrong === undefined) return mistake;
  return `${mistake === undefined ? '' : `${mistake} `}The first wrong one: ${wrong}.`;
};

const guess = (text: string, header: JsonObject | undefined): string | undefined => {
  if (header !== undefined && !/\s/.test(text)) {
    const parts = text.split('.').length;
    return (
      aboutAlgorithm(header['alg']) ??
      (parts === 3 ? undefined : `A token has 3 parts, separated by dots; this has ${parts}.`)
    );
  }
  try {
    formatBearer(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `Perhaps: ${error.message}.` : undefined;
  }
};
