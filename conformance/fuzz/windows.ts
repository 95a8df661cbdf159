// Finds parts of secrets and tokens in a text: every piece of a given length.

export class Windows {
  readonly #length: number;
  readonly #pieces = new Set<string>();

  /** Pieces of `harmless` texts may appear anywhere. */
  constructor(length: number, texts: readonly string[], harmless: readonly string[] = []) {
    this.#length = length;
    for (const text of texts) for (const piece of this.#cut(text)) this.#pieces.add(piece);
    for (const text of harmless) for (const piece of this.#cut(text)) this.#pieces.delete(piece);
  }

  #cut(text: string): readonly string[] {
    const count = Math.max(0, text.length - this.#length + 1);
    return Array.from({ length: count }, (_, i) => text.slice(i, i + this.#length));
  }

  /** The pieces that a text contains. */
  in(text: string): readonly string[] {
    return this.#cut(text).filter((piece) => this.#pieces.has(piece));
  }
}
