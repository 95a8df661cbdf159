// Zep's client, @getzep/zep-js 0.x, takes no fetch, but the token as its API key. It sends the token to whatever address
// it is given.
import { ZepClient } from '@getzep/zep-js';

export const connect = (url, _authFetch, token) => ZepClient.init(url, token);

export const call = async (api) => (await api.user.get('alice')).user_id;
