// Tabs after the ARIA pattern: one stop for the Tab key, arrows move between them.

import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

export interface Tab<Name extends string> {
  name: Name;
  label: string;
  badge?: string | number | undefined;
  content: () => ComponentChildren;
}

interface Props<Name extends string> {
  label: string;
  tabs: readonly Tab<Name>[];
  selected: Name;
  select: (name: Name) => void;
  extra?: ComponentChildren;
  /** Keep the panels of unselected tabs, hidden, instead of making them anew. */
  keeps?: boolean;
}

export function Tabs<Name extends string>({ label, tabs, selected, select, extra, keeps }: Props<Name>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const key = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.name === selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    const next = tabs[(to + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    select(next.name);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.name}"]`)?.focus();
  };
  return (
    <div class="tabs">
      <div class="tabs-head">
        <div ref={list} role="tablist" aria-label={label} onKeyDown={key}>
          {tabs.map((tab) => (
            <button
              key={tab.name}
              type="button"
              role="tab"
              id={`${id}-${tab.name}`}
              data-tab={tab.name}
              aria-selected={tab.name === selected}
              aria-controls={`${id}-panel-${tab.name}`}
              tabIndex={tab.name === selected ? 0 : -1}
              onClick={() => select(tab.name)}
            >
              {tab.label}
              {tab.badge ? <span class="badge">{tab.badge}</span> : null}
            </button>
          ))}
        </div>
        {extra}
      </div>
      {tabs.map((tab) =>
        keeps || tab.name === selected ? (
          <div
            key={tab.name}
            class="tab-panel"
            role="tabpanel"
            id={`${id}-panel-${tab.name}`}
            aria-labelledby={`${id}-${tab.name}`}
            hidden={tab.name !== selected}
          >
            {tab.content()}
          </div>
        ) : (
          <div key={tab.name} role="tabpanel" id={`${id}-panel-${tab.name}`} aria-labelledby={`${id}-${tab.name}`} hidden />
        ),
      )}
    </div>
  );
}
