import type { ProviderName } from "@sluice/protocol/providers"
import { sha256 } from "../../platform/crypto.ts"
import type { Place } from "./actor.ts"
import { lastFourOf } from "./api-key-secret.ts"
import type { Credential } from "./credential.ts"

/** A provider key as the configuration found it. */
export interface EnvironmentVariableCredential {
  readonly provider: ProviderName
  readonly variable: string
  readonly secret: string
  /** Where the environment says the provider is, as Azure's does; absent: at its own root. */
  readonly baseUrl?: string
  readonly options?: Readonly<Record<string, string>>
}

/** A credential of the environment: used and listed, never stored. */
export interface EnvironmentCredential {
  readonly credential: Credential
  readonly secret: string
}

/**
 * The environment's credentials as the first project's. Ids follow from the installation and the provider, so that they are the
 * same in every process and after every start.
 * @param readAt when this process read them; they have no other date
 */
export function toEnvironmentCredentials(options: {
  readonly installationId: string
  readonly place: Place
  readonly found: readonly EnvironmentVariableCredential[]
  readonly readAt: Date
}): EnvironmentCredential[] {
  const { installationId, place, found, readAt } = options
  return found.map(({ provider, variable, secret, baseUrl, options: given }) => ({
    secret,
    credential: {
      id: derivedUuid(`${installationId} ${provider}`),
      organizationId: place.organization.id,
      projectId: place.project.id,
      scope: "project",
      provider,
      label: variable,
      lastFour: lastFourOf(secret),
      baseUrl: baseUrl ?? null,
      options: given ?? {},
      source: "env",
      variable,
      priority: 0,
      createdAt: readAt,
      lastUsedAt: null,
    },
  }))
}

/** A UUIDv8 (RFC 9562 §5.8): 122 bits of a SHA-256, with the version and the variant where they belong. */
function derivedUuid(text: string): string {
  const bytes = sha256(`sluice environment credential ${text}`).subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
