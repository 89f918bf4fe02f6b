/** A control with its label, hint and error tied together, so that a screen reader hears the error at the field. An error takes the hint's place: it says the same, and why. */
import { useId, type ComponentProps, type ReactNode } from 'react'

type Frame = {
  label: string
  /** Words such as "optional", shown behind the label. */
  note?: string | undefined
  hint?: ReactNode
  error?: string | undefined
}

type Tied = { id: string; className: string; 'aria-invalid': true | undefined; 'aria-describedby': string | undefined }

function FieldFrame({ label, note, hint, error, control }: Frame & { control: (tied: Tied) => ReactNode }) {
  const id = useId()
  const description = error ? `${id}-error` : hint ? `${id}-hint` : undefined
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
        {note && <span className="field__optional"> {note}</span>}
      </label>
      {control({
        id,
        className: 'field__control',
        'aria-invalid': error ? true : undefined,
        'aria-describedby': description,
      })}
      {hint && !error && (
        <p className="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="field__error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}

export function TextField({ label, note, hint, error, ...input }: Frame & Omit<ComponentProps<'input'>, 'className'>) {
  return (
    <FieldFrame
      label={label}
      note={note}
      hint={hint}
      error={error}
      control={(tied) => <input {...input} {...tied} />}
    />
  )
}

export function TextAreaField({
  label,
  note,
  hint,
  error,
  ...input
}: Frame & Omit<ComponentProps<'textarea'>, 'className'>) {
  return (
    <FieldFrame
      label={label}
      note={note}
      hint={hint}
      error={error}
      control={(tied) => <textarea {...input} {...tied} />}
    />
  )
}

export function SelectField({
  label,
  note,
  hint,
  error,
  ...input
}: Frame & Omit<ComponentProps<'select'>, 'className'>) {
  return (
    <FieldFrame
      label={label}
      note={note}
      hint={hint}
      error={error}
      control={(tied) => <select {...input} {...tied} />}
    />
  )
}
