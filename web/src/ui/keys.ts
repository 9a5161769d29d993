// The keys of the debugger, as in Visual Studio Code.

import { app } from "../model/app";
import { debug } from "../model/debugging";
import { saveFile } from "../model/files";
import { openDialog } from "./notices";

export interface Key {
  keys: string;
  meaning: string;
  matches?: (event: KeyboardEvent) => boolean;
  act?: () => void;
}

function plain(key: string, { ctrl = false, shift = false } = {}) {
  return (event: KeyboardEvent) =>
    event.key.toLowerCase() === key.toLowerCase() &&
    (event.ctrlKey || event.metaKey) === ctrl &&
    event.shiftKey === shift &&
    !event.altKey;
}

export const KEYS: readonly Key[] = [
  { keys: "F5", meaning: "Run, or continue", matches: plain("F5"), act: () => void debug.run() },
  { keys: "Shift+F5", meaning: "Stop", matches: plain("F5", { shift: true }), act: () => void debug.stop() },
  { keys: "Ctrl+Shift+F5", meaning: "Restart with the program as it is written", matches: plain("F5", { ctrl: true, shift: true }), act: () => void debug.restart() },
  { keys: "F9", meaning: "Set or remove a breakpoint in the line of the cursor", matches: plain("F9"), act: () => app.editor && void debug.toggleBreakpoint(app.editor.line) },
  { keys: "Shift+F9", meaning: "Condition of the breakpoint", matches: plain("F9", { shift: true }), act: () => app.editor && void debug.editBreakpoint(app.editor.line) },
  { keys: "F10", meaning: "Step over: a call as one step", matches: plain("F10"), act: () => void debug.step("step-over") },
  { keys: "F11", meaning: "Step into: one instruction", matches: plain("F11"), act: () => void debug.step("step") },
  { keys: "Shift+F11", meaning: "Step out: to the end of the function", matches: plain("F11", { shift: true }), act: () => void debug.step("step-out") },
  { keys: "Ctrl+F10", meaning: "Run to the cursor", matches: plain("F10", { ctrl: true }), act: () => void debug.runToCursor() },
  { keys: "F6", meaning: "To the next part of the page; Shift+F6 back", matches: plain("F6"), act: () => moveFocus(1) },
  { keys: "Shift+F6", meaning: "To the part before", matches: plain("F6", { shift: true }), act: () => moveFocus(-1) },
  { keys: "F8", meaning: "To the next problem (in the editor)" },
  { keys: "Ctrl+Space", meaning: "Complete (in the editor)" },
  { keys: "Tab", meaning: "Indent in the editor; Ctrl+M lets Tab leave it" },
  { keys: "Ctrl+S", meaning: "Save the program as a file", matches: plain("s", { ctrl: true }), act: () => saveFile() },
  { keys: "F1", meaning: "This list", matches: plain("F1"), act: () => void openDialog({ kind: "keys" }) },
];

export function listenToKeys(): void {
  addEventListener(
    "keydown",
    (event) => {
      if (document.querySelector("dialog[open]")) return;
      const key = KEYS.find((one) => one.matches?.(event));
      if (!key?.act) return;
      event.preventDefault();
      event.stopPropagation();
      performance.mark("emu:key");
      key.act();
    },
    { capture: true },
  );
}

/** The parts of the page carry `data-part`; what had the focus in one gets it back. */
function moveFocus(direction: 1 | -1): void {
  const parts = [...document.querySelectorAll<HTMLElement>("[data-part]")].filter((one) => one.offsetParent !== null);
  const at = parts.findIndex((one) => one.contains(document.activeElement));
  const from = at < 0 && direction < 0 ? 0 : at;
  const next = parts[(from + direction + parts.length) % parts.length];
  const target = next?.querySelector<HTMLElement>(
    ".cm-content, [role=tab][aria-selected=true], button:not([disabled]), input, [tabindex='0']",
  );
  target?.focus();
}
