/** The clients that are shown, in their order. */
export const clients = [
  { id: "openai", title: "OpenAI SDK", provider: "openai" },
  { id: "anthropic", title: "Anthropic SDK", provider: "anthropic" },
  { id: "gemini", title: "Gemini SDK", provider: "gemini" },
  { id: "curl", title: "curl", provider: "openai" },
] as const

export type ClientId = (typeof clients)[number]["id"]
export type Language = "python" | "typescript" | "shell"

export const languageTitles: Readonly<Record<Language, string>> = {
  python: "Python",
  typescript: "TypeScript",
  shell: "Shell",
}

/** One line of a snippet; `isOurs` marks those that differ from calling the provider without Sluice. */
export interface SnippetLine {
  readonly text: string
  readonly isOurs: boolean
}

export interface SnippetOptions {
  readonly client: ClientId
  readonly language: Language
  /** The gateway's root, with or without a slash at its end. */
  readonly gatewayUrl: string
  /** The key; a placeholder stands in its place when there is none. */
  readonly key: string | null
}

/** What stands where a key would be. No key looks like it, so that it cannot be taken for one. */
export const keyPlaceholder = "YOUR_SLUICE_KEY"

/** Languages a client is shown in. */
export function languagesOf(client: ClientId): readonly Language[] {
  return client === "curl" ? ["shell"] : ["python", "typescript"]
}

/** A whole program that makes one call through this installation. */
export function createSnippet({ client, language, gatewayUrl, key }: SnippetOptions): readonly SnippetLine[] {
  const url = gatewayUrl.replace(/\/+$/, "")
  const write = programs[client][language === "shell" || client === "curl" ? "shell" : language]
  const text = write?.(url, key ?? keyPlaceholder) ?? ""
  return text
    .split("\n")
    .map((line) => ({ text: line, isOurs: line.includes(url) || line.includes(key ?? keyPlaceholder) }))
}

type Program = (url: string, key: string) => string

const programs: Readonly<Record<ClientId, Partial<Record<Language, Program>>>> = {
  openai: {
    python: (url, key) => `from openai import OpenAI

client = OpenAI(
    base_url="${url}/v1",
    api_key="${key}",
)

answer = client.chat.completions.create(
    model="gpt-4.1-mini",
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.choices[0].message.content)`,
    typescript: (url, key) => `import OpenAI from "openai"

const client = new OpenAI({
  baseURL: "${url}/v1",
  apiKey: "${key}",
})

const answer = await client.chat.completions.create({
  model: "gpt-4.1-mini",
  messages: [{ role: "user", content: "Say hello" }],
})
console.log(answer.choices[0].message.content)`,
  },
  anthropic: {
    python: (url, key) => `from anthropic import Anthropic

client = Anthropic(
    base_url="${url}",
    api_key="${key}",
)

answer = client.messages.create(
    model="claude-sonnet-4-6",
    max_tokens=256,
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.content[0].text)`,
    typescript: (url, key) => `import Anthropic from "@anthropic-ai/sdk"

const client = new Anthropic({
  baseURL: "${url}",
  apiKey: "${key}",
})

const answer = await client.messages.create({
  model: "claude-sonnet-4-6",
  max_tokens: 256,
  messages: [{ role: "user", content: "Say hello" }],
})
console.log(answer.content)`,
  },
  gemini: {
    python: (url, key) => `from google import genai

client = genai.Client(
    http_options={"base_url": "${url}", "api_version": "v1beta"},
    api_key="${key}",
)

answer = client.models.generate_content(
    model="gemini-2.5-flash",
    contents="Say hello",
)
print(answer.text)`,
    typescript: (url, key) => `import { GoogleGenAI } from "@google/genai"

const client = new GoogleGenAI({
  httpOptions: { baseUrl: "${url}" },
  apiKey: "${key}",
})

const answer = await client.models.generateContent({
  model: "gemini-2.5-flash",
  contents: "Say hello",
})
console.log(answer.text)`,
  },
  curl: {
    shell: (url, key) => `curl ${url}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "gpt-4.1-mini",
    "messages": [{"role": "user", "content": "Say hello"}]
  }'`,
  },
}
