import type { ProviderName } from "@sluice/protocol/providers"
import type { AnswerDialect } from "./answer-dialect.ts"
import { anthropic } from "./anthropic/anthropic.ts"
import { countTokensAnswer as anthropicCountTokens } from "./anthropic/count-tokens-answer.ts"
import { messagesAnswer } from "./anthropic/messages-answer.ts"
import { azure } from "./azure/azure.ts"
import { custom } from "./custom/custom.ts"
import { deepseek } from "./deepseek/deepseek.ts"
import { DialectReader } from "./dialect-reader.ts"
import { countTokensAnswer as geminiCountTokens } from "./gemini/count-tokens-answer.ts"
import { embedAnswer } from "./gemini/embed-answer.ts"
import { gemini } from "./gemini/gemini.ts"
import { generateAnswer } from "./gemini/generate-answer.ts"
import { groq } from "./groq/groq.ts"
import { huggingface } from "./huggingface/huggingface.ts"
import { mistral } from "./mistral/mistral.ts"
import { ollama } from "./ollama/ollama.ts"
import { chatAnswer } from "./openai/chat-answer.ts"
import { completionsAnswer } from "./openai/completions-answer.ts"
import { embeddingsAnswer } from "./openai/embeddings-answer.ts"
import { imagesAnswer } from "./openai/images-answer.ts"
import { openai } from "./openai/openai.ts"
import { responsesAnswer } from "./openai/responses-answer.ts"
import { transcriptionAnswer } from "./openai/transcription-answer.ts"
import { openrouter } from "./openrouter/openrouter.ts"
import type { AnswerFormat, AnswerReader, Provider } from "./provider.ts"
import { rerankAnswer } from "./rerank-answer.ts"
import { together } from "./together/together.ts"
import { xai } from "./xai/xai.ts"

/** Every provider by its name. To add one: a folder, a line here, and its name in the protocol. */
export const providers: Readonly<Record<ProviderName, Provider>> = {
  openai,
  anthropic,
  gemini,
  mistral,
  deepseek,
  xai,
  groq,
  together,
  openrouter,
  huggingface,
  ollama,
  azure,
  custom,
}

/** A fresh reader for one answer in this format; see `AnswerReader` for how to feed it. */
export function createAnswerReader(format: AnswerFormat): AnswerReader {
  return new DialectReader(dialects[format])
}

const dialects: Readonly<Record<AnswerFormat, AnswerDialect>> = {
  "openai-chat": chatAnswer,
  "openai-responses": responsesAnswer,
  "openai-embeddings": embeddingsAnswer,
  "openai-completions": completionsAnswer,
  "openai-images": imagesAnswer,
  "openai-transcription": transcriptionAnswer,
  rerank: rerankAnswer,
  "anthropic-messages": messagesAnswer,
  "anthropic-count-tokens": anthropicCountTokens,
  "gemini-generate": generateAnswer,
  "gemini-count-tokens": geminiCountTokens,
  "gemini-embed": embedAnswer,
}
