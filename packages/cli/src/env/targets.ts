// The places where a server may run, and what each of them needs.
// Never puts the secret among the arguments of a command: what it prints for a shell hands it over on standard input.
import { CliError, toText } from '../io/io.ts';
import { toDotenv, type Variables } from './variables.ts';

/** What is brought to a place. */
interface Delivery {
  readonly variables: Variables;
  readonly secret: string;
  /** The file that holds the secret alone. */
  readonly path: string | undefined;
  readonly isInEnvironment: boolean;
}

export interface Target {
  readonly hint: string;
  /** It says where the secret is, so that `--write` writes the secret, and this is printed. */
  readonly isPointer?: true;
  readonly render: (delivery: Delivery) => string;
  /** What to do with it: sentences, and below `next:` a command line. */
  readonly advice: string;
  /** What to do with it where `--write` has put the secret into a file. */
  readonly adviceWithFile?: string;
}

const NAME = 'zep-auth-secret';
const END = 'END_OF_SECRET';
const DROP_IN = 'put it into /etc/systemd/system/YOUR.service.d/zep-auth.conf';
const FOR_SHELL = 'the lines are for a shell; they read the file';

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A line for a shell, with the secret on standard input of the last command. */
const handOver = (delivery: Delivery, command: string): string => {
  const { secret, path, isInEnvironment } = delivery;
  if (isInEnvironment) return `printf %s "$ZEP_AUTH_SECRET" | ${command}\n`;
  const strip = "tr -d '\\r\\n'"; // a secret has no line break, but a file ends with one
  if (path !== undefined) return `${strip} < ${quote(path)} | ${command}\n`;
  return `${strip} <<'${END}' | ${command}\n${secret}\n${END}\n`;
};

const othersIn = (variables: Variables): Variables =>
  variables.filter(([name]) => name !== 'ZEP_AUTH_SECRET');

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const toUnit = ({ path, variables }: Delivery): string => {
  const file = path ?? '/etc/zep-auth/secret';
  if (/\p{Cc}/u.test(file)) throw new CliError('no unit can name a file with such a name');
  const lines = [
    `LoadCredential=${NAME}:${file.replaceAll('%', '%%')}`,
    ...othersIn(variables).map(([name, value]) => `Environment=${name}=${value}`),
    `Environment=ZEP_AUTH_SECRET_FILE=%d/${NAME}`,
  ];
  return `[Service]\n${lines.join('\n')}\n`;
};

/** Their names. */
export const TARGET_NAMES = [
  'dotenv',
  'compose',
  'docker-secret',
  'kubernetes',
  'systemd',
  'wrangler',
  'github',
  'fly',
  'vercel',
] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

export const TARGETS: { readonly [name in TargetName]: Target } = {
  dotenv: {
    hint: 'lines for a .env file',
    render: ({ variables }) => toDotenv(variables),
    advice: '`zepcli serve --env-file FILE` reads it, and so does all that reads .env files',
  },
  compose: {
    hint: 'environment of a Docker Compose service',
    render: ({ variables }) =>
      `services:\n  api:\n    environment:\n${variables
        .map(([name, value]) => `      ${name}: ${toText(value.replaceAll('$', '$$$$'))}\n`)
        .join('')}`,
    advice:
      'write the name of your service in place of api; next:\n  docker compose -f compose.yaml -f FILE up',
  },
  'docker-secret': {
    hint: 'the secret alone, for a Docker secret or a file',
    render: ({ secret }) => secret,
    advice: `next:\n  zepcli env --for docker-secret | docker secret create ${NAME} -\nthe service gets ZEP_AUTH_SECRET_FILE=/run/secrets/${NAME}`,
  },
  kubernetes: {
    hint: 'a Secret, for kubectl apply',
    render: ({ variables }) =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: zep-auth\ntype: Opaque\ndata:\n${variables
        .map(([name, value]) => `  ${name}: ${base64(value)}\n`)
        .join('')}`,
    advice:
      'next:\n  zepcli env --for kubernetes | kubectl apply -f -\nthe container gets it with envFrom: [{ secretRef: { name: zep-auth } }]',
  },
  systemd: {
    hint: 'a drop-in with LoadCredential',
    isPointer: true,
    render: toUnit,
    advice: `${DROP_IN}\nthe secret belongs into the file that it names: --write FILE puts it there`,
    adviceWithFile: DROP_IN,
  },
  wrangler: {
    hint: 'JSON for Cloudflare Workers',
    render: ({ variables }) => `${JSON.stringify(Object.fromEntries(variables), null, 2)}\n`,
    advice: 'next:\n  zepcli env --for wrangler | npx wrangler secret bulk',
  },
  github: {
    hint: 'gh secret set',
    isPointer: true,
    render: (delivery) =>
      othersIn(delivery.variables)
        .map(([name, value]) => `gh variable set ${name} --body ${value}\n`)
        .join('') + handOver(delivery, 'gh secret set ZEP_AUTH_SECRET'),
    advice: 'the lines are for a shell; all at once: zepcli env --for github | sh',
    adviceWithFile: FOR_SHELL,
  },
  fly: {
    hint: 'fly secrets set',
    isPointer: true,
    render: (delivery) => {
      const others = othersIn(delivery.variables).map(([name, value]) => `${name}=${value}`);
      return handOver(delivery, `fly secrets set ${others.join(' ')} ZEP_AUTH_SECRET=-`);
    },
    advice: 'the lines are for a shell; all at once: zepcli env --for fly | sh',
    adviceWithFile: FOR_SHELL,
  },
  vercel: {
    hint: 'vercel env add',
    isPointer: true,
    render: (delivery) =>
      othersIn(delivery.variables)
        .map(([name, value]) => `printf %s ${value} | vercel env add ${name} production\n`)
        .join('') + handOver(delivery, 'vercel env add ZEP_AUTH_SECRET production --sensitive'),
    advice: 'the lines are for a shell; all at once: zepcli env --for vercel | sh',
    adviceWithFile: FOR_SHELL,
  },
};
