import { periods } from "@sluice/protocol/api/figures"
import type { OverviewBody } from "@sluice/protocol/api/overview"
import { errorCategories } from "@sluice/protocol/error-codes"
import { idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import type { Summary } from "../../domains/insights/index.ts"
import { idSchema, timeSchema } from "../schemas.ts"
import { FiguresSchema, figureSchema } from "./figures.ts"
import { moneySchema } from "./request.ts"

const count = z.number().min(0)
const text = z.string().nullable()

const TopItemSchema = z.strictObject({
  value: text,
  other: z.boolean(),
  requests: count,
  errors: count,
  error_rate: figureSchema,
  cost_usd: moneySchema.nullable(),
  cost_unknown_requests: count,
  previous: z.strictObject({ requests: count, errors: count, cost_usd: moneySchema.nullable() }),
})

const FailureSchema = z.strictObject({
  id: idSchema(idPrefixes.request),
  finished_at: timeSchema,
  status: z.number().int(),
  error_code: text,
  error_category: z.enum(errorCategories).nullable(),
  feature: text,
  model: text,
  provider: text,
  latency_ms: count,
})

/** The Overview in answers. */
export const OverviewSchema = z
  .strictObject({
    period: z.enum(periods),
    summary: z
      .strictObject({
        from: timeSchema,
        to: timeSchema,
        as_of: timeSchema,
        partial: z.boolean(),
        partial_reasons: z.array(z.enum(["younger_than_period", "back_fill"])),
        percentiles_from: timeSchema,
        current: FiguresSchema,
        previous: FiguresSchema,
        latency_target: z.strictObject({
          p95_ms: figureSchema,
          status: z.enum(["within", "over", "unset", "unknown"]),
        }),
        top_features: z.array(TopItemSchema),
        top_models: z.array(TopItemSchema),
        top_providers: z.array(TopItemSchema),
        recent_failures: z.array(FailureSchema),
      })
      .nullable(),
    pending_reason: text,
  })
  .meta({ id: "Overview" })

const pending = "The first summary of this project is being reckoned; it is there within about a minute."

/** A summary as the API shows it. */
export function presentOverview(period: OverviewBody["period"], summary: Summary | null): OverviewBody {
  if (!summary) return { period, summary: null, pending_reason: pending }
  const { format: _, recent_failures, ...shown } = summary
  const failures = recent_failures.map((failure) => ({ ...failure, id: toPublicId("request", failure.id) }))
  return { period, summary: { ...shown, recent_failures: failures }, pending_reason: null }
}
