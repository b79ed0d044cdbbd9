import type { ApiKey } from "./api-key.ts"

/** A key that was just made, with its secret: shown once, kept nowhere. */
export interface CreatedApiKey {
  readonly key: ApiKey
  readonly secret: string
}
