import type { ModelBody } from "@sluice/protocol/api/models"
import { z } from "zod"
import { type PricedModel, toPerMillionText } from "../../domains/catalog/index.ts"
import { moneySchema } from "./request.ts"

const rate = moneySchema.nullable()

/** A model in answers. */
export const ModelSchema = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    title: z.string(),
    context_window: z.number().int().nullable(),
    deprecated: z.boolean(),
    price: z
      .strictObject({
        input_per_million_usd: rate,
        output_per_million_usd: rate,
        cache_read_per_million_usd: rate,
        cache_write_per_million_usd: rate,
      })
      .nullable(),
    price_version: z.string().nullable(),
  })
  .meta({ id: "Model" })

/**
 * A model as the API shows it; `id` is the name a caller writes. Prices are those of a small prompt: where a long one costs
 * more, the table knows, and a request's cost says so.
 */
export const presentModel = ({ price, ...model }: PricedModel): ModelBody => ({
  id: model.name,
  provider: model.provider,
  title: model.title,
  context_window: model.contextWindow,
  deprecated: model.deprecated,
  price: price && {
    input_per_million_usd: perMillion(price.inputPerToken),
    output_per_million_usd: perMillion(price.outputPerToken),
    cache_read_per_million_usd: perMillion(price.cacheReadPerToken),
    cache_write_per_million_usd: perMillion(price.cacheWritePerToken),
  },
  price_version: price?.version ?? null,
})

const perMillion = (perToken: string | null): string | null => (perToken === null ? null : toPerMillionText(perToken))
