// Runs a function like Lambda's runtime: loads it once, then calls it with one event after the other. Events and
// results are JSON, one per line.
import { createInterface } from 'node:readline';

const { handler } = await import('../dist/index.mjs');
for await (const line of createInterface({ input: process.stdin })) {
  const result = await handler(JSON.parse(line), { awsRequestId: crypto.randomUUID() });
  process.send(JSON.stringify(result));
}
process.disconnect();
