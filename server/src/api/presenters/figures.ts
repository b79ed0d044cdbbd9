import { errorCategories } from "@sluice/protocol/error-codes"
import { z } from "zod"
import { moneySchema } from "./request.ts"

const count = z.number().min(0)
/** A number that may be unknown. */
export const figureSchema = z.number().min(0).nullable()

/** Percentiles in answers, in milliseconds. */
export const percentilesSchema = z.strictObject({ p50: figureSchema, p95: figureSchema, p99: figureSchema })

/** Tokens in answers. */
export const tokensSchema = z.strictObject({
  input: figureSchema,
  output: figureSchema,
  cache_read: figureSchema,
  cache_write: figureSchema,
  reasoning: figureSchema,
  unknown_requests: count,
})

const categories = [...errorCategories, "other"] as const

/** The figures of a span in answers. */
export const FiguresSchema = z
  .strictObject({
    requests: count,
    errors: count,
    error_rate: figureSchema,
    errors_by_category: z.record(z.enum(categories), count),
    cost: z.strictObject({
      usd: moneySchema.nullable(),
      unknown_requests: count,
      unknown_by_reason: z.strictObject({ no_price: count, no_usage: count, no_provider: count }),
      estimated_requests: count,
    }),
    tokens: tokensSchema,
    latency_ms: percentilesSchema,
    time_to_first_token_ms: percentilesSchema,
    requests_per_minute: figureSchema,
    cost_per_hour_usd: moneySchema.nullable(),
    rule_routed_share: figureSchema,
    cache_hit_share: figureSchema,
    untagged_share: figureSchema,
    streaming_share: figureSchema,
    provider_unknown_share: figureSchema,
  })
  .meta({ id: "Figures" })
