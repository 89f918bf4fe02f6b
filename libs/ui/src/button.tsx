/** One shape for what one can do, whether it is a button or a link: a link takes the class and stays a link. */
import type { ComponentProps, ReactNode } from 'react'

export type ButtonVariant = 'primary' | 'quiet' | 'text'

/** The classes that make a link look like a button. */
export const buttonClass = (variant: ButtonVariant, width: 'natural' | 'wide' = 'natural'): string =>
  `button button--${variant}${width === 'wide' ? ' button--wide' : ''}`

type ButtonProps = Omit<ComponentProps<'button'>, 'className'> & {
  variant?: ButtonVariant
  width?: 'natural' | 'wide'
  /** Words to show while the action runs. The button keeps its focus and ignores further presses, so that nothing is sent twice. */
  busy?: string | false
  children: ReactNode
}

export function Button({ variant = 'primary', width, busy = false, type = 'button', onClick, ...rest }: ButtonProps) {
  const running = busy !== false
  return (
    <button
      {...rest}
      type={type}
      className={buttonClass(variant, width)}
      aria-busy={running || undefined}
      aria-disabled={running || undefined}
      onClick={running ? (event) => event.preventDefault() : onClick}
    >
      {running ? busy : rest.children}
    </button>
  )
}
