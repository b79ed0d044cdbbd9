/** What the supervisor and its children say to each other over the channel Node opens between them. */

/** Supervisor to child. */
export type Order =
  /** Finish what is under way, for at most `graceMs`, and exit with code 0. */
  | { readonly type: "stop"; readonly graceMs: number }
  /** Answer with `samples` of the same `id`. */
  | { readonly type: "metrics"; readonly id: number }
  /** Where everything serves, once it does; a child may tell its own callers. */
  | { readonly type: "addresses"; readonly addresses: Readonly<Record<string, string>> }

/** Child to supervisor. */
export type Report =
  /** It serves. `addresses` are by name, e.g. `gateway` → `http://127.0.0.1:8484`. */
  | { readonly type: "ready"; readonly addresses: Readonly<Record<string, string>>; readonly made: FirstStart | null }
  /** It lives but cannot serve yet; `reason` is for people. */
  | { readonly type: "waiting"; readonly reason: string }
  | { readonly type: "samples"; readonly id: number; readonly samples: unknown }

/** What a first start made. It travels once, in memory, and is shown on a terminal only. */
export interface FirstStart {
  /** Signs the owner in; works once. */
  readonly ownerLink: string
  /** Null when the key came from the environment: that one is never shown. */
  readonly apiKey: string | null
}

const hasType = (message: unknown, types: readonly string[]): boolean =>
  typeof message === "object" && message !== null && "type" in message && types.includes(String(message.type))

/** Whether a message is an order; other libraries may use the same channel. */
export const isOrder = (message: unknown): message is Order => hasType(message, ["stop", "metrics", "addresses"])

/** Whether a message is a report. */
export const isReport = (message: unknown): message is Report => hasType(message, ["ready", "waiting", "samples"])
