// What goes on at once where it can, and later where it must.
import { describe, expect, it } from 'vitest';
import { follow, rescue } from '../../src/jws/engine.ts';

describe('follow', () => {
  it('waits for nothing that is there', () => {
    expect(follow(1, (value) => value + 1)).toBe(2);
  });

  it('goes on later with what is on its way', async () => {
    const later = follow(Promise.resolve(1), (value) => value + 1);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe(2);
  });
});

describe('rescue', () => {
  const instead = (thrown: unknown): string => `instead of ${(thrown as Error).message}`;

  it('leaves a good value alone, at once and later', async () => {
    expect(rescue(() => 'good', instead)).toBe('good');
    expect(await rescue(async () => 'good', instead)).toBe('good');
  });

  it('goes on with what was thrown, at once and later', async () => {
    const boom = (): string => {
      throw new Error('boom');
    };
    expect(rescue(boom, instead)).toBe('instead of boom');
    const later = rescue(async () => boom(), instead);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe('instead of boom');
  });
});
