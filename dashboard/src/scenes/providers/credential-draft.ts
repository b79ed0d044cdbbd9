import type { CreateCredential } from "@sluice/protocol/api/credentials"
import type { ProviderName } from "@sluice/protocol/providers"

/** What stands in the form's fields. */
export interface CredentialDraft {
  readonly provider: ProviderName
  readonly label: string
  readonly secret: string
  readonly baseUrl: string
  readonly organization: string
  readonly project: string
  readonly apiVersion: string
}

/**
 * The request a draft makes. Blank optional fields and those of another provider are left out; white space that a paste
 * brought along is taken off. Whether the rest is right is the server's to say.
 */
export function toCreateCredential(draft: CredentialDraft): CreateCredential {
  const organization = draft.provider === "openai" ? draft.organization.trim() : ""
  const project = draft.provider === "openai" ? draft.project.trim() : ""
  const apiVersion = draft.provider === "azure" ? draft.apiVersion.trim() : ""
  const options = {
    ...(organization ? { organization } : {}),
    ...(project ? { project } : {}),
    ...(apiVersion ? { api_version: apiVersion } : {}),
  }
  const label = draft.label.trim()
  const baseUrl = draft.baseUrl.trim()
  return {
    provider: draft.provider,
    secret: draft.secret.trim(),
    ...(label ? { label } : {}),
    ...(["custom", "azure"].includes(draft.provider) && baseUrl ? { base_url: baseUrl } : {}),
    ...(Object.keys(options).length > 0 ? { options } : {}),
  }
}
