// The session's events with their numbers. One of them can be opened: it shows the registers as they were.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { app } from "../model/app";
import { REGISTERS } from "../model/machine";
import type { Entry } from "../model/timeline";
import { hex } from "../ui/format";

const SHOWN = 300;

export function Timeline() {
  const session = app.session.value;
  const chosen = useSignal<Entry | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const all = session?.timeline.value.entries ?? [];
  const entries = all.slice(-SHOWN);
  useEffect(() => {
    if (isAtEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  });
  if (session === null) {
    return (
      <p class="empty">
        Everything that happens in the session, in order, with its number: states, output, stops. Everybody who watches sees the same
        numbers.
      </p>
    );
  }
  return (
    <div class="timeline">
      <ol
        ref={list}
        tabIndex={0}
        aria-label="Events of the session"
        onKeyDown={(event) => {
          const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
          if (step === undefined) return;
          const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
          const at = rows.indexOf(document.activeElement as HTMLElement);
          rows[at < 0 ? rows.length - 1 : Math.min(rows.length - 1, Math.max(0, at + step))]?.focus();
          event.preventDefault();
        }}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {all.length > SHOWN ? <li class="second">{(all.length - SHOWN).toLocaleString("en")} earlier entries are not shown</li> : null}
        {entries.map((one) => (
          <li key={one.from} class={`event-${one.kind}`} data-seq={one.to}>
            <button
              type="button"
              class={`row${chosen.value === one ? " chosen" : ""}`}
              tabIndex={-1}
              aria-expanded={one.machine ? chosen.value === one : undefined}
              onClick={() => (chosen.value = chosen.value === one ? null : one)}
            >
              <span class="seq">{one.from === one.to ? one.to : `${one.from}–${one.to}`}</span>
              <span class="kind">{one.title}</span>
              <span class="second">{one.detail}</span>
            </button>
            {chosen.value === one && one.machine ? (
              <dl class="picture">
                {one.machine.registers.map((value, index) => (
                  <div key={REGISTERS[index]}><dt>{REGISTERS[index]}</dt><dd>{hex(value)}</dd></div>
                ))}
              </dl>
            ) : null}
          </li>
        ))}
      </ol>
    </div>
  );
}
