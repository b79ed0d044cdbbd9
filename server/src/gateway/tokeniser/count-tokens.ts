import type { AnswerFormat } from "../../providers/provider.ts"
import { encodingOf, loadEncoding } from "./encoding.ts"
import { type PromptText, readPrompt } from "./prompt-text.ts"

/** What is to be counted. Nothing of it is kept. */
export interface CountJob {
  readonly format: AnswerFormat
  readonly model: string
  /** The request's JSON; null when there is none, or when it is too large to count (then `bodyBytes` tells its size). */
  readonly body: string | null
  readonly bodyBytes: number | null
  readonly answerText: string
  /** True when the answer had more text than this. */
  readonly textCut: boolean
}

/** Tokens of an exchange, counted by us; null where there was nothing to count. */
export interface TokenCount {
  readonly input: number | null
  readonly output: number | null
  /** `measured`: with the model's own vocabulary, from text alone and all of it. */
  readonly source: "measured" | "estimated"
}

/** Counts with the vocabulary of the job's model, or the nearest. Slow for hostile text: runs in a thread of its own. */
export async function countTokens(job: CountJob): Promise<TokenCount> {
  const { encoding, exact } = encodingOf(job.model)
  const count = await loadEncoding(encoding)
  const prompt = job.body === null ? null : readPrompt(job.format, job.body)
  const uncounted = prompt === null && job.bodyBytes !== null
  const measured = exact && !job.textCut && !uncounted && (prompt?.exact ?? true)
  return {
    input: prompt === null ? estimateBytes(job.bodyBytes) : countPrompt(prompt, count),
    output: job.answerText === "" ? null : count(job.answerText),
    source: measured ? "measured" : "estimated",
  }
}

/** The count without counting: about four bytes of text are a token. */
export function estimateTokens(job: CountJob): TokenCount {
  const answerBytes = job.answerText === "" ? null : Buffer.byteLength(job.answerText)
  return { input: estimateBytes(job.bodyBytes), output: estimateBytes(answerBytes), source: "estimated" }
}

function estimateBytes(bytes: number | null): number | null {
  return bytes === null ? null : Math.ceil(bytes / 4)
}

function countPrompt(prompt: PromptText, count: (text: string) => number): number {
  let tokens = prompt.overhead
  for (const text of prompt.texts) tokens += count(text)
  return tokens
}
