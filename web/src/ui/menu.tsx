// A button that opens a list of choices. Arrows move, Escape closes, typing finds.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

export interface Choice {
  label: string;
  detail?: string;
  choose: () => void;
}

interface Props {
  label: ComponentChildren;
  name: string;
  choices: readonly Choice[];
  /** Offer a field that narrows the list. */
  searches?: boolean;
  align?: "left" | "right";
}

export function Menu({ label, name, choices, searches, align = "left" }: Props) {
  const isOpen = useSignal(false);
  const search = useSignal("");
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    if (!isOpen.value) return;
    root.current?.querySelector<HTMLElement>(searches ? "input" : "[role=menuitem]")?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) isOpen.value = false;
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [isOpen.value]);

  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = choices.filter((one) => words.every((word) => `${one.label} ${one.detail ?? ""}`.toLowerCase().includes(word)));
  const close = () => {
    isOpen.value = false;
    search.value = "";
    button.current?.focus();
  };
  const key = (event: KeyboardEvent) => {
    const items = [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") items[Math.min(at + 1, items.length - 1)]?.focus();
    else if (event.key === "ArrowUp") items[Math.max(at - 1, 0)]?.focus();
    else if (event.key === "Enter" && at < 0) items[0]?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={root} onKeyDown={isOpen.value ? key : undefined}>
      <button
        ref={button}
        type="button"
        class="tool"
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        aria-controls={id}
        aria-label={name}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        {label}
        <span class="caret" aria-hidden="true" />
      </button>
      <div id={id} class={`menu-list menu-${align}`} hidden={!isOpen.value}>
        {isOpen.value && searches ? (
          <input
            type="search"
            placeholder="Search"
            aria-label={`Search ${name}`}
            value={search.value}
            onInput={(event) => (search.value = event.currentTarget.value)}
          />
        ) : null}
        {isOpen.value ? (
          <div role="menu" aria-label={name} class="menu-items">
            {shown.map((one) => (
              <button
                key={one.label}
                type="button"
                role="menuitem"
                tabIndex={-1}
                onClick={() => {
                  close();
                  one.choose();
                }}
              >
                <span class="menu-label">{one.label}</span>
                {one.detail ? <span class="menu-detail">{one.detail}</span> : null}
              </button>
            ))}
          </div>
        ) : null}
      </div>
    </div>
  );
}
