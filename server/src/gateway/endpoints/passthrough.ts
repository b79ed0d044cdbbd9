import type { AnswerFormat } from "../../providers/provider.ts"
import type { Endpoint, Method } from "./endpoint.ts"

const everyMethod: readonly Method[] = ["GET", "POST", "DELETE"]

const passthrough = (
  tail: string,
  methods: readonly Method[],
  operation: Endpoint["operation"],
  format: AnswerFormat | null = null,
): readonly [tail: string, endpoint: Endpoint] => [
  tail,
  { route: `/v1${tail}`, methods, protocol: "openai", operation, format, alwaysStreams: false, passesThrough: true },
]

/**
 * Endpoints whose requests are handed on as they come, whatever is in them, by what stands after the version. `{id}` and
 * `{path}` stand for what a request says; a tail that none names in full is the family's `{path}`.
 * https://platform.openai.com/docs/api-reference/images, …/audio, …/moderations, …/files, …/batch;
 * https://docs.cohere.com/reference/rerank, https://jina.ai/reranker
 */
const tails: ReadonlyMap<string, Endpoint> = new Map([
  passthrough("/images/generations", ["POST"], "images", "openai-images"),
  passthrough("/images/edits", ["POST"], "images", "openai-images"),
  passthrough("/images/variations", ["POST"], "images", "openai-images"),
  passthrough("/images/{path}", everyMethod, "images"),
  passthrough("/audio/speech", ["POST"], "audio"),
  passthrough("/audio/transcriptions", ["POST"], "audio", "openai-transcription"),
  passthrough("/audio/translations", ["POST"], "audio", "openai-transcription"),
  passthrough("/audio/{path}", everyMethod, "audio"),
  passthrough("/moderations", ["POST"], "moderations"),
  passthrough("/rerank", ["POST"], "rerank", "rerank"),
  passthrough("/files", ["GET", "POST"], "files"),
  passthrough("/files/{id}", ["GET", "DELETE"], "files"),
  passthrough("/files/{id}/content", ["GET"], "files"),
  passthrough("/files/{path}", everyMethod, "files"),
  passthrough("/batches", ["GET", "POST"], "batches"),
  passthrough("/batches/{id}", ["GET", "DELETE"], "batches"),
  passthrough("/batches/{id}/cancel", ["POST"], "batches"),
  passthrough("/batches/{path}", everyMethod, "batches"),
])

/** Every such endpoint, as documented. */
export const passthroughEndpoints: readonly Endpoint[] = [...tails.values()]

/** A segment of a path that says no more than a name does. */
const segment = /^[\w.~:%@+=,-]{1,256}$/

/** The endpoint of what stands after the version in a path; null when there is none, or the path climbs out of its place. */
export function findPassthrough(tail: string): Endpoint | null {
  const exact = tail.includes("{") ? undefined : tails.get(tail)
  if (exact) return exact
  const [empty, family, ...rest] = tail.split("/")
  if (empty !== "" || rest.length === 0 || rest.length > 8 || !rest.every(isName)) return null
  const items = rest.length === 1 ? tails.get(`/${family}/{id}`) : null
  const actions = rest.length === 2 ? tails.get(`/${family}/{id}/${rest[1]}`) : null
  return items ?? actions ?? tails.get(`/${family}/{path}`) ?? null
}

function isName(text: string): boolean {
  if (!segment.test(text)) return false
  try {
    const name = decodeURIComponent(text)
    return name !== "." && name !== ".." && !/[/\\]/.test(name)
  } catch {
    return false
  }
}
