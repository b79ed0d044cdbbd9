import type { CustomModelBody, CustomModelTestBody } from "@sluice/protocol/api/custom-models"
import { idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { providerNames } from "@sluice/protocol/providers"
import { z } from "zod"
import { type CustomModel, type ModelProbeResult, toPerMillionText } from "../../domains/catalog/index.ts"
import { idSchema, timeSchema } from "../schemas.ts"
import { moneySchema } from "./request.ts"

/** A custom model in answers. */
export const CustomModelSchema = z
  .strictObject({
    id: idSchema(idPrefixes.customModel),
    project_id: idSchema(idPrefixes.project),
    name: z.string(),
    provider: z.enum(providerNames),
    upstream_model: z.string(),
    credential_id: idSchema(idPrefixes.credential).nullable(),
    base_url: z.string().nullable(),
    price: z
      .strictObject({
        input_per_million_usd: moneySchema,
        output_per_million_usd: moneySchema,
        cache_read_per_million_usd: moneySchema.nullable(),
        cache_write_per_million_usd: moneySchema.nullable(),
      })
      .nullable(),
    context_window: z.number().int().nullable(),
    description: z.string().nullable(),
    version: z.number().int().min(1),
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .meta({ id: "CustomModel" })

/** Every field of a custom model that may leave. */
export const presentCustomModel = (model: CustomModel): CustomModelBody => ({
  id: toPublicId("customModel", model.id),
  project_id: toPublicId("project", model.projectId),
  name: model.name,
  provider: model.provider,
  upstream_model: model.upstreamModel,
  credential_id: model.credentialId === null ? null : toPublicId("credential", model.credentialId),
  base_url: model.baseUrl,
  price: presentPrice(model),
  context_window: model.contextWindow,
  description: model.description,
  version: model.revision,
  created_at: model.createdAt.toISOString(),
  updated_at: model.updatedAt.toISOString(),
})

/** A price that was set here always has both of these rates. */
function presentPrice({ price }: CustomModel): CustomModelBody["price"] {
  if (price === null || price.inputPerToken === null || price.outputPerToken === null) return null
  return {
    input_per_million_usd: toPerMillionText(price.inputPerToken),
    output_per_million_usd: toPerMillionText(price.outputPerToken),
    cache_read_per_million_usd: perMillion(price.cacheReadPerToken),
    cache_write_per_million_usd: perMillion(price.cacheWritePerToken),
  }
}

const perMillion = (perToken: string | null): string | null => (perToken === null ? null : toPerMillionText(perToken))

/** What asking a model for a word found, in answers. */
export const CustomModelTestSchema = z
  .strictObject({
    ok: z.boolean(),
    reachable: z.boolean(),
    status: z.number().int().nullable(),
    latency_ms: z.number().min(0),
    model_answered: z.string().nullable(),
    message: z.string(),
  })
  .meta({ id: "CustomModelTest" })

/** A test succeeds when a model answered: a 2xx that is not some web page's. */
export const presentModelProbe = ({
  status,
  latencyMs,
  modelAnswered,
  answered,
  message,
}: ModelProbeResult): CustomModelTestBody => ({
  ok: answered,
  reachable: status !== null,
  status,
  latency_ms: Math.round(latencyMs * 10) / 10,
  model_answered: modelAnswered,
  message,
})
