import type { Clock } from "../../platform/clock.ts"
import type { PriceBook } from "../catalog/index.ts"
import type { FoundCost, UnpricedPosition, UnpricedStore } from "./unpriced-store.ts"

/** Rows read at a time. */
const chunkRows = 500

/** Rows looked at in one run, so that a run is short; the next goes on where it ended. */
const runRows = 5000

/** How far back prices are filled in, in milliseconds. */
const backMs = 90 * 24 * 60 * 60 * 1000

/**
 * When all were looked at they are looked at once more after this time, in milliseconds: until then another process may
 * have stored some with the prices it had read before (twice as long as a price book is good for).
 */
const secondLookMs = 10 * 60 * 1000

/** What re-pricing works with. */
export interface RepriceDeps {
  readonly store: UnpricedStore
  readonly priceBook: Pick<PriceBook, "reckon" | "edition">
  readonly clock: Clock
}

/** Fills in the costs of requests that arrived before their price did. */
export interface Repricing {
  /** One bounded run; gives how many costs it found. Does nothing once all were looked at, until prices change. */
  run(): Promise<number>
}

/** Prices stored requests that had no price, in bounded steps, each time the price book has a new edition. */
export function createRepricing({ store, priceBook, clock }: RepriceDeps): Repricing {
  let edition: string | null = null
  let after: UnpricedPosition | null = null
  let looks = 0
  let nextLookAt = 0

  /** Gives the number of rows read and of costs found. */
  async function chunk(): Promise<readonly [number, number]> {
    const rows = await store.list({ since: clock.now() - backMs, after, limit: chunkRows })
    const costs: FoundCost[] = []
    for (const row of rows) {
      const { costUsd, priceVersion } = priceBook.reckon(row)
      if (costUsd === null || priceVersion === null) continue
      costs.push({ id: row.id, finished_at: row.finished_at, cost_usd: costUsd, price_version: priceVersion })
    }
    const found = await store.price(costs)
    const last = rows.at(-1)
    if (last) after = { id: last.id, finished_at: last.finished_at }
    return [rows.length, found]
  }

  return {
    async run() {
      if (edition !== priceBook.edition()) {
        edition = priceBook.edition()
        after = null
        looks = 2
        nextLookAt = clock.monotonic()
      }
      let found = 0
      for (let read = 0; looks > 0 && clock.monotonic() >= nextLookAt && read < runRows; ) {
        const [rows, priced] = await chunk()
        read += rows
        found += priced
        if (rows === chunkRows) continue
        after = null
        looks -= 1
        nextLookAt = clock.monotonic() + secondLookMs
      }
      return found
    },
  }
}
