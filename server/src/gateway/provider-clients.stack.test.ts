import { createHash } from "node:crypto"
import { type Simulator, startSimulator } from "@sluice/simulator/simulator"
import OpenAI, { AzureOpenAI, toFile } from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import type { GatewaySnapshot } from "./snapshot/gateway-snapshot.ts"

let simulator: Simulator
let gateway: TestGateway

beforeAll(async () => {
  simulator = await startSimulator({})
  gateway = await startTestGateway({ upstream: simulator.url })
})

afterAll(async () => {
  await gateway?.stop()
  await simulator?.close()
})

const openai = (name: string, headers: Record<string, string> = {}): OpenAI =>
  new OpenAI({
    apiKey: gateway.key,
    baseURL: `${gateway.url}/v1`,
    maxRetries: 0,
    defaultHeaders: { "x-sluice-request-id": name, ...headers },
  })
const toOpenai = { "x-sluice-provider": "openai" }
const azure = (
  name: string,
  options: { readonly deployment?: string; readonly apiVersion?: string } = {},
): AzureOpenAI =>
  new AzureOpenAI({
    apiKey: gateway.key,
    endpoint: gateway.url,
    apiVersion: "2024-10-21",
    maxRetries: 0,
    defaultHeaders: { "x-sluice-request-id": name },
    ...options,
  })
const messages = [{ role: "user" as const, content: "Say hello." }]
const snapshot = () => gateway.context.snapshot() as GatewaySnapshot

/** Stores Azure's credential anew, with these options. */
function configureAzure(options: Readonly<Record<string, string>>): void {
  const key = snapshot().findKey(createHash("sha256").update(gateway.key).digest())
  const [stored] = snapshot().credentials(key?.projectId ?? "", "azure")
  snapshot().put({
    kind: "credential",
    id: stored?.id ?? "",
    organization_id: key?.organizationId ?? "",
    project_id: key?.projectId ?? "",
    provider: "azure",
    source: "stored",
    base_url: null,
    sealed: "stored-azure-secret",
    priority: 0,
    headers: {},
    options,
  })
}

const newest = () => simulator.requests.at(-1)

