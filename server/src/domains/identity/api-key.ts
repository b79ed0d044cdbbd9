import type { KeyEnvironment, KeyScope } from "@sluice/protocol/api/api-keys"
import type { Limits } from "@sluice/protocol/limits"

/** An API key without its secret, which only its holder knows. Ids are UUIDs. */
export interface ApiKey {
  readonly id: string
  readonly organizationId: string
  readonly projectId: string
  readonly name: string
  readonly lastFour: string
  readonly scopes: readonly KeyScope[]
  /** Model names or `*` globs; null: every model. */
  readonly models: readonly string[] | null
  readonly environment: KeyEnvironment
  readonly limits: Limits
  readonly expiresAt: Date | null
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}
