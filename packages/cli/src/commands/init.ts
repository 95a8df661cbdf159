// `zepcli -i`: a secret and the token that goes with it, the way Zep's zepcli hands them out.
// Never waits for a key where nobody sits at one.
import { createInterface } from 'node:readline';
import { generateSecret, signToken } from '@zep-auth/core';
import { type Io, print } from '../io.ts';

/** Waits for Enter on a terminal; at the end of input it does not wait. */
const createPause = ({ stdin, stderr }: Io) => {
  if (!stdin.isTTY) return { wait: async () => {}, close: () => {} };
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  let hasEnded = false;
  const end = new Promise<void>((resolve) => {
    lines.once('close', () => {
      hasEnded = true;
      resolve();
    });
  });
  const wait = async (purpose: string): Promise<void> => {
    if (hasEnded) return;
    stderr.write(`Press Enter ${purpose}.`);
    await Promise.race([new Promise<void>((resolve) => lines.once('line', () => resolve())), end]);
  };
  return { wait, close: () => lines.close() };
};

/** Prints a new secret and its token. */
export const init = async (io: Io, asJson: boolean): Promise<number> => {
  const secret = generateSecret();
  const token = await signToken(secret);
  if (asJson) {
    print(io, JSON.stringify({ secret, token }));
    return 0;
  }
  const pause = createPause(io);
  print(
    io,
    'The secret signs and checks tokens. It belongs to the server alone, as ZEP_AUTH_SECRET:',
  );
  print(io, `Secret: ${secret}`);
  await pause.wait('to see the token');
  print(io, 'The token lets a client in. It goes where the client wants an API key:');
  print(io, `JWT token: ${token}`);
  await pause.wait('to finish');
  pause.close();
  print(
    io,
    'Use the token, not the secret, as the API key. Keep both safe: they are not shown again.',
  );
  return 0;
};
