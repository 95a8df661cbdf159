// The part that creates secrets and tokens. Core refuses to sign with a weak secret.
import { generateSecret, signToken } from '@zep-auth/core';
import { readClaims } from './claims-form.ts';
import { copyText } from './copy-text.ts';
import { describeError } from './describe-error.ts';
import { clear, find, report } from './elements.ts';

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

  const forget = (): void => {
    clear(status);
    token.value = '';
    made.hidden = true;
  };

  button('new').addEventListener('click', () => {
    forget();
    secret.value = generateSecret();
    note.textContent =
      'A new secret of 64 random bytes. It is lost when you leave the page: copy it first.';
  });

  form.addEventListener('input', forget);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    forget();
    try {
      const hasExpiry = expiry.value !== '';
      const claims = readClaims({
        subject: subject.value,
        scope: scope.value,
        more: more.value,
        hasExpiry,
      });
      token.value = await signToken(secret.value, claims, {
        keyId: keyId.checked,
        ...(hasExpiry && { expiresInSeconds: Number(expiry.value) }),
      });
      made.hidden = false;
      if (hasExpiry || claims.exp !== undefined) report(status, 'good', 'Here is the token.');
      else
        report(
          status,
          'open',
          'Here is the token. It never expires: anyone who gets it can use it forever.',
        );
    } catch (error) {
      report(status, 'bad', ...describeError(error));
    }
  });

  button('copy').addEventListener('click', async () => {
    clear(status); // so that a second copy is announced too
    report(status, 'good', await copyText(token.value, 'the token'));
  });
  button('explain').addEventListener('click', () => explain(token.value, secret.value));
};
