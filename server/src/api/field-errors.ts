import type { FieldError } from "@sluice/protocol/api/common"
import type { z } from "zod"

/** The issues of a failed parse as a flat list of fields: dotted paths, one entry for each unknown field. */
export function toFieldErrors(error: z.core.$ZodError): FieldError[] {
  return error.issues.flatMap((issue) => toFields(issue))
}

function toFields(issue: z.core.$ZodIssue): FieldError[] {
  const field = issue.path.map(String).join(".")
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: field ? `${field}.${key}` : key, message: "there is no such field" }))
  }
  return [{ field, message: toMessage(issue) }]
}

/** Zod's sentences begin with a capital and say "Invalid input: "; after a field's name both read badly. */
function toMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) return "is missing"
  const message = issue.message.replace(/^Invalid (input|option): /, "")
  return message.charAt(0).toLowerCase() + message.slice(1)
}
