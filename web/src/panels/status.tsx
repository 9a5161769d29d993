// The lowest line: how the machine stands, how the connection stands, and the number of the last event.

import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { app, baseName } from "../model/app";
import { makeCopy } from "../model/files";
import type { Status } from "../stream/messages";
import { isActive, type Machine, pcOf } from "../model/machine";
import { nearest, type SessionModel } from "../model/session";
import { count, hex } from "../ui/format";
import { announcement } from "../ui/notices";

/** So much of the output is read out when the program stops. */
const SPOKEN = 300;

const STATES: Record<Status, string> = {
  idle: "Ready",
  running: "Running",
  breakpoint: "Stopped",
  halted: "Ended",
  error: "Fault",
  waiting_for_input: "Waits for input",
};

const ENDS: Record<string, string> = {
  deleted: "somebody removed it",
  expired: "nobody had used it for a long time",
  failed: "something went wrong inside it",
  shutdown: "the server stopped",
};

/** What is to say about a machine, in a few words. */
function describe(session: SessionModel, machine: Machine): string {
  const { status } = machine;
  if (session.access.value === "unknown" && !session.isOver.value) return "Connecting…";
  if (session.program.value === null) return "No program yet";
  const where = nearest(session.labels.value, pcOf(machine)) || hex(pcOf(machine));
  const line = session.lineAt(pcOf(machine));
  const file = line && session.program.value?.kind === "elf" ? ` of ${baseName(line.file)}` : "";
  const place = `at ${where}${line ? `, line ${line.line}${file}` : ""}`;
  if (status === "halted") return machine.exitCode === null ? `Stopped by hand ${place}` : `Ended with exit code ${machine.exitCode}`;
  if (status === "error") return `Fault: ${machine.error || "the program cannot go on"}`;
  if (status === "running" || status === "waiting_for_input") return STATES[status];
  return `${status === "idle" ? "Ready" : "Stopped"} ${place}`;
}

export function StatusLine() {
  const session = app.session.value;
  const made = app.assembled.value;
  const errors = app.diagnostics.value.filter((one) => one.severity === "error").length;
  const text = session ? describe(session, session.machine.value) : "Ready to write: F5 runs, F10 steps";
  const state = session?.machine.value.status ?? "idle";
  // Until the first snapshot the machine is a blank one, which says nothing about the session's.
  const isKnown = session !== null && session.link.value.link !== "connecting" && session.access.value !== "unknown";
  const spoken = useRef(0);
  useEffect(() => {
    if (session && !isActive(state)) {
      const isNew = session.console.length > spoken.current;
      const written = isNew ? session.console.all().slice(spoken.current - session.console.length) : "";
      spoken.current = session.console.length;
      announcement.value = written.trim() ? `${text}. Output: ${written.slice(-SPOKEN)}` : text;
    }
    if (state === "waiting_for_input") announcement.value = "The program waits for input";
  }, [text]);
  return (
    <footer class={`status status-${session ? state : "idle"}`} data-part>
      <span class="state" data-testid="state" data-status={isKnown ? state : "none"}>
        <span class="lamp" aria-hidden="true" />
        {text}
      </span>
      <span class="spacer" />
      {app.isChanged.value ? <span class="changed" title="The machine has the text as it was loaded">changed since it was loaded</span> : null}
      {app.showsProgram.value ? null : <button type="button" class={`link${errors ? " bad" : ""}`} onClick={() => (app.lowerTab.value = "problems")}>
        {errors ? count(errors, "error") : made?.ok ? "no problems" : "no program"}
      </button>}
      {session ? <LinkLine session={session} /> : <span class="link-state">no session</span>}
    </footer>
  );
}

function LinkLine({ session }: { session: SessionModel }) {
  const { link, resumed } = session.link.value;
  const { seq, behind } = session.position.value;
  const names = { connecting: "connecting…", live: "live", broken: "connection lost", gone: "no such session", closed: "session ended" };
  return (
    <>
      {app.isViewer.value ? <span class="watching">watching</span> : null}
      <span class="numbers" title="The number of the last event, and how many the server is ahead">
        <span data-testid="seq">#{seq}</span> · lag <span data-testid="lag">{behind}</span>
      </span>
      <span
        class={`link-state link-${link}`}
        data-testid="link"
        data-link={link}
        data-resumed={resumed}
        title={resumed ? `found again ${count(resumed, "time")}, nothing missing` : undefined}
      >
        <span class="lamp" aria-hidden="true" />
        {names[link]}
      </span>
    </>
  );
}

/** What needs to be known at once: a broken connection, the end of a session, that one only watches. */
export function Banner() {
  const session = app.session.value;
  if (session === null) return null;
  const { link, reason } = session.link.value;
  if (link === "broken") return <Broken session={session} reason={reason} />;
  if (link === "gone" || link === "closed") {
    const why = link === "gone" ? "There is no session at this address, or no longer." : `This session has ended: ${ENDS[reason] ?? reason}.`;
    return (
      <div class="banner bad" role="alert">
        <span>{why} The program is still in the editor.</span>
        <button type="button" class="small" onClick={() => (app.isViewer.value && app.file.value ? makeCopy() : app.leave())}>Start anew</button>
      </div>
    );
  }
  if (app.isViewer.value && link === "live") {
    return (
      <div class="banner" role="status">
        <span>You are watching this session live. Whoever started it controls it.</span>
        {app.file.value ? (
          <button type="button" class="small" onClick={makeCopy}>
            Make my own copy
          </button>
        ) : null}
      </div>
    );
  }
  return null;
}

function Broken({ session, reason }: { session: SessionModel; reason: string }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil(((session.link.value.retryAt ?? 0) - now.value) / 1000));
  return (
    <div class="banner bad" role="alert">
      <span>
        The connection is lost: {reason}. What you see is event #{session.position.value.seq}; nothing after it will be missing.
      </span>
      <span aria-hidden="true">{left > 0 ? `Again in ${left} s` : "Trying…"}</span>
      <button type="button" class="small" onClick={() => session.retryNow()}>Try now</button>
    </div>
  );
}
