import { z } from "zod"

/** The header of a change that is to fail when somebody else was faster. */
export const IfMatch = z.object({
  "if-match": z
    .string()
    .max(256)
    .optional()
    .meta({ description: "The ETag of the state that was read; another one: 412." }),
})
