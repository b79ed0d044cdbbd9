import type { ExchangeRow } from "./exchange-row.ts"

/** What one commit takes on at most. */
export interface CommitLimits {
  readonly records: number
  /** Figures that grow: series, and values of task, user and session, each in its hour. */
  readonly figures: number
  /** Hours of projects: for each it may have to be asked which values are counted apart. */
  readonly hours: number
}

/**
 * So that a commit takes a tenth of the embedded database's deadline (5 s) on a slow machine: 2,000 records of a few series,
 * or 500 of which every one has a feature, model, key, task, user and session of its own.
 */
export const commitLimits: CommitLimits = { records: 2000, figures: 2000, hours: 100 }

/**
 * How many records the next commit takes. After one that failed, half as many, down to one: whatever is too much for the
 * database's deadline today ends all the same. A whole shipment that was stored doubles it again; a single commit does not, or
 * the next one would fail for it and the shipment begin anew for ever.
 */
export class CommitSize {
  readonly #limits: CommitLimits
  #records: number

  constructor(limits: CommitLimits = commitLimits) {
    this.#limits = limits
    this.#records = limits.records
  }

  /** How many of these rows, from the first on, fit the next commit: one at least, unless there is none. */
  fit(rows: readonly ExchangeRow[]): number {
    const hours = new Set<string>()
    const figures = new Set<string>()
    let count = 0
    for (const row of rows) {
      const hour = `${row.project_id} ${row.finished_at.slice(0, 13)}`
      hours.add(hour)
      addFigures(figures, hour, row)
      const isTooMuch = count >= this.#records || figures.size > this.#limits.figures || hours.size > this.#limits.hours
      if (count > 0 && isTooMuch) break
      count += 1
    }
    return count
  }

  /** A commit of so many records ended otherwise than by storing them or saying what is wrong with one of them. */
  failed(records: number): void {
    this.#records = Math.max(1, Math.min(this.#records, records) >> 1)
  }

  /** All commits of a shipment were stored. */
  succeeded(): void {
    this.#records = Math.min(this.#limits.records, this.#records * 2)
  }
}

/** Tells apart what the rollups tell apart, and now and then a little more. */
function addFigures(figures: Set<string>, hour: string, row: ExchangeRow): void {
  const { feature, model_actual, model_requested, provider, key_id } = row
  figures.add(`${hour} ${JSON.stringify([feature, model_actual ?? model_requested, provider, key_id])}`)
  figures.add(`${hour} task ${row.task}`)
  figures.add(`${hour} user ${row.user_id}`)
  figures.add(`${hour} session ${row.session_id}`)
}
