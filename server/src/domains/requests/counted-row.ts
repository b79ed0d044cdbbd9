import type { ExchangeRow } from "./exchange-row.ts"

/** The columns of `request_logs` that figures are made of. */
export const countedColumns = [
  "organization_id",
  "project_id",
  "key_id",
  "finished_at",
  "feature",
  "task",
  "user_id",
  "session_id",
  "model_requested",
  "model_actual",
  "provider",
  "provider_unknown",
  "status",
  "error_category",
  "streaming",
  "rule_id",
  "usage_source",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "reasoning_tokens",
  "cost_usd",
  "cost_unknown_reason",
  "latency_ms",
  "time_to_first_token_ms",
] as const satisfies readonly (keyof ExchangeRow)[]

/** A stored exchange as far as figures are made of it. */
export type CountedRow = Pick<ExchangeRow, (typeof countedColumns)[number]>
