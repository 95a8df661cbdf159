// The part that explains a token. It removes an explanation as soon as the token or the secret changes.
import { describeError } from './describe-error.ts';
import { describeObject } from './describe-object.ts';
import { clear, create, find, report } from './elements.ts';
import { type Explanation, explainToken, type Finding } from './explain-token.ts';

const OUTCOMES = { good: 'passed', bad: 'failed', open: 'unknown' };

const describeCheck = ({ title, tone, code, message }: Finding): Element =>
  create(
    'li',
    create('strong', title),
    ' ',
    create(`span.${tone}`, OUTCOMES[tone]),
    create('p', ...(code === undefined ? [] : [create('code', code), ' ']), message),
  );

const describeParts = ({ checks, header, claims, verdict }: Explanation): readonly Element[] => {
  const nowSeconds = Date.now() / 1000;
  return [
    create('h3', 'Checks'),
    create('ol', ...checks.map(describeCheck)),
    create('h3', 'Header'),
    describeObject(header, nowSeconds),
    create('h3', 'Claims'),
    ...(verdict.tone === 'good'
      ? []
      : [create('p.empty', 'Do not rely on these: the token is not accepted.')]),
    describeObject(claims, nowSeconds),
  ];
};

/** Wires the part, and returns a function that explains a token of another part. */
export const wireExplain = (): ((token: string, secret: string) => void) => {
  const form = find('#explain-form', HTMLFormElement);
  const token = find('#explain-token', HTMLTextAreaElement);
  const secret = find('#explain-secret', HTMLInputElement);
  const status = find('#explain-status', HTMLElement);
  const details = find('#explain-details', HTMLElement);
  let edition = 0; // counts changes of the fields, so that an outdated result is dropped

  const forget = (): void => {
    edition++;
    clear(status);
    details.replaceChildren();
  };

  const explain = async (): Promise<void> => {
    forget();
    const asked = edition;
    try {
      const explanation = await explainToken(token.value, secret.value);
      if (asked !== edition) return;
      const { title, tone, code, message } = explanation.verdict;
      const codes = code === undefined ? [] : [create('code', code), ' '];
      report(status, tone, create('strong', `${title}.`), ' ', ...codes, message);
      details.replaceChildren(...describeParts(explanation));
    } catch (error) {
      if (asked === edition) report(status, 'bad', ...describeError(error));
    }
  };

  form.addEventListener('input', forget);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void explain();
  });
  return async (madeToken, itsSecret) => {
    token.value = madeToken;
    secret.value = itsSecret;
    await explain();
    status.focus();
  };
};
