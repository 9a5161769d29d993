// The order of what is asked of a server: two requests travel on two connections, and the second may arrive first.

/** Gives a function that begins each work when the one before has ended, well or badly. */
export function sequence(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work, work);
    tail = result.catch(() => undefined);
    return result;
  };
}

/**
 * Gives a function that reads, and takes what came. Of several readings under way only the one that began last is taken,
 * and all of them end with it.
 */
export function newest<T>(read: () => Promise<T>, take: (value: T) => void): () => Promise<void> {
  let latest: Promise<T>;
  return async () => {
    latest = read();
    for (;;) {
      const mine = latest;
      const value = await mine;
      if (mine !== latest) continue;
      take(value);
      return;
    }
  };
}

/** Something that happens once; who waits for it afterwards does not wait. */
export class Latch {
  isOpen = false;
  private release: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.release = resolve));

  open(): void {
    this.isOpen = true;
    this.release();
  }
}
