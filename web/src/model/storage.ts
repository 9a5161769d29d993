// What the browser remembers between visits. A browser that remembers nothing is fine.

export function recall<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`emu.${name}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(`emu.${name}`, JSON.stringify(value));
  } catch {
    // Full, or forbidden.
  }
}

/** As `remember`, for this tab first: each goes on with its own, and a new one begins with what was written last. */
export function rememberHere(name: string, value: unknown): void {
  remember(name, value);
  keepHere(name, value);
}

export function recallHere<T>(name: string, otherwise: T, elsewhere = true): T {
  try {
    const text = sessionStorage.getItem(`emu.${name}`);
    if (text !== null) return JSON.parse(text) as T;
  } catch {
    // Forbidden, or damaged.
  }
  return elsewhere ? recall(name, otherwise) : otherwise;
}

/** For this tab only, and no longer than it lives. */
export function keepHere(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(`emu.${name}`, JSON.stringify(value));
  } catch {
    // Full, or forbidden.
  }
}

const KEYS_KEPT = 30;

/** The keys to the sessions that this browser may control. */
export function controlKey(session: string): string | null {
  return recall<Record<string, string>>("keys", {})[session] ?? null;
}

export function keepControlKey(session: string, key: string): void {
  const others = Object.entries(recall<Record<string, string>>("keys", {})).filter(([id]) => id !== session);
  remember("keys", Object.fromEntries([...others, [session, key]].slice(-KEYS_KEPT)));
}
