import type { AnswerDialect } from "./answer-dialect.ts"
import { AnswerNotes } from "./answer-notes.ts"
import { classifyErrorValue } from "./classify-error.ts"
import { isObject, type JsonObject, toText } from "./json-value.ts"
import type { AnswerFacts, AnswerReader } from "./provider.ts"
import { elementSlices, type Slice, topLevelSlices } from "./top-level-slices.ts"

/** Larger answers are read by their outline: parsing 8 MB of vectors would hold every other stream up. */
const outlineFrom = 256 * 1024
/** An answer without usage is parsed for its text up to here. */
const parseCap = 1024 * 1024
/** A member of an outline that is larger than this is not what it should be. */
const memberCap = 64 * 1024
/** Elements of the outline's list that are looked at. */
const elementCap = 64

/** An answer's reader for any dialect: turns bytes into JSON, and anything that goes wrong into `unreadable`. */
export class DialectReader implements AnswerReader {
  readonly #dialect: AnswerDialect
  readonly #notes = new AnswerNotes()

  constructor(dialect: AnswerDialect) {
    this.#dialect = dialect
  }

  readEvent(data: string): boolean {
    // OpenAI's end of stream, and the empty events that some servers send to keep a connection open.
    if (data === "[DONE]" || data === "") return false
    try {
      const event: unknown = JSON.parse(data)
      if (isObject(event)) return this.#event(event)
    } catch {
      if (data.trim() === "[DONE]") return false
    }
    this.#notes.markUnreadable()
    return false
  }

  readBody(body: Buffer): void {
    try {
      const outline = body.length > outlineFrom ? this.#outline(body) : null
      if (outline !== null) this.#read(outline)
      const known = this.#notes.usage !== null || this.#notes.toFacts().unreadable
      if (outline !== null && known) return
      if (body.length > parseCap) {
        if (outline === null) this.#notes.markUnreadable()
        this.#notes.markTextCut()
        return
      }
      const whole: unknown = JSON.parse(body.toString("utf8"))
      if (isObject(whole)) this.#read(whole)
      else if (Array.isArray(whole)) this.#readList(whole)
      else this.#notes.markUnreadable()
    } catch {
      this.#notes.markUnreadable()
    }
  }

  facts(): AnswerFacts {
    return this.#notes.toFacts()
  }

  #event(event: JsonObject): boolean {
    this.#noteError(event)
    return this.#dialect.readEvent(event, this.#notes)
  }

  #read(body: JsonObject): void {
    this.#noteError(body)
    this.#dialect.readBody(body, this.#notes)
  }

  #noteError(value: JsonObject): void {
    if (!isObject(value.error) && toText(value.error) === null) return
    this.#notes.noteError(classifyErrorValue(this.#dialect.protocol, null, value))
  }

  /** A Gemini stream that was asked for without events, read whole. */
  #readList(events: readonly unknown[]): void {
    for (const event of events) {
      if (isObject(event)) this.#event(event)
      else this.#notes.markUnreadable()
    }
  }

  /** The answer with nothing in it but what its outline names; null when the body is not an object that ends. */
  #outline(body: Buffer): JsonObject | null {
    const { members, list } = this.#dialect.outline
    const names = list === null ? members : [...members, list.name]
    const slices = topLevelSlices(body, names)
    if (slices === null) return null
    const outline = this.#parseMembers(body, slices, members)
    const listed = list === null ? undefined : slices.get(list.name)
    if (list === null || listed === undefined) return outline
    const elements = elementSlices(body, listed, elementCap) ?? []
    outline[list.name] = elements.map(({ start, end }) => {
      const inner = topLevelSlices(body, list.members, { from: start, to: end })
      return inner === null ? {} : this.#parseMembers(body, inner, list.members)
    })
    return outline
  }

  #parseMembers(body: Buffer, slices: ReadonlyMap<string, Slice>, names: readonly string[]): Record<string, unknown> {
    const members: Record<string, unknown> = {}
    for (const name of names) {
      const slice = slices.get(name)
      if (slice === undefined) continue
      if (slice.end - slice.start > memberCap) this.#notes.markUnreadable()
      else members[name] = JSON.parse(body.toString("utf8", slice.start, slice.end))
    }
    return members
  }
}
