import { createHmac, timingSafeEqual } from "node:crypto"
import { invalidCursor } from "../platform/errors.ts"

/**
 * Opaque, signed positions in lists. `list` names everything the position is only good for: the list, the project it
 * belongs to and the filters in force; a cursor given to another is `invalid_cursor`.
 */
export interface Cursors {
  /** The cursor that continues `list` after `position`, safe in a URL. */
  sign(list: string, position: string): string
  /** The position inside a cursor of `list`. @throws ApiError `invalid_cursor` */
  read(list: string, cursor: string): string
}

const signatureBytes = 16

/** Cursors signed with HMAC-SHA256, cut to 128 bits, under a key derived from the master key. */
export function createCursors(key: Buffer): Cursors {
  const signatureOf = (list: string, position: string) =>
    createHmac("sha256", key)
      .update(JSON.stringify([list, position]))
      .digest()
      .subarray(0, signatureBytes)
  return {
    sign: (list, position) => Buffer.concat([signatureOf(list, position), Buffer.from(position)]).toString("base64url"),
    read(list, cursor) {
      const bytes = Buffer.from(cursor, "base64url")
      if (bytes.length < signatureBytes || bytes.toString("base64url") !== cursor) throw invalidCursor()
      const position = bytes.subarray(signatureBytes).toString()
      if (!timingSafeEqual(bytes.subarray(0, signatureBytes), signatureOf(list, position))) throw invalidCursor()
      return position
    },
  }
}
