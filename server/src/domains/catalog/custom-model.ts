import type { ProviderName } from "@sluice/protocol/providers"
import type { StoredRates } from "./price.ts"

/** A model that a project brings along. Ids are UUIDs. */
export interface CustomModel {
  readonly id: string
  readonly organizationId: string
  readonly projectId: string
  /** What callers ask for; one of a kind in its project. */
  readonly name: string
  readonly provider: ProviderName
  /** What goes to the provider in the place of `name`. */
  readonly upstreamModel: string
  /** What opens the server's door; null: the project's usual credential, or none where there is a base URL. */
  readonly credentialId: string | null
  /** The root before `/v1` of a server that asks for no key. */
  readonly baseUrl: string | null
  /** Its own price in force; null: not known, or the catalog's. */
  readonly price: StoredRates | null
  readonly contextWindow: number | null
  readonly description: string | null
  /** 1 when it is made; grows with every change. */
  readonly revision: number
  readonly createdAt: Date
  readonly updatedAt: Date
}
