// The places where a server may run, and the form in which each takes the secret.
import { parse } from 'dotenv';
import { dropLineEnding } from '../io/decode-text.ts';
import { CliError } from '../io/errors.ts';
import { quote, toJson, UNSAFE } from '../io/io.ts';
import { toDotenv, type Variables } from './variables.ts';

export interface Target {
  /** `file` is where the secret is kept, for a form that only points to it. */
  readonly render: (variables: Variables, file?: string) => string;
  /** The value of a variable in what `render` has made, where it stands in a file. */
  readonly find: (text: string, name: string) => string | undefined;
  /** What to do with the output, or with the file that was written. */
  readonly advise: (file: string | undefined) => string;
}

const decodeBase64 = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Buffer.from(text, 'base64').toString();

const parseJson = (text: string): { readonly [name: string]: unknown } => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

export const TARGETS = {
  dotenv: {
    render: toDotenv,
    find: (text, name) => parse(text)[name],
    advise: (file = 'FILE') => `zepcli serve --dotenv ${file} --upstream http://127.0.0.1:8000`,
  },
  compose: {
    render: (variables) =>
      `services:\n  api:\n    environment:\n${variables
        .map(([name, value]) => `      ${name}: ${toJson(value.replaceAll('$', '$$$$'))}\n`)
        .join('')}`,
    find: (text, name) => {
      const [, value] = new RegExp(`^ +${name}: (".*")$`, 'm').exec(text) ?? [];
      return textOf(parseJson(`{"value":${value ?? 'null'}}`)['value'])?.replaceAll('$$', '$');
    },
    advise: (file = 'FILE') =>
      `docker compose -f compose.yaml -f ${file} up -d   # with the name of your service for api`,
  },
  kubernetes: {
    render: (variables) =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: zep-auth\ntype: Opaque\ndata:\n${variables
        .map(([name, value]) => `  ${name}: ${Buffer.from(value).toString('base64')}\n`)
        .join('')}`,
    find: (text, name) => decodeBase64(new RegExp(`^ +${name}: (\\S+)$`, 'm').exec(text)?.[1]),
    advise: (file) =>
      `${file === undefined ? 'zepcli env kubernetes | kubectl apply -f -' : `kubectl apply -f ${file}`}   # and in the container: envFrom: [{ secretRef: { name: zep-auth } }]`,
  },
  systemd: {
    render: (variables, file = '/etc/zep-auth/secret') => toUnit(file, variables),
    find: (text, name) => (name === 'ZEP_AUTH_SECRET' ? dropLineEnding(text) : undefined),
    advise: () => 'put it into /etc/systemd/system/YOUR.service.d/zep-auth.conf',
  },
  wrangler: {
    render: (variables) => `${toJson(Object.fromEntries(variables), 2)}\n`,
    find: (text, name) => textOf(parseJson(text)[name]),
    advise: (file) =>
      file === undefined
        ? 'zepcli env wrangler | npx wrangler secret bulk'
        : `npx wrangler secret bulk ${file}`,
  },
} as const satisfies { readonly [name: string]: Target };

export type TargetName = keyof typeof TARGETS;
export const TARGET_NAMES = Object.keys(TARGETS) as readonly TargetName[];

/** A drop-in of a unit: it names the file of the secret, and holds no secret. */
const toUnit = (file: string, variables: Variables): string => {
  if (UNSAFE.test(file)) throw new CliError('ERR_FILE', `no unit can name the file ${quote(file)}`);
  const lines = [
    `LoadCredential=zep-auth-secret:${file.replaceAll('%', '%%')}`,
    ...variables
      .filter(([name]) => name !== 'ZEP_AUTH_SECRET')
      .map(([name, value]) => `Environment=${name}=${value}`),
    'Environment=ZEP_AUTH_SECRET_FILE=%d/zep-auth-secret',
  ];
  return `[Service]\n${lines.join('\n')}\n`;
};
