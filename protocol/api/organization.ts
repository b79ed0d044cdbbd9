import type { Limits } from "../limits.ts"

/** `GET|PATCH organization/limits`: what the caller's organization may use, all its keys together. */
export interface OrganizationLimitsBody {
  readonly organization_id: string
  readonly limits: Limits
}
