// Waits for an idle machine before something is timed. A machine that stays busy is noted in the report.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 1000;
const MAX_BUSY = 0.1;

const readTimes = () =>
  cpus().reduce(
    (sum, { times: { user, nice, sys, irq, idle } }) => ({
      busy: sum.busy + user + nice + sys + irq,
      idle: sum.idle + idle,
    }),
    { busy: 0, idle: 0 },
  );

const sampleBusy = async () => {
  const before = readTimes();
  await sleep(SAMPLE_MS);
  const after = readTimes();
  const busy = after.busy - before.busy;
  return busy / (busy + after.idle - before.idle);
};

/** @returns {Promise<boolean>} whether it is idle now */
export const waitForQuiet = async (maxSeconds) => {
  for (let seconds = 0; ; seconds++) {
    if ((await sampleBusy()) <= MAX_BUSY) return true;
    if (seconds >= maxSeconds) return false;
  }
};
