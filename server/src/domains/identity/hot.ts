import type { Limits } from "@sluice/protocol/limits"
import type { ProviderName } from "@sluice/protocol/providers"

/** What identity tells the gateway: types of its snapshot, and pure questions about them. */
export { KeyTable } from "./hot-key-table.ts"
export { toHotLimits } from "./hot-limits.ts"

/** A key as a request needs it. */
export interface HotKey {
  readonly id: string
  readonly organizationId: string
  readonly projectId: string
  readonly scopes: readonly string[]
  /** Names or `*` globs; null: every model. */
  readonly models: readonly string[] | null
  readonly environment: string
  /** Milliseconds since 1970; null: never. */
  readonly expiresAtMs: number | null
  /** Null when it has none; the same object for as long as nothing about it changes. */
  readonly limits: Limits | null
}

export interface HotOrganization {
  readonly id: string
  readonly disabled: boolean
  /** For all its keys together; null when it has none. */
  readonly limits: Limits | null
}

export interface HotProject {
  readonly id: string
  readonly organizationId: string
  /** Where a model that nothing identifies goes; null: nowhere. */
  readonly defaultProvider: ProviderName | null
  /** False: answers carry no header of ours. */
  readonly responseHeaders: boolean
}

/** A credential of one project, of an organization's projects (`projectId` null), or of every project (both null). */
export interface HotCredential {
  readonly id: string
  readonly organizationId: string | null
  readonly projectId: string | null
  readonly provider: ProviderName
  readonly source: "stored" | "environment"
  readonly baseUrl: string | null
  /** For `createUnsealer`; the secret in clear is not part of this. */
  readonly sealed: string
  readonly priority: number
  readonly headers: Readonly<Record<string, string>>
  /** What the provider's paths need besides, e.g. Azure's `api_version`. */
  readonly options: Readonly<Record<string, string>>
}

/**
 * The order in which credentials are tried: stored before environment, the project's own before its organization's before
 * the installation's, higher priority first, then the oldest.
 */
export function compareCredentials(a: CredentialRank, b: CredentialRank): number {
  if (a.source !== b.source) return a.source === "stored" ? -1 : 1
  const distance = distanceOf(a) - distanceOf(b)
  if (distance !== 0) return distance
  if (a.priority !== b.priority) return b.priority - a.priority
  return a.id < b.id ? -1 : 1
}

type CredentialRank = Pick<HotCredential, "id" | "organizationId" | "projectId" | "source" | "priority">

const distanceOf = ({ organizationId, projectId }: CredentialRank): number =>
  projectId !== null ? 0 : organizationId !== null ? 1 : 2

/** Whether a model is on a key's list: by its exact name, or a glob in which `*` stands for any characters. */
export function isModelAllowed(models: readonly string[] | null, model: string): boolean {
  if (models === null) return true
  for (const entry of models) if (entry === model || (entry.includes("*") && matchesGlob(entry, model))) return true
  return false
}

/**
 * Whether a text fits a glob whose `*` stands for any characters. Greedy from the left, part by part, which is right for a
 * pattern without other wildcards and never looks at a character twice for the same part.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const parts = glob.split("*")
  const [first = ""] = parts
  const last = parts.at(-1) ?? ""
  if (parts.length === 1) return glob === text
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
