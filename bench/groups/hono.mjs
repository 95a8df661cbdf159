// The time of a request in process: the same Hono app behind different guards, without a network.
import { createHonoApp, createRepeated, HONO_APPS, NO_MIDDLEWARE } from '../contestants.mjs';
import { timeCalls } from '../measure.mjs';

const BATCH_MS = 40; // long enough to include its share of garbage collections

export const everywhere = true;
export const tables = {
  repeated: { title: 'A request to a Hono app, in process, one token', base: NO_MIDDLEWARE },
};

export const run = async ({ quick }) => {
  const requests = createRepeated()
    .slice(0, 256)
    .map(
      (token) =>
        new Request('http://localhost/hello', { headers: { authorization: `Bearer ${token}` } }),
    );
  const contestants = [];
  for (const name of HONO_APPS) {
    const app = await createHonoApp(name);
    const { status } = await app.fetch(requests[0]);
    if (status !== 200) throw new Error(`${name} answered ${status}`);
    contestants.push({ name, call: (i) => app.fetch(requests[i & 255]), isAsync: true });
  }
  return { repeated: await timeCalls(contestants, { quick, batchMs: BATCH_MS }) };
};
