const commands = {
  start: {
    summary: "Run everything on this machine: gateway, API, dashboard, worker",
    details: `Starts the control process (database, API, dashboard, worker) and the gateway, keeps both running, and stops them in
order on Ctrl-C. The first start makes an organization, a project, an owner and an API key.

  npm start
  SLUICE_GATEWAY_PORT=9000 OPENAI_API_KEY=… npm start

Without DATABASE_URL an embedded database is used, which is meant for trying, development and small installations.`,
  },
  gateway: {
    summary: "Run one gateway, for a control process elsewhere",
    details: `Serves LLM traffic. Needs no database: what it must know comes from a control process, and what it saw goes there.

  SLUICE_CONTROL_URL=https://control:8487 SLUICE_CONTROL_TOKEN=… sluice gateway`,
  },
  control: {
    summary: "Run API, dashboard and worker without a gateway",
    details: `Everything that is not LLM traffic, in one process. Gateways reach it through control.sock in the data folder, or
through SLUICE_CONTROL_PORT.

  DATABASE_URL=postgres://… SLUICE_CONTROL_PORT=8487 sluice control`,
  },
  api: {
    summary: "Run the API and dashboard alone",
    details: `The control process without its jobs; needs DATABASE_URL, because an embedded database has one user only. May run
several times.

  DATABASE_URL=postgres://… sluice api`,
  },
  worker: {
    summary: "Run the jobs alone",
    details: `The control process's jobs without its API; needs DATABASE_URL.

  DATABASE_URL=postgres://… sluice worker`,
  },
  simulate: {
    summary: "Run a simulated LLM provider for development and tests",
    details:
      "Answers like OpenAI, Anthropic and Gemini, without a model. Its own options: sluice simulate --port 8490 --help",
  },
  demo: {
    summary: "Run everything with simulated providers and demo traffic",
    details: `Starts everything in a data folder of its own (.sluice-demo), against the simulator, with two weeks of made-up traffic that is
marked as such. Provider keys in the environment are not used.

  npm run demo`,
  },
  "owner-link": {
    summary: "Print a new sign-in link for the owner",
    details: `The link signs in once and expires after a day. Works while the installation runs and while it does not; run it on the
same machine, with the same SLUICE_DATA_DIR and DATABASE_URL.

  sluice owner-link                 (in a checkout: npm start -- owner-link)`,
  },
} as const

export type CommandName = keyof typeof commands

/** Every command, in the order of help. */
export const commandNames = Object.keys(commands) as readonly CommandName[]

/** Whether a word is one of our commands. */
export const isCommandName = (word: string): word is CommandName => Object.hasOwn(commands, word)

/** The first page of help. */
export function describeCommands(): string {
  const rows = commandNames.map((name) => `  ${name.padEnd(12)}${commands[name].summary}\n`).join("")
  return `Sluice: an LLM gateway and observatory you run yourself.

Usage: sluice <command>          (in a checkout: npm start -- <command>)

${rows}
  help <command>         What a command does, with an example
  help configuration     Every environment variable, with its default
`
}

/** One command's page of help. */
export function describeCommand(name: CommandName): string {
  return `sluice ${name}: ${commands[name].summary}\n\n${commands[name].details}\n`
}
