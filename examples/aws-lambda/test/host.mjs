// Does what Lambda's runtime does with a function: loads it once, then calls it with one event after the other.
// Never keeps an object alive between the two: an event and a result are JSON, one a line.
import { createInterface } from 'node:readline';

const { handler } = await import('../dist/index.mjs');
for await (const line of createInterface({ input: process.stdin })) {
  const result = await handler(JSON.parse(line), { awsRequestId: crypto.randomUUID() });
  process.send(JSON.stringify(result));
}
process.disconnect();
