// Text is never parsed as HTML: a token's content is shown, not run.

/** Finds an element that the page must have. */
export const find = <Kind extends Element>(
  selector: string,
  kind: new () => Kind,
  root: ParentNode = document,
): Kind => {
  const found = root.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${selector}`);
};

/** Creates an element: `create('p.bad', 'refused')`; classes are separated by spaces. */
export const create = (tagAndClass: string, ...children: readonly (Node | string)[]): Element => {
  const [tag = '', className] = tagAndClass.split('.');
  const element = document.createElement(tag);
  if (className !== undefined) element.className = className;
  element.append(...children);
  return element;
};

/** The style of a result: passed, failed, or unknown. */
export type Tone = 'good' | 'bad' | 'open';

/** Shows a result in a live region, for screen readers. */
export const report = (
  status: Element,
  tone: Tone,
  ...children: readonly (Node | string)[]
): void => {
  status.className = `result ${tone}`;
  status.replaceChildren(...children);
};

/** Removes a result, because its input has changed. */
export const clear = (status: Element): void => {
  status.className = 'result';
  status.replaceChildren();
};
