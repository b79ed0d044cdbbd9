import { type ApiKeyBody, keyEnvironments, keyScopes } from "@sluice/protocol/api/api-keys"
import { idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import type { ApiKey } from "../../domains/identity/index.ts"
import { idSchema, timeSchema } from "../schemas.ts"
import { LimitsSchema } from "./limits.ts"

/** An API key in answers. */
export const ApiKeySchema = z
  .strictObject({
    id: idSchema(idPrefixes.apiKey),
    project_id: idSchema(idPrefixes.project),
    name: z.string(),
    last_four: z.string(),
    scopes: z.array(z.enum(keyScopes)),
    models: z.array(z.string()).nullable(),
    environment: z.enum(keyEnvironments),
    limits: LimitsSchema,
    expires_at: timeSchema.nullable(),
    created_at: timeSchema,
    last_used_at: timeSchema.nullable(),
  })
  .meta({ id: "ApiKey" })

/** An API key with its secret, in the one answer that shows it. */
export const CreatedApiKeySchema = ApiKeySchema.extend({ key: z.string() }).meta({ id: "CreatedApiKey" })

/** Every field of a key that may leave. */
export const presentApiKey = (key: ApiKey): ApiKeyBody => ({
  id: toPublicId("apiKey", key.id),
  project_id: toPublicId("project", key.projectId),
  name: key.name,
  last_four: key.lastFour,
  scopes: key.scopes,
  models: key.models,
  environment: key.environment,
  limits: key.limits,
  expires_at: key.expiresAt?.toISOString() ?? null,
  created_at: key.createdAt.toISOString(),
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
})
