/** The few parts that storefront and console share. Their looks are in `@meshmart/ui/{fonts,tokens,base,parts}.css`. */
export { Button, buttonClass, type ButtonVariant } from './button.tsx'
export { SelectField, TextAreaField, TextField } from './field.tsx'
export { StatusPill, type StatusTone } from './status-pill.tsx'
export { Skeleton } from './skeleton.tsx'
export { ArrowIcon, BagIcon, CheckIcon, CrossIcon, LockIcon, OpenLockIcon, RepeatIcon, SearchIcon } from './icons.tsx'
