import { gzipSync } from "node:zlib"

/**
 * What is asked and what is answered, known to both sides: the field `user` of a request says which answer the upstream gives,
 * because it is one that every gateway passes on.
 */
export const shapes = {
  plain: () => "bench plain",
  gzip: () => "bench gzip",
  error: () => "bench error",
  /** `frames` events, the first at once, each `intervalMs` after the other. */
  stream: ({ frames, intervalMs }) => `bench stream ${frames} ${intervalMs}`,
}

/** The body of a request for `shape`; its prompt is padded until the body has `bytes`. */
export function toRequestBody(shape, { streams = false, bytes = 0 } = {}) {
  const make = (content) =>
    JSON.stringify({
      model: "gpt-4o-mini",
      ...(streams ? { stream: true } : {}),
      messages: [{ role: "user", content }],
      user: shape,
    })
  const prompt = "Which of these is a fruit: an apple, a brick, a cloud? Answer in one word. "
  const short = make(prompt)
  if (short.length >= bytes) return short
  return make(prompt.repeat(Math.ceil(bytes / prompt.length) + 1).slice(0, prompt.length + bytes - short.length))
}

/** A plain answer of about 700 bytes, with its usage, as OpenAI writes one. */
export const plainAnswer = JSON.stringify({
  id: "chatcmpl-bench00000000000000000000000",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "An apple.".repeat(12), refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: {
    prompt_tokens: 29,
    completion_tokens: 36,
    total_tokens: 65,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  },
  service_tier: "default",
  system_fingerprint: "fp_bench",
})

export const gzipAnswer = gzipSync(plainAnswer)

const chunk = (choices, more = "") =>
  `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini","choices":[${choices}]${more}}\n\n`

/** Frame `index` of a stream; it tells the monotonic time, in milliseconds, at which the upstream handed it to its socket. */
export const toFrame = (index, sentMs) =>
  chunk(`{"index":0,"delta":{"content":"${index}:${sentMs.toFixed(3)} "},"finish_reason":null}`)

/** How a stream ends, after its frames. */
export const lastFrames =
  chunk('{"index":0,"delta":{},"finish_reason":"stop"}') +
  chunk("", ',"usage":{"prompt_tokens":29,"completion_tokens":36,"total_tokens":65}') +
  "data: [DONE]\n\n"

/** Index and time of a frame, however its JSON was written again on the way; null of an event that is no frame. */
export function readFrame(event) {
  const found = /"content": *"(\d+):(\d+\.\d+) "/.exec(event)
  return found ? { index: Number(found[1]), sentMs: Number(found[2]) } : null
}

/** The machine's monotonic clock in milliseconds: the same in every process. */
export const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6
