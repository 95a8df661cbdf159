// Times of a token as people read them.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatExpiry, formatTime } from '../../src/tokens/format-time.ts';
import { NOW } from '../made-tokens.ts';

describe('formatTime and formatExpiry', () => {
  beforeEach(() => void vi.setSystemTime(NOW * 1000 + 999));
  afterEach(() => void vi.useRealTimers());

  it.each([
    [0, 'in 0 seconds'],
    [59, 'in 59 seconds'],
    [60, 'in 1 minute'],
    [90, 'in 90 seconds'],
    [119, 'in 2 minutes'],
    [120, 'in 2 minutes'],
    [3600, 'in 1 hour'],
    [5400, 'in 90 minutes'],
    [7199, 'in 2 hours'],
    [7200, 'in 2 hours'],
    [86_400, 'in 1 day'],
    [46 * 3600, 'in 46 hours'],
    [90 * 86_400, 'in 90 days'],
    [90 * 86_400 - 1, 'in 90 days'],
    [365 * 86_400, 'in 1 year'],
    [400 * 86_400, 'in 400 days'],
    [-60, '1 minute ago'],
    [-90 * 86_400, '90 days ago'],
    [-3235 * 86_400, '8 years ago'],
  ])('says of %d seconds from now: %s', (distance, words) => {
    const date = new Date((NOW + distance) * 1000).toISOString().replace('.000Z', 'Z');
    expect(formatTime(NOW + distance)).toBe(`${date} (${words})`);
    expect(formatExpiry(NOW + distance)).toBe(`expires ${words} (${date})`);
  });

  it('shows the local time with its offset', () => {
    const offset = vi.spyOn(Date.prototype, 'getTimezoneOffset');
    onTestFinished(() => offset.mockRestore());
    offset.mockReturnValue(-330);
    expect(formatTime(NOW, true)).toBe('2027-01-15T13:30:00+05:30 (in 0 seconds)');
    offset.mockReturnValue(210);
    expect(formatTime(NOW, true)).toBe('2027-01-15T04:30:00-03:30 (in 0 seconds)');
  });
});
