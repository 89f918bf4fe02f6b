/** Where e-mails go, and as whom. */
import { z } from 'zod'

/** Spread into the settings of a service that sends e-mail. */
export const mailSettingsShape = {
  /**
   * `smtps://user:password@host:port` speaks TLS from the first byte; `smtp://host:port` must be lifted to it by STARTTLS (RFC 3207) before anything is sent, unless the
   * host is this machine itself. Without it e-mails wait in the database.
   */
  SMTP_URL: z
    .string()
    .refine((text) => URL.canParse(text) && ['smtp:', 'smtps:'].includes(new URL(text).protocol), {
      message: 'must be a URL that begins with smtp:// or smtps://',
    })
    .optional(),
  /** PEM of whom to trust for the server's certificate, where the system does not. */
  SMTP_CA: z.string().startsWith('-----BEGIN CERTIFICATE-----').optional(),
  MAIL_FROM: z.email().default('shop@meshmart.example'),
}
export type MailSettings = Readonly<z.infer<z.ZodObject<typeof mailSettingsShape>>>

/** On the way to it nobody can listen. */
export const isThisMachine = (smtpUrl: string): boolean =>
  /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(smtpUrl.replace(/^smtps?:/, 'http:')).hostname)
