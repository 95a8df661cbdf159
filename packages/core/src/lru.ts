/** A map of a bounded size. When it is full, the entry that was used least recently goes. */
export interface Lru<Value> {
  readonly has: (key: string) => boolean;
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
  readonly delete: (key: string) => void;
  readonly clear: () => void;
}

interface Entry<Value> {
  readonly key: string;
  readonly value: Value;
  older: Entry<Value>;
  newer: Entry<Value>;
}

/** Creates a map of at most `max` entries; with 0 it stays empty. */
export const createLru = <Value>(max: number): Lru<Value> => {
  // To delete and set a key again, so that a Map has it last, would make the Map rehash all the time.
  const entries = new Map<string, Entry<Value>>();
  const ring = {} as Entry<Value>; // between the newest and the oldest
  ring.older = ring;
  ring.newer = ring;

  const unlink = ({ older, newer }: Entry<Value>): void => {
    older.newer = newer;
    newer.older = older;
  };
  const append = (entry: Entry<Value>): void => {
    entry.older = ring.older;
    entry.newer = ring;
    ring.older.newer = entry;
    ring.older = entry;
  };
  const remove = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    unlink(entry);
    entries.delete(key);
  };

  return {
    has: (key) => entries.has(key),
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      unlink(entry);
      append(entry);
      return entry.value;
    },
    set: (key, value) => {
      remove(key);
      const entry = { key, value, older: ring, newer: ring };
      append(entry);
      entries.set(key, entry);
      if (entries.size > max) remove(ring.newer.key);
    },
    delete: remove,
    clear: () => {
      entries.clear();
      ring.older = ring;
      ring.newer = ring;
    },
  };
};
