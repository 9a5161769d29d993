// The page as a whole: the text that is edited, the session it is debugged in, and what is shown of both.

import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { ApiError, Http, isAbort, messageOf } from "../api/http";
import type { Assembled, Diagnostic, Example, Reference, SourceFile } from "../api/types";
import type { Editor } from "../editor/editor";
import type { LineBreakpoint } from "../editor/marks";
import { hex, shown } from "../ui/format";
import { notify, openDialog, type DialogKind } from "../ui/notices";
import { pcOf, REGISTERS } from "./machine";
import { Latch } from "./order";
import { SessionModel } from "./session";
import { fragment, unpack } from "./share";
import { controlKey, keepControlKey, keepHere, recallHere, rememberHere } from "./storage";

export interface Draft {
  name: string;
  text: string;
  breakpoints: LineBreakpoint[];
  /** The session that the text was last loaded into. */
  session: string | null;
}

const EMPTY: Draft = { name: "program.s", text: "", breakpoints: [], session: null };
const ASSEMBLE_AFTER = 250;
const REMEMBER_AFTER = 400;

export type LowerTab = "console" | "problems" | "command" | "timeline";
export type SideTab = "memory" | "stack" | "disassembly" | "watch" | "breakpoints";

export class App {
  readonly http = new Http();
  readonly session = signal<SessionModel | null>(null);
  readonly reference = signal<Reference | null>(null);
  readonly examples = signal<Example[]>([]);
  private readonly tables = new Latch();
  readonly name = signal(EMPTY.name);
  readonly text = signal("");
  /** The text that the session's program was made from, as far as this page knows. */
  readonly loadedText = signal<string | null>(null);
  readonly assembled = signal<Assembled | null>(null);
  /** Grows whenever the editor's text became what the machine executes: its marks are placed anew. */
  private readonly loads = signal(0);
  readonly shownFile = signal(0);
  readonly busy = signal("");
  readonly lowerTab = signal<LowerTab>("console");
  readonly sideTab = signal<SideTab>("memory");
  readonly side = signal<"debug" | "learn">("debug");
  /** Where the memory view is asked to go. */
  readonly memoryPlace = signal<{ address: number } | null>(null);

  readonly isViewer = computed(() => this.session.value?.access.value === "watch");
  readonly program = computed(() => this.session.value?.program.value ?? null);
  /** The session's files are shown in place of the text that is edited: to viewers, and for compiled programs. */
  readonly showsProgram = computed(
    () => this.isViewer.value || this.program.value?.kind === "elf",
  );
  /** The executable that this page loaded, to begin anew with untouched data. */
  executable: { session: string; data: ArrayBuffer } | null = null;
  /** Texts that were opened here for a compiled program, by file name: an executable names its sources only. */
  readonly ownSources = signal<ReadonlyMap<string, string>>(new Map());
  readonly files = computed<SourceFile[]>(() => {
    const own = this.ownSources.value;
    return (this.program.value?.files ?? []).map((one) => ({ name: one.name, text: one.text || (own.get(baseName(one.name)) ?? "") }));
  });
  readonly file = computed(() => this.files.value[this.shownFile.value] ?? this.files.value[0] ?? null);
  /** The source that is shown is known by name only. */
  readonly lacksSource = computed(() => this.showsProgram.value && !this.file.value?.text);
  readonly isChanged = computed(
    () => this.program.value !== null && !this.showsProgram.value && this.text.value !== this.loadedText.value,
  );
  readonly diagnostics = computed<Diagnostic[]>(() => (this.showsProgram.value ? [] : (this.assembled.value?.diagnostics ?? [])));
  /** The source line of the next instruction, in the file it belongs to. */
  readonly currentLine = computed(() => {
    const session = this.session.value;
    if (session === null || session.program.value === null) return null;
    return session.lineAt(pcOf(session.machine.value));
  });

