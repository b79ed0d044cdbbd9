import { z } from "zod"

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** How often something is done, such as `30m`, `6h` or `1d`: milliseconds. Null for `off`, undefined when nothing was said. */
export const interval = z
  .string()
  .toLowerCase()
  .regex(/^(off|[1-9]\d{0,3}[mhd])$/)
  .optional()
  .transform((value) => {
    if (value === undefined) return undefined
    return value === "off" ? null : Number(value.slice(0, -1)) * (unitsMs[value.slice(-1)] ?? 0)
  })
