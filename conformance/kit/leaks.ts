// Finds parts of secrets and tokens in whatever a test prints, throws or returns.
import { inspect } from 'node:util';
import { afterEach, beforeEach, vi } from 'vitest';

const cut = (text: string, length: number): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - length + 1) }, (_, i) =>
    text.slice(i, i + length),
  );

/** Returns the pieces of `length` characters of any private text in a text. Those of a harmless text may appear. */
export type FindLeaks = (text: string) => readonly string[];

export const createLeakFinder = (
  texts: readonly string[],
  { length = 12, harmless = [] as readonly string[] } = {},
): FindLeaks => {
  const pieces = new Set(texts.flatMap((text) => cut(text, length)));
  for (const piece of harmless.flatMap((text) => cut(text, length))) pieces.delete(piece);
  return (text) => [...new Set(cut(text, length))].filter((piece) => pieces.has(piece));
};

const toJson = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // a cycle
  }
};

/** Everything that a value can print. */
export const print = (value: unknown): string => {
  const error = value instanceof Error ? [value.message, value.stack, String(value.cause)] : [];
  const shown = inspect(value, { depth: 12, showHidden: true, getters: true });
  return [shown, toJson(value), ...error].join('\n');
};

export interface Watched {
  /** Adds a value to what has been printed. */
  readonly see: (value: unknown) => void;
  /** Everything since the test began: what it has seen, and what went to the console and the standard streams. */
  readonly printed: () => readonly string[];
}

/** Records, in each test of the file, what goes to the console and the standard streams, and keeps it from them. */
export const watchOutput = (): Watched => {
  let printed: string[] = [];
  const see = (value: unknown): void => void printed.push(print(value));
  beforeEach(() => {
    printed = [];
    for (const method of ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const) {
      vi.spyOn(console, method).mockImplementation((...values) => values.forEach(see));
    }
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        see(String(chunk));
        return true;
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return { see, printed: () => printed };
};
