import { isAuthError } from '@zep-auth/core';
import { create } from './elements.ts';

/** Returns the error's message, with its code if it has one. */
export const describeError = (error: unknown): readonly (Node | string)[] => {
  if (isAuthError(error)) return [create('code', error.code), ' ', error.message];
  return [error instanceof Error ? error.message : 'this did not work'];
};
