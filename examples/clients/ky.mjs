import ky from 'ky';

export const connect = (url, authFetch) => ky.create({ prefixUrl: url, fetch: authFetch });

export const call = (api, signal) => api.get('me', { signal }).json();
