// The part that checks a secret while it is typed. It does not call a secret good, because no check can tell whether it is random.
import { judgeSecret } from '@zep-auth/core';
import { clear, create, find, report } from './elements.ts';

export const wireCheck = (): void => {
  const form = find('#check-form', HTMLFormElement);
  const secret = find('#check-secret', HTMLInputElement);
  const status = find('#check-status', HTMLElement);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => {
    if (secret.value === '') return clear(status);
    const problems = judgeSecret(secret.value);
    const bytes = new TextEncoder().encode(secret.value).length;
    if (problems.length === 0) {
      const caveat = 'No check can tell whether it is random.';
      report(
        status,
        'good',
        create('strong', 'Usable.'),
        ` ${bytes} bytes, no problem found. ${caveat}`,
      );
      return;
    }
    const items = problems.map(({ rule, message }) =>
      create('li', create('code', rule), ` The secret ${message}.`),
    );
    report(status, 'bad', create('strong', 'Not usable.'), create('ul', ...items));
  });
};
