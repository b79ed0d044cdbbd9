import { type VariableName, variables } from "./config-variables.ts"

/** The parts of the reference, in its order; a variable belongs to the first whose pattern its name fits. */
const parts: readonly (readonly [title: string, names: RegExp])[] = [
  ["Providers", /_API_KEY$|^AZURE_|^OPENAI_API_VERSION$|^HF_TOKEN$|^SLUICE_PROVIDER_|_UPSTREAMS$/],
  ["Addresses and TLS", /_(HOST|PORT|URL|PROXIES)$(?<!^DATABASE_URL)|^SLUICE_TLS_/],
  ["Secrets and first key", /^SLUICE_(MASTER_KEY|CONTROL_TOKEN|BOOTSTRAP_KEY)/],
  ["Data", /^DATABASE_URL$|^SLUICE_(DATA_DIR|APP_ROLE|BACKUP|SPOOL|RING)/],
  ["Limits and deadlines", /^SLUICE_(MAX_|TIMEOUT_|STOP_|SNAPSHOT_|LIMIT|LEASE)/],
  ["Processes", /./],
]

/**
 * Every environment variable as a Markdown page, from the schema that reads them: `docs/configuration.md`. Defaults are what
 * the schema gives for a variable that is not set; a secret's value is never part of it.
 */
export function renderConfigurationReference(): string {
  const sections = parts.map(([title], index) => {
    const names = (Object.keys(variables) as VariableName[]).filter((name) => partOf(name) === index)
    return `## ${title}\n\n| variable | default | what it is for | expected |\n|---|---|---|---|\n${names.map(row).join("\n")}\n`
  })
  return `${introduction}\n${sections.join("\n")}`
}

const introduction = `# Configuration

Sluice is configured by environment variables alone. They are read once, at the start; a mistake stops it with one line for
each, and a variable that begins with \`SLUICE_\` and is not listed here is a mistake too. \`sluice help configuration\` prints
the same list. This page is made from the schema that reads them (\`server/src/config-variables.ts\`).
`

const partOf = (name: string): number => parts.findIndex(([, names]) => names.test(name))

function row(name: VariableName): string {
  const { purpose, expected, secret } = variables[name]
  const note = secret ? " Secret: never shown or logged." : ""
  return `| \`${name}\` | ${presetOf(name)} | ${cell(purpose)}${note} | ${cell(expected)} |`
}

function presetOf(name: VariableName): string {
  const { data } = variables[name].schema.safeParse(undefined)
  const isShown = typeof data === "string" || typeof data === "number" || typeof data === "boolean"
  return isShown ? `\`${data}\`` : ""
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;")
