/** What an upstream may do instead of answering as RFC 9110 and 9112 have it, and what comes of it. */
import type { Behaviour } from './wire-end.ts'

export const head = 'HTTP/1.1 200 OK\r\n'
const breakOff: Behaviour = (socket, _received, _served, end) => {
  socket.write(`${head}content-length: 10\r\n\r\nhello`, () => setTimeout(() => end.reset(socket), 50))
}
/** Name, what it does, what the caller sees (a status, an answer that breaks off, or a whole one), flag, words of the access log. */
export const lies: readonly (readonly [string, Behaviour, number | 'broken' | 'whole', string, RegExp])[] = [
  [
    'shorter than its length',
    (socket) => void socket.end(`${head}content-length: 10\r\n\r\nhello`),
    'broken',
    'UC',
    /closed in the middle of the answer/,
  ],
  [
    'breaks off in a chunk',
    (socket) => void socket.end(`${head}transfer-encoding: chunked\r\n\r\na\r\nhello`),
    'broken',
    'UC',
    /closed in the middle of the answer/,
  ],
  ['resets in its body', breakOff, 'broken', 'UC', /broke off/],
  [
    'longer than its length',
    (socket) => void socket.write(`${head}content-length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n`),
    'whole',
    '-',
    /./,
  ],
  ['no HTTP at all', (socket) => void socket.write('SSH-2.0-OpenSSH_9.9\r\n'), 502, 'UPE', /the answer is not HTTP\/1/],
  ['HTTP/2', (socket) => void socket.write('HTTP/2.0 200 OK\r\n\r\n'), 502, 'UPE', /the answer is not HTTP\/1/],
  [
    'a status of two digits',
    (socket) => void socket.write('HTTP/1.1 20 OK\r\n\r\n'),
    502,
    'UPE',
    /the status line is not one of HTTP\/1/,
  ],
  [
    'a status of 600',
    (socket) => void socket.write('HTTP/1.1 600 OK\r\n\r\n'),
    502,
    'UPE',
    /the status line is not one of HTTP\/1/,
  ],
  [
    'NUL in its reason',
    (socket) => void socket.write('HTTP/1.1 200 O\0K\r\n\r\n'),
    502,
    'UPE',
    /the status line is not one of HTTP\/1/,
  ],
  [
    'bare LF',
    (socket) => void socket.write('HTTP/1.1 200 OK\ncontent-length: 0\n\n'),
    502,
    'UPE',
    /bare LF in the status line/,
  ],
  [
    'a blank before the colon',
    (socket) => void socket.write(`${head}x-a : b\r\n\r\n`),
    502,
    'UPE',
    /white space in or behind the name/,
  ],
  ['a folded field', (socket) => void socket.write(`${head}x-a: b\r\n c\r\n\r\n`), 502, 'UPE', /obs-fold/],
  ['NUL in a field', (socket) => void socket.write(`${head}x-a: b\0c\r\n\r\n`), 502, 'UPE', /NUL in a field line/],
  [
    'two lengths',
    (socket) => void socket.write(`${head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`),
    502,
    'UPE',
    /more than one Content-Length/,
  ],
  [
    'length and chunks',
    (socket) => void socket.write(`${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    502,
    'UPE',
    /both Content-Length and Transfer-Encoding/,
  ],
  [
    'a bad chunk size',
    (socket) => void socket.write(`${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n`),
    'broken',
    'UPE',
    /a chunk without a size/,
  ],
  [
    'a head of 100 kB',
    (socket) => void socket.write(`${head}x-a: ${'b'.repeat(100_000)}\r\n\r\n`),
    502,
    'UPE',
    /a head of more than 61440 bytes/,
  ],
  [
    '101 fields',
    (socket) => void socket.write(`${head}${'x-a: b\r\n'.repeat(101)}\r\n`),
    502,
    'UPE',
    /more than 100 field lines/,
  ],
  [
    '101 that nobody asked for',
    (socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    502,
    'UPE',
    /101, and nobody asked/,
  ],
  [
    'a flood of 1xx',
    (socket) => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
    502,
    'UPE',
    /more than 32 informational answers/,
  ],
  ['closes without an answer', (socket) => void socket.end(), 503, 'UC', /closed before an answer/],
  ['resets without an answer', (socket, _received, _served, end) => end.reset(socket), 503, 'UC', /./],
  ['closes in its head', (socket) => void socket.end('HTTP/1.1 200 O'), 503, 'UC', /closed before an answer/],
]
