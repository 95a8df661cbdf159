// Tokens made by hand, and the answer that a verification gives.
import { type AuthError, isAuthError } from '../src/errors.ts';

export * from '@zep-auth/test-kit/tokens';

/** A refusal, which says why. Anything else that is thrown goes on. */
const toRefusal = (error: unknown): AuthError => {
  if (!isAuthError(error)) throw error;
  if (!/\S$/.test(error.message)) throw new Error(`${error.code} does not say why`);
  return error;
};

/** The refusal of an action that must be refused. Anything else that is thrown goes on. */
export const refusalOf = async (action: () => unknown): Promise<AuthError> => {
  try {
    await action();
  } catch (error) {
    return toRefusal(error);
  }
  throw new Error('this was not refused');
};

/** `accepted`, or the code of the refusal. Anything else that is thrown goes on. */
export const outcomeOf = async (action: () => unknown): Promise<string> => {
  try {
    await action();
    return 'accepted';
  } catch (error) {
    return toRefusal(error).code;
  }
};
