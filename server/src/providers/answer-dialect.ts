import type { Protocol } from "@sluice/protocol/providers"
import type { AnswerNotes } from "./answer-notes.ts"
import type { JsonObject } from "./json-value.ts"

/** How one wire format tells about itself. Without state: what it learns goes to the notes. */
export interface AnswerDialect {
  readonly protocol: Protocol
  /** Reads one event of a stream; true when it carried model output. */
  readEvent(event: JsonObject, notes: AnswerNotes): boolean
  /** Reads a whole answer. */
  readBody(body: JsonObject, notes: AnswerNotes): void
  /** What of a large answer is enough: top-level members, and members of the elements of one list. */
  readonly outline: {
    readonly members: readonly string[]
    readonly list: { readonly name: string; readonly members: readonly string[] } | null
  }
}
