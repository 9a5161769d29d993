// What the assembler says about the text.

import { app } from "../model/app";

export function Problems() {
  const found = app.diagnostics.value;
  if (found.length === 0) {
    const made = app.assembled.value;
    return (
      <p class="empty">
        {made?.ok
          ? `No problems. ${made.instructions ?? ""} instructions${made.size ? `, ${made.size} bytes` : ""}.`
          : "What the assembler has to say appears here while you type. F8 goes to the next problem."}
      </p>
    );
  }
  return (
    <ul class="problems" aria-label="Problems">
      {found.map((one, index) => (
        <li key={index}>
          <button type="button" class={`row severity-${one.severity}`} onClick={() => app.editor?.reveal(one.line)}>
            <span class="where">{one.line}:{one.column}</span>
            <span>
              <span class="visually-hidden">{one.severity}: </span>
              {one.message}
              {one.hint ? <span class="hint">{one.hint}</span> : null}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
