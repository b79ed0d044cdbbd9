import type { UsageRecord } from "@sluice/protocol/exchange-record"
import { toText } from "./json-value.ts"
import { type AnswerError, type AnswerFacts, answerTextCap } from "./provider.ts"

/** Characters kept of a model's name and of a finish reason: what an exchange record holds. */
const nameCap = 256
const reasonCap = 64

/** What a dialect writes down while it reads an answer; becomes the answer's facts. */
export class AnswerNotes {
  #usage: UsageRecord | null = null
  #model: string | null = null
  #finishReason: string | null = null
  #error: AnswerError | null = null
  #text = ""
  #textCut = false
  #unreadable = false
  /** Whether the model asked for a tool, which some dialects leave out of the finish reason. */
  toolCalled = false

  get usage(): UsageRecord | null {
    return this.#usage
  }

  get finishReason(): string | null {
    return this.#finishReason
  }

  /**
   * The counts as last told, replacing earlier ones. Once both totals are known the text is of no more use and is
   * dropped; while the output is unknown (an Anthropic stream before its end) it is kept.
   */
  setUsage(usage: UsageRecord): void {
    this.#usage = usage
    if (usage.output === null) return
    this.#text = ""
    this.#textCut = false
  }

  /** The provider told counts that cannot be: better none than wrong ones. */
  refuseUsage(): void {
    this.#usage = null
    this.#unreadable = true
  }

  markUnreadable(): void {
    this.#unreadable = true
  }

  /** Says that there was text which was not read. */
  markTextCut(): void {
    this.#textCut = true
  }

  noteModel(model: unknown): void {
    const name = toText(model)
    if (name !== null) this.#model = name.slice(0, nameCap)
  }

  noteFinish(reason: string | null): void {
    if (reason !== null) this.#finishReason = reason.slice(0, reasonCap)
  }

  /** Keeps the first error: what follows one is its consequence. */
  noteError(error: AnswerError): void {
    this.#error ??= error
  }

  /** Keeps text the model wrote; true when there was any. */
  addText(value: unknown): boolean {
    if (typeof value !== "string" || value === "") return false
    if (this.#usage !== null && this.#usage.output !== null) return true
    const room = answerTextCap - this.#text.length
    if (value.length > room) {
      this.#textCut = true
      this.#text += value.slice(0, room)
    } else this.#text += value
    return true
  }

  toFacts(): AnswerFacts {
    return {
      usage: this.#usage,
      model: this.#model,
      finishReason: this.#finishReason,
      error: this.#error,
      text: this.#text,
      textCut: this.#textCut,
      unreadable: this.#unreadable,
    }
  }
}
