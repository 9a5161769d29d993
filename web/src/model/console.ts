// All text of the console, in pieces as it came: the view draws them when a frame is due, and nothing is ever dropped.

export interface Piece {
  text: string;
  stream: string;
}

/** A page cannot hold more than its browser gives it: beyond so many characters the oldest go, and it says so. */
const MOST = 128 * 1024 * 1024;

export class ConsoleText {
  /** Characters that were here and went. */
  dropped = 0;
  readonly pieces: Piece[] = [];
  /** The piece that the view begins with: what lies before was cleared away, and is kept. */
  start = 0;
  /** Counts how often the view must begin anew. */
  generation = 0;
  /** Characters that came, all in all. */
  length = 0;
  /** The beginning is not here: the server sent the tail of it. */
  truncated = false;
  constructor(private readonly most = MOST) {}

  private readonly listeners = new Set<() => void>();

  append(text: string, stream: string): void {
    if (text === "") return;
    this.pieces.push({ text, stream });
    this.length += text.length;
    if (this.length - this.dropped > this.most) this.shorten();
    this.notify();
  }

  replace(text: string, truncated: boolean): void {
    this.pieces.length = 0;
    this.length = 0;
    this.dropped = 0;
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

  /** Lets the oldest tenth go. */
  private shorten(): void {
    let count = 0;
    for (let gone = 0; gone < this.most / 10; count += 1) gone += this.pieces[count]?.text.length ?? gone;
    for (const piece of this.pieces.splice(0, count)) this.dropped += piece.text.length;
    this.start = Math.max(0, this.start - count);
    this.generation += 1;
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
