import type { ReplayBody, RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { ArrowDown, ArrowRight, ArrowUp, Pencil, TriangleAlert } from "lucide-react"
import { type KeyboardEvent, useEffect, useRef } from "react"
import { Button } from "../../components/button.tsx"
import { classNames } from "../../components/class-names.ts"
import { formatCount } from "../../format/count.ts"
import { DeleteRule } from "./delete-rule.tsx"
import { describeConditions, describeTargets } from "./describe-rule.ts"
import { RuleSwitch } from "./rule-switch.tsx"

interface RuleRowProps {
  readonly rule: RoutingRuleBody
  readonly place: { readonly number: number; readonly isFirst: boolean; readonly isLast: boolean }
  /** True when the URL points at it. */
  readonly isPointedAt: boolean
  /** What it would do with the newest requests; null while that is not known. */
  readonly replay: ReplayBody["rules"][number] | null
  readonly replayed: number
  readonly onMove: ((rule: RoutingRuleBody, by: number) => void) | null
  readonly onEdit: ((rule: RoutingRuleBody) => void) | null
}

/** One rule: whether it is on, when it applies, where it leads, and what keeps it from working. */
export function RuleRow({ rule, place, isPointedAt, replay, replayed, onMove, onEdit }: RuleRowProps) {
  const item = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isPointedAt) item.current?.scrollIntoView({ block: "center" })
  }, [isPointedAt])
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0
    if (!event.altKey || by === 0 || !onMove) return
    event.preventDefault()
    onMove(rule, by)
  }
  return (
    <li
      ref={item}
      onKeyDown={onKeyDown}
      className={classNames(
        "flex items-start gap-3 border-line border-t py-3 pr-2 pl-4 first:border-t-0 max-md:flex-wrap",
        isPointedAt && "bg-selected",
      )}
    >
      <span className="figures w-5 shrink-0 pt-0.5 text-right text-ink-mute">{place.number}</span>
      <div className="grid min-w-0 flex-1 gap-1.5">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="font-medium [overflow-wrap:anywhere]">{rule.name}</span>
          {!rule.enabled && <span className="text-ink-mute text-xs">off</span>}
        </p>
        <Conditions rule={rule} />
        <Targets rule={rule} />
        {rule.warnings.map(({ code, message }) => (
          <p key={message} className="flex gap-1.5 text-warn text-xs">
            <TriangleAlert aria-label={code} role="img" className="mt-px size-3.5 shrink-0" />
            {message}
          </p>
        ))}
        {replay && replayed > 0 && <Caught replay={replay} replayed={replayed} isEnabled={rule.enabled} />}
      </div>
      <div className="flex items-center gap-0.5 max-md:ml-6 max-md:w-full">
        <RuleSwitch rule={rule} mayChange={onEdit !== null} />
        {onMove && <MoveButtons rule={rule} place={place} onMove={onMove} />}
        {onEdit && (
          <>
            <Button look="quiet" size="icon-small" label={`Edit ${rule.name}`} onClick={() => onEdit(rule)}>
              <Pencil aria-hidden />
            </Button>
            <DeleteRule rule={rule} />
          </>
        )}
      </div>
    </li>
  )
}

function Conditions({ rule }: { readonly rule: RoutingRuleBody }) {
  const conditions = describeConditions(rule)
  if (conditions.length === 0) return <p className="text-ink-soft text-xs">every request</p>
  return (
    <ul aria-label="Conditions" className="flex flex-wrap gap-1">
      {conditions.map(({ name, value }) => (
        <li key={name} className="rounded border border-line bg-sunken px-1.5 text-xs leading-5">
          <span className="text-ink-mute">{name}</span> <span className="[overflow-wrap:anywhere]">{value}</span>
        </li>
      ))}
    </ul>
  )
}

function Targets({ rule }: { readonly rule: RoutingRuleBody }) {
  const targets = describeTargets(rule)
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
      <ArrowRight aria-label="goes to" role="img" className="size-4 shrink-0 text-ink-mute" />
      {targets.map(({ place, target, percent }) => (
        <span key={place} className="[overflow-wrap:anywhere]">
          {targets.length > 1 && <span className="figures text-ink-mute">{percent} % </span>}
          {target}
          {place < targets.length && ","}
        </span>
      ))}
    </p>
  )
}

interface CaughtProps {
  readonly replay: ReplayBody["rules"][number]
  readonly replayed: number
  readonly isEnabled: boolean
}

function Caught({ replay, replayed, isEnabled }: CaughtProps) {
  const skipped = replay.skipped.reduce((sum, { requests }) => sum + requests, 0)
  return (
    <p className="text-ink-mute text-xs">
      {isEnabled ? "Catches" : "Would catch"} <span className="figures">{formatCount(replay.caught)}</span> of the last{" "}
      <span className="figures">{formatCount(replayed)}</span> requests
      {skipped > 0 && `, and is skipped for ${formatCount(skipped)}`}
      {replay.undecided > 0 && `; ${formatCount(replay.undecided)} cannot be decided, their tools were not recorded`}.
    </p>
  )
}

function MoveButtons({
  rule,
  place,
  onMove,
}: Pick<RuleRowProps, "rule" | "place"> & {
  readonly onMove: (rule: RoutingRuleBody, by: number) => void
}) {
  return (
    <>
      <Button
        id={`move-up-${rule.id}`}
        look="quiet"
        size="icon-small"
        label={`Move ${rule.name} up`}
        aria-disabled={place.isFirst}
        className="aria-disabled:opacity-55"
        onClick={() => onMove(rule, -1)}
      >
        <ArrowUp aria-hidden />
      </Button>
      <Button
        id={`move-down-${rule.id}`}
        look="quiet"
        size="icon-small"
        label={`Move ${rule.name} down`}
        aria-disabled={place.isLast}
        className="aria-disabled:opacity-55"
        onClick={() => onMove(rule, 1)}
      >
        <ArrowDown aria-hidden />
      </Button>
    </>
  )
}
