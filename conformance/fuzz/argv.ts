// Random command lines, run in process. The output must not contain a secret or a token, except one that the command
// made or was told to write.
import { Readable, Writable } from 'node:stream';
import * as fc from 'fast-check';
import { run } from '../../packages/cli/src/run.ts';
import { createLeakFinder } from '../kit/leaks.ts';
import {
  commandLines,
  environments,
  FOLDER,
  GENERATED,
  HARMLESS,
  inputs,
  SECRETS,
  TOKENS,
} from './argv-words.ts';
import { Disagreement, defineTarget, type Tally, type Target } from './target.ts';

interface Case {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | Uint8Array;
  readonly isTerminal: boolean;
}

const COMMANDS = ['secret', 'token', 'verify', 'inspect', 'serve'];
/** These cannot succeed with random arguments. */
const OTHERS = ['rotate', 'revoke', 'doctor', 'completion', 'env', 'help'];

const MARKERS = [...SECRETS, ...TOKENS];
const leaksIn = createLeakFinder(MARKERS, { length: 10, harmless: HARMLESS });

class Capture extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Changes to the process itself. Only the bin may make them. */
const strays: string[] = [];
const watched = async (action: () => Promise<number>): Promise<number> => {
  const { stdout, stderr } = process;
  const writes = [stdout.write, stderr.write] as const;
  const take = (chunk: unknown): boolean => strays.push(String(chunk)) > 0;
  const reject = (reason: unknown): void => void strays.push(`a rejection: ${reason}`);
  [stdout.write, stderr.write] = [take, take];
  process.on('unhandledRejection', reject);
  try {
    return await action();
  } finally {
    [stdout.write, stderr.write] = writes;
    process.off('unhandledRejection', reject);
  }
};

/** Parts of secrets and tokens that a command was told to print, or to use as an id. */
const isAsked = (piece: string, { argv }: Case, code: number): boolean =>
  (code === 0 && argv.includes('env')) ||
  argv.some((argument, i) => {
    const isId = argument.startsWith('--jti=') || argv[i - 1] === '--jti';
    const isWanted = argv.includes('revoke') ? isId : code === 0 && argv.includes('token');
    return isWanted && argument.includes(piece);
  });

/** Refused before anything is parsed: a known or generated secret anywhere, a misplaced token, a password. */
const isForbidden = (argument: string, { argv, env }: Case): boolean =>
  argument.endsWith(GENERATED) ||
  (argument !== '' && argument === env['ZEP_AUTH_SECRET']) ||
  (TOKENS.includes(argument) &&
    !['verify', 'inspect', 'revoke', 'check', 'decode'].includes(argv[0] ?? '')) ||
  /^redis:\/\/[^/]*:[^/]*@/.test(argument);

/** A part of an argument that cannot be told from any other word: an error may quote it. */
const isQuoted = (piece: string, it: Case): boolean =>
  it.argv.some(
    (argument) =>
      argument.includes(piece) &&
      !isForbidden(argument, it) &&
      !TOKENS.some((token) => argument.trim() === token),
  );

/** Whether standard output is an error in JSON, or nothing. */
const isNothing = (stdout: string): boolean => stdout === '' || stdout.startsWith('{"error":{');

const judge = async (it: Case, tally: Tally): Promise<void> => {
  const [stdout, stderr] = [new Capture(), new Capture()];
  const input = Readable.from([Buffer.from(it.stdin)], { objectMode: false });
  const stdin = it.isTerminal ? Object.assign(input, { isTTY: true }) : input;
  // A server that starts in spite of this stops at once.
  const io = { env: it.env, stdin, stdout, stderr, signal: AbortSignal.abort() };
  const code = await watched(() => run(it.argv, io));
  const said = `${stdout.text}\n${stderr.text}`;
  const fail = (what: string): never => {
    throw new Disagreement(`${what}\nexit code ${code}, and says\n${said}`);
  };
  if (![0, 1, 2, 3].includes(code)) fail('the exit code is not one of ours');
  if (strays.length > 0) fail(`written past the streams: ${strays.splice(0).join('')}`);
  if (process.exitCode !== undefined) fail('the exit code of the process is set');
  if (/unexpected error|\bat \S+:\d+:\d+/.test(said)) fail('an unexpected error');
  if (said.includes('listening on')) fail('a server was started');
  if (leaksIn(stderr.text).some((piece) => !isQuoted(piece, it))) {
    fail('a secret or a token is on standard error');
  }
  const found = leaksIn(stdout.text).filter(
    (piece) => !isAsked(piece, it, code) && !(isNothing(stdout.text) && isQuoted(piece, it)),
  );
  if (found.length > 0) fail('a secret or a token is on standard output');
  if (code === 2 && !isNothing(stdout.text)) fail('a wrong command line has made something');
  if (it.argv.some((argument) => isForbidden(argument, it))) {
    tally.note('what does not belong on a command line');
    if (code !== 2) fail('a secret, a token or a password is taken from the command line');
  }
  tally.count(code === 0 ? 'accepted' : `exit ${code}`);
  tally.note(
    `${[...COMMANDS, ...OTHERS].find((command) => command === it.argv[0]) ?? 'else'} ${code}`,
  );
};

export const argvTarget: Target = defineTarget<Case>({
  name: 'argv',
  share: 2,
  batchSize: 50,
  expected: [
    {
      // Few cases, because each takes long.
      within: 800,
      names: [
        ...['accepted', 'exit 1', 'exit 2', 'exit 3', 'verify 1', 'inspect 1', 'else 0', 'else 2'],
        ...['env 0', 'help 0'],
        'what does not belong on a command line',
        ...COMMANDS.flatMap((command) => [`${command} 0`, `${command} 2`]),
        ...OTHERS.map((command) => `${command} 2`),
      ],
    },
  ],
  cases: fc.record({
    argv: commandLines,
    env: environments,
    stdin: inputs,
    isTerminal: fc.constantFrom(false, false, false, true),
  }),
  judge: async (it, tally) => {
    // A relative path must not name a file of the repository.
    if (process.cwd() !== FOLDER) process.chdir(FOLDER);
    await judge(it, tally);
  },
});
