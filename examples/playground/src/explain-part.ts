// The part that explains a token while it is typed. Each part of it has a colour, and stands beside what it decodes to.
import { copyText } from './copy-text.ts';
import { describeError } from './describe-error.ts';
import { describeObject } from './describe-object.ts';
import { clear, create, find, report } from './elements.ts';
import { type Explanation, explainToken, type Finding } from './explain-token.ts';
import { takeLink, toLink } from './link.ts';

const OUTCOMES = { good: 'passed', bad: 'failed', open: 'unknown' };

const describeCheck = ({ title, tone, code, message }: Finding): Element =>
  create(
    'li',
    create('strong', title),
    ' ',
    create(`span.${tone}`, OUTCOMES[tone]),
    create('p', ...(code === undefined ? [] : [create('code', code), ' ']), message),
  );

/** The text of a part, with the first character that no token has marked. */
const describeText = (text: string): readonly (Node | string)[] => {
  const [wrong] = /[^\w-]/u.exec(text) ?? [];
  if (wrong === undefined) return [text === '' ? '(empty)' : text];
  const place = text.indexOf(wrong);
  const name = /\s/.test(wrong) ? '␠' : wrong;
  return [text.slice(0, place), create('mark', name), text.slice(place + wrong.length)];
};

const describePart = (
  kind: 'head' | 'payload' | 'mac',
  title: string,
  text: string,
  ...decoded: readonly Element[]
): Element =>
  create(
    `section.part ${kind}`,
    create('h3', title),
    create('div.pair', create('code.raw', ...describeText(text)), create('div', ...decoded)),
  );

const describeParts = (
  text: string,
  { checks, header, claims, verdict }: Explanation,
): readonly Element[] => {
  const nowSeconds = Date.now() / 1000;
  const [first = '', second = '', ...rest] = text.split('.');
  const caution =
    verdict.tone === 'good'
      ? []
      : [create('p.empty', 'Do not rely on these: the token is not accepted.')];
  return [
    describePart('head', 'Header', first, describeObject(header, nowSeconds)),
    describePart('payload', 'Claims', second, ...caution, describeObject(claims, nowSeconds)),
    describePart('mac', 'Signature', rest.join('.'), create('ol', ...checks.map(describeCheck))),
  ];
};

/** Wires the part, and returns a function that explains a token of another part. */
export const wireExplain = (): ((token: string, secret: string) => void) => {
  const form = find('#explain-form', HTMLFormElement);
  const token = find('#explain-token', HTMLTextAreaElement);
  const secret = find('#explain-secret', HTMLInputElement);
  const status = find('#explain-status', HTMLElement);
  const details = find('#explain-details', HTMLElement);
  const note = find('#explain-note', HTMLElement);
  let edition = 0; // counts changes of the fields, so that an outdated result is dropped

  const explain = async (): Promise<void> => {
    const asked = ++edition;
    note.textContent = '';
    form.ariaBusy = 'true';
    if (token.value === '') {
      clear(status);
      details.replaceChildren();
      form.ariaBusy = 'false';
      return;
    }
    try {
      const explanation = await explainToken(token.value, secret.value);
      if (asked !== edition) return;
      const { title, tone, code, message } = explanation.verdict;
      const codes = code === undefined ? [] : [create('code', code), ' '];
      report(status, tone, create('strong', `${title}.`), ' ', ...codes, message);
      details.replaceChildren(...describeParts(token.value, explanation));
    } catch (error) {
      if (asked !== edition) return;
      details.replaceChildren();
      report(status, 'bad', ...describeError(error));
    }
    form.ariaBusy = 'false';
  };

  form.addEventListener('input', () => void explain());
  form.addEventListener('submit', (event) => event.preventDefault());
  find('#explain-link', HTMLButtonElement).addEventListener('click', async () => {
    note.textContent = '';
    const link = toLink(token.value);
    note.textContent =
      link === undefined
        ? 'There is no token to link to.'
        : `${await copyText(link, 'a link')} It has the header and the claims, without the signature and the secret.`;
  });

  const linked = takeLink();
  if (linked !== undefined) {
    token.value = linked;
    void explain().then(() => {
      note.textContent = 'From a link: what a token says, without its signature.';
    });
  }
  return async (madeToken, itsSecret) => {
    token.value = madeToken;
    secret.value = itsSecret;
    await explain();
    status.focus();
  };
};