describe("the openai client", () => {
  it("uploads a file, whose bytes arrive as they were, and reads, lists and deletes files", async () => {
    const client = openai("files-create", toOpenai)
    const content = Buffer.alloc(3 * 1024 * 1024, "a line of a batch\n")
    const file = await client.files.create({ file: await toFile(content, "in.jsonl"), purpose: "batch" })
    expect(file).toMatchObject({ filename: "in.jsonl", purpose: "batch", object: "file" })
    const received = newest()
    expect(received?.bodySha256).toMatch(/^[0-9a-f]{64}$/)
    const boundary = /boundary=(.+)/.exec(received?.header("content-type") ?? "")?.[1] ?? ""
    expect(received?.bodyBytes).toBeGreaterThan(content.length)
    expect(received?.body.includes(boundary)).toBe(true)
    expect(received?.header("authorization")).toBe("Bearer stored-openai-secret")
    expect(await gateway.recordOf("files-create")).toMatchObject({
      endpoint: "/v1/files",
      operation: "files",
      provider: "openai",
      model_requested: null,
      prompt_bytes: received?.bodyBytes,
      usage_source: "none",
      status: 200,
    })
    expect((await client.files.retrieve(file.id)).id).toBe(file.id)
    expect((await client.files.list()).data).toHaveLength(1)
    const bytes = Buffer.from(await (await client.files.content(file.id)).arrayBuffer())
    expect([...bytes]).toEqual([0, 1, 2, 253, 254, 255])
    expect(await client.files.delete(file.id)).toMatchObject({ deleted: true })
    expect([newest()?.method, newest()?.path]).toEqual(["DELETE", `/v1/files/${file.id}`])
  })

  it("makes, reads, lists and cancels batches", async () => {
    const client = openai("batches-create", toOpenai)
    const batch = await client.batches.create({
      input_file_id: "file-9",
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    })
    expect(batch).toMatchObject({ input_file_id: "file-9", status: "validating" })
    expect((await client.batches.retrieve(batch.id)).id).toBe(batch.id)
    expect((await client.batches.cancel(batch.id)).status).toBe("cancelling")
    expect((await client.batches.list()).data).toHaveLength(1)
    expect(await gateway.recordOf("batches-create")).toMatchObject({ endpoint: "/v1/batches", operation: "batches" })
  })

  it("transcribes, with its model behind the sound", async () => {
    const sound = await toFile(Buffer.alloc(200_000, 7), "a.wav")
    const client = openai("transcription", toOpenai)
    const answer = await client.audio.transcriptions.create({ file: sound, model: "gpt-4o-mini-transcribe" })
    expect(answer.text).toContain("bytes were heard")
    expect(await gateway.recordOf("transcription")).toMatchObject({
      endpoint: "/v1/audio/transcriptions",
      operation: "audio",
      model_requested: "gpt-4o-mini-transcribe",
      model_actual: "gpt-4o-mini-transcribe",
      usage: { input: 14, output: 6, audio_input: 10 },
      usage_source: "provider",
    })
    const text = await openai("transcription-text", toOpenai).audio.transcriptions.create({
      file: sound,
      model: "whisper-1",
      response_format: "text",
    })
    expect(text).toContain("bytes were heard")
    expect(await gateway.recordOf("transcription-text")).toMatchObject({ usage_source: "none", quality: [] })
  })

  it("speaks, and gets the bytes of the sound", async () => {
    const answer = await openai("speech", toOpenai).audio.speech.create({
      model: "tts-1",
      voice: "alloy",
      input: "Hello",
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(bytes).toHaveLength(4 + 5)
    expect(answer.headers.get("content-type")).toBe("audio/mpeg")
    expect(await gateway.recordOf("speech")).toMatchObject({ operation: "audio", completion_bytes: 9, quality: [] })
  })

  it("makes images, and edits them", async () => {
    const client = openai("images", toOpenai)
    const made = await client.images.generate({ model: "gpt-image-1", prompt: "a sluice" })
    expect(made.data?.[0]?.b64_json).toBeTruthy()
    expect(await gateway.recordOf("images")).toMatchObject({
      endpoint: "/v1/images/generations",
      operation: "images",
      usage: { input: 50, output: 50 },
    })
    const image = await toFile(Buffer.alloc(1000, 1), "a.png", { type: "image/png" })
    const edited = await openai("edits", toOpenai).images.edit({ model: "gpt-image-1", image, prompt: "bluer" })
    expect(edited.usage?.input_tokens).toBe(50)
    expect(await gateway.recordOf("edits")).toMatchObject({ model_requested: "gpt-image-1", usage: { output: 50 } })
  })

  it("moderates, with a model and without one", async () => {
    const answer = await openai("moderation", toOpenai).moderations.create({
      model: "omni-moderation-latest",
      input: ["violence", "peace"],
    })
    expect(answer.results.map(({ flagged }) => flagged)).toEqual([true, false])
    await openai("moderation-bare", toOpenai).moderations.create({ input: "peace" })
    expect(await gateway.recordOf("moderation-bare")).toMatchObject({ operation: "moderations", model_requested: null })
  })

  it("completes, whole and as a stream whose tokens are counted when nobody says them", async () => {
    const client = openai("completion", toOpenai)
    const model = "gpt-3.5-turbo-instruct"
    const whole = await client.completions.create({ model, prompt: "Once upon" })
    expect(whole.choices[0]?.text).toBeTruthy()
    expect(await gateway.recordOf("completion")).toMatchObject({
      endpoint: "/v1/completions",
      operation: "completions",
      usage: { input: whole.usage?.prompt_tokens, output: whole.usage?.completion_tokens },
    })
    let text = ""
    const stream = await openai("completion-stream", toOpenai).completions.create({
      model,
      prompt: "Once",
      stream: true,
    })
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? ""
    expect(text).not.toBe("")
    const record = await gateway.recordOf("completion-stream")
    expect(record).toMatchObject({ streaming: true, finish_reason: "length" })
    expect(["measured", "estimated"]).toContain(record.usage_source)
    expect(record.usage.output).toBeGreaterThan(0)
  })

  it("calls Azure by naming it: with a dated version below the deployment, else below /openai/v1", async () => {
    configureAzure({ api_version: "2024-10-21" })
    const dated = openai("azure-dated", { "x-sluice-provider": "azure" })
    await dated.chat.completions.create({ model: "my-deployment", messages })
    expect(newest()?.path).toBe("/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21")
    expect(newest()?.header("api-key")).toBe("stored-azure-secret")
    expect(newest()?.header("authorization")).toBeNull()
    await dated.files.list()
    expect(newest()?.path).toBe("/openai/files?api-version=2024-10-21")
    configureAzure({})
    await openai("azure-new", { "x-sluice-provider": "azure" }).chat.completions.create({ model: "mine", messages })
    expect(newest()?.path).toBe("/openai/v1/chat/completions")
    expect(await gateway.recordOf("azure-new")).toMatchObject({ provider: "azure", model_actual: "mine" })
  })

  it("speaks to Azure's newer paths through the gateway", async () => {
    const client = new OpenAI({
      apiKey: gateway.key,
      baseURL: `${gateway.url}/openai/v1`,
      maxRetries: 0,
      defaultHeaders: { "x-sluice-request-id": "azure-v1" },
    })
    await client.chat.completions.create({ model: "mine", messages })
    expect(newest()?.path).toBe("/openai/v1/chat/completions")
    expect(await gateway.recordOf("azure-v1")).toMatchObject({ provider: "azure", endpoint: "/v1/chat/completions" })
  })
})

describe("Azure's own client", () => {
  it("works unchanged: a chat, a stream, embeddings, a transcription", async () => {
    const answer = await azure("azure-chat").chat.completions.create({ model: "my-gpt", messages })
    expect(answer.choices[0]?.message.content).toBeTruthy()
    const received = newest()
    expect(received?.path).toBe("/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21")
    expect(received?.header("api-key")).toBe("stored-azure-secret")
    expect(await gateway.recordOf("azure-chat")).toMatchObject({
      endpoint: "/v1/chat/completions",
      provider: "azure",
      model_requested: "my-gpt",
      usage_source: "provider",
    })
    let chunks = 0
    const stream = await azure("azure-stream").chat.completions.create({ model: "my-gpt", messages, stream: true })
    for await (const chunk of stream) chunks += chunk.choices.length
    expect(chunks).toBeGreaterThan(3)
    const vectors = await azure("azure-embeddings").embeddings.create({ model: "my-vectors", input: "hello" })
    expect(vectors.data).toHaveLength(1)
    const sound = await toFile(Buffer.alloc(5000, 7), "a.wav")
    await azure("azure-sound").audio.transcriptions.create({ file: sound, model: "my-whisper" })
    expect(newest()?.path).toContain("/openai/deployments/my-whisper/audio/transcriptions")
    expect(await gateway.recordOf("azure-sound")).toMatchObject({ provider: "azure", model_requested: "my-whisper" })
  })

  it("says its deployment in the path, whatever the body's model is, and the bytes stay as they are", async () => {
    await azure("azure-deployment", { deployment: "prod" }).chat.completions.create({ model: "gpt-4o", messages })
    expect(newest()?.path).toContain("/openai/deployments/prod/")
    expect(JSON.parse(newest()?.body.toString() ?? "{}")).toMatchObject({ model: "gpt-4o" })
    expect(await gateway.recordOf("azure-deployment")).toMatchObject({ model_requested: "prod" })
  })

  it("uploads files and uses the responses below no deployment", async () => {
    const file = await azure("azure-file").files.create({
      file: await toFile(Buffer.from("{}"), "a.jsonl"),
      purpose: "batch",
    })
    expect(file.filename).toBe("a.jsonl")
    expect(newest()?.path).toBe("/openai/files?api-version=2024-10-21")
    await azure("azure-responses").responses.create({ model: "my-gpt", input: "hello" })
    expect(newest()?.path).toBe("/openai/responses?api-version=2024-10-21")
  })

  it("is told what is missing where Azure is not configured", async () => {
    const client = new AzureOpenAI({
      apiKey: gateway.keys.noCredentials,
      endpoint: gateway.url,
      apiVersion: "2024-10-21",
      maxRetries: 0,
    })
    snapshot().delete("provider", "azure")
    await expect(client.chat.completions.create({ model: "x", messages })).rejects.toMatchObject({
      status: 400,
      code: "azure_config_missing",
    })
  })
})

describe("a reranker", () => {
  it("is called with the model that the body names, and its tokens are recorded", async () => {
    const body = JSON.stringify({ model: "together/Salesforce/Llama-Rank-v1", query: "q", documents: ["a", "b"] })
    const answer = await fetch(`${gateway.url}/v1/rerank`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.key}`,
        "content-type": "application/json",
        "x-sluice-request-id": "rerank",
      },
      body,
    })
    expect(await answer.json()).toMatchObject({ results: [{ index: 0 }, { index: 1 }] })
    expect(newest()?.body.toString()).toBe(body.replace("together/", ""))
    const record = await gateway.recordOf("rerank")
    expect(record).toMatchObject({ operation: "rerank", provider: "together", usage_source: "provider" })
    expect(
      createHash("sha256")
        .update(newest()?.body ?? "")
        .digest("hex"),
    ).toHaveLength(64)
  })
})
