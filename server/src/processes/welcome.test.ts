import { describe, expect, it } from "vitest"
import { type Config, readConfig } from "../config.ts"
import { commandNames, describeCommand, describeCommands, isCommandName } from "./commands.ts"
import { controlSocketPath } from "./control-address.ts"
import { isOrder, isReport } from "./messages.ts"
import { describeAddresses, describeExposure, describeFirstStart } from "./welcome.ts"

const configOf = (environment: Record<string, string>): Config => {
  const { config, mistakes } = readConfig(environment, "/srv")
  if (!config) throw new Error(mistakes.join("\n"))
  return config
}

describe("what a first start made", () => {
  const config = configOf({})
  const made = { ownerLink: "http://127.0.0.1:8485/sign-in?token=hidden-token", apiKey: "slk_hidden" }

  it("is shown on a terminal", () => {
    expect(describeFirstStart(made, true, config)).toContain(made.ownerLink)
    expect(describeFirstStart(made, true, config)).toContain(made.apiKey)
  })

  it("is not written anywhere else: the command that makes a link is named instead", () => {
    expect(describeFirstStart(made, false, config)).toContain("sluice owner-link")
    expect(describeFirstStart(made, false, config)).not.toContain("hidden")
  })

  it("holds no key when the key came from the environment", () => {
    expect(describeFirstStart({ ...made, apiKey: null }, true, config)).not.toContain("API key")
  })
})

describe("the addresses", () => {
  it("name the credentials that were found by their variable, never by their value", () => {
    const text = describeAddresses(
      { gateway: "http://127.0.0.1:1", api: "http://127.0.0.1:2" },
      configOf({ GROQ_API_KEY: "gsk_hidden" }),
    )
    expect(text).toContain("groq (GROQ_API_KEY)")
    expect(text).not.toContain("hidden")
    expect(text).toContain("http://127.0.0.1:2/api/v1")
    expect(text).toContain("embedded database")
  })

  it("claim no key in a demonstration, whose own are made up", () => {
    const text = describeAddresses({}, configOf({ SLUICE_DEMO: "true", GROQ_API_KEY: "sk-demo" }))
    expect(text).toContain("none of yours is used")
    expect(text).not.toContain("GROQ_API_KEY")
  })

  it("say where provider keys come from while the environment has none", () => {
    expect(describeAddresses({}, configOf({}))).toContain("none from the environment; add them on the Providers page")
  })

  it("never show where a database server is", () => {
    const text = describeAddresses({}, configOf({ DATABASE_URL: "postgres://me:hidden@db/x" }))
    expect(text).toContain("PostgreSQL server")
    expect(text).not.toContain("hidden")
  })

  it.each([
    [{}, false],
    [{ SLUICE_HOST: "0.0.0.0" }, true],
    [{ SLUICE_HOST: "0.0.0.0", SLUICE_TRUSTED_PROXIES: "10.0.0.1" }, false],
    [{ SLUICE_HOST: "0.0.0.0", SLUICE_TLS_CERT_FILE: "c", SLUICE_TLS_KEY_FILE: "k" }, false],
  ])("come with a warning when others can reach them unprotected: %j", (environment, warns) => {
    expect(describeExposure(configOf(environment as Record<string, string>)) !== "").toBe(warns)
  })
})

describe("help", () => {
  it("lists every command and explains each with an example", () => {
    for (const name of commandNames) {
      expect(describeCommands()).toContain(`  ${name}`)
      expect(describeCommand(name)).toMatch(/sluice|npm/)
    }
    expect(isCommandName("toString")).toBe(false)
  })
})

describe("the control socket", () => {
  it("lies in the data folder", () => {
    expect(controlSocketPath("/srv/.sluice")).toBe("/srv/.sluice/control.sock")
  })

  it("moves to a short path, always the same one, when that one is too long for a socket", () => {
    const long = `/srv/${"deep/".repeat(30)}`
    const path = controlSocketPath(long, "/tmp")
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100)
    expect(controlSocketPath(long, "/tmp")).toBe(path)
    expect(controlSocketPath(`${long}x`, "/tmp")).not.toBe(path)
  })
})

describe("messages between processes", () => {
  it("are told from those of other libraries", () => {
    expect(isOrder({ type: "stop", graceMs: 1 })).toBe(true)
    expect(isReport({ type: "ready", addresses: {}, made: null })).toBe(true)
    for (const other of [null, "stop", 3, {}, { cmd: "NODE_x" }, { type: "online" }]) {
      expect(isOrder(other)).toBe(false)
      expect(isReport(other)).toBe(false)
    }
  })
})
