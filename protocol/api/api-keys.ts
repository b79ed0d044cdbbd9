import { z } from "zod"
import { type Limits, LimitsChange } from "../limits.ts"

/** What a key may be allowed to do. `gateway` is all that an application needs. */
export const keyScopes = ["gateway", "passthrough", "traces:write", "api:read", "api:write"] as const
export type KeyScope = (typeof keyScopes)[number]

/** What a key is used for; the letter after `slk_` says it too. */
export const keyEnvironments = ["production", "staging", "development", "test"] as const
export type KeyEnvironment = (typeof keyEnvironments)[number]

/** An API key as the API shows it: never the secret. */
export interface ApiKeyBody {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly last_four: string
  readonly scopes: readonly KeyScope[]
  readonly models: readonly string[] | null
  readonly environment: KeyEnvironment
  /** Its own; those of its organization hold beside them. */
  readonly limits: Limits
  readonly expires_at: string | null
  readonly created_at: string
  readonly last_used_at: string | null
}

/** The answer to `POST api-keys`: the only time the secret is seen. */
export interface CreatedApiKeyBody extends ApiKeyBody {
  readonly key: string
}

/** `POST api-keys`. */
export const CreateApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(keyScopes)).min(1).max(keyScopes.length).default(["gateway"]),
  models: z.array(z.string().min(1).max(256)).min(1).max(200).nullish(),
  environment: z.enum(keyEnvironments).default("production"),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  limits: LimitsChange.optional(),
})
export type CreateApiKey = z.infer<typeof CreateApiKey>

/** `PATCH api-keys/{id}`: what is absent stays as it is. */
export const UpdateApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  limits: LimitsChange.optional(),
})
export type UpdateApiKey = z.infer<typeof UpdateApiKey>
