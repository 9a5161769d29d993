// Light or dark: as the system says, until somebody chooses.

import { effect, signal } from "@preact/signals";
import { recall, remember } from "../model/storage";

export type Theme = "system" | "light" | "dark";
export const theme = signal<Theme>(recall<Theme>("theme", "system"));

effect(() => {
  if (theme.value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
  remember("theme", theme.value);
});

export function toggleTheme(): void {
  const isDark = theme.value === "dark" || (theme.value === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  theme.value = isDark ? "light" : "dark";
}
