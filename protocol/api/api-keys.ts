import { z } from "zod"

/** What a key may be allowed to do. `gateway` is all that an application needs. */
export const keyScopes = ["gateway", "passthrough", "traces:write", "api:read", "api:write"] as const
export type KeyScope = (typeof keyScopes)[number]

/** What a key is used for; the letter after `slk_` says it too. */
export const keyEnvironments = ["production", "staging", "development", "test"] as const
export type KeyEnvironment = (typeof keyEnvironments)[number]

/** What a key may use at most; null: no limit of its own. */
export interface ApiKeyLimits {
  readonly requests_per_minute: number | null
  readonly tokens_per_minute: number | null
  readonly concurrent_streams: number | null
}

/** An API key as the API shows it: never the secret. */
export interface ApiKeyBody {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly last_four: string
  readonly scopes: readonly KeyScope[]
  readonly models: readonly string[] | null
  readonly environment: KeyEnvironment
  readonly limits: ApiKeyLimits
  readonly expires_at: string | null
  readonly created_at: string
  readonly last_used_at: string | null
}

/** The answer to `POST api-keys`: the only time the secret is seen. */
export interface CreatedApiKeyBody extends ApiKeyBody {
  readonly key: string
}

const limit = z.number().int().min(1).max(1_000_000_000).nullish()

/** `POST api-keys`. */
export const CreateApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(keyScopes)).min(1).max(keyScopes.length).default(["gateway"]),
  models: z.array(z.string().min(1).max(256)).min(1).max(200).nullish(),
  environment: z.enum(keyEnvironments).default("production"),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  limits: z
    .strictObject({ requests_per_minute: limit, tokens_per_minute: limit, concurrent_streams: limit })
    .optional(),
})
export type CreateApiKey = z.infer<typeof CreateApiKey>
