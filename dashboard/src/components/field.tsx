import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from "react"
import { useId } from "react"
import { classNames } from "./class-names.ts"

/** The look of what is typed into or chosen from, but for its colours. */
export const controlShape = "h-8 min-w-0 rounded-md border px-2.5 text-sm placeholder:text-ink-mute"

/** Its colours. */
export const controlColours = "border-line-strong bg-surface text-ink aria-invalid:border-bad"

interface FieldFrameProps {
  readonly label: string
  readonly hint?: ReactNode
  /** What is wrong with it, in the server's words; shown instead of the hint. */
  readonly error?: string
}

interface Described {
  readonly id: string
  readonly "aria-describedby"?: string
  readonly "aria-invalid"?: true
}

function FieldFrame(props: FieldFrameProps & { readonly children: (described: Described) => ReactNode }) {
  const id = useId()
  const { label, hint, error, children } = props
  const note = error ?? hint
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        ...(note ? { "aria-describedby": `${id}-note` } : {}),
        ...(error ? { "aria-invalid": true as const } : {}),
      })}
      {note && (
        <p id={`${id}-note`} className={classNames("text-xs", error ? "text-bad" : "text-ink-mute")}>
          {note}
        </p>
      )}
    </div>
  )
}

type InputFieldProps = FieldFrameProps & InputHTMLAttributes<HTMLInputElement>

/** A labelled line of text with its hint or what is wrong with it. */
export function InputField({ label, hint, error, className, ...rest }: InputFieldProps) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(described) => (
        <input {...rest} {...described} className={classNames(controlShape, controlColours, "w-full", className)} />
      )}
    </FieldFrame>
  )
}

type SelectFieldProps = FieldFrameProps & SelectHTMLAttributes<HTMLSelectElement>

/** A labelled choice with its hint or what is wrong with it. */
export function SelectField({ label, hint, error, className, ...rest }: SelectFieldProps) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(described) => (
        <select {...rest} {...described} className={classNames(controlShape, controlColours, "w-full", className)} />
      )}
    </FieldFrame>
  )
}
