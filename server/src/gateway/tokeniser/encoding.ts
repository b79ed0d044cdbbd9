/** The vocabularies we count with: OpenAI's current one, and that of GPT-4 and GPT-3.5. */
export type EncodingName = "o200k_base" | "cl100k_base"

/** Counts the tokens of a text; marks of the vocabulary itself (`<|endoftext|>`) inside it are plain text. */
export type CountText = (text: string) => number

export interface ModelEncoding {
  readonly encoding: EncodingName
  /** True when the vocabulary is the model's own and everything it is billed for is in the text. */
  readonly exact: boolean
}

/**
 * The vocabulary to count a model's text with (families as in `tiktoken/model.py`). Of any other model it is the nearest
 * one, and the count an estimate; so it is for models that reason before they answer, because they are billed for
 * reasoning that is not in the text.
 */
export function encodingOf(model: string): ModelEncoding {
  // `openai/gpt-4o` as gateways write it, `ft:gpt-4o-mini-2024-07-18:org::id` when fine-tuned.
  const name = model
    .toLowerCase()
    .replace(/^openai\//, "")
    .replace(/^ft:/, "")
  if (/^(gpt-4o|chatgpt-4o|gpt-4\.[15]|gpt-5(\.\d+)?-chat)/.test(name)) return { encoding: "o200k_base", exact: true }
  if (/^(gpt-4(?!\.)|gpt-3\.5|gpt-35)/.test(name)) return { encoding: "cl100k_base", exact: true }
  return { encoding: "o200k_base", exact: false }
}

/** Loads a vocabulary on first use (0.1 s and 60 MB each), and the same one after that. */
export function loadEncoding(name: EncodingName): Promise<CountText> {
  const known = loaded.get(name)
  if (known) return known
  const loading = name === "o200k_base" ? loadCurrent() : loadEarlier()
  loaded.set(name, loading)
  return loading
}

const loaded = new Map<EncodingName, Promise<CountText>>()
const asPlainText = { disallowedSpecial: new Set<string>() }

async function loadCurrent(): Promise<CountText> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base")
  return (text) => countTokens(text, asPlainText)
}

async function loadEarlier(): Promise<CountText> {
  const { countTokens } = await import("gpt-tokenizer/encoding/cl100k_base")
  return (text) => countTokens(text, asPlainText)
}