  /** The text is another program than the one that the machine stands in. */
  isReplaced = false;
  /** The text came with a session that was started elsewhere. */
  private isForeign = false;
  editor: Editor | null = null;
  private assembleTimer: ReturnType<typeof setTimeout> | undefined;
  private rememberTimer: ReturnType<typeof setTimeout> | undefined;
  private assembling: AbortController | null = null;
  private revealed = "";
  private asking: Promise<boolean> | null = null;

  constructor() {
    this.http.askToken = () => this.askToken();
  }

  // -- beginning

  async start(editor: Editor): Promise<void> {
    this.editor = editor;
    const parts = fragment(location.hash);
    const token = parts.get("token") ?? recallHere<string | null>("token", null, false);
    this.http.credentials.token = token;
    if (parts.has("token")) this.keepToken(token ?? "");
    const id = /^\/s\/([^/]+)$/.exec(location.pathname)?.[1];
    const packed = parts.get("p");
    const control = parts.get("control");
    if (id !== undefined && control !== undefined) keepControlKey(id, control);
    if (parts.size > 0 && packed === undefined) history.replaceState(null, "", location.pathname);
    this.edit(recallHere<Draft>("draft", EMPTY));
    this.watch();
    addEventListener("pagehide", () => this.rememberNow());
    if (packed !== undefined) await this.openShared(packed);
    addEventListener("hashchange", () => {
      // A link to a program, opened where the page is already.
      const other = fragment(location.hash).get("p");
      if (other !== undefined) void this.openShared(other);
    });
    if (id !== undefined) await this.attach(decodeURIComponent(id));
    else if (this.text.value.trim() === "") this.side.value = "learn";
    void this.readTables();
  }

  /** However many requests were refused, the token is asked for once. */
  private askToken(): Promise<boolean> {
    this.asking ??= openDialog<boolean>({ kind: "token" } satisfies DialogKind).finally(() => (this.asking = null));
    return this.asking;
  }

  keepToken(token: string): void {
    this.http.credentials.token = token;
    keepHere("token", token);
  }

  private async openShared(packed: string): Promise<void> {
    try {
      const shared = await unpack(packed);
      this.edit({ ...EMPTY, ...shared });
      history.replaceState(null, "", location.pathname);
    } catch {
      notify("error", "The link is damaged: there is no program in it.");
    }
  }

  /** Ends when the tables of the language are here, or are not to be had. */
  get tablesRead(): Promise<void> {
    return this.tables.opened;
  }

  private async readTables(): Promise<void> {
    const [reference, examples] = await Promise.allSettled([
      this.http.get<Reference>("/api/v1/reference"),
      this.http.get<{ examples: Example[] }>("/api/v1/examples"),
    ]);
    if (reference.status === "fulfilled") this.reference.value = reference.value;
    if (examples.status === "fulfilled") this.examples.value = examples.value.examples;
    this.tables.open();
  }

  // -- sessions

