import { isIP } from "node:net"
import { z } from "zod"
import { interval } from "./config-interval.ts"

/** One variable: how its text is read, what it is for, what a right value looks like. */
export interface Variable<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema
  readonly purpose: string
  readonly expected: string
  /** Secrets are never shown, not even when they are wrong. */
  readonly secret: boolean
}

const define = <Schema extends z.ZodType>(purpose: string, expected: string, schema: Schema): Variable<Schema> => ({
  purpose,
  expected,
  schema,
  secret: false,
})

const defineSecret = <Schema extends z.ZodType>(purpose: string, expected: string, schema: Schema) => ({
  ...define(purpose, expected, schema),
  secret: true,
})

const whole = (smallest: number, largest: number, preset: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= smallest && value <= largest)
    .optional()
    .transform((value) => value ?? preset)

const port = (preset: number) => whole(0, 65_535, preset)
const timeoutMs = (preset: number) => whole(1, 86_400_000, preset)
const text = z.string().max(4096).optional()
const visible = z
  .string()
  .max(4096)
  .regex(/^[\x21-\x7e]+$/)
  .optional()
const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(["true", "1", "yes", "on", "false", "0", "no", "off"]))
  .transform((value) => ["true", "1", "yes", "on"].includes(value))
  .optional()

const isUrl = (value: string, protocols: readonly string[]) => {
  const url = URL.canParse(value) ? new URL(value) : null
  return url !== null && protocols.includes(url.protocol)
}

const withoutSlash = (value: string | undefined) => value?.replace(/\/+$/, "")

