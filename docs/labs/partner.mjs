// A partner outside of the mesh, for the labs: `node docs/labs/partner.mjs PORT`. It says what it was asked, and answers as the path wants it to.
import { createServer } from 'node:http'

const port = Number(process.argv[2] ?? 18181)
let tries = 0

createServer((request, response) => {
  const { method, url = '/', headers } = request
  console.log(`${method} ${headers.host}${url}`)
  const answer = (status) => {
    response.writeHead(status, { 'content-type': 'text/plain' })
    response.end(`partner: ${method} ${url} ${status}\n`)
  }
  // Two seconds; twice in vain, then well.
  if (url.startsWith('/slow')) setTimeout(() => answer(200), 2_000)
  else if (url.startsWith('/flaky')) answer(++tries % 3 === 0 ? 200 : 503)
  else answer(200)
}).listen(port, '127.0.0.1')
