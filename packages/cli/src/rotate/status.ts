// Which keys the tokens of clients are signed with, by the metrics of running gates.
import { CliError, causeOf } from '../io/errors.ts';

/** How much a key is used, at all gates together. */
export interface KeyUse {
  readonly keyId: string;
  /** `gone`: no gate accepts it any more. */
  role: 'current' | 'previous' | 'gone';
  /** How many requests had a token of it, since the gates started. */
  accepted: number;
  /** When one was accepted last, in seconds since 1970. */
  lastUsed?: number;
}

const SAMPLE = /^zep_auth_(key|key_last_used_timestamp_seconds|accepted_total)\{(.*)\} (\S+)$/gm;

const readLabel = (labels: string, name: string): string =>
  new RegExp(`(?:^|,)${name}="([\\w-]*)"`).exec(labels)?.[1] ?? '';

const readMetrics = async (port: number): Promise<string> => {
  const url = `http://127.0.0.1:${port}/metrics`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch((error) => {
    const cause = causeOf(error.cause ?? error);
    const hint = 'start the gate with `zepcli serve --metrics-port`, and name its port here';
    throw new CliError('ERR_NETWORK', `${url} does not answer: ${cause}`, hint);
  });
  const text = await response.text();
  if (response.ok && /^zep_auth_key\{/m.test(text)) return text;
  throw new CliError('ERR_NETWORK', `${url} does not have the metrics of a gate`);
};

/** Reads from metrics ports of this machine how much each key is used. @throws {CliError} when one does not answer */
export const readKeyUse = async (ports: readonly number[]): Promise<readonly KeyUse[]> => {
  const uses = new Map<string, KeyUse>();
  for (const text of await Promise.all(ports.map(readMetrics))) {
    for (const [, name, labels = '', value] of text.matchAll(SAMPLE)) {
      const keyId = readLabel(labels, 'key_id');
      const use = uses.get(keyId) ?? { keyId, role: 'gone', accepted: 0 };
      uses.set(keyId, use);
      if (name === 'accepted_total') use.accepted += Number(value);
      else if (name === 'key') {
        // A key that is current at one gate and previous at another is on its way.
        const isCurrent = readLabel(labels, 'role') === 'current' || use.role === 'current';
        use.role = isCurrent ? 'current' : 'previous';
      } else use.lastUsed = Math.max(use.lastUsed ?? 0, Number(value));
    }
  }
  return [...uses.values()];
};
