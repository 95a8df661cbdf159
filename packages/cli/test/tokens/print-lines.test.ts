// How far long work is: where it is shown, and that nothing of it stays.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProgress } from '../../src/tokens/print-lines.ts';
import { fakeIo } from '../fake-io.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const watch = (stdout: boolean, stderr: boolean) => {
  const io = fakeIo();
  io.stdout.isTTY = stdout;
  io.stderr.isTTY = stderr;
  return { io, progress: createProgress(io, 1_000_000) };
};

it('is shown after half a second, at most ten times a second, and wiped away', () => {
  const { io, progress } = watch(false, true);
  progress.show(1);
  vi.advanceTimersByTime(499);
  progress.show(2);
  expect(io.stderr.text).toBe('');
  vi.advanceTimersByTime(1);
  progress.show(1234);
  progress.show(1235);
  expect(io.stderr.text).toBe('\r1,234 of 1,000,000');
  vi.advanceTimersByTime(100);
  progress.show(2345);
  progress.clear();
  expect(io.stderr.text).toBe('\r1,234 of 1,000,000\r2,345 of 1,000,000\r\u001b[K');
  expect(io.stdout.text).toBe('');
});

it('leaves nothing of work that was short', () => {
  const { io, progress } = watch(false, true);
  progress.show(1_000_000);
  progress.clear();
  expect(io.stderr.text).toBe('');
});

it.each([
  [true, true],
  [true, false],
  [false, false],
])('is not shown with a terminal at standard output %s, and at standard error %s', (out, err) => {
  const { io, progress } = watch(out, err);
  vi.advanceTimersByTime(5000);
  progress.show(5);
  progress.clear();
  expect(io.stderr.text + io.stdout.text).toBe('');
});
