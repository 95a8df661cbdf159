// `zepcli -i`: a secret and the token that goes with it, the way Zep's zepcli hands them out.
// Never waits for a key where nobody sits at one.
import { createInterface } from 'node:readline';
import { generateSecret, signToken } from '@zep-auth/core';
import { type Io, print } from '../io/io.ts';

/** How it is done. */
export interface InitOptions {
  readonly json?: boolean | undefined;
  /** The env file that the server's variables are written to. */
  readonly write?: string | undefined;
  readonly force?: boolean | undefined;
  /** Asks nothing and waits for nothing. */
  readonly yes?: boolean | undefined;
}

/** Waits for Enter on a terminal; at the end of input it does not wait. */
const createPause = ({ stdin, stderr }: Io) => {
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

const NO_PAUSE = { wait: async (): Promise<void> => {}, close: () => {} };

const toGuide = (isWritten: boolean): string => `
Where they belong:
  server  ${
    isWritten
      ? 'The secret is in the file; `zepcli serve --env-file FILE` reads it.'
      : `Its environment: ZEP_AUTH_REQUIRED=true, ZEP_AUTH_SECRET=<the secret>.
          \`zepcli env\` has them for Docker, Kubernetes and others.`
  }
  client  The token, where it wants an API key; zepcli reads ZEP_API_KEY.
  then    \`zepcli doctor https://api.example.com/v1\` says whether it is closed.
`;

const writeVariables = async (io: Io, options: InitOptions, secret: string): Promise<void> => {
  const { findPlace, writeFile } = await import('../files/write-file.ts');
  const { createEdit, variablesFor } = await import('../env/variables.ts');
  const question = 'The file is there already. Set the secret in it? The rest stays.';
  const place = await findPlace(io, options, question);
  await writeFile(io, place, createEdit(io, variablesFor(secret, false)));
};

/** Prints a new secret and its token. */
export const init = async (io: Io, options: InitOptions): Promise<number> => {
  const { json, write, yes } = options;
  const secret = generateSecret();
  const token = await signToken(secret);
  if (write !== undefined) await writeVariables(io, options, secret);
  if (json) {
    print(io, JSON.stringify({ secret, token }));
    return 0;
  }
  const isTerminal = io.stdin.isTTY === true;
  const pause = isTerminal && !yes ? createPause(io) : NO_PAUSE;
  print(io, 'The secret makes and checks tokens. Only the server has it, as ZEP_AUTH_SECRET:');
  print(io, `Secret: ${secret}`);
  await pause.wait('to see the token');
  print(io, 'The token lets a client in. It goes where the client wants an API key:');
  print(io, `JWT token: ${token}`);
  await pause.wait('to finish');
  pause.close();
  print(io, 'Use the token, not the secret, as the API key. Neither is shown again.');
  if (isTerminal) io.stderr.write(toGuide(write !== undefined));
  return 0;
};
