import { Client, fetchExchange } from '@urql/core';

export const connect = (url, authFetch) =>
  new Client({
    url: `${url}/graphql`,
    fetch: authFetch,
    exchanges: [fetchExchange],
    preferGetMethod: false,
  });

export const call = (api, signal) =>
  new Promise((resolve, reject) => {
    const { unsubscribe } = api.query('{ me { name } }', {}).subscribe(({ data, error }) => {
      if (error) reject(error);
      else resolve(data);
    });
    signal?.addEventListener('abort', () => {
      unsubscribe(); // aborts the request
      reject(signal.reason);
    });
  });
