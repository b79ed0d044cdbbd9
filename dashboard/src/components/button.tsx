import { cva, type VariantProps } from "class-variance-authority"
import type { ButtonHTMLAttributes } from "react"
import { classNames } from "./class-names.ts"

/** The look of everything that is pressed; also for links that look like buttons. */
export const buttonLook = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium text-sm transition-colors disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      look: {
        primary: "bg-accent text-accent-ink hover:brightness-110",
        plain: "border border-line bg-surface text-ink hover:bg-hover",
        quiet: "text-ink-soft hover:bg-hover hover:text-ink",
        danger: "border border-line bg-surface text-bad hover:border-bad hover:bg-bad-soft",
      },
      size: { medium: "h-8 px-3", small: "h-7 px-2", icon: "size-8", "icon-small": "size-7" },
    },
    defaultVariants: { look: "plain", size: "medium" },
  },
)

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, VariantProps<typeof buttonLook> {
  /** What a button without words does: its name for screen readers and its tooltip. */
  readonly label?: string
}

/** A button. `type` is `button` unless said otherwise, so that none sends a form by accident. */
export function Button({ look, size, label, className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type === "submit" ? "submit" : "button"}
      aria-label={label}
      data-tip={label}
      className={classNames(buttonLook({ look, size }), className)}
      {...rest}
    />
  )
}
