// All text of the console, in pieces as it came: the view draws them when a frame is due, and nothing is ever dropped.

export interface Piece {
  text: string;
  stream: string;
}

export class ConsoleText {
  readonly pieces: Piece[] = [];
  /** The piece that the view begins with: what lies before was cleared away, and is kept. */
  start = 0;
  /** Counts how often the view must begin anew. */
  generation = 0;
  length = 0;
  /** The beginning is not here: the server sent the tail of it. */
  truncated = false;
  private readonly listeners = new Set<() => void>();

  append(text: string, stream: string): void {
    if (text === "") return;
    this.pieces.push({ text, stream });
    this.length += text.length;
    this.notify();
  }

  replace(text: string, truncated: boolean): void {
    this.pieces.length = 0;
    this.length = 0;
    this.start = 0;
    this.generation += 1;
    this.truncated = truncated;
    if (text !== "") this.pieces.push({ text, stream: "stdout" });
    this.length = text.length;
    this.notify();
  }

  /** Begins the view anew behind what there is. */
  clear(): void {
    this.start = this.pieces.length;
    this.generation += 1;
    this.notify();
  }

  /** Everything, what was cleared away included. */
  all(): string {
    return this.pieces.map((piece) => piece.text).join("");
  }

  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
