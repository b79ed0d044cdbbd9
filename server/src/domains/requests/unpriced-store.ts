import type { UsageRecord } from "@sluice/protocol/exchange-record"
import { sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import type { PricedExchange } from "../catalog/index.ts"
import { type CountRows, countedSelection, type SelectedRow, toCountedRow } from "./counted-row-store.ts"

/** A stored exchange that had no price when it arrived. */
export interface UnpricedExchange extends PricedExchange {
  readonly id: string
}

/** Where a scan goes on: after this row. Milliseconds since 1970. */
export interface UnpricedPosition {
  readonly finished_at: number
  readonly id: string
}

/** A cost that became known. */
export interface FoundCost extends UnpricedPosition {
  readonly cost_usd: string
  readonly price_version: string
}

/** Requests whose cost is unknown because nobody told us the price. */
export interface UnpricedStore {
  /** At most `limit` of them, oldest first, of those that finished from `since` on and stand after `after`. */
  list(query: {
    readonly since: number
    readonly after: UnpricedPosition | null
    readonly limit: number
  }): Promise<readonly UnpricedExchange[]>
  /** Writes costs where there still are none; gives how many. */
  price(costs: readonly FoundCost[]): Promise<number>
}

/** A row as the statement below gives it. */
interface Row extends Omit<PricedExchange, "usage">, UsageRecord, Record<string, unknown> {
  readonly id: string
}

/**
 * Stored requests that have no cost for want of a price, across tenants: the system's work.
 * @param countPriced told of rows whose cost became known and that were counted without, in the transaction that writes it
 */
export function createUnpricedStore(
  { system, inTransaction }: Pick<Database, "system" | "inTransaction">,
  countPriced: CountRows | null = null,
): UnpricedStore {
  return {
    async list({ since, after, limit }) {
      const from = new Date(after?.finished_at ?? since).toISOString()
      const { rows } = await system.execute<Row>(sql`
        SELECT id, organization_id, operation, provider, model_actual, model_response, custom_model_id,
          usage_source,
          (extract(epoch FROM finished_at) * 1000)::float8 AS finished_at,
          input_tokens::float8 AS input, output_tokens::float8 AS output, cache_read_tokens::float8 AS cache_read,
          cache_write_5m_tokens::float8 AS cache_write_5m, cache_write_1h_tokens::float8 AS cache_write_1h,
          reasoning_tokens::float8 AS reasoning, audio_input_tokens::float8 AS audio_input,
          audio_output_tokens::float8 AS audio_output
        FROM request_logs
        WHERE cost_unknown_reason = 'no_price' AND finished_at >= ${from}
          AND ${after ? sql`(finished_at, id) > (${from}::timestamptz, ${after.id}::uuid)` : sql`true`}
        ORDER BY finished_at, id LIMIT ${limit}`)
      return rows.map(toUnpriced)
    },
    async price(costs) {
      if (costs.length === 0) return 0
      const list = costs.map((cost) => ({ ...cost, finished_at: new Date(cost.finished_at).toISOString() }))
      const oldest = new Date(Math.min(...costs.map((cost) => cost.finished_at))).toISOString()
      let confirm = () => {}
      const priced = await inTransaction(async (tx) => {
        const { rows } = await tx.execute<SelectedRow & { readonly rolled_up: boolean }>(sql`
          WITH new AS (
            SELECT * FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb)
              AS new (id uuid, finished_at timestamptz, cost_usd numeric, price_version text)),
          held AS (
            SELECT id, finished_at FROM request_logs JOIN new USING (id, finished_at)
            WHERE finished_at >= ${oldest} AND cost_unknown_reason = 'no_price'
            ORDER BY finished_at, id FOR UPDATE OF request_logs)
          UPDATE request_logs AS old
          SET cost_usd = new.cost_usd, price_version = new.price_version, cost_unknown_reason = NULL
          FROM new JOIN held USING (id, finished_at)
          WHERE old.finished_at = held.finished_at AND old.id = held.id AND old.finished_at >= ${oldest}
            AND old.cost_unknown_reason = 'no_price'
          RETURNING ${countedSelection("old")}, old.rolled_up`)
        const counted = rows.filter((row) => row.rolled_up)
        if (countPriced) confirm = await countPriced(tx, counted.map(toCountedRow))
        return rows.length
      })
      confirm()
      return priced
    },
  }
}

const toUnpriced = (row: Row): UnpricedExchange => ({
  id: row.id,
  organization_id: row.organization_id,
  operation: row.operation,
  provider: row.provider,
  model_actual: row.model_actual,
  model_response: row.model_response,
  custom_model_id: row.custom_model_id,
  finished_at: row.finished_at,
  usage_source: row.usage_source,
  usage: {
    input: row.input,
    output: row.output,
    cache_read: row.cache_read,
    cache_write_5m: row.cache_write_5m,
    cache_write_1h: row.cache_write_1h,
    reasoning: row.reasoning,
    audio_input: row.audio_input,
    audio_output: row.audio_output,
  },
})
