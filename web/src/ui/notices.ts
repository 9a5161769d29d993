// Short messages, spoken announcements, and dialogs that somebody waits for.

import { signal } from "@preact/signals";
import type { LineBreakpoint } from "../editor/marks";

export interface Notice {
  id: number;
  kind: "info" | "error";
  text: string;
}

export const notices = signal<Notice[]>([]);
let last = 0;

export function notify(kind: Notice["kind"], text: string): void {
  const id = ++last;
  const others = notices.value.filter((one) => one.text !== text);
  notices.value = [...others, { id, kind, text }].slice(-4);
  setTimeout(() => dismiss(id), kind === "error" ? 9000 : 4500);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((one) => one.id !== id);
}

/** What a screen reader is told beside what has the focus. */
export const announcement = signal("");

export type DialogKind =
  | { kind: "token" }
  | { kind: "link"; title: string; explanation: string; url: string }
  | { kind: "breakpoint"; breakpoint: LineBreakpoint }
  | { kind: "keys" };

export interface OpenDialog {
  dialog: DialogKind;
  close: (result: unknown) => void;
}

export const dialogs = signal<OpenDialog[]>([]);

/** Shows a dialog and waits for what it is closed with. */
export function openDialog<T>(dialog: DialogKind): Promise<T> {
  return new Promise((resolve) => {
    const entry: OpenDialog = {
      dialog,
      close: (result) => {
        dialogs.value = dialogs.value.filter((one) => one !== entry);
        resolve(result as T);
      },
    };
    dialogs.value = [...dialogs.value, entry];
  });
}
