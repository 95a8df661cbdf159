// What a refusal or a mistake looks like on the page.
// Never says more than core does.
import { isAuthError } from '@zep-auth/core';
import { create } from './elements.ts';

/** An error in words, with its code where it has one. */
export const describeError = (error: unknown): readonly (Node | string)[] => {
  if (isAuthError(error)) return [create('code', error.code), ' ', error.message];
  return [error instanceof Error ? error.message : 'this did not work'];
};
