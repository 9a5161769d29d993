// The calls that led here, and the words on the stack.

import { app } from "../model/app";
import { bare, hex, shown } from "../ui/format";
import { useReading } from "./hooks";

export function Stack() {
  const read = useReading((session, abort) => session.api.stack(32, abort), []);
  const stack = read.value.value;
  if (app.program.value === null) return <p class="empty">Calls and the stack, once a program is loaded.</p>;
  if (stack === null) return <p class="empty">{read.value.error || "…"}</p>;
  const returns = new Set(stack.frames.map((frame) => frame.returnAddress));
  const bases = new Map(stack.frames.map((frame) => [frame.stackPointer, frame.number]));
  return (
    <div class="stack">
      <h3>Calls</h3>
      <ol class="frames" aria-label="Calls, the innermost first">
        {stack.frames.map((frame) => (
          <li key={frame.number}>
            <button type="button" class="row" onClick={() => app.revealAddress(frame.address) || app.showMemory(frame.address)}>
              <span class="number">{frame.number}</span>
              <code>{frame.label ? `${frame.label}${frame.offset ? `+${frame.offset}` : ""}` : hex(frame.address)}</code>
              <span class="second">
                {frame.line ? `line ${frame.line}` : hex(frame.address)}
                {frame.returnAddress ? `, returns to ${hex(frame.returnAddress)}` : ""}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <h3>Words from SP</h3>
      {stack.words.length === 0 ? (
        <p class="empty">Nothing is on the stack: SP is {hex(stack.stackPointer)}.</p>
      ) : (
        <table class="words">
          <thead>
            <tr><th scope="col">Address</th><th scope="col">Value</th><th scope="col">Signed</th><th scope="col">Meaning</th></tr>
          </thead>
          <tbody>
            {stack.words.map((word, index) => {
              const frame = bases.get(word.address);
              const marks = [index === 0 ? "SP" : "", returns.has(word.value) ? "return address" : "", word.label ?? ""];
              return (
                <tr key={word.address} class={`${frame !== undefined && index > 0 ? "frame-start" : ""}${returns.has(word.value) ? " return" : ""}`}>
                  <td class="address">{bare(word.address, 8)}</td>
                  <td>
                    <button type="button" class="link" onClick={() => app.showMemory(word.value)} title="Show the memory it points to">
                      {hex(word.value)}
                    </button>
                  </td>
                  <td>{shown(word.value, "signed")}</td>
                  <td class="second">{marks.filter(Boolean).join(", ")}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}
