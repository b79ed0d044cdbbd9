/** How the last stage of a Dockerfile is run. */
export interface Stage {
  readonly root: string
  readonly workdir: string
  readonly environment: Readonly<Record<string, string>>
  readonly user: string
  readonly exposed: readonly number[]
  readonly volumes: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly stopSignal: string
  readonly healthcheck: readonly string[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
}

export function runDockerfile(options: {
  readonly context: string
  readonly scratch: string
  readonly say: (line: string) => void
}): Stage

export function environmentOf(stage: Stage): Record<string, string>
