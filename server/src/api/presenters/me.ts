import type { MeBody } from "@sluice/protocol/api/me"
import { idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import { type Actor, isAllowed } from "../../domains/identity/index.ts"
import { type Permission, permissions } from "../permissions.ts"
import { idSchema } from "../schemas.ts"

const named = (prefix: string) => z.strictObject({ id: idSchema(prefix), name: z.string() })

/** Who is asking, in answers. */
export const MeSchema = z
  .strictObject({
    user: z.strictObject({ id: idSchema(idPrefixes.user), email: z.string(), name: z.string() }).nullable(),
    key: z.strictObject({ id: idSchema(idPrefixes.apiKey), name: z.string(), scopes: z.array(z.string()) }).nullable(),
    organization: named(idPrefixes.organization),
    workspace: named(idPrefixes.workspace),
    project: named(idPrefixes.project),
    permissions: z.array(z.string()),
    gateway_url: z.string(),
    demo: z.boolean(),
    version: z.string(),
  })
  .meta({ id: "Me" })

/** What every caller is told of the installation. */
export interface InstallationFacts {
  /** Where applications send LLM requests: the root before `/v1`. */
  readonly gatewayUrl: string
  readonly demo: boolean
  readonly version: string
}

/** Who is asking, what they may do, and the installation's addresses. */
export const presentMe = (actor: Actor, facts: InstallationFacts): MeBody => ({
  user: actor.user && { id: toPublicId("user", actor.user.id), email: actor.user.email, name: actor.user.name },
  key: actor.key && { id: toPublicId("apiKey", actor.key.id), name: actor.key.name, scopes: actor.key.scopes },
  organization: { id: toPublicId("organization", actor.organization.id), name: actor.organization.name },
  workspace: { id: toPublicId("workspace", actor.workspace.id), name: actor.workspace.name },
  project: { id: toPublicId("project", actor.project.id), name: actor.project.name },
  permissions: (Object.keys(permissions) as Permission[]).filter((name) => isAllowed(actor, permissions[name])),
  gateway_url: facts.gatewayUrl,
  demo: facts.demo,
  version: facts.version,
})
