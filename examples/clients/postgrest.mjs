// Supabase's client for PostgREST.
import { PostgrestClient } from '@supabase/postgrest-js';

export const connect = (url, authFetch) =>
  new PostgrestClient(`${url}/rest/v1`, { fetch: authFetch });

export const call = async (api, signal) => {
  const query = api.from('users').select('name');
  const { data } = await (signal ? query.abortSignal(signal) : query).throwOnError();
  return data[0];
};
