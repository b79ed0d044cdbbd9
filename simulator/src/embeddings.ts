import { type Failure, malformed } from "./failure.ts"
import { countOf, isRecord, type JsonRecord, listOf, recordOf, textOf } from "./json-reading.ts"
import { countPromptTokens, readModel } from "./prompt.ts"
import { createRandom } from "./random.ts"

/** The rendered body, and the model asked for, or why there is neither. */
export type EmbeddingAnswer = { readonly model: string; readonly body: string } | { readonly failure: Failure }

const mostDimensions = 4096
const mostInputs = 2048

/** Answers `POST /v1/embeddings`: floats, or the same as little-endian 32-bit floats in base64. */
export function answerOpenAiEmbeddings(body: JsonRecord, seed: string): EmbeddingAnswer {
  const named = readModel(body)
  if ("failure" in named) return named
  const inputs = readInputs(body.input)
  if (inputs === null) {
    const message = `'input' must be text, token numbers, or an array of 1 to ${mostInputs} of them`
    return { failure: malformed(message, "input") }
  }
  const dimensions = countOf(body.dimensions) ?? (named.model.includes("large") ? 3072 : 1536)
  if (dimensions < 1 || dimensions > mostDimensions) {
    return { failure: malformed(`'dimensions' must be from 1 to ${mostDimensions}`, "dimensions") }
  }
  const data = inputs.map((input, index) => {
    const vector = embed(seed, named.model, input, dimensions)
    const embedding =
      body.encoding_format === "base64" ? Buffer.from(vector.buffer).toString("base64") : Array.from(vector, shorten)
    return { object: "embedding", index, embedding }
  })
  const tokens = inputs.reduce((sum, input) => sum + countPromptTokens(input), 0)
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return { model: named.model, body: JSON.stringify({ object: "list", data, model: named.model, usage }) }
}

/** Answers Gemini's `:embedContent` and `:batchEmbedContents`. */
export function answerGeminiEmbeddings(body: JsonRecord, model: string, seed: string, batch: boolean): EmbeddingAnswer {
  const requests = batch ? listOf(body.requests) : [body]
  if (requests.length === 0 || requests.some((request) => !isRecord(recordOf(request).content))) {
    const at = batch ? "requests: an array with a content each" : "content"
    return { failure: malformed(`* EmbedContentRequest.${at} is not specified`, batch ? "requests" : "content") }
  }
  const embeddings = requests.map(recordOf).map((request) => {
    const text = listOf(recordOf(request.content).parts)
      .map((part) => textOf(recordOf(part).text) ?? "")
      .join("")
    const asked = countOf(request.outputDimensionality ?? recordOf(request.embedContentConfig).outputDimensionality)
    const dimensions = Math.min(mostDimensions, Math.max(1, asked ?? 768))
    return { values: Array.from(embed(seed, model, text, dimensions), shorten) }
  })
  return { model, body: JSON.stringify(batch ? { embeddings } : { embedding: embeddings[0] }) }
}

/** Texts as they are; token numbers as their text, so that the same tokens give the same vector. */
function readInputs(input: unknown): readonly string[] | null {
  if (typeof input === "string") return input === "" ? null : [input]
  if (!Array.isArray(input) || input.length === 0 || input.length > mostInputs) return null
  if (input.every((element) => typeof element === "number")) return [input.join(" ")]
  const texts = input.map((element) =>
    typeof element === "string" ? element : Array.isArray(element) ? element.join(" ") : null,
  )
  return texts.every((text) => text !== null) ? texts : null
}

/** A unit vector that depends on nothing but the seed, the model and the text. */
function embed(seed: string, model: string, text: string, dimensions: number): Float32Array {
  const random = createRandom(seed, model, text)
  const vector = new Float32Array(dimensions)
  let square = 0
  for (let i = 0; i < dimensions; i += 1) {
    const value = random.next() - 0.5
    vector[i] = value
    square += value * value
  }
  const length = Math.sqrt(square)
  for (let i = 0; i < dimensions; i += 1) vector[i] = vector[i]! / length
  return vector
}

/** Nine decimals, as the provider prints them. */
const shorten = (value: number): number => Math.round(value * 1e9) / 1e9
