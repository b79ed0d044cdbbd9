import { apiErrors } from "@sluice/protocol/error-codes"
import { z } from "zod"

/** A public id of one noun, as it appears in answers. */
export const idSchema = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))

/** A time as answers carry it: RFC 3339 in UTC. */
export const timeSchema = z.iso.datetime()

/** A page of a list, as answers carry it. */
export const pageSchema = (item: z.ZodType) =>
  z.strictObject({ data: z.array(item), next_cursor: z.string().nullable(), has_more: z.boolean() })

const codes = Object.keys(apiErrors) as (keyof typeof apiErrors)[]

/** What every failed call answers. */
export const ApiErrorSchema = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(codes),
      message: z.string(),
      type: z.enum(["invalid_request_error", "authentication_error", "permission_error", "api_error"]),
      param: z.string().nullable(),
      request_id: z.string(),
      details: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
    }),
  })
  .meta({ id: "Error" })
