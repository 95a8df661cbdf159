/** A value, or a promise of one: the native engine answers at once, WebCrypto and stores later. */
export type MaybePromise<T> = T | Promise<T>;

/** Continues with a value: synchronously when possible. */
export const andThen = <T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> => (value instanceof Promise ? value.then(next) : next(value));

/** Calls `make`, and turns what it throws or rejects with into a value; synchronously when possible. */
export const catchError = <T>(
  make: () => MaybePromise<T>,
  handle: (thrown: unknown) => T,
): MaybePromise<T> => {
  try {
    const value = make();
    return value instanceof Promise ? value.catch(handle) : value;
  } catch (thrown) {
    return handle(thrown);
  }
};
