// The editor in its frame, with the name of the program and the files of a compiled one.

import { useEffect, useRef } from "preact/hooks";
import { Editor } from "../editor/editor";
import { app } from "../model/app";
import { debug } from "../model/debugging";
import { openFile, take } from "../model/files";

export function Source() {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (frame.current === null) return;
    const editor = new Editor(frame.current, {
      nonce: document.querySelector<HTMLMetaElement>("meta[name=emu-nonce]")?.content ?? "",
      changed: (text) => app.typed(text),
      toggle: (line) => void debug.toggleBreakpoint(line),
      edit: (line) => void debug.editBreakpoint(line),
      reference: () => app.reference.peek(),
      ready: () => app.tablesRead,
      valueOf: (word) => app.valueOf(word),
    });
    void app.start(editor).catch((error: unknown) => app.fail(error));
    performance.mark("emu:interactive");
  }, []);
  const program = app.program.value;
  const drop = (event: DragEvent) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void take(files);
  };
  return (
    <section class="panel source" aria-label="Program" data-part onDrop={drop} onDragOver={(event) => event.preventDefault()}>
      <header class="panel-head">
        {app.showsProgram.value ? (
          <>
            <h2 class="visually-hidden">Program</h2>
            {app.files.value.length > 0 ? (
              <label class="inline">
                <span class="visually-hidden">File</span>
                <select value={app.shownFile.value} onChange={(event) => (app.shownFile.value = Number(event.currentTarget.value))}>
                  {app.files.value.map((file, index) => (
                    <option key={file.name} value={index}>{file.name}</option>
                  ))}
                </select>
              </label>
            ) : <strong>{program?.name ?? "No program yet"}</strong>}
            <span class="second">{program === null ? "" : app.lacksSource.value ? "compiled" : "read-only"}</span>
          </>
        ) : (
          <>
            <h2 class="visually-hidden">Program</h2>
            <input
              class="file-name"
              aria-label="Name of the program"
              value={app.name.value}
              spellcheck={false}
              onChange={(event) => {
                app.name.value = event.currentTarget.value.trim() || "program.s";
                app.rememberSoon();
              }}
            />
            {app.isChanged.value ? <span class="dot" role="img" aria-label="changed since it was loaded" title="changed since it was loaded" /> : null}
          </>
        )}
      </header>
      {app.lacksSource.value && program !== null ? (
        <p class="notice">
          {app.file.value
            ? <>The executable names <code>{app.file.value.name}</code>, but does not contain it. </>
            : <>This executable does not say where its code comes from: compile with <code>-g</code>. Meanwhile, see Disassembly. </>}
          {app.file.value ? <button type="button" class="link" onClick={openFile}>Open the file</button> : null}
        </p>
      ) : null}
      <Fault />
      <div class="editor" ref={frame} />
    </section>
  );
}

/** Why the program cannot go on, where one looks: at the line. */
function Fault() {
  const machine = app.session.value?.machine.value;
  if (machine?.status !== "error") return null;
  const line = app.currentLine.value?.line;
  return (
    <p class="notice bad" role="alert">
      <strong>{line ? `Line ${app.editor?.lineNow(line) ?? line}: ` : ""}</strong>
      {machine.error || "The program cannot go on."}
      <span class="second"> The registers are as they were before this instruction.</span>
    </p>
  );
}
