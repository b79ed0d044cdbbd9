import { idPrefixes } from "@sluice/protocol/ids"
import { z } from "zod"
import { idSchema } from "../schemas.ts"

const limit = z.number().int().nullable()

/** Limits in answers; null: none. */
export const LimitsSchema = z
  .strictObject({
    requests_per_minute: limit,
    tokens_per_minute: limit,
    concurrent_streams: limit,
    concurrent_requests: limit,
  })
  .meta({ id: "Limits" })

/** The limits of an organization in answers. */
export const OrganizationLimitsSchema = z
  .strictObject({ organization_id: idSchema(idPrefixes.organization), limits: LimitsSchema })
  .meta({ id: "OrganizationLimits" })
