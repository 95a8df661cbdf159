// Finding and making elements.
// Never makes HTML of a text: what a token says is shown, not run.

/** Finds an element that the page is known to have. */
export const find = <Kind extends Element>(
  selector: string,
  kind: new () => Kind,
  root: ParentNode = document,
): Kind => {
  const found = root.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${selector}`);
};

/** Makes an element: `create('p.bad', 'refused')`. */
export const create = (tagAndClass: string, ...children: readonly (Node | string)[]): Element => {
  const [tag = '', className] = tagAndClass.split('.');
  const element = document.createElement(tag);
  if (className !== undefined) element.className = className;
  element.append(...children);
  return element;
};

/** How a result looks: it holds, it does not, or it is not known. */
export type Tone = 'good' | 'bad' | 'open';

/** Shows a result where screen readers hear of it. */
export const report = (
  status: Element,
  tone: Tone,
  ...children: readonly (Node | string)[]
): void => {
  status.className = `result ${tone}`;
  status.replaceChildren(...children);
};

/** Takes a result away, because what it was about has changed. */
export const clear = (status: Element): void => {
  status.className = 'result';
  status.replaceChildren();
};
