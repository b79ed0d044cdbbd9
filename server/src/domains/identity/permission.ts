import type { KeyScope } from "@sluice/protocol/api/api-keys"
import type { Actor } from "./actor.ts"

/** What a member is in an organization. */
export const roles = ["owner", "admin", "editor", "viewer", "billing", "auditor"] as const
export type Role = (typeof roles)[number]

/** `noun:verb`. */
export type PermissionName = `${string}:${string}`

/** Who may: members with one of these roles, and API keys with this scope. */
export interface PermissionRule {
  readonly roles: readonly Role[]
  /** Null: no key, whatever its scopes. */
  readonly scope: KeyScope | null
  /** True: the bootstrap key too, because whoever runs the installation holds it. */
  readonly bootstrapKey?: boolean
}

/** All answers to "who may" for the nouns of one domain. */
export type PermissionTable = Readonly<Record<PermissionName, PermissionRule>>

/** Every role that may look at configuration and figures. */
export const readers: readonly Role[] = ["owner", "admin", "editor", "viewer"]

/** Roles that change what an organization is made of. */
export const administrators: readonly Role[] = ["owner", "admin"]

/** Whether the rule lets this actor: by role for people, by scope for keys. */
export function isAllowed(actor: Actor, rule: PermissionRule): boolean {
  if (actor.key?.isBootstrap && rule.bootstrapKey) return true
  if (actor.key) return rule.scope !== null && actor.key.scopes.includes(rule.scope)
  return actor.role !== null && rule.roles.includes(actor.role)
}
