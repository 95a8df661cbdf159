// A field for a secret: hidden until its button is pressed, with a note when the browser changes a pasted secret.
import { copyText } from './copy-text.ts';
import { find } from './elements.ts';

export const wireSecretField = (field: Element): void => {
  const input = find('input', HTMLInputElement, field);
  const note = find('.note', HTMLElement, field);
  const show = find('.show', HTMLButtonElement, field);
  const verb = find('.verb', HTMLElement, show);
  show.addEventListener('click', () => {
    const isHidden = input.type === 'password';
    input.type = isHidden ? 'text' : 'password';
    verb.textContent = isHidden ? 'Hide' : 'Show';
  });
  field.querySelector('.copy')?.addEventListener('click', async () => {
    note.textContent = '';
    note.textContent = await copyText(input.value, 'the secret');
  });
  // A one-line field drops line breaks, so core cannot report them.
  input.addEventListener('paste', ({ clipboardData }) => {
    const hasBreak = /[\r\n]/.test(clipboardData?.getData('text') ?? '');
    note.textContent = hasBreak
      ? 'Pasted without its line break. In a file or a variable the line break would be part of the key: remove it there.'
      : '';
  });
  input.addEventListener('input', (event) => {
    if (!(event instanceof InputEvent && event.inputType === 'insertFromPaste')) {
      note.textContent = '';
    }
  });
};
