// `zepcli -i`: a secret and the token that goes with it, the way Zep's zepcli hands them out.
import { createHmac, randomBytes } from 'node:crypto';
import { CliError } from '../io/errors.ts';
import { type Io, print, printJson, quote, toWord } from '../io/io.ts';
import { hang, widthOf } from '../io/style.ts';

/** What Zep's zepcli signs: the header `{"alg":"HS256","typ":"JWT"}` and no claims. */
const SIGNED = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30';

const toGuide = (written: string | undefined, width: number): string => {
  const steps = {
    server:
      written === undefined
        ? 'ZEP_AUTH_REQUIRED=true and ZEP_AUTH_SECRET=<the secret>; `zepcli env` formats them for Docker, Kubernetes and others'
        : `zepcli serve --dotenv ${toWord(written)} --upstream http://127.0.0.1:8000`,
    client: 'the token is its API key (ZEP_API_KEY)',
    check: 'zepcli doctor https://api.example.com/v1',
  };
  const lines = Object.entries(steps).map(([name, text]) =>
    hang(`  ${name.padEnd(6)}  `, text, 10, width),
  );
  return `\nNext:\n${lines.join('\n')}\n`;
};

const writeVariables = async (io: Io, file: string, secret: string): Promise<void> => {
  const { openTarget } = await import('../env/write-target.ts');
  const { variablesFor } = await import('../env/variables.ts');
  const { path, standing, write } = await openTarget(io, 'dotenv', file);
  if (standing) {
    const hint = `zepcli rotate --dotenv ${toWord(file)} changes it without an outage`;
    throw new CliError('ERR_FILE', `${quote(path)} has a secret already`, hint);
  }
  await write(secret, variablesFor(secret, false), { force: false, replaceSecret: false });
};

/** Prints a new secret and its token. With `--write` the secret goes into a file of variables and is not shown. */
export const init = async (io: Io, asJson: boolean, write: string | undefined): Promise<void> => {
  // As generateSecret and signToken make them; core would judge the new secret, a quarter of this command's time.
  const secret = `${randomBytes(64).toString('base64url')}==`;
  const token = `${SIGNED}.${createHmac('sha256', secret).update(SIGNED).digest('base64url')}`;
  if (write !== undefined) await writeVariables(io, write, secret);
  if (asJson) {
    const shown = write === undefined ? { secret } : { file: write };
    return printJson(io, { ok: true, ...shown, token });
  }
  const isTerminal = io.stdout.isTTY === true && io.stdin.isTTY === true;
  const lines = isTerminal
    ? (await import('node:readline')).createInterface({ input: io.stdin, terminal: false })
    : undefined;
  const typed = lines?.[Symbol.asyncIterator]();
  const waitForEnter = async (purpose: string): Promise<void> => {
    if (typed !== undefined) io.stderr.write(`Press Enter ${purpose}.`);
    await typed?.next(); // at the end of input too
  };
  if (write === undefined) {
    await print(
      io,
      'The secret makes and checks tokens. Only the server has it, as ZEP_AUTH_SECRET:',
    );
    await print(io, `Secret: ${secret}`);
    await waitForEnter('to see the token');
  } else await print(io, `The secret is in ${quote(write)}, for the server alone.`);
  await print(io, 'The token lets a client in. It goes where the client wants an API key:');
  await print(io, `JWT token: ${token}`);
  if (write !== undefined) {
    const command = `zepcli token --dotenv ${toWord(write)} --sub alice --expires-in 90d`;
    await print(
      io,
      `It is anonymous, never expires and is the same for all. For each client make its own: ${command}`,
    );
  }
  await waitForEnter('to finish');
  lines?.close();
  await print(io, 'Use the token, not the secret, as the API key. Neither is shown again.');
  if (isTerminal) io.stderr.write(toGuide(write, widthOf(io.stderr)));
};
