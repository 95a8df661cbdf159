// What goes on at once where it can, and later where it must.
import { describe, expect, it } from 'vitest';
import { andThen, catchError } from '../src/maybe-promise.ts';

describe('andThen', () => {
  it('waits for nothing that is there', () => {
    expect(andThen(1, (value) => value + 1)).toBe(2);
  });

  it('goes on later with what is on its way', async () => {
    const later = andThen(Promise.resolve(1), (value) => value + 1);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe(2);
  });
});

describe('catchError', () => {
  const instead = (thrown: unknown): string => `instead of ${(thrown as Error).message}`;

  it('leaves a good value alone, at once and later', async () => {
    expect(catchError(() => 'good', instead)).toBe('good');
    expect(await catchError(async () => 'good', instead)).toBe('good');
  });

  it('goes on with what was thrown, at once and later', async () => {
    const boom = (): string => {
      throw new Error('boom');
    };
    expect(catchError(boom, instead)).toBe('instead of boom');
    const later = catchError(async () => boom(), instead);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe('instead of boom');
  });
});
