import { describe, expect, it } from "vitest"
import { isLoopback, readConfig } from "./config.ts"
import { isSecret, type VariableName, variables } from "./config-variables.ts"

const read = (environment: Record<string, string>) => readConfig(environment, "/srv/app")

describe("the configuration", () => {
  it("has a default for everything", () => {
    const { config } = read({})
    expect(config).toMatchObject({
      host: "127.0.0.1",
      gatewayPort: 8484,
      apiPort: 8485,
      metricsPort: 8486,
      dataDir: "/srv/app/.sluice",
      gatewayProcesses: 1,
      databaseUrl: null,
      allowPrivateUpstreams: true,
      maxBodyBytes: 33_554_432,
      snapshotStalePolicy: "serve",
      timeouts: { connectMs: 5000, firstByteMs: 300_000, idleMs: 300_000, totalMs: 600_000, requestTotalMs: 300_000 },
      stopGraceMs: 30_000,
      environmentCredentials: [],
      trustedProxies: [],
      tls: null,
      demo: false,
    })
  })

  it("counts a variable that is set to nothing as not set", () => {
    expect(read({ SLUICE_API_PORT: "", DATABASE_URL: " " }).config).toMatchObject({ apiPort: 8485, databaseUrl: null })
  })

  it("refuses private upstreams by default beside a database server, and allows them when told to", () => {
    const DATABASE_URL = "postgres://sluice:hidden@db/sluice"
    expect(read({ DATABASE_URL }).config?.allowPrivateUpstreams).toBe(false)
    expect(read({ DATABASE_URL, SLUICE_ALLOW_PRIVATE_UPSTREAMS: "on" }).config?.allowPrivateUpstreams).toBe(true)
  })

  it("makes backups daily of an embedded database alone, unless it is told another interval", () => {
    const every = (environment: Record<string, string>) => read(environment).config?.backupEveryMs
    const DATABASE_URL = "postgres://sluice:hidden@db/sluice"
    expect([every({}), every({ DATABASE_URL }), every({ SLUICE_DEMO: "true" })]).toEqual([86_400_000, null, null])
    expect(every({ DATABASE_URL, SLUICE_BACKUP_EVERY: "6h" })).toBe(21_600_000)
    expect(every({ SLUICE_BACKUP_EVERY: "30M" })).toBe(1_800_000)
    expect(every({ SLUICE_BACKUP_EVERY: "off" })).toBeNull()
    for (const wrong of ["0h", "1", "h", "1w", "-1d", "99999m"]) {
      expect(read({ SLUICE_BACKUP_EVERY: wrong }).mistakes, wrong).toEqual([expect.stringContaining("or off")])
    }
  })

  it("names the variable each credential came from, and prefers Gemini's own to Google's", () => {
    const { config } = read({ GOOGLE_API_KEY: "g-2", GEMINI_API_KEY: "g-1", OPENAI_API_KEY: "o-1" })
    expect(config?.environmentCredentials).toEqual([
      { provider: "openai", variable: "OPENAI_API_KEY", secret: "o-1" },
      { provider: "gemini", variable: "GEMINI_API_KEY", secret: "g-1" },
    ])
  })

  it("takes Azure's variables together, and its key alone", () => {
    const environment = {
      AZURE_OPENAI_API_KEY: "az-1",
      AZURE_OPENAI_ENDPOINT: "https://r.openai.azure.com/openai/v1/",
      OPENAI_API_VERSION: "2024-10-21",
    }
    expect(read(environment).config?.environmentCredentials).toEqual([
      {
        provider: "azure",
        variable: "AZURE_OPENAI_API_KEY",
        secret: "az-1",
        baseUrl: "https://r.openai.azure.com",
        options: { api_version: "2024-10-21" },
      },
    ])
    expect(read({ AZURE_OPENAI_API_KEY: "az-1" }).config?.environmentCredentials).toEqual([
      { provider: "azure", variable: "AZURE_OPENAI_API_KEY", secret: "az-1" },
    ])
    expect(read({ AZURE_OPENAI_ENDPOINT: "https://r.openai.azure.com" }).config?.environmentCredentials).toEqual([])
  })

  it("reads base URLs without their trailing slash", () => {
    const { config } = read({ SLUICE_PROVIDER_GROQ_BASE_URL: "http://127.0.0.1:8490/" })
    expect(config?.providerBaseUrls).toEqual({ groq: "http://127.0.0.1:8490" })
    const azure = read({ SLUICE_PROVIDER_AZURE_BASE_URL: "https://r.openai.azure.com/openai/v1" }).config
    expect(azure?.providerBaseUrls).toEqual({ azure: "https://r.openai.azure.com" })
  })

  it("resolves paths against the working directory", () => {
    const { config } = read({ SLUICE_TLS_CERT_FILE: "tls/cert.pem", SLUICE_TLS_KEY_FILE: "/etc/key.pem" })
    expect(config?.tls).toEqual({ certFile: "/srv/app/tls/cert.pem", keyFile: "/etc/key.pem" })
  })

  it.each([
    ["SLUICE_API_PORT", "84x85", "a whole number from 0"],
    ["SLUICE_GATEWAY_PORT", "65536", "a whole number from 0"],
    ["SLUICE_METRICS_PORT", "-1", "a whole number from 0"],
    ["SLUICE_HOST", "not a host", "an IP address"],
    ["SLUICE_GATEWAY_PROCESSES", "0", "from 1 to 256"],
    ["DATABASE_URL", "mysql://root:hidden@db/x", "postgres://"],
    ["SLUICE_LOG_LEVEL", "loud", "fatal, error"],
    ["SLUICE_BOOTSTRAP_KEY", "slk_short", "slk_ and 20"],
    ["OPENAI_API_KEY", "sk-with a space", "visible ASCII"],
    ["SLUICE_PROVIDER_OPENAI_BASE_URL", "localhost:1", "an http(s) URL"],
    ["SLUICE_PUBLIC_URL", "https://a.example/?x=1", "an http(s) URL"],
    ["SLUICE_TRUSTED_PROXIES", "10.0.0.0/33", "CIDR"],
    ["SLUICE_CONTROL_TOKEN", "short", "at least 32"],
    ["SLUICE_MASTER_KEY", "c2hvcnQ=", "32 bytes"],
    ["SLUICE_ALLOW_PRIVATE_UPSTREAMS", "maybe", "true or false"],
    ["SLUICE_MAX_BODY_BYTES", "32MB", "bytes"],
    ["SLUICE_RING_RECORDS", "10", "from 100"],
    ["SLUICE_SNAPSHOT_STALE_POLICY", "panic", "serve or refuse"],
    ["SLUICE_TIMEOUT_IDLE_MS", "0", "milliseconds"],
    ["SLUICE_STOP_GRACE_MS", "1.5", "milliseconds"],
    ["SLUICE_INSTANCE", "a/b", "letters, digits"],
  ])("refuses %s=%s in one line that says what is expected", (name, value, expected) => {
    const { config, mistakes } = read({ [name]: value })
    expect(config).toBeNull()
    expect(mistakes).toHaveLength(1)
    expect(mistakes[0]).toMatch(new RegExp(`^${name}: `))
    expect(mistakes[0]).toContain(expected)
    expect(mistakes[0]).not.toContain("\n")
    expect(mistakes[0]?.includes(value)).toBe(!isSecret(name as VariableName))
  })

  it.each([
    [{ SLUICE_TLS_CERT_FILE: "cert.pem" }, "SLUICE_TLS_KEY_FILE: not set"],
    [{ SLUICE_TLS_KEY_FILE: "key.pem" }, "SLUICE_TLS_CERT_FILE: not set"],
    [{ SLUICE_MASTER_KEY: "0".repeat(64), SLUICE_MASTER_KEY_FILE: "k" }, "SLUICE_MASTER_KEY_FILE: set beside"],
    [{ SLUICE_CONTROL_URL: "https://control" }, "SLUICE_CONTROL_TOKEN: not set"],
    [{ SLUICE_CONTROL_URL: "http://control", SLUICE_CONTROL_TOKEN: "t".repeat(32) }, "SLUICE_CONTROL_URL: plain http"],
    [{ SLUICE_API_PORT: "8484" }, "SLUICE_API_PORT: 8484 is also SLUICE_GATEWAY_PORT"],
  ])("refuses %j, which contradicts itself", (environment, line) => {
    const { mistakes } = read(environment as Record<string, string>)
    expect(mistakes).toHaveLength(1)
    expect(mistakes[0]).toContain(line)
  })

  it("suggests the nearest name for a variable it does not know", () => {
    expect(read({ SLUICE_APIPORT: "1" }).mistakes).toEqual([
      'SLUICE_APIPORT: no such variable; did you mean SLUICE_API_PORT? Otherwise unset it. "sluice help configuration" lists them all.',
    ])
    expect(read({ SLUICE_FOO: "1" }).mistakes[0]).toContain("no such variable; unset it")
  })

  it("lists every mistake at once", () => {
    expect(read({ SLUICE_API_PORT: "x", SLUICE_LOG_LEVEL: "x", SLUICE_NO: "x" }).mistakes).toHaveLength(3)
  })

  it("ignores what is not its own, and what tests of the product are told", () => {
    expect(read({ PATH: "/bin", NODE_ENV: "production", SLUICE_TEST_POSTGRES_URL: "x" }).mistakes).toEqual([])
  })

  it("never shows a secret, wrong or right", () => {
    const secrets = (Object.keys(variables) as VariableName[]).filter(isSecret)
    for (const name of secrets) {
      expect(read({ [name]: "very hidden\u0000value" }).mistakes.join("\n")).not.toContain("hidden")
    }
    expect(secrets).toContain("SLUICE_MASTER_KEY")
    expect(secrets).toContain("DATABASE_URL")
  })
})

describe("loopback", () => {
  it.each([
    ["localhost", true],
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["[::1]", true],
    ["0.0.0.0", false],
    ["10.0.0.1", false],
    ["127.0.0.1.example.com", false],
  ])("is %s: %s", (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})
