import "./styles/base.css";
import "./styles/layout.css";
import "./styles/editor.css";
import "./styles/panels.css";
import { render } from "preact";
import { app, type LowerTab, type SideTab } from "./model/app";
import { Breakpoints } from "./panels/breakpoints";
import { Command } from "./panels/command";
import { Console } from "./panels/console";
import { Disassembly } from "./panels/disassembly";
import { Learn } from "./panels/learn";
import { Memory } from "./panels/memory";
import { Problems } from "./panels/problems";
import { Registers } from "./panels/registers";
import { Source } from "./panels/source";
import { Stack } from "./panels/stack";
import { Banner, StatusLine } from "./panels/status";
import { Timeline } from "./panels/timeline";
import { Toolbar } from "./panels/toolbar";
import { Watch } from "./panels/watch";
import { Dialogs } from "./ui/dialogs";
import { listenToKeys } from "./ui/keys";
import { announcement, dismiss, notices } from "./ui/notices";
import { Split } from "./ui/split";
import { Tabs } from "./ui/tabs";
import "./ui/theme";

function Page() {
  return (
    <>
      <Toolbar />
      <Banner />
      <main>
        <Split name="columns" label="Width of the editor" direction="row" initial={58}>
          <Split name="left" label="Height of the editor" direction="column" initial={68}>
            <Source />
            <Lower />
          </Split>
          <Side />
        </Split>
      </main>
      <StatusLine />
      <Dialogs />
      <Notices />
      <div class="visually-hidden" role="status" aria-live="polite">{announcement.value}</div>
    </>
  );
}

function Lower() {
  const problems = app.diagnostics.value.length;
  return (
    <section class="panel lower" aria-label="Output" data-part>
      <Tabs<LowerTab>
        label="Output"
        keeps
        selected={app.lowerTab.value}
        select={(name) => (app.lowerTab.value = name)}
        tabs={[
          { name: "console", label: "Console", content: () => <Console /> },
          { name: "problems", label: "Problems", badge: problems || undefined, content: () => <Problems /> },
          { name: "command", label: "Command", content: () => <Command /> },
          { name: "timeline", label: "Timeline", content: () => (app.lowerTab.value === "timeline" ? <Timeline /> : null) },
        ]}
      />
    </section>
  );
}

function Side() {
  if (app.side.value === "learn") return <Learn />;
  return (
    <Split name="side" label="Height of the registers" direction="column" initial={45}>
      <Registers />
      <section class="panel" aria-label="Inspection" data-part>
        <Tabs<SideTab>
          label="Inspection"
          selected={app.sideTab.value}
          select={(name) => (app.sideTab.value = name)}
          tabs={[
            { name: "memory", label: "Memory", content: () => <Memory /> },
            { name: "stack", label: "Stack", content: () => <Stack /> },
            { name: "disassembly", label: "Disassembly", content: () => <Disassembly /> },
            { name: "watch", label: "Watch", content: () => <Watch /> },
            { name: "breakpoints", label: "Breakpoints", content: () => <Breakpoints /> },
          ]}
        />
      </section>
    </Split>
  );
}

function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((one) => (
        <div key={one.id} class={`toast toast-${one.kind}`}>
          <span>{one.text}</span>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(one.id)}>×</button>
        </div>
      ))}
    </div>
  );
}

const root = document.getElementById("page");
if (root === null) throw new Error("the page has no root");
root.replaceChildren();
listenToKeys();
render(<Page />, root);
