// What the doctor's table uses of cliui, which has no types.
declare module 'cliui' {
  interface Column {
    readonly text: string;
    readonly width?: number;
    readonly padding?: readonly [top: number, right: number, bottom: number, left: number];
  }
  interface Ui {
    readonly div: (...columns: readonly Column[]) => void;
    readonly toString: () => string;
  }
  export default function cliui(options: { readonly width: number; readonly wrap: boolean }): Ui;
}
