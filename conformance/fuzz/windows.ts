// Finds parts of secrets and tokens in a text: every piece of so many characters that they have.
// Never a pattern: what is looked for are the very texts.

export class Windows {
  readonly #length: number;
  readonly #pieces = new Set<string>();

  /** Pieces of `harmless` texts say nothing, wherever they are found. */
  constructor(length: number, texts: readonly string[], harmless: readonly string[] = []) {
    this.#length = length;
    for (const text of texts) for (const piece of this.#cut(text)) this.#pieces.add(piece);
    for (const text of harmless) for (const piece of this.#cut(text)) this.#pieces.delete(piece);
  }

  #cut(text: string): readonly string[] {
    const count = Math.max(0, text.length - this.#length + 1);
    return Array.from({ length: count }, (_, i) => text.slice(i, i + this.#length));
  }

  /** The pieces that are in a text. */
  in(text: string): readonly string[] {
    return this.#cut(text).filter((piece) => this.#pieces.has(piece));
  }
}
