import { describe, expect, it } from 'vitest';
import { createLru } from '../src/lru.ts';

describe('a bounded map', () => {
  it('keeps what fits', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, 2, undefined]);
    expect([lru.has('a'), lru.has('c')]).toEqual([true, false]);
  });

  it('drops the entry that was used least recently', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);
    expect([lru.has('a'), lru.has('b'), lru.has('c')]).toEqual([true, false, true]);
    lru.set('d', 4);
    expect([lru.has('a'), lru.has('c'), lru.has('d')]).toEqual([false, true, true]);
  });

  it('counts a look at has as no use', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.has('a');
    lru.set('c', 3);
    expect(lru.has('a')).toBe(false);
  });

  it('replaces a value, which makes it the newest', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.set('a', 3);
    lru.set('c', 4);
    expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([3, undefined, 4]);
  });

  it('deletes an entry, and takes another one for it', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.delete('a');
    lru.delete('c');
    expect(lru.get('a')).toBeUndefined();
    lru.set('c', 3);
    expect([lru.get('b'), lru.get('c')]).toEqual([2, 3]);
  });

  it('is empty after clear, and works as before', () => {
    const lru = createLru<number>(1);
    lru.set('a', 1);
    lru.clear();
    expect(lru.has('a')).toBe(false);
    lru.set('b', 2);
    lru.set('c', 3);
    expect([lru.get('b'), lru.get('c')]).toEqual([undefined, 3]);
  });

  it('stays empty with room for nothing', () => {
    const lru = createLru<number>(0);
    lru.set('a', 1);
    expect(lru.get('a')).toBeUndefined();
  });

  it('does the same as a list in order of use, whatever is asked', () => {
    const lru = createLru<number>(5);
    let list: { key: string; value: number }[] = [];
    let seed = 1;
    const draw = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let step = 0; step < 5000; step++) {
      const key = `k${draw(9)}`;
      const found = list.find((entry) => entry.key === key);
      const others = list.filter((entry) => entry.key !== key);
      const action = draw(5);
      if (action < 2) {
        lru.set(key, step);
        list = [...others, { key, value: step }].slice(-5);
      } else if (action < 4) {
        expect(lru.get(key)).toBe(found?.value);
        if (found !== undefined) list = [...others, found];
      } else {
        lru.delete(key);
        list = others;
      }
    }
    expect(list.map(({ key }) => lru.get(key))).toEqual(list.map(({ value }) => value));
  });
});
