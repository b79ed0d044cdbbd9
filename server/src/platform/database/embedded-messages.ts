import type { TransactionStatus } from "./wire.ts"

/** What the embedded database's thread is started with. */
export interface WorkerSettings {
  /** The data directory, absolute. */
  readonly directory: string
  /** A gzip made by `dump`, from which a first start copies; null: initialise, which takes seconds. */
  readonly templatePath: string | null
}

export type ToWorker =
  | { readonly type: "run"; readonly bytes: Uint8Array; readonly endsReady: boolean }
  | { readonly type: "dump" }
  | { readonly type: "close" }

export type FromWorker =
  | { readonly type: "ready"; readonly serverVersion: string }
  | { readonly type: "failed"; readonly reason: string }
  | Answer
  | { readonly type: "dump"; readonly bytes: Uint8Array }
  | { readonly type: "closed" }

/** The server's messages for one batch. After a `crash` the thread must be replaced. */
export interface Answer {
  readonly type: "answer"
  readonly bytes: Uint8Array
  /** Null after a Flush. */
  readonly status: TransactionStatus | null
  readonly crash: string | null
}
