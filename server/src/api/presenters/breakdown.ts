import type { BreakdownItem, BreakdownsBody } from "@sluice/protocol/api/breakdowns"
import { type Dimension, dimensions } from "@sluice/protocol/api/figures"
import { toPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import type { BreakdownPage } from "../../domains/insights/index.ts"
import { timeSchema } from "../schemas.ts"
import { figureSchema, percentilesSchema, tokensSchema } from "./figures.ts"
import { moneySchema } from "./request.ts"

const count = z.number().min(0)

const ItemSchema = z.strictObject({
  value: z.string().nullable(),
  name: z.string().nullable(),
  other: z.boolean(),
  requests: count,
  requests_share: figureSchema,
  errors: count,
  error_rate: figureSchema,
  cost: z.strictObject({ usd: moneySchema.nullable(), unknown_requests: count, estimated_requests: count }),
  tokens: tokensSchema,
  latency_ms_mean: figureSchema,
  latency_ms: percentilesSchema.nullable(),
  time_to_first_token_ms: percentilesSchema.nullable(),
})

/** A page of a breakdown in answers. */
export const BreakdownSchema = z
  .strictObject({
    dimension: z.enum(dimensions),
    from: timeSchema,
    to: timeSchema,
    percentiles_from: timeSchema,
    data: z.array(ItemSchema),
    next_cursor: z.string().nullable(),
    has_more: z.boolean(),
  })
  .meta({ id: "Breakdown" })

/** What the page is of; times in milliseconds since 1970. */
export interface PresentedBreakdown {
  readonly dimension: Dimension
  readonly from: number
  readonly to: number
  readonly page: BreakdownPage
  readonly cursor: string | null
}

/** A page as the API shows it: keys by their public ids. */
export const presentBreakdown = ({ dimension, from, to, page, cursor }: PresentedBreakdown): BreakdownsBody => ({
  dimension,
  from: toTime(from),
  to: toTime(to),
  percentiles_from: toTime(page.percentilesFrom),
  data: dimension === "key" ? page.items.map(withPublicKey) : page.items,
  next_cursor: cursor,
  has_more: cursor !== null,
})

const toTime = (time: number): string => new Date(time).toISOString()

const withPublicKey = (item: BreakdownItem): BreakdownItem => ({
  ...item,
  value: item.value === null ? null : toPublicId("apiKey", item.value),
})
