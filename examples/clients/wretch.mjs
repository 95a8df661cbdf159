import wretch from 'wretch';
import AbortAddon from 'wretch/addons/abort';

export const connect = (url, authFetch) =>
  wretch(url).polyfills({ fetch: authFetch }).addon(AbortAddon());

export const call = (api, signal) => api.options({ signal }).get('/me').json();
