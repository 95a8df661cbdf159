// Zep's client, @getzep/zep-js 0.x, takes the token as its API key. It sends the token to whatever address ZEP_API_URL
// names.
import { ZepClient } from '@getzep/zep-js';
import { tokenFromEnv } from '@zep-auth/sdk-auth';

const url = process.env.ZEP_API_URL;
const token = tokenFromEnv(process.env);

export const call = async (userId = 'alice') => {
  const client = await ZepClient.init(url, token);
  return client.user.get(userId);
};
