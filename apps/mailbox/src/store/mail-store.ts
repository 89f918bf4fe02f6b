/**
 * What was received, on disk before its sender is told so: files of one JSON line for each message, the newest some thousands and no more. A message that comes
 * again under the same Message-ID is counted and not kept twice, because whoever sends at least once says by that id that it is the same one.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { open, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}
export interface KeptMail extends Envelope {
  /** Counts up from 1 and is never used again. */
  readonly seq: number
  /** With its angle brackets. */
  readonly messageId: string
  /** RFC 3339. */
  readonly receivedAt: string
  /** The message as it came, a character for each byte. */
  readonly source: string
}
type Line = KeptMail | { readonly again: string }

export interface StoreLimits {
  readonly mailsPerFile: number
  readonly files: number
}
/** 20,000 messages: more than a demo or a run of chaos sends; about 30 MB of disk and 3 MB of memory. */
export const usualLimits: StoreLimits = { mailsPerFile: 500, files: 40 }

interface Segment {
  readonly file: string
  readonly ids: string[]
  /** Bytes of whole lines. */
  size: number
}

export class MailStore {
  readonly #segments: Segment[] = []
  /** How often each kept message has come. */
  readonly #copies = new Map<string, number>()
  #lastSeq = 0
  #handle: FileHandle | undefined
  /** One write at a time. */
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly directory: string,
    private readonly limits: StoreLimits,
  ) {}

  /** Throws for a folder that cannot be written, or a file in it that no store has written. */
  static open(directory: string, limits = usualLimits): MailStore {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const store = new MailStore(directory, limits)
    for (const name of readdirSync(directory)
      .filter((each) => /^mails-\d+\.jsonl$/.test(each))
      .toSorted())
      store.#load(join(directory, name))
    store.#forgetOld()
    return store
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#handle?.close()
  }

  get size(): number {
    return this.#copies.size
  }

  copiesOf(messageId: string): number {
    return this.#copies.get(messageId) ?? 0
  }

  /** Message-IDs of all that is kept, oldest first, and how often each has come. */
  copies(): ReadonlyMap<string, number> {
    return this.#copies
  }

  /** Resolves once it is on disk. @returns false where it has come before */
  add(messageId: string, envelope: Envelope, source: Buffer, now: Date): Promise<boolean> {
    const done = this.#writing.then(() => this.#add(messageId, envelope, source, now))
    this.#writing = done.catch(() => undefined) // the sender hears of it; the next one tries anew
    return done
  }

  async #add(messageId: string, envelope: Envelope, source: Buffer, now: Date): Promise<boolean> {
    const seq = this.#lastSeq + 1
    const id = messageId === '' ? `<${seq}@unnamed>` : messageId
    const known = this.#copies.get(id)
    if (known !== undefined) {
      await this.#write({ again: id })
      this.#copies.set(id, known + 1)
      return false
    }
    if ((this.#segments.at(-1)?.ids.length ?? this.limits.mailsPerFile) >= this.limits.mailsPerFile) {
      await this.#handle?.close()
      this.#handle = undefined
      this.#segments.push({ file: join(this.directory, fileName(seq)), ids: [], size: 0 })
      this.#forgetOld()
    }
    const mail = { seq, messageId: id, receivedAt: now.toISOString(), ...envelope, source: source.toString('latin1') }
    await this.#write(mail)
    this.#lastSeq = seq
    this.#segments.at(-1)!.ids.push(id)
    this.#copies.set(id, 1)
    return true
  }

  /** Newest first. @param before only those with a lower number */
  async page(before: number, limit: number): Promise<KeptMail[]> {
    const found: KeptMail[] = []
    for (const segment of this.#segments.toReversed()) {
      for (const mail of (await this.#read(segment)).toReversed()) {
        if (mail.seq >= before) continue
        found.push(mail)
        if (found.length === limit) return found
      }
    }
    return found
  }

  async find(seq: number): Promise<KeptMail | null> {
    const [mail] = await this.page(seq + 1, 1)
    return mail?.seq === seq ? mail : null
  }

  async #write(line: Line): Promise<void> {
    const segment = this.#segments.at(-1)!
    this.#handle ??= await open(segment.file, 'a', 0o600)
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      await this.#handle.appendFile(bytes)
      await this.#handle.datasync()
      segment.size += bytes.length
    } catch (error) {
      // Half a line must not stand before the next one.
      await this.#handle.truncate(segment.size)
      throw error
    }
  }

  async #read({ file, size }: Segment): Promise<KeptMail[]> {
    const text = (await readFile(file)).subarray(0, size).toString('utf8')
    return linesOf(text, file).filter((line) => 'seq' in line)
  }

  #load(file: string): void {
    const bytes = readFileSync(file)
    // A process that was killed while it wrote has told nobody that it had the message.
    const size = bytes.lastIndexOf('\n') + 1
    if (size < bytes.length) truncateSync(file, size)
    const segment: Segment = { file, ids: [], size }
    for (const line of linesOf(bytes.subarray(0, size).toString('utf8'), file)) {
      if ('again' in line) this.#copies.set(line.again, this.copiesOf(line.again) + 1)
      else {
        segment.ids.push(line.messageId)
        this.#copies.set(line.messageId, 1)
        this.#lastSeq = line.seq
      }
    }
    this.#segments.push(segment)
  }

  #forgetOld(): void {
    for (const { file, ids } of this.#segments.splice(0, Math.max(0, this.#segments.length - this.limits.files))) {
      for (const id of ids) this.#copies.delete(id)
      rmSync(file, { force: true })
    }
  }
}

const fileName = (firstSeq: number): string => `mails-${String(firstSeq).padStart(12, '0')}.jsonl`

function linesOf(text: string, file: string): Line[] {
  try {
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
  } catch (error) {
    throw new Error(`${file} was not written by a mailbox; take it away, or name another MAILBOX_DIR`, { cause: error })
  }
}
