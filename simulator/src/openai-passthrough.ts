import type { Question, Source } from "./answer.ts"
import { type Failure, malformed } from "./failure.ts"
import { isRecord, type JsonRecord, textOf } from "./json-reading.ts"
import type { Rendered } from "./rendered.ts"

type Found = Rendered | { readonly failure: Failure }

const createdAt = 1_735_689_600

/** Answers images, sound, moderations, reranking, files and batches; null for a route that is none of them. */
export function answerPassthrough(question: Question, source: Source): Found | null {
  const { route } = question
  switch (route.operation) {
    case "images":
      return answerImages(question)
    case "speech":
      return answerSpeech(question, source)
    case "transcription":
      return answerTranscription(question)
    case "moderations":
      return answerModerations(question, source)
    case "rerank":
      return answerRerank(question, source)
    case "files":
      return answerFiles(question, source)
    case "batches":
      return answerBatches(question, source)
    case "key":
      return json({ data: { label: "sk-or-v1-simulated", usage: 0, limit: null, is_free_tier: false } })
    default:
      return null
  }
}

const json = (value: unknown): Rendered => ({ kind: "plain", body: JSON.stringify(value) })
const missing = (name: string) => ({ failure: malformed(`Missing required parameter: '${name}'.`, name) })

/** The fields of a body, whether it is JSON or a form; of a file, its name. */
function readFields({ body, contentType }: Question): JsonRecord {
  if (!contentType.toLowerCase().startsWith("multipart/form-data")) {
    try {
      const parsed: unknown = JSON.parse(body.toString("utf8"))
      return isRecord(parsed) ? parsed : {}
    } catch {
      return {}
    }
  }
  const fields: Record<string, unknown> = {}
  const part = /content-disposition: *form-data; *name="([^"]+)"(?:; *filename="([^"]*)")?[\s\S]*?\r\n\r\n([^\r]*)/gi
  for (const [, name = "", filename, value] of body.toString("latin1").matchAll(part)) fields[name] = filename ?? value
  return fields
}

/** `openai/resources/images: ImagesResponse`; GPT's image models count tokens, older ones nothing. */
function answerImages(question: Question): Found {
  const fields = readFields(question)
  const model = textOf(fields.model) ?? question.route.model ?? "dall-e-2"
  if (question.path.endsWith("/generations") && textOf(fields.prompt) === null) return missing("prompt")
  const created = { created: createdAt }
  if (!model.startsWith("gpt-image")) return json({ ...created, data: [{ url: "https://images.example/1.png" }] })
  const usage = {
    total_tokens: 100,
    input_tokens: 50,
    output_tokens: 50,
    input_tokens_details: { text_tokens: 50, image_tokens: 0 },
  }
  return json({ ...created, data: [{ b64_json: "iVBORw0KGgo=" }], output_format: "png", usage })
}

/** Bytes that are no text in any encoding, as many as the input has characters. */
function answerSpeech(question: Question, source: Source): Found {
  const fields = readFields(question)
  const input = textOf(fields.input)
  if (input === null) return missing("input")
  const bytes = Buffer.concat([
    Buffer.from([0xff, 0xfb, 0x00, 0x80]),
    Buffer.from(source.random.hex(input.length * 2), "hex"),
  ])
  return { kind: "plain", body: bytes, contentType: "audio/mpeg" }
}

/** `openai/resources/audio/transcriptions: Transcription`; Whisper is paid by the second. */
function answerTranscription(question: Question): Found {
  const fields = readFields(question)
  if (textOf(fields.file) === null) return missing("file")
  const text = `${question.bodyBytes} bytes were heard.`
  if (fields.response_format === "text") return { kind: "plain", body: text, contentType: "text/plain; charset=utf-8" }
  const model = textOf(fields.model) ?? question.route.model ?? ""
  const usage = model.startsWith("gpt-")
    ? {
        type: "tokens",
        input_tokens: 14,
        input_token_details: { text_tokens: 4, audio_tokens: 10 },
        output_tokens: 6,
        total_tokens: 20,
      }
    : { type: "duration", seconds: 9 }
  return json({ text, usage })
}

/** `openai/resources/moderations: ModerationCreateResponse`: everything that says `violence` is flagged. */
function answerModerations(question: Question, source: Source): Found {
  const { input, model } = readFields(question)
  if (input === undefined) return missing("input")
  const inputs = Array.isArray(input) ? input : [input]
  const results = inputs.map((text) => {
    const flagged = JSON.stringify(text).includes("violence")
    return { flagged, categories: { violence: flagged }, category_scores: { violence: flagged ? 0.97 : 0.001 } }
  })
  return json({ id: `modr-${source.random.hex(12)}`, model: textOf(model) ?? "omni-moderation-latest", results })
}

/** As Jina and Together answer, best first; what comes first is best. */
function answerRerank(question: Question, source: Source): Found {
  const { model, query, documents, top_n: wanted } = readFields(question)
  if (textOf(query) === null) return missing("query")
  if (!Array.isArray(documents)) return missing("documents")
  const count = Math.min(typeof wanted === "number" ? wanted : documents.length, documents.length)
  const results = Array.from({ length: count }, (_, index) => ({ index, relevance_score: 1 / (index + 1) }))
  const tokens = Math.ceil(JSON.stringify(documents).length / 4)
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return json({ object: "rerank", id: `rr-${source.random.hex(12)}`, model: textOf(model), results, usage })
}

/** `openai/resources/files: FileObject`. Nothing is stored: any id is a file. */
function answerFiles(question: Question, source: Source): Found {
  const { method, route } = question
  const present = (id: string, bytes: number, filename: string, purpose: string) => ({
    id,
    object: "file",
    bytes,
    created_at: createdAt,
    filename,
    purpose,
    status: "processed",
  })
  if (route.item === null) {
    if (method === "GET")
      return json({ object: "list", data: [present("file-1", 12, "a.jsonl", "batch")], has_more: false })
    const fields = readFields(question)
    if (textOf(fields.file) === null) return missing("file")
    const name = textOf(fields.file) ?? ""
    return json(present(`file-${source.random.hex(12)}`, question.bodyBytes, name, textOf(fields.purpose) ?? "batch"))
  }
  const { id, action } = route.item
  if (action === "content") {
    return { kind: "plain", body: Buffer.from([0, 1, 2, 253, 254, 255]), contentType: "application/octet-stream" }
  }
  return json(method === "DELETE" ? { id, object: "file", deleted: true } : present(id, 12, "a.jsonl", "batch"))
}

/** `openai/resources/batches: Batch`. Nothing is stored: any id is a batch. */
function answerBatches(question: Question, source: Source): Found {
  const { method, route } = question
  const fields = readFields(question)
  const present = (id: string, status: string) => ({
    id,
    object: "batch",
    endpoint: textOf(fields.endpoint) ?? "/v1/chat/completions",
    input_file_id: textOf(fields.input_file_id) ?? "file-1",
    completion_window: "24h",
    status,
    created_at: createdAt,
    request_counts: { total: 0, completed: 0, failed: 0 },
  })
  if (route.item !== null)
    return json(present(route.item.id, route.item.action === "cancel" ? "cancelling" : "in_progress"))
  if (method === "GET") return json({ object: "list", data: [present("batch_1", "completed")], has_more: false })
  if (textOf(fields.input_file_id) === null) return missing("input_file_id")
  return json(present(`batch_${source.random.hex(12)}`, "validating"))
}
