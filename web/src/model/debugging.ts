// What the buttons and keys of the debugger do.

import { computed } from "@preact/signals";
import { ApiError, messageOf } from "../api/http";
import type { LoadRefusal } from "../api/types";
import type { LineBreakpoint } from "../editor/marks";
import { notify, openDialog } from "../ui/notices";
import { app } from "./app";
import { isActive } from "./machine";
import { sequence } from "./order";
import type { SessionModel } from "./session";

export type Step = "step" | "step-over" | "step-out";

/** The session, unless it has ended: then it is as if there were none. */
const current = computed(() => (app.session.value?.isOver.value ? null : app.session.value));
export const status = computed(() => current.value?.machine.value.status ?? "idle");
export const may = computed(() => {
  const active = isActive(status.value);
  const controls = (app.session.value?.access.value ?? "control") === "control";
  const hasProgram = current.value !== null && app.program.value !== null;
  return {
    run: controls && !active,
    stop: controls && active,
    restart: controls && hasProgram,
    step: controls && !active,
    out: controls && status.value === "breakpoint",
    edit: controls && !active && hasProgram,
  };
});

/** Does something for the person at the keyboard; what goes wrong is said. */
async function carryOut(name: string, work: () => Promise<void>): Promise<void> {
  if (app.isViewer.value) {
    notify("info", "You are watching this session. Ask for a control link, or make a copy of the program.");
    return;
  }
  app.busy.value = name;
  try {
    await work();
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) {
      notify("error", "This session is controlled by somebody else: you can watch it, or make a copy of the program.");
      const session = app.session.value;
      void session?.askAccess().then((access) => (session.access.value = access)).catch(() => undefined);
    } else app.fail(error);
  } finally {
    app.busy.value = "";
  }
}

/** One after the other: who sets a breakpoint and runs at once means the program with the breakpoint. */
const inOrder = sequence();

async function live(): Promise<SessionModel> {
  const session = app.session.value;
  return session !== null && !session.isOver.value ? session : app.create();
}

/** Loads the text into the session, with its breakpoints. Gives false if it has errors. */
async function load(session: SessionModel): Promise<boolean> {
  const text = app.text.value;
  const marks = app.editor?.breakpoints() ?? [];
  try {
    const { seq } = await session.api.load(text, app.name.value);
    await session.reached(seq);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400) throw error;
    refuse(error);
    return false;
  }
  if (text === app.text.value) app.markLoaded();
  app.loadedText.value = text;
  app.isReplaced = false;
  if (app.lowerTab.value === "problems") app.lowerTab.value = "console";
  await Promise.all([session.readProgram(), placeBreakpoints(session, marks)]);
  app.rememberNow();
  return true;
}

function refuse(error: ApiError): void {
  const first = (error.body as LoadRefusal | null)?.parseErrors?.[0];
  app.lowerTab.value = "problems";
  if (first) app.editor?.reveal(first.line);
  notify("error", `The program has errors. ${messageOf(error)}`);
}

