// The part that creates secrets and tokens, while its form is filled in. Core refuses to sign with a weak secret.
import { generateSecret, signToken } from '@zep-auth/core';
import { readClaims } from './claims-form.ts';
import { copyText } from './copy-text.ts';
import { describeError } from './describe-error.ts';
import { clear, find, report } from './elements.ts';
import { toSignCode, toTokenCommand } from './snippets.ts';

const input = (id: string): HTMLInputElement => find(`#make-${id}`, HTMLInputElement);
const button = (id: string): HTMLButtonElement => find(`#make-${id}`, HTMLButtonElement);

/** Wires the part; `explain` passes a token and its secret to the next part. */
export const wireMake = (explain: (token: string, secret: string) => void): void => {
  const form = find('#make-form', HTMLFormElement);
  const [secret, subject, scope, keyId] = [
    input('secret'),
    input('subject'),
    input('scope'),
    input('key-id'),
  ];
  const expiry = find('#make-expiry', HTMLSelectElement);
  const more = find('#make-more', HTMLTextAreaElement);
  const token = find('#make-token', HTMLTextAreaElement);
  const made = find('#make-made', HTMLElement);
  const status = find('#make-status', HTMLElement);
  const note = find('#make-secret-note', HTMLElement);

  const command = find('#make-command', HTMLElement);
  const code = find('#make-code', HTMLElement);
  let edition = 0; // counts changes of the form, so that an outdated token is dropped

  const make = async (): Promise<void> => {
    const asked = ++edition;
    form.ariaBusy = 'true';
    const lifetimeSeconds = expiry.value === '' ? undefined : Number(expiry.value);
    const hasExpiry = lifetimeSeconds !== undefined;
    try {
      const claims = {
        jti: crypto.randomUUID(), // by which it can be revoked
        ...(!hasExpiry && { iat: Math.floor(Date.now() / 1000) }),
        ...readClaims({ subject: subject.value, scope: scope.value, more: more.value, hasExpiry }),
      };
      command.textContent = toTokenCommand(claims, lifetimeSeconds);
      code.textContent = toSignCode(claims, lifetimeSeconds);
      if (secret.value === '') {
        made.hidden = true;
        token.value = '';
        report(status, 'open', 'A token needs a secret: enter one, or press “Make a secret”.');
        form.ariaBusy = 'false';
        return;
      }
      const signed = await signToken(secret.value, claims, {
        keyId: keyId.checked,
        ...(hasExpiry && { expiresInSeconds: lifetimeSeconds }),
      });
      if (asked !== edition) return;
      token.value = signed;
      made.hidden = false;
      if (hasExpiry || 'exp' in claims) report(status, 'good', 'Here is the token.');
      else {
        const warning = 'It never expires: anyone who gets it can use it forever.';
        report(status, 'open', `Here is the token. ${warning}`);
      }
    } catch (error) {
      if (asked !== edition) return;
      made.hidden = true;
      token.value = '';
      report(status, 'bad', ...describeError(error));
    }
    form.ariaBusy = 'false';
  };

  button('new').addEventListener('click', () => {
    secret.value = generateSecret();
    note.textContent =
      'A new secret of 64 random bytes. It is lost when you leave the page: copy it first.';
    void make();
  });
  form.addEventListener('input', () => void make());
  form.addEventListener('submit', (event) => event.preventDefault());
  button('copy').addEventListener('click', async () => {
    clear(status); // so that a second copy is announced too
    report(status, 'good', await copyText(token.value, 'the token'));
  });
  button('explain').addEventListener('click', () => explain(token.value, secret.value));
  void make();
};
