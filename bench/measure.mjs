// How everything is timed: contestants take turns in many short rounds, and medians count. Figures of different runs are
// not compared.

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {(i: number) => unknown} call the timed function; `i` counts the calls
 * @property {boolean} [isAsync] whether the answer has to be awaited
 *
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} p25
 * @property {number} p75
 * @property {number[]} rounds one figure per round; equal indexes of all contestants belong together
 *
 * @typedef {Record<string, Summary>} Scenario by the contestants' names
 */

const AsyncFunction = /** @type {FunctionConstructor} */ ((async () => {}).constructor);
const LOOP = 'let last; for (let i = from; i < to; i++) last = AWAIT call(i); return last;';

/** A separate loop for each contestant: a shared one would be optimised for none of them. */
const createLoop = ({ call, isAsync = false }) => {
  const Loop = isAsync ? AsyncFunction : Function;
  const loop = new Loop('call', 'from', 'to', LOOP.replace('AWAIT', isAsync ? 'await' : ''));
  return (from, to) => loop(call, from, to);
};

const { gc, Bun } = /** @type {any} */ (globalThis);
export const collectGarbage = () => (Bun ? Bun.gc(true) : gc?.());

const round = (value) => Number(value.toPrecision(4));

const shuffle = (list) => {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
};

/** @returns {Summary} */
export const summarize = (figures) => {
  const sorted = [...figures].sort((a, b) => a - b);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const low = Math.floor(place);
    return sorted[low] + (sorted[Math.ceil(place)] - sorted[low]) * (place - low);
  };
  const [median, p25, p75] = [0.5, 0.25, 0.75].map((share) => round(at(share)));
  return { median, p25, p75, rounds: figures.map(round) };
};

/** The ratio of `a` to `b`, round by round. @returns {Summary} */
export const compare = (a, b) => summarize(a.rounds.map((figure, i) => figure / b.rounds[i]));

/**
 * Gives each entry one turn per round, in changing order.
 *
 * @param {{ name: string, turn: () => Promise<number> | number }[]} entries
 * @returns {Promise<Scenario>}
 */
export const takeTurns = async (entries, { rounds }) => {
  const figures = new Map(entries.map(({ name }) => [name, []]));
  for (let i = 0; i < rounds; i++) {
    for (const { name, turn } of shuffle(entries)) figures.get(name).push(await turn());
  }
  return Object.fromEntries([...figures].map(([name, list]) => [name, summarize(list)]));
};

/**
 * The time of one call in nanoseconds.
 *
 * @param {Contestant[]} contestants
 * @param {{ quick?: boolean, warmUpCalls?: number, batchMs?: number }} options
 */
export const timeCalls = async (contestants, options) => {
  const { quick = false, warmUpCalls = 1000 } = options;
  const rounds = quick ? 3 : 41;
  const batchMs = quick ? 2 : (options.batchMs ?? 8);
  const entries = [];
  for (const contestant of contestants) {
    const loop = createLoop(contestant);
    let calls = 0;
    const time = async (size) => {
      const startMs = performance.now();
      const pending = loop(calls, calls + size);
      if (contestant.isAsync) await pending;
      calls += size;
      return performance.now() - startMs;
    };
    await time(quick ? 64 : warmUpCalls);
    let size = 16;
    for (let ms = 0; ms < batchMs; size *= 2) ms = await time(size);
    size = Math.ceil((size * batchMs) / (await time(size)));
    await time(size);
    const turn = async () => {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve)); // so that finalizers of the previous one run now
      return ((await time(size)) * 1e6) / size;
    };
    entries.push({ name: contestant.name, turn });
  }
  return takeTurns(entries, { rounds });
};