/** Makes the session's breakpoints those of the text. */
async function placeBreakpoints(session: SessionModel, wanted: readonly LineBreakpoint[]): Promise<void> {
  const { breakpoints } = await session.api.debug();
  const kept = new Set<number>();
  const missing: LineBreakpoint[] = [];
  for (const mark of wanted) {
    const same = breakpoints.find(
      (one) => one.line === mark.line && (one.condition ?? "") === mark.condition && (one.enabled ?? true) === mark.enabled,
    );
    if (same) kept.add(same.number);
    else missing.push(mark);
  }
  const stale = breakpoints.filter((one) => one.line && !kept.has(one.number));
  await Promise.all(stale.map((one) => session.api.removeBreakpoint(one.number)));
  const refused: string[] = [];
  for (const mark of missing) {
    try {
      const made = await session.api.setBreakpoint(`:${mark.line}`, mark.condition);
      if (!mark.enabled) await session.api.changeBreakpoint(made.number, { enabled: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused.push(`line ${mark.line}: ${error.message}`);
    }
  }
  if (refused.length) notify("error", `Not every breakpoint could be set. ${refused.join("; ")}`);
  await session.readMarks();
}

/** Brings the machine to the beginning of the program as it is written now. Gives false if that has errors. */
async function fresh(session: SessionModel): Promise<boolean> {
  if (app.program.value?.kind !== "elf") return load(session);
  const mine = app.executable?.session === session.id ? app.executable.data : null;
  const { seq } = await (mine === null ? session.api.command("restart") : session.api.loadElf(mine));
  await session.reached(seq);
  return true;
}

/** A line of what the editor shows, as the debugger names places. */
function placeOf(line: number): string {
  return `${(app.showsProgram.value && app.file.value?.name) || ""}:${line}`;
}

const isLoaded = () => app.program.value !== null && !app.isChanged.value;

export const debug = {
  /** Starts the program as it is written, or goes on from where it stands. */
  run: () =>
    carryOut("run", async () => {
      const session = await inOrder(async () => {
        if (!may.value.run) return null;
        const one = await live();
        const at = one.machine.value.status;
        if (at === "breakpoint" && app.program.value !== null && !app.isReplaced) {
          if (app.isChanged.value) notify("info", "The program goes on as it was loaded. Restart to run what you changed.");
        } else if (!(at === "idle" && isLoaded()) && !(await fresh(one))) return null;
        return one;
      });
      await session?.api.command("run");
    }),

  stop: () =>
    carryOut("stop", async () => {
      await app.session.value?.api.command("stop");
    }),

  restart: () =>
    carryOut("restart", async () => {
      const session = await inOrder(async () => {
        const one = await live();
        return (await fresh(one)) ? one : null;
      });
      await session?.api.command("run");
    }),

  step: (kind: Step) =>
    carryOut(kind, async () => {
      const session = await inOrder(async () => {
        if (!may.value.step || (kind === "step-out" && !may.value.out)) return null;
        app.side.value = "debug";
        const one = await live();
        const at = one.machine.value.status;
        if ((at === "breakpoint" && !app.isReplaced) || (at === "idle" && isLoaded())) return one;
        await fresh(one); // and stand at its first instruction
        return null;
      });
      await session?.api.command(kind);
    }),

  runToCursor: () =>
    carryOut("until", async () => {
      const session = await inOrder(async () => {
        if (!may.value.run) return null;
        const one = await live();
        const at = one.machine.value.status;
        return (isLoaded() && (at === "breakpoint" || at === "idle")) || (await fresh(one)) ? one : null;
      });
      if (session === null || !app.editor) return;
      await session.api.until(placeOf(app.editor.line));
    }),

  /** Sets a breakpoint in a line, or removes the one that is there. */
  toggleBreakpoint: (line: number) =>
    carryOut("breakpoint", () => inOrder(() => toggle(line))),

  /** Asks for the condition of a breakpoint, and sets it. */
  editBreakpoint: (line: number) =>
    carryOut("breakpoint", async () => {
      const { editor } = app;
      if (!editor) return;
      const there = editor.breakpoints().find((one) => one.line === line);
      const breakpoint = there ?? { line, condition: "", enabled: true, number: 0 };
      const changed = await openDialog<LineBreakpoint | "remove" | null>({ kind: "breakpoint", breakpoint });
      if (changed !== null) await inOrder(() => change(line, changed));
    }),
};

async function toggle(line: number): Promise<void> {
  const { editor } = app;
  const session = app.session.value;
  if (!editor) return;
  const marks = editor.breakpoints();
  const there = marks.find((one) => one.line === line);
  if (session !== null && !session.isOver.value && isLoaded()) {
    if (there?.number) await session.api.removeBreakpoint(there.number);
    else await session.api.setBreakpoint(placeOf(line));
    await session.readMarks();
  } else {
    const others = marks.filter((one) => one.line !== line);
    editor.showBreakpoints(there ? others : [...others, { line, condition: "", enabled: true, number: 0 }]);
  }
  app.rememberSoon();
}

async function change(line: number, changed: LineBreakpoint | "remove"): Promise<void> {
  const { editor } = app;
  const session = app.session.value;
  if (!editor) return;
  const marks = editor.breakpoints();
  const there = marks.find((one) => one.line === line);
  if (session === null || session.isOver.value || !isLoaded()) {
    const others = marks.filter((one) => one.line !== line);
    editor.showBreakpoints(changed === "remove" ? others : [...others, changed]);
  } else {
    if (changed === "remove") {
      if (there?.number) await session.api.removeBreakpoint(there.number);
    } else {
      const { condition, enabled } = changed;
      const number = there?.number || (await session.api.setBreakpoint(placeOf(line), condition)).number;
      await session.api.changeBreakpoint(number, { condition, enabled });
    }
    await session.readMarks();
  }
  app.rememberSoon();
}
