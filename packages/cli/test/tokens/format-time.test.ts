// Times of a token as people read them.
import { describe, expect, it } from 'vitest';
import { formatExpiry, formatTime } from '../../src/tokens/format-time.ts';
import { NOW } from '../made-tokens.ts';

describe('formatTime and formatExpiry', () => {
  it.each([
    [0, 'in 0 seconds'],
    [90, 'in 90 seconds'],
    [119, 'in 2 minutes'],
    [120, 'in 2 minutes'],
    [5400, 'in 90 minutes'],
    [7199, 'in 2 hours'],
    [7200, 'in 2 hours'],
    [46 * 3600, 'in 46 hours'],
    [90 * 86_400, 'in 90 days'],
    [90 * 86_400 - 1, 'in 90 days'],
    [-60, '60 seconds ago'],
    [-90 * 86_400, '90 days ago'],
  ])('says of %d seconds from now: %s', (distance, words) => {
    const date = new Date((NOW + distance) * 1000).toISOString().replace('.000Z', 'Z');
    expect(formatTime(NOW + distance, NOW)).toBe(`${date} (${words})`);
    expect(formatExpiry(NOW + distance, NOW)).toBe(`expires ${words} (${date})`);
  });
});
