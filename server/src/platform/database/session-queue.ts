import type { Batch } from "./batch-reader.ts"
import type { EmbeddedEngine } from "./embedded-engine.ts"
import type { Answer } from "./embedded-messages.ts"
import type { Timers } from "./timers.ts"
import { createQuery, createSync } from "./wire.ts"

/** One connection, as the queue for the only session sees it. */
export interface Member {
  /** What it has sent and nobody ran yet, oldest first. */
  readonly batches: Batch[]
  /** How long its transactions may stay open, in milliseconds. */
  readonly transactionDeadlineMs: number
  receive(answer: Uint8Array): void
}

export interface SessionQueueOptions {
  readonly timers: Timers
  /** How long one batch may run, in milliseconds. */
  readonly statementDeadlineMs: number
  /** Told why the session can no longer be waited for; the engine is to be replaced. */
  onBroken(reason: string): void
}

/**
 * Gives the one session of the embedded database to one connection at a time: from its first message until the server
 * says that no transaction is open. A connection that leaves in between is rolled back. Since an open transaction stops
 * everyone and nothing can cancel a query, one that outlasts its deadline is reported as broken.
 */
export class SessionQueue {
  readonly #options: SessionQueueOptions
  readonly #waiting = new Set<Member>()
  readonly #leaving = new WeakSet<Member>()
  #engine: EmbeddedEngine | null = null
  #owner: Member | null = null
  #running = false
  #stopStatementTimer = () => {}
  #stopTransactionTimer: (() => void) | null = null
  #idle: (() => void)[] = []
  /** Batches run since the queue was made. */
  batchesRun = 0

  constructor(options: SessionQueueOptions) {
    this.#options = options
  }

  attach(engine: EmbeddedEngine): void {
    this.#engine = engine
    this.#advance()
  }

  /** Forgets every member: their session is gone, and the caller ends their connections. */
  detach(): void {
    this.#engine = null
    this.#running = false
    this.#waiting.clear()
    this.#release()
    this.#stopStatementTimer()
    this.#advance()
  }

  /** Says that a member has something to run. */
  enter(member: Member): void {
    if (member !== this.#owner) this.#waiting.add(member)
    this.#advance()
  }

  /** A member is gone. What it had open is rolled back; with `abandon`, what it had sent is not run either. */
  leave(member: Member, { abandon }: { readonly abandon: boolean }): void {
    this.#leaving.add(member)
    if (abandon) {
      member.batches.length = 0
      this.#waiting.delete(member)
    }
    this.#advance()
  }

  /** Resolves when nothing runs, nothing waits and no transaction is open. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      this.#advance()
    })
  }

  #advance(): void {
    if (this.#running) return
    const member = this.#owner ?? first(this.#waiting)
    if (member === null) {
      for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    const engine = this.#engine
    if (engine === null) return
    const batch = member.batches.shift() ?? (this.#leaving.has(member) ? createRollback() : null)
    if (batch === null) return
    this.#waiting.delete(member)
    this.#owner = member
    this.#start(engine, member, batch)
  }

  #start(engine: EmbeddedEngine, member: Member, batch: Batch): void {
    const { timers, statementDeadlineMs, onBroken } = this.#options
    this.#running = true
    this.batchesRun += 1
    this.#stopStatementTimer = timers.after(statementDeadlineMs, () =>
      onBroken(`a query ran longer than ${statementDeadlineMs} ms, and nothing can cancel it`),
    )
    engine.run(batch.bytes, batch.endsReady).then(
      (answer) => {
        if (engine === this.#engine) this.#finish(member, answer)
      },
      (error: Error) => {
        if (engine === this.#engine) onBroken(error.message)
      },
    )
  }

  #finish(member: Member, answer: Answer): void {
    this.#running = false
    this.#stopStatementTimer()
    if (answer.status === "I") {
      this.#release()
      if (member.batches.length > 0) this.#waiting.add(member)
    } else {
      this.#startTransactionTimer(member)
    }
    member.receive(answer.bytes)
    if (answer.crash !== null) this.#options.onBroken(answer.crash)
    this.#advance()
  }

  #startTransactionTimer(member: Member): void {
    const deadlineMs = member.transactionDeadlineMs
    this.#stopTransactionTimer ??= this.#options.timers.after(deadlineMs, () =>
      this.#options.onBroken(`a transaction was open longer than ${deadlineMs} ms, which stops every other query`),
    )
  }

  #release(): void {
    this.#owner = null
    this.#stopTransactionTimer?.()
    this.#stopTransactionTimer = null
  }
}

function first(members: ReadonlySet<Member>): Member | null {
  for (const member of members) return member
  return null
}

/** The Sync ends an extended query that was cut off; outside a transaction ROLLBACK only warns. */
function createRollback(): Batch {
  const parts = [createSync(), createQuery("ROLLBACK")]
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { type: "batch", bytes, endsReady: true, refusal: null }
}
