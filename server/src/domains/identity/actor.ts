import type { KeyScope } from "@sluice/protocol/api/api-keys"
import type { Role } from "./permission.ts"

/** Something with an id and a name: an organization, a workspace, a project. */
export interface Named {
  readonly id: string
  readonly name: string
}

/** Where somebody stands: exactly one organization and one project of it at a time. */
export interface Place {
  readonly organization: Named
  readonly workspace: Named
  readonly project: Named
}

/** Whoever makes a management call: a person with a session, or a program with an API key. Ids are UUIDs. */
export interface Actor extends Place {
  /** The person; null for a program. */
  readonly user: { readonly id: string; readonly email: string; readonly name: string } | null
  /** The key; null for a person. */
  readonly key: {
    readonly id: string
    readonly name: string
    readonly scopes: readonly KeyScope[]
    /** Whether it is for certain models only, or has limits of its own. */
    readonly isRestricted?: boolean
    /** Null: it does not expire. */
    readonly expiresAt?: Date | null
    /** True for the key of `SLUICE_BOOTSTRAP_KEY`, which whoever runs the installation set. */
    readonly isBootstrap?: boolean
  } | null
  /** The person's role in the organization; null for a program. */
  readonly role: Role | null
}
