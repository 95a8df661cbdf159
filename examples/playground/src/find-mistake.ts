// Why a text may not be the token that it should be, beyond what core's refusal says.
// Never decides: core has refused the text already.
import { formatBearer } from '@zep-auth/core';
import type { JsonObject } from './read-token.ts';

const aboutAlgorithm = (alg: unknown): string | undefined => {
  if (alg === 'HS256' || alg === undefined) return undefined;
  if (typeof alg === 'string' && alg.toLowerCase() === 'none') {
    return 'Its header says alg none: nobody signed it, so anyone can have written it. Only HS256 is accepted.';
  }
  return 'Its header names another algorithm. Only HS256 is accepted.';
};

/** A guess at the mistake, in words. */
export const findMistake = (text: string, header: JsonObject | undefined): string | undefined => {
  if (header !== undefined && !/\s/.test(text)) {
    const parts = text.split('.').length;
    return (
      aboutAlgorithm(header['alg']) ??
      (parts === 3 ? undefined : `A token has 3 parts with dots between; this has ${parts}.`)
    );
  }
  try {
    formatBearer(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `Perhaps: ${error.message}.` : undefined;
  }
};
