// Programs from and to the computer of the person who writes them, samples, and links.

import { notify, openDialog } from "../ui/notices";
import { app } from "./app";
import { pack } from "./share";
import { controlKey } from "./storage";

export async function openFile(): Promise<void> {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".s,.S,.asm,.txt,.elf,.out,.axf,application/octet-stream,text/plain";
  input.onchange = () => {
    const file = input.files?.[0];
    if (file) void take(file);
  };
  input.click();
}

/** Opens a file: a source becomes the text, a compiled program goes to the machine as it is. */
export async function take(file: File): Promise<void> {
  const data = await file.arrayBuffer();
  const head = new Uint8Array(data.slice(0, 4));
  if (head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46) {
    try {
      const session = app.session.value ?? (await app.create());
      const { seq } = await session.api.loadElf(data);
      await session.reached(seq);
      await session.readProgram();
      app.shownFile.value = 0;
      notify("info", `${file.name} is loaded. F5 runs it, F11 steps.`);
    } catch (error) {
      app.fail(error);
    }
    return;
  }
  try {
    openText(file.name, new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch {
    notify("error", `${file.name} is neither text (UTF-8) nor an ELF executable.`);
  }
}

export function openText(name: string, text: string): void {
  const normal = text.replace(/\r\n?/g, "\n");
  if (app.showsProgram.value) app.leave();
  app.edit({ name, text: normal, breakpoints: [], session: null });
  app.side.value = "debug";
  app.editor?.focus();
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
  if (file) download(file.name.split("/").at(-1) ?? "program.s", file.text);
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
    explanation: "Whoever opens this link sees this session live: the same program, the same registers, the same console. They cannot change it.",
    url: `${location.origin}/s/${id}`,
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
    explanation: "Whoever opens this link controls this session as you do: they can run, stop, load and change it.",
    url: `${location.origin}/s/${id}#control=${encodeURIComponent(key)}`,
  });
}

function noSession(): void {
  notify("info", "There is no session yet. Run the program first: then it has an address.");
}
