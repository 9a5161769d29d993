// Programs from and to the computer of the person who writes them, samples, and links.

import { notify, openDialog } from "../ui/notices";
import { app, baseName } from "./app";
import { pack } from "./share";
import { controlKey } from "./storage";

export function openFile(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = ".s,.S,.asm,.txt,.elf,.out,.axf,.c,.h,application/octet-stream,text/plain";
  input.onchange = () => void take([...(input.files ?? [])]);
  input.click();
}

/**
 * Opens files: an assembly source becomes the text, a compiled program goes to the machine as it is, and C sources are shown
 * with the compiled program that was made from them.
 */
export async function take(files: readonly File[]): Promise<void> {
  const own = new Map<string, string>();
  for (const file of files) {
    const data = await file.arrayBuffer();
    const isElf = [0x7f, 0x45, 0x4c, 0x46].every((byte, index) => new Uint8Array(data)[index] === byte);
    if (isElf) await loadExecutable(file.name, data);
    else {
      const text = decoded(data);
      if (text === null) notify("error", `${file.name} is neither text (UTF-8) nor an ELF executable.`);
      else if (/\.(?:c|h|cc|cpp)$/i.test(file.name) || isWanted(file.name)) own.set(file.name, text);
      else openText(file.name, text);
    }
  }
  app.addSources(own);
  if (own.size > 0 && app.program.value?.kind !== "elf") {
    notify("info", "C sources are shown once the executable made from them (compiled with -g) is opened, too.");
  }
}

/** Whether the compiled program that is loaded names this source. */
function isWanted(name: string): boolean {
  return app.program.value?.kind === "elf" && app.program.value.files.some((one) => baseName(one.name) === name);
}

function decoded(data: ArrayBuffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    return null;
  }
}

async function loadExecutable(name: string, data: ArrayBuffer): Promise<void> {
  try {
    const present = app.session.value;
    const session = present !== null && !present.isOver.value && !app.isViewer.value ? present : await app.create();
    const { seq } = await session.api.loadElf(data);
    await session.reached(seq);
    await session.readProgram();
    app.executable = { session: session.id, data };
    app.shownFile.value = 0;
    app.side.value = "debug";
    notify("info", `${name} is loaded. F5 runs it, F11 steps.`);
  } catch (error) {
    app.fail(error);
  }
}

export function openText(name: string, text: string): void {
  const normal = text.replace(/\r\n?/g, "\n");
  if (app.showsProgram.value) app.leave();
  const before = app.text.peek();
  app.edit({ name, text: normal, breakpoints: [], session: null }, true);
  app.isReplaced = true;
  app.side.value = "debug";
  app.editor?.focus();
  if (before.trim() !== "" && before !== normal) notify("info", "Ctrl+Z brings back what was in the editor.");
  // A program that still runs has nothing to do with this text.
  const session = app.session.peek();
  if (session?.isActive.peek() && !app.isViewer.peek()) session.api.command("stop").catch((error: unknown) => app.fail(error));
}

export async function openSample(name: string): Promise<void> {
  try {
    const { content } = await app.http.get<{ content: string }>(`/api/v1/examples/${encodeURIComponent(name)}`);
    openText(name, content);
  } catch (error) {
    app.fail(error);
  }
}

export function newProgram(): void {
  app.leave();
  openText("program.s", "");
  app.side.value = "learn";
}

/** A viewer's own copy of what is shown: in a place of its own, free to change. */
export function makeCopy(): void {
  const file = app.file.value;
  if (!file) return;
  app.leave();
  openText(file.name, file.text);
}

export function saveFile(): void {
  const file = app.showsProgram.value ? app.file.value : { name: app.name.value, text: app.text.value };
  if (file) download(baseName(file.name), file.text);
}

export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export async function shareProgram(): Promise<void> {
  const file = app.showsProgram.value && app.file.value ? app.file.value : { name: app.name.value, text: app.text.value };
  const url = `${location.origin}/#p=${await pack(file)}`;
  await openDialog({
    kind: "link",
    title: "Share this program",
    explanation: "The whole program is in the link. Whoever opens it on this server gets a copy to change and run.",
    url,
  });
}

export async function shareView(): Promise<void> {
  const id = app.session.value?.id;
  if (id === undefined) return noSession();
  await openDialog({
    kind: "link",
    title: "Let others watch",
    explanation: `Whoever opens this link sees this session live: the same program, the same registers, the same console. They cannot change it.${tokenWarning()}`,
    url: `${location.origin}/s/${id}${fragmentOf({})}`,
  });
}

export async function shareControl(): Promise<void> {
  const id = app.session.value?.id;
  if (id === undefined) return noSession();
  const key = controlKey(id);
  if (key === null) {
    notify("error", app.isViewer.value ? "You are watching this session and have no control to give away." : "This session is open: whoever has its address controls it.");
    return;
  }
  await openDialog({
    kind: "link",
    title: "Hand over control",
    explanation: `Whoever opens this link controls this session as you do: they can run, stop, load and change it.${tokenWarning()}`,
    url: `${location.origin}/s/${id}${fragmentOf({ control: key })}`,
  });
}

function tokenWarning(): string {
  return app.http.credentials.token === null ? "" : " The link contains the token of this server.";
}

/** What goes behind the address: never sent to a server, and taken out of the address by the page that reads it. */
function fragmentOf(parts: Record<string, string>): string {
  const { token } = app.http.credentials;
  const text = new URLSearchParams(token === null ? parts : { ...parts, token }).toString();
  return text && `#${text}`;
}

function noSession(): void {
  notify("info", "There is no session yet. Run the program first: then it has an address.");
}
