import type { CredentialScope } from "@sluice/protocol/api/credentials"
import type { ProviderName } from "@sluice/protocol/providers"

/** A credential without its secret. Ids are UUIDs. */
export interface Credential {
  readonly id: string
  /** Who stored it. */
  readonly organizationId: string
  /** Null unless `scope` is `project`. */
  readonly projectId: string | null
  readonly scope: CredentialScope
  readonly provider: ProviderName
  readonly label: string
  /** Empty when the secret is so short that four characters of it would matter. */
  readonly lastFour: string
  /** The root before `/v1` or `/v1beta`, without a trailing slash; null: the provider's own. */
  readonly baseUrl: string | null
  readonly options: Readonly<Record<string, string>>
  readonly source: "stored" | "env"
  /** The variable an `env` credential was read from; null for stored ones. */
  readonly variable: string | null
  readonly priority: number
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

/** A credential as it is stored. */
export interface EncryptedCredential extends Credential {
  /** Sealed with the data key, bound to the credential's id. */
  readonly encryptedSecret: Buffer
  readonly dataKeyId: string
}
