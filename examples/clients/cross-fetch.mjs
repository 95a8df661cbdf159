// cross-fetch is node-fetch 2 in Node, and keeps the token on the same redirects.
import fetch from 'cross-fetch';

export const options = { fetch };

export const connect = (url, authFetch) => (path, init) =>
  authFetch(`${url}${path}`, { ...init, redirect: 'error' });

export const call = async (get, signal) => {
  const response = await get('/me', { signal });
  if (response.ok) return response.json();
  throw new Error(`the API answered ${response.status}`);
};
