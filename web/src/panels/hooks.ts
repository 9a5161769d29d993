// What several panels share: reading from the session again whenever the machine may have changed.

import { useEffect, useRef } from "preact/hooks";
import { useSignal, type Signal } from "@preact/signals";
import { isAbort, messageOf } from "../api/http";
import { app } from "../model/app";
import type { SessionModel } from "../model/session";

export interface Read<T> {
  value: T | null;
  error: string;
}

const WHILE_RUNNING = 500;

/**
 * What `read` gives, read anew at every stop, at every change of `keys`, and now and then while the program runs. An older
 * answer never replaces a newer one.
 */
export function useReading<T>(
  read: (session: SessionModel, abort: AbortSignal) => Promise<T>,
  keys: readonly unknown[],
): Signal<Read<T>> {
  const result = useSignal<Read<T>>({ value: null, error: "" });
  const session = app.session.value;
  const version = session?.memoryVersion.value ?? 0;
  const isActive = session?.isActive.value ?? false;
  const hasProgram = session?.program.value != null;
  const isOver = session?.isOver.value ?? false;
  const lastRead = useRef(0);
  const seq = isActive ? (session?.machine.value.seq ?? 0) : 0;
  useEffect(() => {
    if (session === null || !hasProgram) {
      result.value = { value: null, error: "" };
      return;
    }
    if (isOver) {
      // That the session has ended is said once, at the top; what was read last stays.
      result.value = { value: result.peek().value, error: "" };
      return;
    }
    if (isActive && performance.now() - lastRead.current < WHILE_RUNNING) return;
    lastRead.current = performance.now();
    const controller = new AbortController();
    read(session, controller.signal)
      .then((value) => {
        if (!controller.signal.aborted) result.value = { value, error: "" };
      })
      .catch((error: unknown) => {
        if (!isAbort(error) && !controller.signal.aborted) result.value = { value: null, error: messageOf(error) };
      });
    return () => controller.abort();
  }, [session, version, hasProgram, isOver, isActive, seq, ...keys]);
  return result;
}
