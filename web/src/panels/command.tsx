// The debugger's own language, as `emu debug` speaks it: for what has no button.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { messageOf } from "../api/http";
import { app } from "../model/app";

interface Said {
  kind: "asked" | "answered" | "failed";
  text: string;
}

const KEPT = 500;
const said = signal<Said[]>([]);
const past: string[] = [];

function add(...more: Said[]): void {
  said.value = [...said.value, ...more].slice(-KEPT);
}

export function Command() {
  const screen = useRef<HTMLDivElement>(null);
  const at = useRef(past.length);
  const session = app.session.value;
  useEffect(() => {
    if (screen.current) screen.current.scrollTop = screen.current.scrollHeight;
  }, [said.value]);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem("line") as HTMLInputElement;
    const line = input.value.trim();
    input.value = "";
    if (line === "" || session === null) return;
    past.push(line);
    at.current = past.length;
    add({ kind: "asked", text: line });
    try {
      const { output, failed } = await session.inOrder(() => session.api.say(line));
      if (output !== "") add({ kind: failed ? "failed" : "answered", text: output.replace(/\n$/, "") });
      await session.readMarks();
    } catch (error) {
      add({ kind: "failed", text: messageOf(error) });
    }
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    at.current = Math.min(past.length, Math.max(0, at.current + step));
    (event.currentTarget as HTMLInputElement).value = past[at.current] ?? "";
    event.preventDefault();
  };
  const isDisabled = session === null || app.program.value === null || session.access.value !== "control";
  return (
    <div class="dialogue">
      {said.value.length === 0 ? (
        <p class="empty">
          The debugger’s own language: <code>break loop if r0 == 2</code>, <code>print r0 + r1</code>, <code>x/8xw sp</code>,{" "}
          <code>backtrace</code>, <code>help</code>. {isDisabled ? "Load a program first: F10 does." : ""}
        </p>
      ) : null}
      <div ref={screen} class="screen" role="log" aria-label="Answers of the debugger" tabIndex={0} hidden={said.value.length === 0}>
        {said.value.map((one, index) => (
          <div key={index} class={one.kind}>{one.kind === "asked" ? `> ${one.text}` : one.text}</div>
        ))}
      </div>
      <form class="input" onSubmit={(event) => void send(event)}>
        <label for="command-line">Command</label>
        <input id="command-line" name="line" autocomplete="off" spellcheck={false} disabled={isDisabled} placeholder="help" onKeyDown={key} />
        <button type="submit" class="small" disabled={isDisabled}>Send</button>
      </form>
    </div>
  );
}
