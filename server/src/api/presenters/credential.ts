import { type CredentialBody, type CredentialTestBody, credentialScopes } from "@sluice/protocol/api/credentials"
import { idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { providerNames } from "@sluice/protocol/providers"
import { z } from "zod"
import type { Credential, ProbeResult } from "../../domains/identity/index.ts"
import { idSchema, timeSchema } from "../schemas.ts"

/** A provider credential in answers. */
export const CredentialSchema = z
  .strictObject({
    id: idSchema(idPrefixes.credential),
    project_id: idSchema(idPrefixes.project).nullable(),
    scope: z.enum(credentialScopes),
    provider: z.enum(providerNames),
    label: z.string(),
    last_four: z.string(),
    base_url: z.string().nullable(),
    options: z.record(z.string(), z.string()),
    source: z.enum(["stored", "env"]),
    variable: z.string().nullable(),
    created_at: timeSchema,
    last_used_at: timeSchema.nullable(),
  })
  .meta({ id: "Credential" })

/** Every field of a credential that may leave. */
export const presentCredential = (credential: Credential): CredentialBody => ({
  id: toPublicId("credential", credential.id),
  project_id: credential.projectId === null ? null : toPublicId("project", credential.projectId),
  scope: credential.scope,
  provider: credential.provider,
  label: credential.label,
  last_four: credential.lastFour,
  base_url: credential.baseUrl,
  options: credential.options,
  source: credential.source,
  variable: credential.variable,
  created_at: credential.createdAt.toISOString(),
  last_used_at: credential.lastUsedAt?.toISOString() ?? null,
})

/** What a test call found, in answers. */
export const CredentialTestSchema = z
  .strictObject({
    ok: z.boolean(),
    status: z.number().int().nullable(),
    latency_ms: z.number().min(0),
    message: z.string(),
  })
  .meta({ id: "CredentialTest" })

/** A test succeeds when the provider answered with a 2xx. */
export const presentProbe = ({ status, latencyMs, message }: ProbeResult): CredentialTestBody => ({
  ok: status !== null && status >= 200 && status < 300,
  status,
  latency_ms: Math.round(latencyMs * 10) / 10,
  message,
})
