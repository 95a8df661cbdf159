// Server-sent events with the npm package eventsource, because a browser's EventSource cannot send headers. It calls the
// fetch again for each reconnect, so a token from a function is always fresh.
import { EventSource } from 'eventsource';

export const connect = (url, authFetch) => (path) =>
  new EventSource(new URL(path, url), { fetch: authFetch });

/** Returns the first event. */
export const call = (open, signal) =>
  new Promise((resolve, reject) => {
    const source = open('/events');
    signal?.addEventListener('abort', () => {
      source.close();
      reject(signal.reason);
    });
    source.onmessage = ({ data }) => {
      source.close();
      resolve(data);
    };
    source.onerror = ({ message, code }) => {
      source.close();
      reject(Object.assign(new Error(message), { code }));
    };
  });
