import { createHash } from "node:crypto"

/** The tag of an entity that counts its changes, or has a text that names its state. */
export const toEntityTag = (revision: number | string): string => `"${revision}"`

/** A text that names a state, for what does not count its changes: the same for the same values. */
export const toStateName = (values: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(values)).digest("base64url").slice(0, 22)

/**
 * Whether a change may go ahead by its `If-Match` header: absent, `*`, or a list of tags with the one of this revision
 * (RFC 9110 §13.1.1; a weak tag never matches).
 */
export function matchesEntityTag(header: string | undefined, revision: number | string): boolean {
  if (header === undefined || header.trim() === "*") return true
  return header.split(",").some((tag) => tag.trim() === toEntityTag(revision))
}
