// For Vercel's edge-runtime: any request gets the report.
import { makeReport } from '../report.ts';

interface FetchEvent {
  respondWith(response: Promise<Response>): void;
}

const listen = globalThis.addEventListener as unknown as (
  type: 'fetch',
  listener: (event: FetchEvent) => void,
) => void; // the DOM's types have no fetch event
listen('fetch', (event) => event.respondWith(makeReport().then((report) => Response.json(report))));