const webUrl = z
  .string()
  .refine((value) => isUrl(value, ["http:", "https:"]) && !/[?#@]/.test(value))
  .optional()
  .transform(withoutSlash)

const isAddressRange = (value: string) => {
  const [address = "", bits, ...rest] = value.split("/")
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

const addressRanges = z
  .string()
  .transform((value) => value.split(",").map((part) => part.trim()))
  .refine((parts) => parts.every(isAddressRange))
  .optional()
  .transform((parts) => parts ?? [])

const baseUrl = (provider: string) =>
  define(
    `Sends ${provider} requests elsewhere: the root before the version.`,
    "an http(s) URL such as http://host:8000",
    webUrl,
  )

const credential = (provider: string) =>
  defineSecret(
    `${provider} key, used where no stored credential is; never stored.`,
    "a key of visible ASCII characters",
    visible,
  )

/** Every variable there is. Anything else that starts with SLUICE_ is a mistake. */
export const variables = {
  SLUICE_HOST: define(
    "Address the gateway and the API listen on (default 127.0.0.1: this machine only).",
    "an IP address or a host name, e.g. 0.0.0.0 for every interface",
    z
      .string()
      .regex(/^[0-9A-Za-z:._-]{1,255}$/)
      .default("127.0.0.1"),
  ),
  SLUICE_GATEWAY_PORT: define(
    "Port LLM traffic enters by (default 8484).",
    "a whole number from 0 (any free port) to 65535",
    port(8484),
  ),
  SLUICE_API_PORT: define(
    "Port of the API and the dashboard (default 8485).",
    "a whole number from 0 (any free port) to 65535",
    port(8485),
  ),
  SLUICE_METRICS_PORT: define(
    "Port of the Prometheus metrics, on loopback only (default 8486).",
    "a whole number from 0 (any free port) to 65535",
    port(8486),
  ),
  SLUICE_DATA_DIR: define(
    "Folder of the database, keys, spool and sockets (default .sluice in the working directory).",
    "a path of at most 4096 characters",
    z.string().max(4096).default(".sluice"),
  ),
  SLUICE_GATEWAY_PROCESSES: define(
    "Gateway processes on this machine (default 1).",
    "a whole number from 1 to 256",
    whole(1, 256, 1),
  ),
  DATABASE_URL: defineSecret(
    "PostgreSQL 15 or newer (default: an embedded database, for trying and small installations).",
    "postgres://user:password@host:5432/database",
    z
      .string()
      .refine((value) => isUrl(value, ["postgres:", "postgresql:"]))
      .optional(),
  ),
  SLUICE_APP_ROLE: define(
    "Database role of tenant queries (default sluice_app; name one where roles cannot be made).",
    "a role name of lower-case letters, digits and _",
    z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/)
      .optional(),
  ),
  SLUICE_LOG_LEVEL: define(
    "How much is logged (default info).",
    "fatal, error, warn, info, debug, trace or silent",
    z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  ),
  SLUICE_BOOTSTRAP_KEY: defineSecret(
    "An API key with every scope of the default project, asserted at each start.",
    "slk_ and 20 to 128 letters and digits",
    z
      .string()
      .regex(/^slk_[A-Za-z0-9]{20,128}$/)
      .optional(),
  ),
  OPENAI_API_KEY: credential("OpenAI"),
  ANTHROPIC_API_KEY: credential("Anthropic"),
  GEMINI_API_KEY: credential("Gemini"),
  GOOGLE_API_KEY: credential("Gemini (GEMINI_API_KEY wins)"),
  GROQ_API_KEY: credential("Groq"),
  MISTRAL_API_KEY: credential("Mistral"),
  DEEPSEEK_API_KEY: credential("DeepSeek"),
  XAI_API_KEY: credential("xAI"),
  TOGETHER_API_KEY: credential("Together AI"),
  OPENROUTER_API_KEY: credential("OpenRouter"),
  HF_TOKEN: credential("Hugging Face"),
  OLLAMA_API_KEY: credential("Ollama (any text for a local server)"),
  AZURE_OPENAI_API_KEY: credential("Azure OpenAI"),
  AZURE_OPENAI_ENDPOINT: define(
    "Endpoint of the Azure OpenAI resource that AZURE_OPENAI_API_KEY is for.",
    "an http(s) URL such as https://my-resource.openai.azure.com",
    webUrl,
  ),
  OPENAI_API_VERSION: define(
    "Version of Azure's API for that key (default: its newer /openai/v1, which needs none).",
    "a version such as 2024-10-21",
    z
      .string()
      .regex(/^[0-9A-Za-z.-]{1,64}$/)
      .optional(),
  ),
  SLUICE_PROVIDER_OPENAI_BASE_URL: baseUrl("OpenAI"),
  SLUICE_PROVIDER_ANTHROPIC_BASE_URL: baseUrl("Anthropic"),
  SLUICE_PROVIDER_GEMINI_BASE_URL: baseUrl("Gemini"),
  SLUICE_PROVIDER_GROQ_BASE_URL: baseUrl("Groq"),
  SLUICE_PROVIDER_MISTRAL_BASE_URL: baseUrl("Mistral"),
  SLUICE_PROVIDER_DEEPSEEK_BASE_URL: baseUrl("DeepSeek"),
  SLUICE_PROVIDER_XAI_BASE_URL: baseUrl("xAI"),
  SLUICE_PROVIDER_TOGETHER_BASE_URL: baseUrl("Together AI"),
  SLUICE_PROVIDER_OPENROUTER_BASE_URL: baseUrl("OpenRouter"),
  SLUICE_PROVIDER_HUGGINGFACE_BASE_URL: baseUrl("Hugging Face"),
  SLUICE_PROVIDER_OLLAMA_BASE_URL: baseUrl("Ollama"),
  SLUICE_PROVIDER_AZURE_BASE_URL: baseUrl("Azure OpenAI"),
  SLUICE_PROVIDER_CUSTOM_BASE_URL: baseUrl("custom provider"),
  SLUICE_PUBLIC_URL: define(
    "Where people reach the dashboard: links, and whether cookies are secure (default: the API's own address).",
    "an http(s) URL such as https://sluice.example.com",
    webUrl,
  ),
  SLUICE_GATEWAY_URL: define(
    "Where applications reach the gateway, as the Quickstart shows it (default: the gateway's own address).",
    "an http(s) URL such as https://llm.example.com",
    webUrl,
  ),
  SLUICE_TRUSTED_PROXIES: define(
    "Proxies whose X-Forwarded-* headers are believed (default: none).",
    "addresses or CIDR ranges separated by commas, e.g. 10.0.0.0/8,::1",
    addressRanges,
  ),
  SLUICE_TLS_CERT_FILE: define("Certificate (PEM) for serving TLS directly.", "a path", text),
  SLUICE_TLS_KEY_FILE: define("Private key (PEM) of that certificate.", "a path", text),
  SLUICE_CONTROL_URL: define(
    "The control process of a gateway on another machine.",
    "https://host:port, http:// on loopback, or unix:/path",
    z
      .string()
      .refine((value) => /^unix:\/./.test(value) || isUrl(value, ["http:", "https:"]))
      .optional()
      .transform(withoutSlash),
  ),
  SLUICE_CONTROL_PORT: define(
    "Port on which control also serves gateways of other machines, with the TLS files if given (default: none).",
    "a whole number from 0 (any free port) to 65535",
    whole(0, 65_535, -1).transform((value) => (value === -1 ? undefined : value)),
  ),
  SLUICE_CONTROL_TOKEN: defineSecret(
    "What gateway and control prove themselves to each other with (default: derived from the master key).",
    "at least 32 visible ASCII characters",
    z
      .string()
      .regex(/^[\x21-\x7e]{32,512}$/)
      .optional(),
  ),
  SLUICE_MASTER_KEY: defineSecret(
    "The key that wraps every stored secret (default: a file made at the first start).",
    "32 bytes in base64 or as 64 hexadecimal digits",
    z
      .string()
      .refine(
        (value) => /^[0-9a-fA-F]{64}$/.test(value) || (/^[A-Za-z0-9+/_-]{43}=?$/.test(value) && value.length <= 44),
      )
      .optional(),
  ),
  SLUICE_MASTER_KEY_FILE: define(
    "File that holds the master key (default master.key in the data folder).",
    "a path",
    text,
  ),
  SLUICE_ALLOW_PRIVATE_UPSTREAMS: define(
    "Whether providers may be at private addresses (default: true with the embedded database; false with a server, and for a gateway started on its own).",
    "true or false",
    flag,
  ),
  SLUICE_MAX_BODY_BYTES: define(
    "Largest JSON request body (default 33554432, 32 MiB).",
    "a whole number of bytes from 1024 to 1073741824",
    whole(1024, 1_073_741_824, 33_554_432),
  ),
  SLUICE_MAX_CONNECTIONS: define(
    "Connections of clients a gateway process keeps open at once; 0 means no bound (default 16384).",
    "a whole number from 0 to 1000000",
    whole(0, 1_000_000, 16_384),
  ),
  SLUICE_MAX_CONNECTIONS_PER_ADDRESS: define(
    "The same for one address; a proxy in front is one address (default 0, no bound).",
    "a whole number from 0 to 1000000",
    whole(0, 1_000_000, 0),
  ),
  SLUICE_MAX_UPLOAD_BYTES: define(
    "Largest request body that is handed on as it comes: files, audio, images (default 536870912, 512 MiB).",
    "a whole number of bytes from 1024",
    whole(1024, Number.MAX_SAFE_INTEGER, 536_870_912),
  ),
  SLUICE_SPOOL_MAX_BYTES: define(
    "Disk a gateway process may use while control is away (default 1073741824, 1 GiB).",
    "a whole number of bytes",
    whole(0, Number.MAX_SAFE_INTEGER, 1_073_741_824),
  ),
  SLUICE_RING_RECORDS: define(
    "Finished requests a gateway process keeps in memory until they are stored (default 10000).",
    "a whole number from 100 to 1000000",
    whole(100, 1_000_000, 10_000),
  ),
  SLUICE_SNAPSHOT_MAX_AGE_SECONDS: define(
    "Age at which a gateway's knowledge counts as stale (default 86400, one day).",
    "a whole number of seconds from 10",
    whole(10, 315_360_000, 86_400),
  ),
  SLUICE_SNAPSHOT_STALE_POLICY: define(
    "What a gateway does when it is stale (default serve).",
    "serve or refuse",
    z.enum(["serve", "refuse"]).default("serve"),
  ),
  SLUICE_TIMEOUT_CONNECT_MS: define(
    "Longest wait for a connection to a provider (default 5000).",
    "milliseconds",
    timeoutMs(5000),
  ),
  SLUICE_TIMEOUT_FIRST_BYTE_MS: define(
    "Longest wait for a provider's first byte (default 300000).",
    "milliseconds",
    timeoutMs(300_000),
  ),
  SLUICE_TIMEOUT_IDLE_MS: define(
    "Longest silence within an answer (default 300000).",
    "milliseconds",
    timeoutMs(300_000),
  ),
  SLUICE_TIMEOUT_TOTAL_MS: define(
    "Longest answer that is not a stream (default 600000).",
    "milliseconds",
    timeoutMs(600_000),
  ),
  SLUICE_TIMEOUT_REQUEST_MS: define(
    "Longest time a client may take to send its JSON body (default 300000).",
    "milliseconds",
    timeoutMs(300_000),
  ),
  SLUICE_BACKUP_EVERY: define(
    "Time between verified backups in backups/ of the data folder (default 24h with the embedded database, else off).",
    "30m, 6h, 1d or the like, or off",
    interval,
  ),
  SLUICE_BACKUP_KEEP: define(
    "How many scheduled backups are kept (default 7).",
    "a whole number from 1 to 1000",
    whole(1, 1000, 7),
  ),
  SLUICE_STOP_GRACE_MS: define(
    "How long a stop waits for requests under way (default 30000).",
    "milliseconds",
    whole(0, 86_400_000, 30_000),
  ),
  SLUICE_INSTANCE: define(
    "Name of a gateway process in pipeline health; keep it over restarts (default gateway-<n>).",
    "letters, digits, . _ and -, at most 100",
    z
      .string()
      .regex(/^[0-9A-Za-z._-]{1,100}$/)
      .optional(),
  ),
  SLUICE_DEMO: define(
    "Marks a demonstration installation; set by `sluice demo`.",
    "true or false",
    flag.transform((value) => value ?? false),
  ),
} as const satisfies Readonly<Record<string, Variable>>

export type VariableName = keyof typeof variables

/** Whether a variable's value must never be shown. */
export const isSecret = (name: VariableName): boolean => variables[name].secret

/** Every variable with its purpose, for people: the text of `sluice help configuration`. */
export function describeVariables(): string {
  return Object.entries(variables)
    .map(([name, { purpose, expected }]) => `${name}\n    ${purpose}\n    Expected: ${expected}.`)
    .join("\n")
}