  /** Follows a session that exists. */
  async attach(id: string): Promise<SessionModel> {
    this.http.credentials.control = controlKey(id);
    this.session.peek()?.close();
    const session = new SessionModel(this.http, id);
    // Until the server has answered, nobody may change anything.
    session.access.value = "unknown";
    this.session.value = session;
    try {
      await session.following;
      // What one may do is known together with what there is to do it with: a key that comes earlier does nothing.
      const [access] = await Promise.all([session.askAccess(), session.readProgram(), session.readMarks()]);
      session.access.value = access;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) this.fail(error);
    }
    this.adopt(session);
    return session;
  }

  /** Decides what the editor shows for a session that was just opened. */
  private adopt(session: SessionModel): void {
    const program = session.program.value;
    const source = program?.files[0];
    const draft = recallHere<Draft>("draft", EMPTY);
    if (program === null || source === undefined || program.kind === "elf" || this.isViewer.value) return;
    this.isForeign = draft.session !== session.id;
    if (this.isForeign) this.edit({ ...EMPTY, name: program.name || source.name, text: source.text, session: session.id });
    this.loadedText.value = source.text;
    this.editor?.resume(source.text, this.text.value);
    if (!this.isForeign) this.editor?.showBreakpoints(draft.breakpoints);
    this.loads.value += 1;
    this.rememberSoon();
  }

  /** The text of the editor, as it is now, is what the machine executes. */
  markLoaded(): void {
    this.editor?.markLoaded();
    this.loads.value += 1;
  }

  async create(): Promise<SessionModel> {
    const { data } = await this.http.send<{ sessionId: string; controlKey?: string }>("POST", "/api/v1/session", {
      body: { protected: true },
    });
    if (data.controlKey) keepControlKey(data.sessionId, data.controlKey);
    this.http.credentials.control = data.controlKey ?? null;
    const session = new SessionModel(this.http, data.sessionId);
    this.session.peek()?.close();
    batch(() => {
      this.loadedText.value = null;
      this.session.value = session;
    });
    history.replaceState(null, "", `/s/${data.sessionId}`);
    return session;
  }

  /** Leaves the session; the text stays. */
  leave(): void {
    this.session.peek()?.close();
    this.session.value = null;
    this.loadedText.value = null;
    this.http.credentials.control = null;
    history.replaceState(null, "", "/");
  }

  // -- the text

  /** Edits another text. With `undoable` the present one can be had back with Ctrl+Z. */
  edit(draft: Draft, undoable = false): void {
    if (undoable) this.isForeign = false;
    batch(() => {
      this.name.value = draft.name;
      this.text.value = draft.text;
      this.assembled.value = null;
    });
    if (undoable) this.editor?.type(draft.text);
    else this.editor?.replace(draft.text, "assembly", false);
    this.editor?.showBreakpoints(draft.breakpoints.map((one) => ({ ...one, number: 0 })));
    this.assembleSoon(0);
    this.rememberSoon();
  }

  typed(text: string): void {
    this.text.value = text;
    this.assembleSoon(ASSEMBLE_AFTER);
    this.rememberSoon();
  }

  rememberSoon(): void {
    clearTimeout(this.rememberTimer);
    this.rememberTimer = setTimeout(() => this.rememberNow(), REMEMBER_AFTER);
  }

  rememberNow(): void {
    // Whether the text is the session's is not known before the session's own has come.
    if (this.showsProgram.value || this.isViewer.value || this.session.value?.access.value === "unknown") return;
    const breakpoints = this.editor?.breakpoints() ?? [];
    const session = this.session.value?.id ?? null;
    const draft: Draft = { name: this.name.value, text: this.text.value, breakpoints, session };
    // What somebody else wrote does not take the place of one's own text in other tabs.
    if (this.isForeign) keepHere("draft", draft);
    else rememberHere("draft", draft);
  }

  private assembleSoon(after: number): void {
    clearTimeout(this.assembleTimer);
    this.assembleTimer = setTimeout(() => void this.assemble(), after);
  }

  private async assemble(): Promise<void> {
    this.assembling?.abort();
    if (this.showsProgram.value) return;
    const source = this.text.value;
    if (source.trim() === "") {
      this.assembled.value = null;
      return;
    }
    const controller = new AbortController();
    this.assembling = controller;
    try {
      const body = { source, name: this.name.value, lint: true };
      const { data } = await this.http.send<Assembled>("POST", "/api/v1/assemble", { body, signal: controller.signal });
      if (source === this.text.value) this.assembled.value = data;
    } catch (error) {
      // Without an answer the marks stay as they are; the status line tells about the connection.
      if (!isAbort(error) && error instanceof ApiError && error.status >= 400) this.assembled.value = null;
    }
  }

  // -- what the editor shows

  private watch(): void {
    effect(() => {
      const file = this.file.value;
      if (!this.showsProgram.value) return;
      const isC = /\.(?:c|h|cc|cpp)$/i.test(file?.name ?? "");
      this.editor?.replace(file?.text ?? "", isC ? "c" : "assembly", true);
      untracked(() => this.markLoaded());
    });
    effect(() => {
      // Back from a program's files to the text that is edited.
      if (!this.showsProgram.value) this.editor?.replace(this.text.peek(), "assembly", this.isViewer.value);
    });
    effect(() => this.editor?.showDiagnostics(this.diagnostics.value));
    effect(() => this.showMarks());
    effect(() => this.showCurrent());
    effect(() => {
      const state = this.session.value?.machine.value.status.replaceAll("_", " ");
      document.title = `${this.name.value}${state ? ` \u2013 ${state}` : ""} \u2013 emu`;
    });
  }

  private showMarks(): void {
    void this.loads.value;
    const session = this.session.value;
    if (session === null || session.program.value === null || this.isChanged.value) return;
    const file = this.file.value?.name;
    const shownHere = session.breakpoints.value.filter((one) => one.line && (!one.file || !file || one.file === file));
    this.editor?.showBreakpoints(
      shownHere.map((one) => ({
        line: one.line ?? 0,
        condition: one.condition ?? "",
        enabled: one.enabled ?? true,
        number: one.number,
      })),
    );
  }

  private showCurrent(): void {
    void this.loads.value;
    const session = this.session.value;
    const line = this.currentLine.value;
    if (session === null || line === null) {
      this.editor?.showCurrent(0, "", false);
      return;
    }
    const { status, seq } = session.machine.value;
    const stands = status !== "running";
    if (stands && this.showsProgram.value && line.file !== this.file.value?.name) {
      this.showFile(line.file);
    }
    const isHere = !this.showsProgram.value || line.file === this.file.value?.name;
    const key = `${session.id} ${seq}`;
    this.editor?.showCurrent(isHere ? line.line : 0, status, stands && key !== this.revealed);
    if (stands) this.revealed = key;
  }

  /** Shows a file of a compiled program, if its text is here. */
  private showFile(name: string): void {
    const index = this.files.peek().findIndex((one) => one.name === name && one.text !== "");
    if (index >= 0) this.shownFile.value = index;
  }

  /** Adds texts of a compiled program's sources, and shows one of them. */
  addSources(texts: ReadonlyMap<string, string>): void {
    this.ownSources.value = new Map([...this.ownSources.peek(), ...texts]);
    const file = this.files.value.find((one) => texts.has(baseName(one.name)));
    if (file && this.lacksSource.peek()) this.showFile(file.name);
  }

  /** Shows the source line of an address, in whichever file it is. */
  revealAddress(address: number): boolean {
    const session = this.session.value;
    const line = session?.lineAt(address);
    if (!session || !line) return false;
    if (this.showsProgram.value) {
      this.showFile(line.file);
    }
    this.editor?.reveal(this.editor.lineNow(line.line));
    return true;
  }

  showMemory(address: number): void {
    this.side.value = "debug";
    this.sideTab.value = "memory";
    this.memoryPlace.value = { address: address >>> 0 };
  }

  /** The value of a register, a label or a constant, for people. */
  valueOf(word: string): string | null {
    const session = this.session.value;
    if (session === null || session.program.value === null) return null;
    const aliases: Record<string, string> = { r13: "sp", r14: "lr", r15: "pc", fp: "r11", ip: "r12", sl: "r10", sb: "r9" };
    const lower = word.toLowerCase();
    const index = (REGISTERS as readonly string[]).indexOf(aliases[lower] ?? lower);
    const value =
      index >= 0 ? session.machine.value.registers[index] : session.symbols.value.find((one) => one.name === word)?.value;
    return value === undefined ? null : `${hex(value)} = ${shown(value, "signed")}`;
  }

  fail(error: unknown): void {
    if (!isAbort(error)) notify("error", messageOf(error));
  }
}

export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

export const app = new App();
