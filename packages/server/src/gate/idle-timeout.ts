type Chunk = Uint8Array<ArrayBuffer>;

interface IdleTimeout {
  readonly hasFired: () => boolean;
  readonly stop: () => void;
  /** A stream that passes an upload through, and starts the wait again with each chunk. */
  readonly resetByChunks: () => TransformStream<Chunk, Chunk>;
}

/** Calls `onTimeout` once nothing has happened for `limitMs`. */
export const createIdleTimeout = (limitMs: number, onTimeout: () => void): IdleTimeout => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let state: 'waiting' | 'fired' | 'stopped' = 'waiting';
  const reset = (): void => {
    if (state !== 'waiting') return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      state = 'fired';
      onTimeout();
    }, limitMs);
  };
  reset();
  return {
    hasFired: () => state === 'fired',
    stop: () => {
      if (state === 'waiting') state = 'stopped';
      clearTimeout(timer);
    },
    resetByChunks: () =>
      new TransformStream<Chunk, Chunk>({
        transform: (chunk, controller) => {
          reset();
          controller.enqueue(chunk);
        },
      }),
  };
};
